"""What the engine knows besides the values: who is watching, who records nothing, and what time it is.

A block (``no_grad()``, ``observing(…)``) affects only the thread or asyncio task that opened it, and ends when it is
closed, in any order; a suspended generator cannot leave recording off elsewhere.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

_OURS = f"{__package__}."

lock = threading.RLock()  # held while ``clock`` or ``watched`` changes, and during a backward pass: leaves are shared
clock = 0  # counts the changes of any .data; a leaf changed at a later time than a node was made is stale for that node
watched = 0  # how many blocks are open anywhere; 0, the usual case, keeps the operators fast


V = TypeVar("V")
P = TypeVar("P")


class Observer(Generic[V, P]):
    """Is told of what happens to Values in its context while it is active (``with observing(observer):``).

    Its types are those of values and ops, which stand above this module: ``Observer[Value, Op]``.
    """

    wants_comparisons = False
    wants_replays = False  # to see what a program computes, which therefore runs its function eagerly

    def made(self, node: V, op: P, operands: Sequence[V]) -> None:
        """``op`` was applied to ``operands`` and ``node`` came of it."""

    def read(self, value: V) -> None:
        """The number of ``value`` was read out, through .data, float() or int()."""

    def branched(self, value: V) -> None:
        """Python asked whether ``value`` is true."""

    def passed(self, node: V) -> None:
        """backward() has completed the gradient of ``node``."""


@dataclass(eq=False)
class _Block:
    observer: Observer[Any, Any] | None = None
    records: bool | None = None  # None: as the block around it
    open: bool = True


_blocks: ContextVar[tuple[_Block, ...]] = ContextVar("blocks", default=())


def observers() -> list[Observer[Any, Any]]:
    """Those that are active here, the outermost first."""
    return [block.observer for block in _blocks.get() if block.open and block.observer is not None]


def records() -> bool:
    """Whether operations leave nodes here: the innermost block that has a say decides."""
    said = [block.records for block in _blocks.get() if block.open and block.records is not None]
    return said[-1] if said else True


def wants_replays() -> bool:
    """Whether one of those that are active here wants to see what a program computes."""
    return any(observer.wants_replays for observer in observers())


def notify(event: str, *about: object) -> None:
    """Call the method of that name of every observer that is active here."""
    for observer in observers():
        getattr(observer, event)(*about)


def outer_frame() -> tuple[str, int]:
    """File and line of the user's code that is running, outside of this package."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(_OURS):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


def tick() -> int:
    """The time of a change of some .data: later than everything so far."""
    return advance(clock + 1)


def advance(time: int) -> int:
    """Set the clock to ``time``, unless it is later already."""
    global clock
    with lock:
        clock = max(clock, time)
    return clock


@contextmanager
def _opened(block: _Block) -> Iterator[None]:
    global watched
    with lock:
        watched += 1
    _blocks.set((*_blocks.get(), block))
    try:
        yield
    finally:
        block.open = False
        _blocks.set(tuple(b for b in _blocks.get() if b.open))
        with lock:
            watched -= 1


@contextmanager
def observing(observer: Observer[Any, Any]) -> Iterator[None]:
    """Have ``observer`` told of everything that happens to Values in this thread (or task) inside the block."""
    with _opened(_Block(observer=observer)):
        yield


@contextmanager
def unobserved() -> Iterator[None]:
    """Tell nobody of what the engine itself computes inside the block."""
    token = _blocks.set(())
    try:
        yield
    finally:
        _blocks.reset(token)


@contextmanager
def recording() -> Iterator[None]:
    """Record inside the block (in this thread or task), even where ``no_grad()`` surrounds it."""
    with _opened(_Block(records=True)):
        yield


@contextmanager
def no_grad() -> Iterator[None]:
    """Record nothing inside the block (in this thread, or asyncio task): every op gives a constant.

    >>> from glassgrad import Value
    >>> x = Value(2.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.is_constant
    True
    """
    with _opened(_Block(records=False)):
        yield
