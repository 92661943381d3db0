"""When to record one more way through a function, and when to leave it to eager code."""

from __future__ import annotations

import warnings

from ...context.state import outer_frame
from ...errors import ManyPathsWarning

_FREE, _PAID_BY = 4, 32  # new ways that are recorded at once; calls that have to be answered for each further one
_SHORTEST, _LONGEST = 8, 256  # calls that run eagerly without a look at what has been recorded


class BackOff:
    """Counts how often the guards of all recorded ways failed, and how often one held.

    Recording takes as long as a hundred eager calls. A function whose branches go a new way at nearly every call (12
    signs of random numbers go 4,096 ways) is better run eagerly; then most calls do not even try what was recorded.
    """

    def __init__(self) -> None:
        self.hits = 0
        self._recorded = 0
        self._missed = 0  # of late: misses add one, hits take one away
        self._rest = 0
        self._next_rest = _SHORTEST
        self._told = False

    def rests(self) -> bool:
        """Whether this call runs eagerly at once."""
        if not self._rest:
            return False
        self._rest -= 1
        return True

    def hit(self) -> None:
        """A recorded way fitted."""
        self.hits += 1
        if self._missed:
            self._missed -= 1
            self._next_rest = _SHORTEST

    def may_record(self) -> bool:
        """Whether a new way, which none of those recorded fits, is to be recorded. If not, the call runs eagerly."""
        if self._recorded < _FREE or self.hits >= _PAID_BY * self._recorded:
            self._recorded += 1
            return True
        self._missed += 1
        if self._missed > _SHORTEST:
            self._rest = self._next_rest
            self._next_rest = min(2 * self._next_rest, _LONGEST)
        return False

    def tell(self, line: str) -> None:
        """Warn, once, that calls run eagerly."""
        if not self._told:
            self._told = True
            file, number = outer_frame()
            warnings.warn_explicit(
                f"{line} Python branches on a Value here, and the calls of this program keep going ways that were not "
                "recorded, so such calls run eagerly: write the choice into the graph with gg.where, gg.maximum, "
                "gg.minimum or relu, and the program is fast again",
                ManyPathsWarning,
                file,
                number,
            )
