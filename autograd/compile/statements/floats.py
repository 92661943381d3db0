"""Statements printed as float arithmetic: a scan is a ``for``, memory a list."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from ...numerics import floats
from ...op import Op
from .forms import (
    Add,
    Apply,
    At,
    Element,
    Guard,
    Load,
    Local,
    Number,
    Scalar,
    Scan,
    Statement,
    Statements,
    Store,
    Table,
)


class Printed:
    """A program as Python: ``call(leaves)`` gives the results and the gradients of the leaves ([] without any).

    Attributes:
        source: the text.
        call: the function; where a guard does not hold it raises BrokenLoop.
    """

    def __init__(self, program: Statements, *, differentiates: bool) -> None:
        self._tables: dict[str, Sequence[float]] = {}
        self._ops: dict[str, Op] = {}
        lines = [f"m = leaves + [0.0] * {program.size - program.leaves}"]
        lines += [f"d = [0.0] * {program.size}"] if differentiates else []
        lines += self._body(program.body, "0")
        outs = ", ".join(_code(out) for out in program.outs)
        lines.append(f"return [{outs}], {f'd[:{program.leaves}]' if differentiates else '[]'}")
        self.source = "\n    ".join(["def call(leaves):", *lines]) + "\n"
        namespace: dict[str, object] = {
            "nan": math.nan, "inf": math.inf, "divide": floats.divide, "np": np, "BrokenLoop": BrokenLoop,
            "lines": program.lines, **self._tables, **{name: op.value for name, op in self._ops.items()},
        }  # fmt: skip
        exec(compile(self.source, "<program>", "exec"), namespace)
        self.call: Callable[[list[float]], tuple[list[float], list[float]]] = namespace["call"]  # type: ignore[assignment]  # made by that text

    def _body(self, body: Sequence[Statement], t: str) -> Iterator[str]:
        for statement in body:
            if isinstance(statement, Scan):
                yield from self._scan(statement)
            else:
                yield self._line(statement, t)

    def _scan(self, scan: Scan) -> Iterator[str]:
        for carried in scan.carries:
            yield f"{_code(carried.inside)} = {_code(carried.begin)}"
        kept = ", ".join(_code(x) for x in scan.kept) + ("," if len(scan.kept) == 1 else "")
        if scan.kept and not scan.backward:
            yield f"kept{scan.number} = []"
        yield f"for t in {_steps(scan)}:"
        inner = [f"{kept} = kept{scan.number}[t]"] if scan.kept and scan.backward else []
        inner += self._body(scan.body, "t")
        if scan.kept and not scan.backward:
            inner.append(f"kept{scan.number}.append(({kept}))")
        moved = [(_code(c.inside), _code(c.end)) for c in scan.carries if c.inside != c.end]
        if moved:
            inner.append(f"{', '.join(into for into, _ in moved)} = {', '.join(end for _, end in moved)}")
        for line in inner or ["pass"]:
            yield f"    {line}"

    def _line(self, statement: Statement, t: str) -> str:
        if isinstance(statement, Apply):
            return f"{_code(statement.out)} = {self._applied(statement.op, [_code(x) for x in statement.operands])}"
        if isinstance(statement, Load):
            buffer = "d" if statement.of_gradients else "m"
            return f"{_code(statement.out)} = {self._element(buffer, statement.source, t)}"
        if isinstance(statement, Store):
            return f"{self._element('m', statement.into, t)} = {_code(statement.value)}"
        if isinstance(statement, Add):
            return f"{self._element('d', statement.into, t)} += {_code(statement.value)}"
        assert isinstance(statement, Guard)
        return self._guarded(statement, t)

    def _guarded(self, guard: Guard, t: str) -> str:
        condition, answer = _code(guard.condition), _code(guard.answer)
        broken = f"{answer} == {answer} and ({condition} != 0.0) != ({answer} != 0.0)"
        if isinstance(guard.answer, Number):
            broken = f"{condition} == 0.0" if guard.answer.value else f"{condition} != 0.0"
        return f"if {broken}: raise BrokenLoop(lines[{guard.number}], {t})"

    def _applied(self, op: Op, operands: list[str]) -> str:
        if op.python:
            return op.python.format(*operands)
        self._ops[f"{op.name}_"] = op
        return f"{op.name}_({', '.join(operands)})"

    def _element(self, buffer: str, element: Element | Table, t: str) -> str:
        if isinstance(element, At):
            scaled = t if element.stride == 1 else f"{element.stride} * {t}"
            index = f"{element.first} + {scaled}" if element.stride else f"{element.first}"
            return f"{buffer}[{index}]"
        name = f"table{len(self._tables)}"
        self._tables[name] = element.values if isinstance(element, Table) else element.table
        return f"{name}[{t}]" if isinstance(element, Table) else f"{buffer}[{name}[{t}]]"


class BrokenLoop(Exception):  # noqa: N818  # it is no error, as Broken is none: the program records the other way
    """A guard that does not hold: the source line, and the step of the loop around it."""


def _steps(scan: Scan) -> str:
    return f"range({scan.trips - 1}, -1, -1)" if scan.backward else f"range({scan.trips})"


def _code(scalar: Scalar) -> str:
    if isinstance(scalar, Local):
        return f"v{scalar.name}"
    number = scalar.value
    text = repr(number) if number - number == 0.0 else "nan" if number != number else "inf" if number > 0 else "-inf"
    return f"({text})" if text.startswith("-") else text
