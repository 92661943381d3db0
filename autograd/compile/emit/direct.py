"""Small programs as one Python function of the user's arguments: no arrays, no copies, no lock.

A few dozen float operations take about a microsecond; copying the arguments into arrays and out again would take ten.
So code written for their shape unpacks the arguments and builds the gradients.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ...functional import Nested, unflatten
from ...numerics.floats import as_float
from ...op import Op
from ..plan import PARAMETERS, Access, Operand, Plan
from .build import Broken, floats_are_faster, write_guards
from .expression import Expr, Literal
from .forward import Forward
from .members import leaf_names
from .reverse import Reverse

_MOST_LEAVES = 64


class OtherShapeError(Exception):
    """The arguments do not have the shape that the code was written for."""


def _bare(number: object) -> float:
    """A number that is an argument by itself, where a bool is no number: it is static."""
    if isinstance(number, (bool, np.bool_)):
        raise OtherShapeError
    return as_float(number)


def direct(plan: Plan, args: Sequence[Nested], wrt: str, like: Nested = 0.0) -> Callable[..., object] | None:
    """A function of such arguments that returns the value, or value and gradients; None if it would not be faster.

    Args:
        plan: a program of one number.
        args: arguments of the right shape, made of lists, tuples and floats.
        wrt: "nothing", "arguments" or "parameters".
        like: the shape of what the function returns, which is around the value where no gradient is asked for.

    The function raises OtherShapeError for arguments of another shape, and returns Broken where a guard does not hold.
    """
    leaves = sum(s.size for s in plan.storages if s.kind != "group")
    small = leaves <= _MOST_LEAVES and floats_are_faster(plan)
    if not small or len(plan.out_order) != 1 or not all(map(_is_plain, args)):
        return None
    forward = Forward(plan, singles=True, unpacked=True)
    names = [leaf_names(s, forward.held[s].size) for s in range(1 + len(args))]
    forward.write()
    write_guards(forward)
    out = plan.outs[0]
    result = forward.writer.evaluate(_elements(forward, out)[0])
    if wrt != "nothing":
        result += ", " + _gradients(forward, args, wrt)
    elif _is_plain(like):
        result = _put_together(like, iter((result,)))
    else:
        result = f"unflatten(like, ({result},))"
    lines = [*_unpacked(args, names), *(f"{name} = v_{name}._data" for name in names[PARAMETERS]), *forward.writer.body]
    head = ", ".join(f"arg{i}" for i in range(len(args)))
    source = "\n    ".join([f"def call({head}):", *lines, f"return {result}"])
    namespace = forward.writer.namespace() | {
        "Broken": Broken, "OtherShapeError": OtherShapeError, "as_float": as_float, "bare": _bare,
        "array": np.array, "unflatten": unflatten, "like": like,
        **{f"v_{name}": value for name, value in zip(names[PARAMETERS], plan.parameters)},
    }  # fmt: skip
    exec(compile(source, "<program>", "exec"), namespace)
    return namespace["call"]  # type: ignore[return-value]  # made by that text


def _is_plain(arg: Nested) -> bool:
    if type(arg) in (list, tuple):
        return len(arg) > 0 and all(map(_is_plain, arg))  # type: ignore[arg-type]  # it is a list or a tuple
    return type(arg) is float


def _unpacked(args: Sequence[Nested], names: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lines that assign each number of the arguments to its name, or raise OtherShapeError."""
    for i, arg in enumerate(args):
        yield from _taken_apart(arg, f"arg{i}", iter(names[1 + i]), [0])
        for name in names[1 + i]:
            read = "as_float" if isinstance(arg, (list, tuple)) else "bare"
            yield f"if type({name}) is not float: {name} = {read}({name})"


def _taken_apart(arg: Nested, code: str, names: Iterator[str], count: list[int]) -> Iterator[str]:
    if not isinstance(arg, (list, tuple)):
        yield f"{next(names)} = {code}"
        return
    yield f"if type({code}) is not {type(arg).__name__} or len({code}) != {len(arg)}: raise OtherShapeError"
    inner = []
    for item in arg:
        if isinstance(item, (list, tuple)):
            count[0] += 1
            inner.append((item, f"{code}_{count[0]}"))
        else:
            inner.append((None, next(names)))  # type: ignore[arg-type]  # None: nothing to take apart
    yield f"{', '.join(name for _, name in inner)}, = {code}"
    for item, name in inner:
        if item is not None:
            yield from _taken_apart(item, name, names, count)


def _gradients(forward: Forward, args: Sequence[Nested], wrt: str) -> str:
    """Write the reverse pass; returns code for the gradients in the shape of the arguments."""
    wanted = [PARAMETERS] if wrt == "parameters" else list(range(1, 1 + len(args)))
    reverse = Reverse(forward, wanted, kept=True)
    reverse.write(forward.plan.outs[0], Literal(1.0))
    if wrt == "parameters":
        return f"array(({''.join(f'{code}, ' for code in reverse.codes(PARAMETERS))}))"
    shaped = [_put_together(arg, iter(reverse.codes(1 + i))) for i, arg in enumerate(args)]
    return shaped[0] if len(args) == 1 else f"({', '.join(shaped)})"


def _put_together(arg: Nested, codes: Iterator[str]) -> str:
    if isinstance(arg, (list, tuple)):
        inner = ", ".join(_put_together(item, codes) for item in arg)
        return f"[{inner}]" if type(arg) is list else f"({inner},)"
    return next(codes)


@dataclass
class Standalone:
    """A whole program as float arithmetic.

    Attributes:
        lines: the lines, which read the leaves from lists that are called like their storages.
        functions: ops whose float form the lines call, by the name of that form.
        value, gradients: code for the value (or the list of values), and for the gradients by leaf storage.
    """

    lines: list[str]
    functions: dict[str, Op]
    value: str
    gradients: str


def standalone(plan: Plan) -> Standalone:
    """Write a program as float arithmetic, with the gradients of all leaves if it has one result."""
    forward = Forward(plan, singles=True)
    forward.write()
    write_guards(forward)
    if len(plan.out_order) != 1:
        outs = [forward.writer.evaluate(x) for piece in plan.outs for x in _elements(forward, piece)]
        value, gradients = f"[{', '.join(outs[i] for i in plan.out_order)}]", ""
    else:
        value = forward.writer.evaluate(_elements(forward, plan.outs[0])[0])
        leaves = [s for s, storage in enumerate(plan.storages) if storage.kind != "group"]
        reverse = Reverse(forward, leaves, kept=True)
        reverse.write(plan.outs[0], Literal(1.0))
        gradients = ", ".join(f"[{', '.join(reverse.codes(s))}]" for s in leaves)
    lines = [re.sub(r"(\[:\d+\])?\.tolist\(\)", "", line) for line in forward.writer.body]
    return Standalone(lines, forward.writer.functions, value, f"[{gradients}]")


def _elements(forward: Forward, piece: Operand) -> list[Expr]:
    if isinstance(piece, Access):
        return [forward.element(piece.storage, int(p)) for p in piece.positions]
    return [Literal(float(x)) for x in piece]
