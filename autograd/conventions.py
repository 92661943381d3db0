"""What stands in the rows of the op table, in words: the help text of an op, and the table of conventions."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable
from typing import Protocol

Interval = tuple[float, float]
Agreed = tuple[tuple[float, ...], tuple[float, ...]]  # operands, and the local derivatives that are agreed on there


class Row(Protocol):
    """What is told in words of a row of the op table, which stands above this module."""

    @property
    def name(self) -> str: ...
    @property
    def symbol(self) -> str: ...
    @property
    def value(self) -> Callable[..., float]: ...
    @property
    def partials(self) -> tuple[Callable[..., object] | None, ...]: ...
    @property
    def variadic(self) -> bool: ...
    @property
    def array(self) -> str: ...
    @property
    def domain(self) -> tuple[Interval, ...]: ...
    @property
    def kinks(self) -> tuple[Agreed, ...]: ...
    @property
    def advice(self) -> str: ...


class Help:
    """The ``__doc__`` of an op: its help text, written when somebody asks for it. That of its class stays as it was."""

    def __init__(self, of_class: str | None) -> None:
        self.of_class = of_class

    def __get__(self, op: Row | None, kind: type) -> str | None:
        return self.of_class if op is None else help_text(op)


_INTRODUCTION = """\
# Derivatives at kinks and poles

At these points an op has no derivative in the strict sense. The numbers are those of PyTorch 2.13, but for hypot at the
origin, where PyTorch gives nan. Everything that is made of these ops follows them. A nan in an operand gives nan.

This page is written by `python docs/conventions.py` from the `kinks` column of the op table; a test holds it current.

| op | at | value | local derivatives |
|---|---|---|---|
"""


def help_text(op: Row) -> str:
    """What ``help(op)`` shows: what the op is, its domain, what is agreed on at its kinks, what helps against nan."""
    lines = [f"{op.name}({'…' if op.variadic else ', '.join(_names(op))}): {summary(op)}", ""]
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


def table(ops: Iterable[Row]) -> str:
    """The conventions of these ops as a page of Markdown."""
    rows = [
        f"| {op.name} | {_numbers(at)} | {_number(op.value(*at))} | {_numbers(agreed)} |\n"
        for op in ops
        for at, agreed in op.kinks
    ]
    return _INTRODUCTION + "".join(rows)


def summary(op: Row) -> str:
    """The op in one line."""
    written = (op.value.__doc__ or "").splitlines()
    said = [line for line in written if line.strip() and not line.startswith(f"{op.name}(")]
    if said:
        return said[0].strip()
    names = _names(op)
    return f"{names[0]} {op.symbol} {names[1]}" if len(names) == 2 else f"{op.symbol}{names[0]}"


def _names(op: Row) -> list[str]:
    """The operands as the op's first rule names them."""
    rule = next((rule for rule in op.partials if rule is not None), None)
    if rule is None:
        return ["a", "b"][: len(op.partials)]
    return list(inspect.signature(rule).parameters)[: len(op.partials)]


def _interval(name: str, interval: Interval) -> str:
    low, high = interval
    if math.isinf(low) and math.isinf(high):
        return f"any {name}"
    return " < ".join([_number(low)] * math.isfinite(low) + [name] + [_number(high)] * math.isfinite(high))


def _number(x: float) -> str:
    return f"{x:g}".replace("-", "−").replace("inf", "∞")


def _numbers(xs: Iterable[float]) -> str:
    return ", ".join(map(_number, xs))
