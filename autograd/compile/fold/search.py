"""The best stretches of a tape: proposed, compared, those that save most first, then what is left between them.

The work is bounded: a search costs about so much a node and so much in itself, and there is a budget for the whole
program. Bodies that are the same are searched once.
"""

from __future__ import annotations

from collections.abc import Iterator

from .periods import periods
from .rotation import rotated
from .stretches import PROPOSED, SAVES, SHARE, Stretch, stretches, worthwhile
from .tape import Tape

_ENOUGH = 0.9  # of a range: a stretch that saves that much ends the search
_SMALL = 8  # nodes: fewer hide no loop
_ITSELF, _A_NODE = 400, 6  # what a search costs, in nodes; how often a node may be looked at


class Search:
    """Finds stretches within a budget.

    Args:
        nodes: how many nodes the program has.
    """

    def __init__(self, nodes: int) -> None:
        self._left = _A_NODE * nodes + 50 * _ITSELF
        self._known: dict[bytes, list[Stretch]] = {}

    def found(self, tape: Tape) -> list[Stretch]:
        """Stretches that repeat, in order, none over another."""
        if len(tape) < _SMALL:
            return []
        key = b"".join((tape.code.tobytes(), tape.first.tobytes(), tape.sources.clip(-1).tobytes()))
        if key not in self._known:
            self._known[key] = self._within(tape)
        return self._known[key]

    def _within(self, tape: Tape) -> list[Stretch]:
        """The stretches of a tape: the largest range that nothing is known of is searched next."""
        chosen: list[Stretch] = []
        waiting = [(0, len(tape))]
        while waiting:
            low, high = waiting.pop()
            if high - low < max(_SMALL, len(tape) // SHARE) or not self._pays(high - low):
                continue
            found = sorted(_best(tape, low, high))
            chosen += found
            if found:
                edges = [low, *(edge for s in found for edge in (s.start, s.end)), high]
                waiting = sorted([*waiting, *zip(edges[::2], edges[1::2])], key=lambda gap: gap[1] - gap[0])
        return sorted(chosen)

    def _pays(self, nodes: int) -> bool:
        """Whether the budget allows a search of so many nodes."""
        cost = _ITSELF + nodes
        if cost > self._left:
            return False
        self._left -= cost
        return True


def _best(tape: Tape, low: int, high: int) -> list[Stretch]:
    """Stretches between two nodes, none over another; those that save most are chosen first."""
    chosen: list[Stretch] = []
    for stretch in sorted(_proposed(tape, low, high), key=lambda s: (-s.saved, s.period)):
        before = max((s.end for s in chosen if s.start <= stretch.start), default=low)
        after = min((s.start for s in chosen if s.start > stretch.start), default=high)
        kept = _trimmed(stretch, before, after)
        if kept.steps >= PROPOSED and 2 * kept.saved >= max(SAVES, len(tape) // SHARE):
            turned = rotated(tape, kept, before, after)
            chosen += [s for s in (turned, kept) if worthwhile(s, len(tape))][:1]
    return chosen


def _proposed(tape: Tape, low: int, high: int) -> Iterator[Stretch]:
    for period in periods(tape, low, high):
        found = stretches(tape, period, low, high)
        yield from found
        if any(s.saved >= _ENOUGH * (high - low) for s in found):
            return


def _trimmed(stretch: Stretch, before: int, after: int) -> Stretch:
    """What of a stretch lies between two nodes, in whole steps."""
    start = max(stretch.start, before)
    return Stretch(start, stretch.period, max(0, min(stretch.end, after) - start) // stretch.period)
