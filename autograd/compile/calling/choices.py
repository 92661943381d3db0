"""What is asked of a program: which gradients, by which arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...errors import CompileError
from ..variant import Variant


def wanted(variant: Variant, wrt: str, reduction: str) -> tuple[int, ...]:
    """The storages whose gradients are asked for.

    Raises:
        CompileError: there is more than one number to differentiate.
        ValueError: there is no such choice.
    """
    if wrt == "nothing":
        return ()
    require_one(len(variant.plan.out_order), reduction)
    arguments = tuple(range(1, 1 + len(variant.counts)))
    choices = {"arguments": arguments, "parameters": (0,), "both": (0, *arguments)}
    if wrt not in choices:
        raise ValueError(f"wrt={wrt!r}: expected one of {', '.join(map(repr, choices))}")
    return choices[wrt]


def require_one(results: int, reduction: str) -> None:
    """Raise CompileError where there is more than one number to differentiate."""
    if results != 1 or reduction == "none":
        raise CompileError(
            f"a gradient is of one number, but this program returns {results}"
            f"{' for each sample' if reduction == 'none' else ''}: return a sum or mean, or compile gg.jacobian(f)"
        )


def takes(function: Callable[..., object], args: Sequence[object]) -> bool:
    """Whether the function can be called with so many arguments."""
    code = getattr(function, "__code__", None)
    return code is None or code.co_argcount - len(getattr(function, "__defaults__", None) or ()) <= len(args)
