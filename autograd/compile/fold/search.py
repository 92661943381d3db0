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
        nested: whether to search the bodies of loops.
        longest: of how many nodes a step may be; 0: of any number.
    """

    def __init__(self, nodes: int, *, nested: bool = True, longest: int = 0) -> None:
        self._nodes, self._nested, self._longest = nodes, nested, longest
        self._left = _A_NODE * nodes + 50 * _ITSELF
        self._known: dict[bytes, list[Stretch]] = {}

    def again(self) -> Search:
        """The same search, with all of its budget."""
        return Search(self._nodes, nested=self._nested, longest=self._longest)

    def found(self, tape: Tape, *, inside: bool) -> list[Stretch]:
        """Stretches that repeat, in order, none over another; ``inside``: the tape is the body of a loop."""
        if len(tape) < _SMALL or inside and not self._nested:
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
            found = sorted(_best(tape, low, high, self._longest))
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


def _best(tape: Tape, low: int, high: int, longest: int) -> list[Stretch]:
    """Stretches between two nodes, none over another; those that save most are chosen first."""
    chosen: list[Stretch] = []
    for stretch in sorted(_proposed(tape, low, high, longest), key=lambda s: (-s.saved, s.period)):
        before = max((s.end for s in chosen if s.start <= stretch.start), default=low)
        after = min((s.start for s in chosen if s.start > stretch.start), default=high)
        kept = _trimmed(stretch, before, after)
        if kept.steps >= PROPOSED and 2 * kept.saved >= max(SAVES, len(tape) // SHARE):
            turned = rotated(tape, kept, before, after)
            chosen += [s for s in (turned, kept) if worthwhile(s, len(tape))][:1]
    return chosen


def _proposed(tape: Tape, low: int, high: int, longest: int) -> Iterator[Stretch]:
    for period in periods(tape, low, high):
        if longest and period > longest:
            return
        found = stretches(tape, period, low, high)
        yield from found
        if any(s.saved >= _ENOUGH * (high - low) for s in found):
            return


def _trimmed(stretch: Stretch, before: int, after: int) -> Stretch:
    """What of a stretch lies between two nodes, in whole steps."""
    start = max(stretch.start, before)
    return Stretch(start, stretch.period, max(0, min(stretch.end, after) - start) // stretch.period)
