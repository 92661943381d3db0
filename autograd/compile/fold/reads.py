"""The operands of a stretch as reads: fixed, slice, gather, carry.

Here every operand of every step is compared. Whatever proposed the stretch, a loop that comes out of here computes what
the recording computed, node by node; a stretch that does not repeat exactly gives None.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from .loops import Carry, Fixed, Gather, Read, Slice
from .stretches import Stretch
from .tape import Asked, Tape


@dataclass
class Ports:
    """The reads of a loop, each once: a leaf of its body for each."""

    reads: list[Read] = field(default_factory=list)
    known: dict[object, int] = field(default_factory=dict)

    def add(self, read: Read) -> int:
        """The number of a read; equal reads are one."""
        key = _key(read)
        found = self.known.get(key)
        if found is None:
            self.known[key] = found = len(self.reads)
            self.reads.append(read)
        return found

    def arranged(self) -> tuple[list[Read], np.ndarray]:
        """The reads in an order in which neighbours are neighbours (for loops inside the body), and where each went."""
        order = sorted(range(len(self.reads)), key=lambda k: _rank(self.reads[k]))
        moved = np.empty(len(order), int)
        moved[order] = np.arange(len(order))
        return [self.reads[k] for k in order], moved


def _key(read: Read) -> object:
    if isinstance(read, Gather):
        return Gather, read.addresses.tobytes()
    if isinstance(read, Carry):
        return Carry, read.place, read.lag, read.begin.tobytes()
    return type(read), *read


def _rank(read: Read) -> tuple[int, int, int]:
    if isinstance(read, Fixed):
        return 0, 0, read.address
    if isinstance(read, Slice):
        return 1, read.stride, read.first
    if isinstance(read, Gather):
        return 2, 0, int(read.addresses[0])
    return 3, read.lag, read.place


def reads_of(tape: Tape, stretch: Stretch) -> tuple[np.ndarray, Ports] | None:
    """The operands of one step (below 0: leaf −1 − x; else the place in the step), and what the leaves are.

    None if the stretch does not repeat exactly.
    """
    first = tape.first
    a, b = first[stretch.start], first[stretch.end]
    if not _same_kinds(tape, stretch):
        return None
    rows = tape.sources[a:b].reshape(stretch.steps, -1)
    last, steps = rows[-1], np.arange(stretch.steps)[:, None]
    inside = last >= stretch.start
    lag = np.where(inside, stretch.steps - 1 - (last - stretch.start) // stretch.period, 0)
    entered = inside & (steps >= lag)
    moving = last - (stretch.steps - 1 - steps) * stretch.period
    if not np.where(entered, rows == moving, rows < stretch.start).all():
        return None
    place = np.where(inside, (last - stretch.start) % stretch.period, -1)
    ports = Ports()
    operands = np.where(lag == 0, place, -1)
    for j in np.flatnonzero(inside & (lag > 0)).tolist():
        begin = rows[: lag[j], j] + tape.leaves
        operands[j] = ~ports.add(Carry(int(place[j]), int(lag[j]), begin))
    outside = np.flatnonzero(~inside)
    for j, read in zip(outside.tolist(), _from_outside(rows[:, outside] + tape.leaves)):
        operands[j] = ~ports.add(read)
    return operands, ports


def _same_kinds(tape: Tape, stretch: Stretch) -> bool:
    kinds = tape.kind[stretch.start : stretch.end].reshape(stretch.steps, -1)
    return bool((kinds == kinds[0]).all())


def _from_outside(columns: np.ndarray) -> Iterable[Read]:
    """The read of each column of addresses, which has a row for each step."""
    fixed = (columns == columns[0]).all(axis=0).tolist()
    strides = columns[1] - columns[0]
    steps = np.arange(len(columns))[:, None]
    even = (columns == columns[0] + strides * steps).all(axis=0).tolist()
    begins, strides = columns[0].tolist(), strides.tolist()
    for j, begin in enumerate(begins):
        if fixed[j]:
            yield Fixed(begin)
        elif even[j]:
            yield Slice(begin, strides[j])
        else:
            yield Gather(np.ascontiguousarray(columns[:, j]))


def asked_in(stretch: Stretch, asked: list[Asked], leaves: int, never: int, ports: Ports) -> list[Asked]:
    """The guards of one step: of each place that is asked about, with a read of the answers step by step.

    Their conditions are places, their answers numbers of ports; the port of ``never`` is for loops inside the body.
    """
    columns: dict[int, np.ndarray] = {}
    lines: dict[int, str] = {}
    for guard in asked:
        step, place = divmod(guard.condition - leaves - stretch.start, stretch.period)
        if place not in columns:
            columns[place] = np.full(stretch.steps, never)
            lines[place] = guard.line
        columns[place][step] = guard.answer
    if not columns:
        return []
    ports.add(Fixed(never))
    answers = _from_outside(np.stack(list(columns.values()), axis=1))
    return [Asked(place, ports.add(read), lines[place]) for place, read in zip(columns, answers)]


def body_tape(tape: Tape, stretch: Stretch, operands: np.ndarray, moved: np.ndarray) -> Tape:
    """One step as a tape of its own, whose leaves are the reads, arranged."""
    leaves = len(moved)
    ports = moved[np.clip(~operands, 0, leaves - 1)] if leaves else operands
    addresses = np.where(operands < 0, ports, operands + leaves)
    a, b = stretch.start, stretch.start + stretch.period
    return Tape(tape.ops, tape.code[a:b].copy(), tape.first[a : b + 1] - tape.first[a], addresses, leaves)
