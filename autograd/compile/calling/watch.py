"""Watch: whether a program still stands for its function.

What the function closes over is compared at each call. What that cannot see (large arrays, what lies in libraries) is
left to audits: calls 2, 4, 8, … are compared with a run of the function.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable

from ...context.state import outer_frame
from ...errors import ClosedOverWarning
from ..recording.closed_over import ClosedOver

_MOST_RECORDINGS = 8  # of one cause


class Watch:
    """Of one program.

    Args:
        function: what the program was made from.

    Attributes:
        closed: what the function closes over; None before the first recording, and if it closes over nothing.
        left: the calls up to the next audit, itself included.
        eager: whether the program has given up, and runs the function at each call.
    """

    def __init__(self, function: Callable[..., object]) -> None:
        self.closed: ClosedOver | None = None
        self.left, self._next = 2, 2
        self.eager = False
        self._function = function
        self._has_run = False
        self._recordings: Counter[str] = Counter()
        self._told = False

    def changed(self) -> str:
        """The name of something that has changed since the function last ran; "" if there is none."""
        return "" if self.closed is None else self.closed.changed()

    def has_run(self) -> None:
        """The function has run: what it has changed itself is as it should be."""
        if not self._has_run or self.changed():
            self._has_run = True
            closed = ClosedOver(self._function)
            self.closed = closed if len(closed) else None

    def is_due(self) -> bool:
        """Count a call; whether it is one of those that are audited."""
        self.left -= 1
        if self.left > 0:
            return False
        self.left, self._next = self._next, 2 * self._next
        return True

    def count(self, cause: str) -> None:
        """Note that the program is to be recorded anew; give up if that has been so too often."""
        self._recordings[cause] += 1
        if self._recordings[cause] > _MOST_RECORDINGS and not self.eager:
            self.eager = True
            _warn(
                f"{cause}, which the compiled function {_named(self._function)} is closed over, keeps changing, and "
                f"each change is recorded anew. From now on the function runs eagerly: pass it as an argument, and the "
                "program is fast again"
            )

    def found(self, difference: str) -> None:
        """An audit has found a difference: say so, once, and count it."""
        cause = "something that is not watched"
        if not self._told:
            self._told = True
            _warn(
                f"the compiled function {_named(self._function)} gives other numbers than when it was recorded: "
                f"{difference}. {cause.capitalize()} (an array of more than 4 kB, an object of a library, a file) has "
                "changed, so that answers since the last audit may be old ones. It is recorded anew: pass what changes "
                "as an argument"
            )
        self.count(cause)


def _named(function: object) -> str:
    return getattr(function, "__qualname__", None) or type(function).__qualname__


def _warn(message: str) -> None:
    file, line = outer_frame()
    warnings.warn_explicit(message, ClosedOverWarning, file, line)
