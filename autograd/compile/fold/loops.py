"""What folding makes: blocks of runs and loops, and what a step of a loop reads.

A block is a list of items. The nodes of a loop keep their addresses in the block around it: node
``place`` of step t is node ``start + t · period + place``. So whatever reads a loop from outside, one step of it or
all, reads addresses, and a slice of addresses is a column of the loop's results. No part grows with the number of
steps, but for tables of what has no order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from .tape import Asked, Tape

ONCE, BEFORE, STEP, AFTER = range(4)  # the phases of a loop: see ``phases``


class Fixed(NamedTuple):
    """The same at every step."""

    address: int


class Slice(NamedTuple):
    """At step t the address ``first + t · stride``."""

    first: int
    stride: int


class Gather(NamedTuple):
    """At step t the address at position t: a table, if these are numbers."""

    addresses: np.ndarray


class Carry(NamedTuple):
    """What node ``place`` of the loop was ``lag`` steps ago; in the first steps what stands at ``begin``."""

    place: int
    lag: int
    begin: np.ndarray


Read = Fixed | Slice | Gather | Carry


class Run(NamedTuple):
    """Nodes one after the other: node i of ``nodes`` is node ``start + i`` of the block whose addresses it reads."""

    start: int
    nodes: Tape

    @property
    def end(self) -> int:
        """The first node after it."""
        return self.start + len(self.nodes)


@dataclass
class Loop:
    """Steps that repeat: a *scan* if what they carry comes round, else a *batch*.

    Attributes:
        start: the first node, in the block around the loop.
        trips, period: how many steps, of how many nodes.
        reads: what each leaf of the body is, in addresses of the block around.
        body: one step.
        phases: for each node of the body, when it may run: ONCE (it is the same at every step), BEFORE (at all steps
            at once, before the scan), STEP (in the scan), AFTER (at all steps at once, after it).
        sums: the places that only add up, step by step, and that nothing but the end is read of.
        stacked: the places that are read from outside at other steps than the last.
        last: the places that are read from outside at the last step.
    """

    start: int
    trips: int
    period: int
    reads: list[Read]
    body: Block
    phases: np.ndarray
    sums: list[int]
    stacked: list[int] = field(default_factory=list)
    last: list[int] = field(default_factory=list)

    @property
    def end(self) -> int:
        """The first node after it."""
        return self.start + self.trips * self.period

    @property
    def kind(self) -> str:
        """Whether it is a "scan" or a "batch"."""
        return "scan" if (self.phases == STEP).any() else "batch"

    @property
    def carries(self) -> list[Carry]:
        """What goes from step to step."""
        return [read for read in self.reads if isinstance(read, Carry)]

    def addresses(self, read: Read, leaves: int) -> np.ndarray:
        """What is read at each step, as addresses of the block around, which has that many leaves."""
        if isinstance(read, Fixed):
            return np.full(self.trips, read.address)
        if isinstance(read, Slice):
            return read.first + read.stride * np.arange(self.trips)
        if isinstance(read, Gather):
            return read.addresses
        inside = leaves + self.start + read.place + self.period * np.arange(self.trips - read.lag)
        return np.concatenate([read.begin, inside])


@dataclass
class Block:
    """Items in order: runs of single nodes, and loops, whose bodies are blocks.

    Attributes:
        leaves: how many leaves it has; their addresses come before those of the nodes.
        length: how many nodes its items stand for.
        items: what runs, in order.
        outs: the addresses that are read from outside.
        asked: the guards, but for those in loops.
    """

    leaves: int
    length: int
    items: list[Run | Loop]
    outs: np.ndarray
    asked: list[Asked]

    @property
    def loops(self) -> list[Loop]:
        """The loops among the items."""
        return [item for item in self.items if isinstance(item, Loop)]

    def size(self) -> int:
        """How many nodes are written down: those of a body once."""
        return sum(item.body.size() if isinstance(item, Loop) else len(item.nodes) for item in self.items)

    def every_loop(self) -> Iterator[Loop]:
        """The loops, and those in their bodies."""
        for loop in self.loops:
            yield loop
            yield from loop.body.every_loop()
