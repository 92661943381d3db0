"""When the nodes of a step may run, and which of its carries are mere sums.

What depends on nothing that changes runs *once*. What depends on no state that comes round runs *before* the scan, at
all steps at once; what no such state depends on runs *after* it, at all steps at once. What remains is the scan. A loop
with nothing that remains is a batch.

A carry that is only added to (c = c + cost), and that nothing else in the loop reads, is a *sum*: it is no state.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .loops import AFTER, BEFORE, ONCE, STEP, Block, Carry, Fixed, Loop, Read
from .tape import Tape

_VARIES, _STATE = 1, 2


Sums = dict[int, list[int]]  # by place: the additions from the carry to it


def sums_of(body: Tape, reads: Sequence[Read], stacked: Sequence[int]) -> Sums:
    """The places that are mere sums: from the carry to its place by additions alone, and nothing else reads these."""
    first, operands, leaves = body.first.tolist(), body.operands.tolist(), body.leaves
    carried = {k: read for k, read in enumerate(reads) if isinstance(read, Carry) and read.lag == 1}
    if not carried:
        return {}
    readers: dict[int, list[int]] = {}
    for i, (a, b) in enumerate(zip(first, first[1:])):
        for x in operands[a:b]:
            readers.setdefault(x, []).append(i)
    places = [read.place for read in reads if isinstance(read, Carry)]
    found: Sums = {}
    for port, read in carried.items():
        chain = _additions(body, readers, port, read.place)
        alone = places.count(read.place) == 1 and not set(chain) & set(stacked) and not set(chain[:-1]) & set(places)
        if chain and alone and leaves + read.place not in readers:
            found[read.place] = chain
    return found


def _additions(body: Tape, readers: dict[int, list[int]], port: int, place: int) -> list[int]:
    """The nodes from a carry to its place, if each adds to the one before, which has no other reader; else []."""
    at, chain = port, []
    while True:
        users = readers.get(at, [])
        if len(users) != 1 or not _adds(body, users[0], at):
            return []
        chain.append(users[0])
        if users[0] == place:
            return chain
        at = body.leaves + users[0]


def _adds(body: Tape, node: int, operand: int) -> bool:
    """Whether a node is its operand plus or minus something else."""
    op = body.ops[body.code[node]]
    operands = body.operands[body.first[node] : body.first[node + 1]].tolist()
    terms = [] if op.terms is None or op.variadic else [tuple(term) for term in op.terms(*operands)]
    return len(terms) == 2 and [term for term in terms if operand in term[1:]] == [(1.0, operand)]


def phases_of(body: Block, reads: Sequence[Read], sums: Sums) -> tuple[np.ndarray, list[int]]:
    """The phase of each node of a body (those of a loop inside it share one), and the places that are sums.

    A sum whose additions would fall into different phases is a state like others.
    """
    while True:
        phases = _phases(body, reads, sums)
        whole = {place: chain for place, chain in sums.items() if len(set(phases[chain].tolist())) == 1}
        if len(whole) == len(sums):
            return phases, sorted(sums)
        sums = whole


def _phases(body: Block, reads: Sequence[Read], sums: Sums) -> np.ndarray:
    flags = [_flag(read, sums) for read in reads] + [0] * body.length
    edges = [(i, inside) for item in body.items for i, inside in _parts(item, body.leaves)]
    for nodes, operands in edges:
        flag = 0
        for x in operands:
            flag |= flags[x]
        for i in nodes:
            flags[body.leaves + i] = flag
    state = {read.place for read in reads if isinstance(read, Carry) and read.place not in sums}
    feeds = bytearray(body.leaves + body.length)
    for place in state:
        feeds[body.leaves + place] = 1
    for nodes, operands in reversed(edges):
        if any(feeds[body.leaves + i] for i in nodes):
            for i in nodes:
                feeds[body.leaves + i] = 1
            for x in operands:
                feeds[x] = 1
    phase = [_phase(flags[k], feeds[k]) for k in range(body.leaves, body.leaves + body.length)]
    return np.array(phase, np.int8)


def _flag(read: Read, sums: Sums) -> int:
    if isinstance(read, Fixed):
        return 0
    return _VARIES | _STATE if isinstance(read, Carry) and read.place not in sums else _VARIES


def _phase(flag: int, feeds: int) -> int:
    if not flag & _STATE:
        return BEFORE if flag & _VARIES else ONCE
    return STEP if feeds else AFTER


def _parts(item: object, leaves: int) -> list[tuple[Sequence[int], list[int]]]:
    """The nodes of an item and what they read: one by one of a run, together of a loop."""
    if isinstance(item, Loop):
        read = np.concatenate([item.addresses(read, leaves) for read in item.reads]) if item.reads else np.zeros(0, int)
        before = np.unique(read[read < leaves + item.start]).tolist()
        return [(range(item.start, item.end), before)]
    first, operands = item.nodes.first.tolist(), item.nodes.operands.tolist()  # type: ignore[attr-defined]  # it is a run
    return [([item.start + i], operands[a:b]) for i, (a, b) in enumerate(zip(first, first[1:]))]  # type: ignore[attr-defined]  # it is a run
