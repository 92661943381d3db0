"""Stretches: for a period, where a tape repeats exactly, operand by operand.

Node i repeats node i − p if op and number of operands are the same, and each operand has moved by p as well, or was
there before the stretch began (leaves always were). So each pair says only how late the stretch must begin.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .tape import Tape

LEAST, SAVES, RUNS = 3, 8, 16  # steps; nodes that a loop must save; runs that are looked at for a period
PROPOSED = 2  # steps of a stretch that may yet be extended
SHORT = 8  # nodes of a step: with fewer, a loop needs a step more
SHARE = 128  # of a long tape a loop must save one part in so many: it has no more loops than that


class Stretch(NamedTuple):
    """Nodes start … start + period · steps − 1, which repeat."""

    start: int
    period: int
    steps: int

    @property
    def end(self) -> int:
        """The first node after it."""
        return self.start + self.period * self.steps

    @property
    def saved(self) -> int:
        """How many nodes need not be written."""
        return self.period * (self.steps - 1)


def worthwhile(stretch: Stretch, nodes: int) -> bool:
    """Whether it has enough steps, and saves enough of a tape of so many nodes, to be a loop."""
    least = LEAST if stretch.period >= SHORT else LEAST + 1
    return stretch.steps >= least and stretch.saved >= max(SAVES, nodes // SHARE)


def stretches(tape: Tape, period: int, low: int, high: int) -> list[Stretch]:
    """The longest stretches of a period between nodes low and high."""
    kind = tape.kind[low:high]
    same = np.concatenate([[False], kind[period:] == kind[:-period], [False]])
    edges = np.flatnonzero(same[1:] != same[:-1]).reshape(-1, 2)
    long = edges[edges[:, 1] - edges[:, 0] >= (PROPOSED - 1) * period - period // 2]
    longest = long[np.argsort(long[:, 0] - long[:, 1], kind="stable")[:RUNS]]
    return [s for a, b in longest.tolist() for s in _in_run(tape, period, low + a, low + b + period)]


def _in_run(tape: Tape, period: int, start: int, end: int) -> list[Stretch]:
    """The best stretches in a run of equal ops: each begins as late as its operands ask."""
    latest = np.maximum(_must_begin_after(tape, period, start, end), start - 1)
    after = np.maximum.accumulate(latest)
    changes = np.flatnonzero(after[1:] != after[:-1]) + 1
    begins = after[np.concatenate([[0], changes])] + 1
    ends = start + period + np.concatenate([changes, [len(after)]])
    steps = (ends - begins) // period
    best = np.argsort(-steps, kind="stable")[:4]
    return [Stretch(int(begins[k]), period, int(steps[k])) for k in best if steps[k] >= PROPOSED]


def _must_begin_after(tape: Tape, period: int, start: int, end: int) -> np.ndarray:
    """For each pair (i − p, i) the last node that must come before the stretch; −1 if there is none."""
    first, sources = tape.first, tape.sources
    new = sources[first[start + period] : first[end]]
    old = sources[first[start] : first[end - period]]
    moved = (new - old == period) & (old >= 0)
    return np.maximum.reduceat(
        np.where(moved, -1, np.maximum(new, old)), first[start + period : end] - first[start + period]
    )
