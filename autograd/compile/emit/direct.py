"""Small programs as one Python function of the very arguments: no arrays, no copies, no lock (a part of stage 4).

A program of a few dozen float operations takes about a microsecond; carrying its arguments through arrays would take
ten. So its arguments are taken apart, and its gradients put together, by code that knows their shape.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from ...functional import Nested
from ...numerics.floats import as_float
from ..plan import PARAMETERS, Access, Operand, Plan
from .build import Broken, floats_are_faster, write_guards
from .expression import Expr, Literal
from .forward import Forward, leaf_names
from .reverse import Reverse

_MOST_LEAVES = 64


class OtherShapeError(Exception):
    """The arguments are not of the shape that the code was written for."""


def direct(plan: Plan, args: Sequence[Nested], wrt: str) -> Callable[..., object] | None:
    """A function of such arguments that returns the value, or value and gradients; None if it would not pay.

    Args:
        plan: a program of one number.
        args: arguments of the right shape, made of lists, tuples and floats.
        wrt: "nothing", "arguments" or "parameters".

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
    lines = [*_unpacked(args, names), *(f"{name} = v_{name}._data" for name in names[PARAMETERS]), *forward.writer.body]
    head = ", ".join(f"arg{i}" for i in range(len(args)))
    source = "\n    ".join([f"def call({head}):", *lines, f"return {result}"])
    namespace = dict(forward.writer.objects, Broken=Broken, OtherShapeError=OtherShapeError, as_float=as_float)
    namespace |= {f"v_{name}": value for name, value in zip(names[PARAMETERS], plan.parameters)}
    exec(compile(source, "<program>", "exec"), namespace)
    return namespace["call"]  # type: ignore[return-value]


def _is_plain(arg: Nested) -> bool:
    if type(arg) in (list, tuple):
        return len(arg) > 0 and all(map(_is_plain, arg))  # type: ignore[arg-type]
    return type(arg) is float


def _unpacked(args: Sequence[Nested], names: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lines that give each number of the arguments its name, or raise."""
    for i, arg in enumerate(args):
        yield from _taken_apart(arg, f"arg{i}", iter(names[1 + i]), [0])
        for name in names[1 + i]:
            yield f"if type({name}) is not float: {name} = as_float({name})"


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
            inner.append((None, next(names)))  # type: ignore[arg-type]
    yield f"{', '.join(name for _, name in inner)}, = {code}"
    for item, name in inner:
        if item is not None:
            yield from _taken_apart(item, name, names, count)


def _gradients(forward: Forward, args: Sequence[Nested], wrt: str) -> str:
    """Write the reverse pass; code for the gradients in the shape of the arguments."""
    wanted = [PARAMETERS] if wrt == "parameters" else list(range(1, 1 + len(args)))
    reverse = Reverse(forward, wanted, kept=True)
    reverse.write(forward.plan.outs[0], Literal(1.0))
    if wrt == "parameters":
        forward.writer.objects["array"] = np.array
        return f"array(({', '.join(reverse.codes(PARAMETERS))},))"
    shaped = [_put_together(arg, iter(reverse.codes(1 + i))) for i, arg in enumerate(args)]
    return shaped[0] if len(args) == 1 else f"({', '.join(shaped)})"


def _put_together(arg: Nested, codes: Iterator[str]) -> str:
    if isinstance(arg, (list, tuple)):
        inner = ", ".join(_put_together(item, codes) for item in arg)
        return f"[{inner}]" if type(arg) is list else f"({inner},)"
    return next(codes)


def standalone(plan: Plan) -> tuple[list[str], set[str], str, str]:
    """A whole program as float arithmetic: its lines, the functions they call, and the names of value and gradients."""
    forward = Forward(plan, singles=True)
    forward.write()
    if len(plan.out_order) != 1:
        outs = [forward.writer.evaluate(x) for piece in plan.outs for x in _elements(forward, piece)]
        result, gradients = f"[{', '.join(outs[i] for i in plan.out_order)}]", ""
    else:
        [value] = _elements(forward, plan.outs[0])
        result = forward.writer.evaluate(value)
        leaves = [s for s, storage in enumerate(plan.storages) if storage.kind != "group"]
        reverse = Reverse(forward, leaves, kept=True)
        reverse.write(plan.outs[0], Literal(1.0))
        gradients = ", ".join(f"[{', '.join(reverse.codes(s))}]" for s in leaves)
    body = [re.sub(r"(\[:\d+\])?\.tolist\(\)", "", line) for line in forward.writer.body]
    functions = [name for name, thing in forward.writer.objects.items() if callable(thing)]
    used = {name for name in functions if any(f"{name}(" in line for line in body)}
    return body, used - {"View", "strided", "np", "arrays"}, result, f"[{gradients}]"


def _elements(forward: Forward, piece: Operand) -> list[Expr]:
    if isinstance(piece, Access):
        return [forward.element(piece.storage, int(p)) for p in piece.positions]
    return [Literal(float(x)) for x in piece]
