"""What a function closes over, as one flat list, and whether any of it has moved since.

A recording holds the numbers, flags and containers that its function found around itself. ``ClosedOver(f)`` goes
through them once; ``changed()`` names the first that is another one now. Lists and dicts of Values, and of what else
has no equal of another type, are compared with their copies; single objects by identity. Both loops run in C.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from itertools import chain
from operator import is_

from .reach import Cells, Part, content, reach

_END = (object(),)  # stands after the items of each part, so that none is taken for one of the next
_PLAIN = (int, float, complex, bool, str, bytes, type(None))


class ClosedOver:
    """The objects that a function reads beside its arguments, as they are now.

    Followed are closures, defaults, bound methods, partials, attributes of instances and classes, lists, dicts, sets,
    arrays of up to 4 kB, and the globals of the function and of helpers that are no installed library, to any depth.
    The ``.data`` of a leaf is a parameter's number, and is left out; that of a constant is watched.

    Args:
        function: any callable.

    >>> rates = [0.5, 2.0]
    >>> seen = ClosedOver((lambda rates: lambda x: rates[0] * x)(rates))
    >>> seen.changed()
    ''
    >>> rates.append(3.0); seen.changed()
    'rates[2]'
    """

    __slots__ = ("_cells", "_copies", "_held", "_items", "_live", "_parts", "_sources")

    def __init__(self, function: Callable[..., object]) -> None:
        self._parts = reach(function)
        self._arrange()

    def _arrange(self) -> None:
        """Put the objects in two lists: containers to compare with their copies, and single objects by identity."""
        equal = [part for part in self._parts if part.copy is not None]
        cells = [part for part in self._parts if isinstance(part.live, Cells)]
        single = [part for part in self._parts if part.copy is None and not isinstance(part.live, Cells)]
        self._cells = [cell for part in cells for cell in part.live.cells]  # type: ignore[attr-defined]  # they are Cells
        self._held = [item for part in cells for item in part.items]
        self._live, self._copies = [part.live for part in equal], [part.copy for part in equal]
        self._sources = [source for part in single for source in (part.live, _END)]
        self._items = [item for part in single for item in (*part.items, *_END)]

    def __len__(self) -> int:
        """How many objects are watched; 0 for a function that closes over nothing that could change."""
        return sum(len(part.items) for part in self._parts)

    def changed(self) -> str:
        """The name of the first object that is not what it was, e.g. ``"model.layers[2]"``; "" if all are.

        It takes at most a microsecond and 20 ns an object. A number that was replaced by an equal one of its type has
        not changed.
        """
        if not self._parts:
            return ""
        try:
            if (
                self._live == self._copies
                and all(map(is_, map(content, self._cells), self._held))
                and (not self._items or all(map(is_, chain.from_iterable(self._sources), self._items)))
            ):
                return ""
        except (LookupError, AttributeError, TypeError, ValueError):
            pass  # something was deleted, or two objects do not compare: look at them one by one
        return self._first_changed()

    def _first_changed(self) -> str:
        for part in self._parts:
            name = _difference(part)
            if name:
                return name
        self._arrange()
        return ""


def _difference(part: Part) -> str:
    """The name of the first item of a part that has changed; equal numbers are taken over as if they were the same."""
    try:
        now = part.now()
    except (LookupError, AttributeError, ValueError):
        return part.path
    for i, (item, before) in enumerate(zip(now, part.items)):
        if item is not before and not _equal(item, before):
            return part.name(i)
    if len(now) != len(part.items):
        return part.name(min(len(now), len(part.items)))
    if isinstance(part.live, dict) and part.live.keys() != part.copy.keys():  # type: ignore[attr-defined]  # its copy
        return part.path
    part.items = now
    if part.copy is not None:
        part.copy = copy(part.live)
    return ""


def _equal(item: object, before: object) -> bool:
    if type(item) is not type(before) or type(item) not in _PLAIN:
        return False
    return repr(item) == repr(before) if type(item) in (float, complex) else item == before
