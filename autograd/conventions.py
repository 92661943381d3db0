"""What stands in the rows of the op table, in words: the help text of an op, and the table of conventions."""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .ops import Interval, Op

_INTRODUCTION = """\
# Derivatives at kinks and poles

At these points an op has no derivative in the strict sense. The numbers are those of PyTorch 2.13, but for hypot at the
origin, where PyTorch gives nan. Everything that is made of these ops follows them. A nan in an operand gives nan.

This page is written by `python docs/conventions.py` from the `kinks` column of the op table; a test holds it current.

| op | at | value | local derivatives |
|---|---|---|---|
"""


def help_text(op: Op) -> str:
    """What ``help(op)`` shows: what the op is, its domain, what is agreed on at its kinks, what helps against nan."""
    lines = [f"{op.name}({'…' if op.variadic else ', '.join(_names(op))}): {_summary(op)}", ""]
    if op.array.startswith("np."):
        lines.append(f"As in NumPy ({op.array}), of numbers or Values.")
    if any(math.isfinite(bound) for interval in op.domain for bound in interval):
        lines.append(f"Defined for {', '.join(map(_interval, _names(op), op.domain))}.")
    lines += [
        f"At ({_numbers(at)}) the local derivative is {_numbers(agreed)}, by convention." for at, agreed in op.kinks
    ]
    if op.advice:
        lines.append(f"Where it gives nan or inf: {op.advice}.")
    return "\n".join(lines).rstrip() + "\n"


def table(ops: Iterable[Op]) -> str:
    """The conventions of these ops as a page of Markdown."""
    rows = [
        f"| {op.name} | {_numbers(at)} | {_number(op.value(*at))} | {_numbers(agreed)} |\n"
        for op in ops
        for at, agreed in op.kinks
    ]
    return _INTRODUCTION + "".join(rows)


def _summary(op: Op) -> str:
    written = (op.value.__doc__ or "").splitlines()
    said = [line for line in written if line.strip() and not line.startswith(f"{op.name}(")]
    if said:
        return said[0].strip()
    names = _names(op)
    return f"{names[0]} {op.symbol} {names[1]}" if len(names) == 2 else f"{op.symbol}{names[0]}"


def _names(op: Op) -> list[str]:
    """The operands as the op's signature names them."""
    return list(inspect.signature(op).parameters)


def _interval(name: str, interval: Interval) -> str:
    low, high = interval
    if math.isinf(low) and math.isinf(high):
        return f"any {name}"
    return " < ".join([_number(low)] * math.isfinite(low) + [name] + [_number(high)] * math.isfinite(high))


def _number(x: float) -> str:
    return f"{x:g}".replace("-", "−").replace("inf", "∞")


def _numbers(xs: Iterable[float]) -> str:
    return ", ".join(map(_number, xs))
