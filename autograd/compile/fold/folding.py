"""The stage itself: find the best loops of a tape, then loops in the bodies of loops."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from .loops import Block, Carry, Fixed, Loop, Read, Run
from .orders import deepest_first
from .phases import phases_of, sums_of
from .reads import asked_in, body_tape, reads_of
from .search import Search
from .stretches import Stretch
from .tape import Asked, Tape, Traced

_SOME, _ENOUGH = 0.05, 0.9  # of a tape: where less or more is folded as made, the other order is not tried


class Folded(NamedTuple):
    """A folded tape, and where each address of the tape went (the nodes may be in another order)."""

    block: Block
    moved: np.ndarray


def fold(traced: Traced, *, nested: bool = True, longest: int = 0) -> Folded:
    """The program with its loops, in the order of nodes that leaves less to write down.

    Args:
        traced: the program.
        nested: whether loops are looked for inside the bodies of loops.
        longest: of how many nodes a step may be; 0: of any number.

    >>> import glassgrad as gg
    >>> from glassgrad.autograd.compile.recording.twice import record_twice
    >>> from glassgrad.autograd.compile.fold import traced
    >>> w = gg.Value(0.5)
    >>> def f(h):
    ...     for _ in range(100):
    ...         h = gg.tanh(w * h + 1.0)
    ...     return h
    >>> block, _ = fold(traced(record_twice(f, [0.0])))
    >>> [(loop.kind, loop.trips, loop.period) for loop in block.loops]
    [('scan', 100, 3)]
    """
    tape = traced.tape
    asked = sorted(traced.asked)
    search = Search(len(tape), nested=nested, longest=longest)
    block = _block(search, tape, traced.outs, asked, traced.never)
    as_made = Folded(block, np.arange(tape.leaves + len(tape)))
    if not _SOME <= 1.0 - block.size() / max(1, len(tape)) < _ENOUGH:
        return as_made
    roots = np.concatenate([traced.outs, [guard.condition for guard in asked]]).astype(np.int64)
    deepest, moved = tape.in_order(deepest_first(tape, roots))
    elsewhere = sorted(guard._replace(condition=int(moved[guard.condition])) for guard in asked)
    block = _block(search.again(), deepest, moved[traced.outs], elsewhere, traced.never)
    return Folded(block, moved) if block.size() < as_made.block.size() else as_made


def _block(
    search: Search, tape: Tape, outs: np.ndarray, asked: list[Asked], never: int, *, inside: bool = False
) -> Block:
    """A tape with its loops; ``asked`` is in order."""
    found = [made for s in search.found(tape, inside=inside) if (made := _made(tape, s, asked, never))]
    items: list[Run | Loop] = []
    at = 0
    for loop in found:
        items += [*_run(tape, at, loop.start), loop]
        at = loop.end
    items += _run(tape, at, len(tape))
    in_loops = [(tape.leaves + loop.start, tape.leaves + loop.end) for loop in found]
    rest = _outside_of(asked, in_loops)
    block = Block(tape.leaves, len(tape), items, np.unique(outs), rest)
    _settle(search, block, never)
    return block


def _run(tape: Tape, start: int, end: int) -> Iterator[Run]:
    if start < end:
        a, b = tape.first[start], tape.first[end]
        first = tape.first[start : end + 1] - a
        yield Run(start, Tape(tape.ops, tape.code[start:end].copy(), first, tape.operands[a:b].copy(), tape.leaves))


def _outside_of(asked: list[Asked], ranges: list[tuple[int, int]]) -> list[Asked]:
    bounds = np.array(ranges, np.int64).reshape(-1)
    inside = np.searchsorted(bounds, [guard.condition for guard in asked], side="right") % 2
    return [guard for guard, within in zip(asked, inside) if not within]


# ── making ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _made(tape: Tape, stretch: Stretch, asked: list[Asked], never: int) -> Loop | None:
    """The loop of a stretch, without its body's loops; None if some step differs."""
    found = reads_of(tape, stretch)
    if found is None:
        return None
    operands, ports = found
    a, b = tape.leaves + stretch.start, tape.leaves + stretch.end
    inside = asked_in(stretch, _between(asked, a, b), tape.leaves, never, ports)
    reads, moved = ports.arranged()
    body = body_tape(tape, stretch, operands, moved)
    guards = sorted(Asked(body.leaves + g.condition, int(moved[g.answer]), g.line) for g in inside)
    plain = Block(body.leaves, len(body), [*_run(body, 0, len(body))], np.zeros(0, int), guards)
    return Loop(stretch.start, stretch.steps, stretch.period, reads, plain, np.zeros(0, np.int8), [])


def _between(asked: list[Asked], a: int, b: int) -> list[Asked]:
    return asked[_place(asked, a) : _place(asked, b)]


def _place(asked: list[Asked], address: int) -> int:
    return bisect_left(asked, address, key=lambda guard: guard.condition)


def _settle(search: Search, block: Block, never: int) -> None:
    """Say of each loop what is read of it from outside, fold its body, and say what may run when."""
    used = _used(block)
    for loop in block.loops:
        columns = used[loop.start : loop.end].reshape(loop.trips, loop.period)
        loop.stacked = np.flatnonzero(columns[:-1].any(axis=0)).tolist()
        loop.last = np.flatnonzero(columns[-1]).tolist()
        (run,) = loop.body.items
        assert isinstance(run, Run)
        sums = sums_of(run.nodes, loop.reads, loop.stacked)
        leaves = loop.body.leaves
        places = {*loop.stacked, *loop.last, *(carry.place for carry in loop.carries)}
        outs = np.array(sorted(leaves + place for place in places), int)
        loop.body = _block(search, run.nodes, outs, loop.body.asked, _port(loop.reads, Fixed(never)), inside=True)
        loop.phases, loop.sums = phases_of(loop.body, loop.reads, sums)


def _port(reads: Sequence[Read], wanted: Fixed) -> int:
    """The leaf of a body that is this read; −1 if it has none."""
    return next((k for k, read in enumerate(reads) if isinstance(read, Fixed) and read == wanted), -1)


def _used(block: Block) -> np.ndarray:
    """For each node, whether it is read from outside of the loop that it is in (or at all, outside of loops)."""
    used = np.zeros(block.leaves + block.length, bool)
    used[block.outs] = True
    used[[guard.condition for guard in block.asked]] = True
    for item in block.items:
        if isinstance(item, Run):
            used[item.nodes.operands] = True
            continue
        for read in item.reads:
            used[read.begin if isinstance(read, Carry) else item.addresses(read, block.leaves)] = True
    return used[block.leaves :]
