"""The statements of a folded block whose loops have no loops inside.

Memory holds the leaves, then what is read by its index: the nodes that a slice or a table reads, all steps of what is
read after a loop, and what is carried over more than one step.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ...op import Op
from ..fold.loops import Block, Carry, Fixed, Gather, Loop, Read, Run, Slice
from ..fold.tape import Asked, Tape, Traced
from .forms import (
    At,
    Carried,
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
    Through,
)
from .scope import Scope


def statements(block: Block, outs: Sequence[int], traced: Traced) -> Statements:
    """The forward pass.

    Args:
        block: the folded program; its loops hold no loops.
        outs: the addresses of the results in it.
        traced: says what the leaves are.
    """
    return _Forward(block, traced).run(outs)


class _Forward:
    def __init__(self, block: Block, traced: Traced) -> None:
        self.block, self.traced = block, traced
        self.leaves = traced.inputs + len(traced.parameters)
        self.size, self.scans = self.leaves, 0
        self.lines: list[str] = []
        self.scalars: dict[int, Scalar] = {}  # by address: locals and numbers
        self.places: dict[int, int] = {}  # by address: where it lies in memory
        self.scope = Scope([0])
        self.body = self.scope.body

    def run(self, outs: Sequence[int]) -> Statements:
        self._lay_out()
        for item in self.block.items:
            if isinstance(item, Loop):
                self._loop(item)
            else:
                self._run(item)
        self.body += [self._guard(g, self._scalar(g.condition), self._scalar(g.answer)) for g in self.block.asked]
        results = [self._scalar(out) for out in outs]
        return Statements(self.body, results, self.leaves, self.size, self.scope.count[0], self.lines)

    # ── memory ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _lay_out(self) -> None:
        """Find a place in memory for all that is read by its index."""
        self.places = {address: address for address in range(self.leaves)}
        for loop in self.block.loops:
            for place in loop.stacked:
                first = self.block.leaves + loop.start + place
                for t in range(loop.trips):
                    self.places[first + t * loop.period] = self._room(1)
        for loop in self.block.loops:
            for read in loop.reads:
                if isinstance(read, Slice | Gather) and not self._is_table(loop.addresses(read, self.block.leaves)):
                    for address in loop.addresses(read, self.block.leaves).tolist():
                        self._place(address)

    def _place(self, address: int) -> None:
        if address not in self.places:
            self.places[address] = self._room(1)
            if address < self.block.leaves:
                self.body.append(Store(At(self.places[address]), self._scalar(address)))

    def _room(self, count: int) -> int:
        self.size += count
        return self.size - count

    def _is_table(self, addresses: np.ndarray) -> bool:
        return bool(((addresses >= self.leaves) & (addresses < self.block.leaves)).all())

    def _number(self, address: int) -> float:
        return self.traced.numbers[address - self.leaves]

    # ── scalars ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _scalar(self, address: int) -> Scalar:
        """The value at an address as a scalar, loaded from memory at its first use."""
        if address not in self.scalars:
            if self.leaves <= address < self.block.leaves:
                self.scalars[address] = Number(self._number(address))
            else:
                self.scalars[address] = local = self.scope.local()
                self.body.append(Load(local, At(self.places[address])))
        return self.scalars[address]

    def _run(self, run: Run) -> None:
        start = self.block.leaves + run.start
        for i, (op, operands) in enumerate(_nodes(run.nodes)):
            self.scalars[start + i] = out = self.scope.applied(op, [self._scalar(x) for x in operands])
            if start + i in self.places:
                self.body.append(Store(At(self.places[start + i]), out))

    def _guard(self, asked: Asked, condition: Scalar, answer: Scalar) -> Guard:
        self.lines.append(asked.line)
        return Guard(condition, answer, len(self.lines) - 1)

    # ── loops ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _loop(self, loop: Loop) -> None:
        (run,) = loop.body.items
        assert isinstance(run, Run)
        leaves = loop.body.leaves
        inside: list[Scalar] = []
        begins: list[tuple[Carry, Local]] = []
        scope = Scope(self.scope.count)
        body = scope.body
        stored: dict[int, list[Element]] = {place: [self._stacked(loop, place)] for place in loop.stacked}
        for read in loop.reads:
            if isinstance(read, Fixed):
                inside.append(self._scalar(read.address))
            elif isinstance(read, Carry) and read.lag == 1:
                self._scalar(int(read.begin[0]))
                begins.append((read, self.scope.local()))
                inside.append(begins[-1][1])
            else:
                source = self._delayed(loop, read, stored) if isinstance(read, Carry) else self._source(loop, read)
                local = scope.local()
                inside.append(local)
                body.append(Load(local, source))
        for i, (op, operands) in enumerate(_nodes(run.nodes)):
            inside.append(out := scope.applied(op, [inside[x] for x in operands]))
            body += [Store(into, out) for into in stored.get(i, ())]
        body += [self._guard(g, inside[g.condition], inside[g.answer]) for g in loop.body.asked]
        carries = [Carried(into, self._scalar(int(c.begin[0])), inside[leaves + c.place]) for c, into in begins]
        after: list[Statement] = []
        carries += self._lasts(loop, carries, inside, after)
        self.body += [Scan(loop.trips, carries, body, self.scans), *after]
        self.scans += 1

    def _lasts(self, loop: Loop, carries: list[Carried], inside: list[Scalar], after: list[Statement]) -> list[Carried]:
        """Carries for what is read after the scan at its last step, where no other carry holds it."""
        held = {carried.end: carried.inside for carried in carries}
        more = []
        for place in loop.last:
            value = inside[loop.body.leaves + place]
            if value not in held:
                held[value] = self.scope.local()
                more.append(Carried(held[value], Number(0.0), value))
            last = self.block.leaves + loop.start + (loop.trips - 1) * loop.period + place
            self.scalars[last] = held[value]
            if last in self.places and place not in loop.stacked:
                after.append(Store(At(self.places[last]), held[value]))
        return more

    def _stacked(self, loop: Loop, place: int) -> Element:
        return At(self.places[self.block.leaves + loop.start + place], 1)

    def _delayed(self, loop: Loop, read: Carry, stored: dict[int, list[Element]]) -> Element:
        """Memory for what is carried over several steps: the beginnings, then every step."""
        first = self._room(loop.trips + read.lag)
        for t, address in enumerate(read.begin.tolist()):
            self.body.append(Store(At(first + t), self._scalar(address)))
        stored.setdefault(read.place, []).append(At(first + read.lag, 1))
        return At(first, 1)

    def _source(self, loop: Loop, read: Read) -> Element | Table:
        addresses = loop.addresses(read, self.block.leaves)
        if self._is_table(addresses):
            return Table(tuple([self._number(x) for x in addresses.tolist()]))
        where = np.array([self.places[x] for x in addresses.tolist()])
        stride = int(where[1] - where[0])
        if (where == where[0] + stride * np.arange(loop.trips)).all():
            return At(int(where[0]), stride)
        return Through(tuple(where.tolist()))


def _nodes(tape: Tape) -> Iterator[tuple[Op, list[int]]]:
    first, operands, code = tape.first.tolist(), tape.operands.tolist(), tape.code.tolist()
    for i, (a, b) in enumerate(zip(first, first[1:])):
        yield tape.ops[code[i]], operands[a:b]
