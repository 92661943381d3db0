"""A recording as plain lists of ints, in the order in which its nodes were made.

Numbers are leaves: equal numbers are one leaf, and which number a node reads is never part of what is compared.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import NamedTuple

import numpy as np

from ...op import Op
from ...value import Value
from ..normal_form.normalise import STOP
from ..recording.record import Recording


@dataclass(frozen=True)
class Tape:
    """Nodes in order: node i applies ``ops[code[i]]`` to ``operands[first[i] : first[i + 1]]``.

    An operand is an *address*: 0 … leaves − 1 are leaves, ``leaves + i`` is node i. Operands come before their users.
    """

    ops: Sequence[Op]
    code: np.ndarray
    first: np.ndarray
    operands: np.ndarray
    leaves: int

    def __len__(self) -> int:
        return len(self.code)

    @cached_property
    def kind(self) -> np.ndarray:
        """Op and number of operands of each node, as one number."""
        return self.code.astype(np.int64) + len(self.ops) * np.diff(self.first)

    @cached_property
    def sources(self) -> np.ndarray:
        """The operands as node numbers; those of leaves are below 0."""
        return self.operands - self.leaves

    @cached_property
    def touched(self) -> np.ndarray:
        """A hash of how far before each node its computed operands were made or last read."""
        reader = np.repeat(np.arange(len(self)), np.diff(self.first))
        order = np.argsort(self.sources, kind="stable")  # by operand, then by reader
        again = np.concatenate([[False], np.diff(self.sources[order]) == 0])
        before = np.where(again, np.roll(reader[order], 1), self.sources[order])
        distance = np.empty_like(reader)
        distance[order] = reader[order] - before
        position = np.arange(len(distance)) - np.repeat(self.first[:-1], np.diff(self.first))
        mixed = np.where(self.sources < 0, 0, distance) * 0x2545F4914F6CDD1D + position
        return np.add.reduceat((mixed ^ (mixed >> 29)) * 0x1B873593, self.first[:-1])

    @cached_property
    def nearest(self) -> np.ndarray:
        """How far before each node its nearest computed operand lies; 0 if all are leaves."""
        latest = np.maximum.reduceat(self.sources, self.first[:-1])
        return np.where(latest < 0, 0, np.arange(len(self)) - latest)

    def in_order(self, order: np.ndarray) -> tuple[Tape, np.ndarray]:
        """The same nodes in another order, and the new address of each old one."""
        moved = np.arange(self.leaves + len(self))
        moved[self.leaves + order] = self.leaves + np.arange(len(self))
        counts = np.diff(self.first)[order]
        first = np.concatenate([[0], np.cumsum(counts)])
        edges = np.repeat(self.first[order] - first[:-1], counts) + np.arange(first[-1])
        return Tape(self.ops, self.code[order], first, moved[self.operands[edges]], self.leaves), moved


class Asked(NamedTuple):
    """A guard: a condition, the leaf that holds the answer as recorded (1, 0, or nan: not asked), the source line."""

    condition: int
    answer: int
    line: str


@dataclass
class Traced:
    """A recording's tape, and what its leaves are: first the inputs, then the parameters, then numbers.

    Attributes:
        tape: the nodes.
        nodes: the Value that each node of the tape was, or None for one that is no Value.
        inputs: how many leaves are inputs: argument by argument, each in its own order.
        parameters: the leaves after the inputs.
        numbers: the leaves after the parameters.
        outs: the addresses of the results.
        asked: the guards.
        never: the leaf that says that a guard is not asked.
    """

    tape: Tape
    nodes: list[Value | None]
    inputs: int
    parameters: list[Value]
    numbers: list[float]
    outs: np.ndarray
    asked: list[Asked]
    never: int

    def values(self) -> list[float]:
        """The numbers of all leaves, with the parameters as they are now and the inputs as nan."""
        return [float("nan")] * self.inputs + [p._data for p in self.parameters] + self.numbers


def traced(recording: Recording) -> Traced:
    """The recording as a tape. Nodes that were made outside of the function come first."""
    return _Tracer(recording).run()


@dataclass
class _Tracer:
    """Numbers leaves and nodes: a node by its place on the tape, a leaf k by −1 − k until all leaves are known."""

    recording: Recording
    at: dict[Value, int] = field(default_factory=dict)
    ops: dict[Op, int] = field(default_factory=dict)
    code: list[int] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    operands: list[int] = field(default_factory=list)
    nodes: list[Value | None] = field(default_factory=list)
    parameters: dict[Value, int] = field(default_factory=dict)
    numbers: dict[float | bytes, int] = field(default_factory=dict)
    leaves: list[Value | float] = field(default_factory=list)

    def run(self) -> Traced:
        recording = self.recording
        for value in chain.from_iterable(recording.inputs):
            self.at[value] = self._leaf(value)
        inputs = len(self.leaves)
        origins = recording.origins
        for node in _as_made(recording):
            if node.op is not None:
                self.at[node] = self._node(node.op, node.operands, node)
            elif node in origins:
                op, operands = origins[node]
                inner = self._node(op, operands, None)
                self.at[node] = self._add(STOP, (inner,), node)
            elif node not in self.at:
                fixed = node.is_constant or node in recording.made
                self.at[node] = self._number(node._data) if fixed else self._parameter(node)
        return self._settled(inputs)

    def _node(self, op: Op, operands: Sequence[Value], node: Value | None) -> int:
        at = self.at
        return self._add(op, [at[x] for x in operands], node)

    def _add(self, op: Op, operands: Sequence[int], node: Value | None) -> int:
        self.code.append(self.ops.setdefault(op, len(self.ops)))
        self.counts.append(len(operands))
        self.operands.extend(operands)
        self.nodes.append(node)
        return len(self.code) - 1

    def _leaf(self, value: Value | float) -> int:
        self.leaves.append(value)
        return -len(self.leaves)

    def _number(self, x: float) -> int:
        key = x if x == x and x != 0.0 else struct.pack("d", x)
        found = self.numbers.get(key)
        if found is None:
            self.numbers[key] = found = self._leaf(x)
        return found

    def _parameter(self, value: Value) -> int:
        self.parameters[value] = found = self._leaf(value)
        return found

    def _settled(self, inputs: int) -> Traced:
        asked: dict[int, tuple[int, str]] = {}
        for guard in self.recording.guards:
            asked.setdefault(self.at[guard.condition], (self._number(float(guard.truth)), guard.line))
        never = self._number(float("nan"))
        count = len(self.leaves)
        moved = np.arange(count)
        for k, leaf in enumerate([*self.parameters.values(), *self.numbers.values()]):
            moved[-1 - leaf] = inputs + k

        def addresses(found: Iterable[int]) -> np.ndarray:
            raw = np.fromiter(found, np.int64)
            return np.where(raw < 0, moved[np.clip(-1 - raw, 0, count - 1)], raw + count)

        first = np.concatenate([[0], np.cumsum(np.array(self.counts, int))])
        tape = Tape(list(self.ops), np.array(self.code, np.int32), first, addresses(self.operands), count)
        conditions, answers = addresses(asked), addresses(answer for answer, _ in asked.values())
        lines = [line for _, line in asked.values()]
        numbers = [self.leaves[-1 - leaf] for leaf in self.numbers.values()]
        return Traced(
            tape, self.nodes, inputs, list(self.parameters), numbers,  # type: ignore[arg-type]  # these leaves are floats
            addresses(self.at[out] for out in self.recording.outs),
            [Asked(int(c), int(a), line) for c, a, line in zip(conditions, answers, lines)],
            int(addresses([never])[0]),
        )  # fmt: skip


def _as_made(recording: Recording) -> list[Value]:
    """What the results and guards depend on: leaves, then nodes from outside of the function, then nodes as made."""
    order = recording.order
    needed = set(order)
    made = [node for node in recording.created if node in needed]
    known = set(made)
    return [node for node in order if node not in known] + made
