"""What the engine knows besides the values: who is watching or differentiating, who records nothing, what time it is.

A block (``no_grad()``, ``observing(…)``, ``Differentiation(…)``) affects only the thread or asyncio task that opened
it, and ends when it is closed, in any order; a suspended generator cannot leave recording off elsewhere.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from types import FrameType, TracebackType
from typing import Any, Generic, TypeVar
from weakref import ref

from .collector import Pause

_OURS = f"{__package__.partition('.')[0]}."
_INSTALLED = (os.path.dirname(os.__file__) + os.sep, "<frozen ")  # noqa: PTH120  # pathlib is slow to import
_INSTALLED_PARTS = tuple(f"{os.sep}{name}{os.sep}" for name in ("site-packages", "dist-packages"))

lock = threading.RLock()  # held while ``clock`` or ``watched`` changes, and during a backward pass: leaves are shared
clock = 0  # counts the changes of any .data; a leaf changed at a later time than a node was made is stale for that node
watched = 0  # how many blocks are open anywhere; 0, the usual case, keeps the operators fast


if hasattr(os, "register_at_fork"):  # a child gets leaves with whole gradients, and a lock that nobody holds
    os.register_at_fork(before=lock.acquire, after_in_parent=lock.release, after_in_child=lock.release)


V = TypeVar("V")
P = TypeVar("P")


class Observer(Generic[V, P]):
    """Is told of what happens to Values in its context while it is active (``with observing(observer):``).

    Its types are those of values and ops, which stand above this module: ``Observer[Value, Op]``.
    """

    wants_comparisons = False
    hides_numbers = False  # so that no text has a number in it that would stay what it was
    wants_replays = False  # to see what a program computes, which therefore runs its function eagerly

    def made(self, node: V, op: P, operands: Sequence[V]) -> None:
        """``op`` was applied to ``operands`` and ``node`` came of it."""

    def read(self, value: V) -> None:
        """The number of ``value`` was read out, through .data, float() or int()."""

    def branched(self, value: V) -> None:
        """Python asked whether ``value`` is true."""

    def wrote(self, value: V) -> None:
        """The .data of ``value`` is about to be changed."""

    def copied(self, node: V) -> None:
        """``node``, which takes gradient, is about to be copied or pickled."""

    def passed(self, node: V) -> None:
        """backward() has completed the gradient of ``node``."""


@dataclass(eq=False)
class _Block:
    observer: Observer[Any, Any] | None = None
    records: bool | None = None  # None: as the block around it
    open: bool = True


_open: set[_Block] = set()  # everywhere, in all threads and tasks
_blocks: ContextVar[tuple[_Block, ...]] = ContextVar("blocks", default=())


def observers() -> list[Observer[Any, Any]]:
    """Those that are active here, the outermost first."""
    return [block.observer for block in _blocks.get() if block.open and block.observer is not None]


def records() -> bool:
    """Whether operations leave nodes here: the innermost block that has a say decides."""
    for block in reversed(_blocks.get()):
        if block.records is not None and block.open:
            return block.records
    return True


def wants_replays() -> bool:
    """Whether one of those that are active here wants to see what a program computes."""
    return any(observer.wants_replays for observer in observers())


def hides_numbers() -> bool:
    """Whether one of those that are active here wants texts without numbers."""
    return any(observer.hides_numbers for observer in observers())


def notify(event: str, *about: object) -> None:
    """Call the method of that name of every observer that is active here."""
    for block in _blocks.get():
        if block.observer is not None and block.open:
            getattr(block.observer, event)(*about)


def user_frame() -> FrameType:
    """The frame of the user's code that is running: the first outside of this project and of installed packages.

    Where all of them are installed it is the first outside of this project.
    """
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(_OURS):
        frame = frame.f_back
    found: FrameType | None = frame
    while found is not None and is_installed(found.f_code.co_filename):
        found = found.f_back
    return frame if found is None else found


@cache
def is_installed(file: str) -> bool:
    return file.startswith(_INSTALLED) or any(part in file for part in _INSTALLED_PARTS)


def outer_frame() -> tuple[str, int]:
    """File and line of the user's code that is running."""
    frame = user_frame()
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
    try:
        try:
            _enter(block)
            yield
        finally:
            _leave(block)
    finally:  # once more, should an interrupt have come in between: it does nothing the second time
        _leave(block)


def _enter(block: _Block) -> None:
    global watched
    with lock:
        _open.add(block)
        watched = len(_open)
    _blocks.set((*_blocks.get(), block))


def _leave(block: _Block) -> None:
    global watched
    block.open = False
    _blocks.set(tuple(b for b in _blocks.get() if b.open))
    with lock:
        _open.discard(block)
        watched = len(_open)


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


# ── functions that are being differentiated ────────────────────────────────────────────────────────────────────────

_differentiations: ContextVar[tuple[ref[Differentiation], ...]] = ContextVar("differentiations", default=())
differentiating = _differentiations.get  # empty where nothing is being differentiated


class Differentiation:
    """A block in which ``grad``, ``fit`` or one of their kin runs a function in order to differentiate it.

    What leaves the graph inside is refused, and stays refused: an error that the function swallows is raised when the
    block ends. The cyclic collector is paused meanwhile, and nodes are recorded even under ``no_grad()``. Should an
    interrupt hit the block's very end, it ends with the object itself.

    Args:
        name: who differentiates, as a message says it: "grad", "the loss of fit".
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.refusal: Exception | None = None

    def refuse(self, error: Exception) -> None:
        """Raise the error, now and, should it be swallowed, once more at the end of this block and those around it."""
        for differentiation in differentiations():
            differentiation.refusal = differentiation.refusal or error
        raise error

    def __enter__(self) -> Differentiation:
        around = _differentiations.get()
        self._pause = None if around and around[-1]() is not None else Pause()
        self._recording = recording() if watched and not records() else None
        if self._recording is not None:
            self._recording.__enter__()
        _differentiations.set((*around, ref(self)))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        _differentiations.set(tuple([r for r in _differentiations.get() if r() is not None and r() is not self]))
        if self._recording is not None:
            self._recording.__exit__(None, None, None)
        if self._pause is not None:
            self._pause.end()
        if self.refusal is not None and error is not self.refusal and (error is None or isinstance(error, Exception)):
            raise self.refusal from error


def differentiations() -> list[Differentiation]:
    """The blocks that are open here, the outermost first."""
    return [found for reference in _differentiations.get() if (found := reference()) is not None]
