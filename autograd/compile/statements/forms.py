"""What a statement is. A program's numbers lie in two buffers, ``memory`` and, in reverse, ``gradients`` of the same
length, and in locals, each of which is assigned at one place.

An operand names no variable of any language: it is a local, a number, or an element of a buffer, which inside a scan
may depend on the step t.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ...op import Op


@dataclass(frozen=True, slots=True)
class Local:
    """A float that is assigned at one place. (No tuple: a tuple of 0 equals one of 0.0.)"""

    name: int


@dataclass(frozen=True, slots=True)
class Number:
    """A fixed number."""

    value: float


class At(NamedTuple):
    """Element ``first + stride · t`` of a buffer; outside of scans t is 0."""

    first: int
    stride: int = 0


class Through(NamedTuple):
    """Element ``table[t]`` of a buffer."""

    table: tuple[int, ...]


class Table(NamedTuple):
    """The number ``values[t]``."""

    values: tuple[float, ...]


Scalar = Local | Number
Element = At | Through


class Load(NamedTuple):
    """``out`` is an element of memory (``of_gradients``: of the gradients), or of a table."""

    out: Local
    source: Element | Table
    of_gradients: bool = False


class Apply(NamedTuple):
    """``out`` is an op of scalars."""

    out: Local
    op: Op
    operands: tuple[Scalar, ...]


class Store(NamedTuple):
    """An element of memory is a scalar. Each element is stored once."""

    into: Element
    value: Scalar


class Add(NamedTuple):
    """A scalar is added to an element of the gradients."""

    into: Element
    value: Scalar


class Guard(NamedTuple):
    """The condition must be as it was recorded: 1, 0, or nan where it was not asked."""

    condition: Scalar
    answer: Scalar
    number: int


class Carried(NamedTuple):
    """What goes from step to step: ``inside`` is ``begin`` in the first step, and then what ``end`` was before."""

    inside: Local
    begin: Scalar
    end: Scalar


@dataclass
class Scan:
    """Statements that run for each step t; backward from the last to the first.

    Attributes:
        trips: how many steps.
        carries: what goes from step to step; after the scan, ``inside`` is the last ``end``.
        body: the statements of a step.
        kept: the locals of each step that are kept for the reverse scan; there, the locals that they are restored to.
        number: names what is kept.
        backward: whether this is a reverse scan.
    """

    trips: int
    carries: list[Carried]
    body: list[Statement]
    number: int
    kept: list[Local] = field(default_factory=list)
    backward: bool = False


Statement = Load | Apply | Store | Add | Guard | Scan


@dataclass
class Statements:
    """A program.

    Attributes:
        body: its statements.
        outs: its results.
        leaves: how many elements of memory are leaves: inputs, then parameters.
        size: the length of memory.
        locals: how many locals there are.
        lines: the source lines of the guards.
    """

    body: list[Statement]
    outs: list[Scalar]
    leaves: int
    size: int
    locals: int
    lines: list[str]


def written(body: list[Statement]) -> Iterator[Local]:
    """The locals that statements assign, those inside scans not counted."""
    for statement in body:
        if isinstance(statement, Load | Apply):
            yield statement.out
        elif isinstance(statement, Scan):
            yield from (carried.inside for carried in statement.carries)


def read(body: list[Statement]) -> Iterator[Scalar]:
    """The scalars that statements read, those inside scans not counted."""
    for statement in body:
        if isinstance(statement, Apply):
            yield from statement.operands
        elif isinstance(statement, Store | Add):
            yield statement.value
        elif isinstance(statement, Guard):
            yield from (statement.condition, statement.answer)
        elif isinstance(statement, Scan):
            yield from (carried.begin for carried in statement.carries)


def renamed(statement: Statement, names: Mapping[Local, Local]) -> Statement:
    """The statement, which is no scan, with other names for some of the locals that it reads."""

    def name(scalar: Scalar) -> Scalar:
        return names.get(scalar, scalar) if isinstance(scalar, Local) else scalar

    if isinstance(statement, Apply):
        return statement._replace(operands=tuple([name(x) for x in statement.operands]))
    if isinstance(statement, Store | Add):
        return statement._replace(value=name(statement.value))
    return statement
