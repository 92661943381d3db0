"""Python's cyclic collector, paused while graphs are recorded.

A graph has no reference cycles, so there is nothing in it for the collector to find; but the collector walks whatever
has been made, again and again while a large graph grows, which takes longer than the arithmetic. While it is paused a
young collection runs each million objects, so that cycles of somebody else's do not pile up.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock, get_ident

OBJECTS = 1_000_000  # made and not freed, between two young collections
_PAUSED = (OBJECTS, 1_000, 1_000)

_lock = RLock()  # the thresholds are those of the whole process
_pauses: dict[int, int] = {}  # each pause that has not ended, by its id, with the thread that made it
_before = gc.get_threshold()


class Pause:
    """Pauses the collector from now on, until ``end()`` or until nobody refers to it any more.

    Pauses of several threads, and nested ones, are one: the last that ends puts the thresholds back. Where somebody has
    set others meanwhile, these stay; where the collector was off, or as rare, it stays so.
    """

    __slots__ = ()

    def __init__(self) -> None:
        global _before
        with _lock:
            _pauses[id(self)] = get_ident()
            if len(_pauses) == 1:
                _before = gc.get_threshold()
                if 0 < _before[0] < OBJECTS:
                    gc.set_threshold(*_PAUSED)

    def end(self) -> None:
        """Put the thresholds back, if this is the last pause."""
        with _lock:
            if len(_pauses) == 1 and id(self) in _pauses:
                _restore()
            _pauses.pop(id(self), None)
        self.__class__ = _Ended  # type: ignore[assignment]  # so that nothing runs when the object goes

    __del__ = end  # after an interrupt between the beginning and the block


class _Ended:
    """A pause that has ended; to end it once more does nothing."""

    __slots__ = ()

    def end(self) -> None:
        """Nothing."""


def _restore() -> None:
    if gc.get_threshold() == _PAUSED:
        gc.set_threshold(*_before)


def _forked() -> None:
    """In a forked child the other threads, and their pauses, are no more."""
    _lock.release()
    for pause in [pause for pause, thread in _pauses.items() if thread != get_ident()]:
        del _pauses[pause]
    if not _pauses:
        _restore()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_forked)


@contextmanager
def collector_paused() -> Iterator[None]:
    """Record inside the block without Python's cyclic collector, which on large graphs takes half of the time.

    ``grad`` and its kin, ``compile`` and ``fit`` do so by themselves; this is for training loops of one's own. A graph
    has no reference cycles: it is freed when the last name for its root goes, and needs no collector. For cycles of
    yours a young collection runs each million objects. At the end of the block, however it ends, the collector is as
    it was; blocks may be nested, and open in several threads (the pause is the whole process's).

    >>> import glassgrad as gg
    >>> w = gg.Value(0.5)
    >>> with gg.collector_paused():
    ...     loss = sum((w * k - 1.0) ** 2 for k in range(10))
    ...     loss.backward()
    >>> w.grad
    195.0
    """
    pause = Pause()
    try:
        yield
    finally:
        pause.end()
