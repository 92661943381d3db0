"""Checks of arguments. Every message names the argument, the reason and the remedy."""

from __future__ import annotations

import math
import operator
import warnings
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import TypeVar

from ..autograd.context.state import user_frame
from ..autograd.errors import GlassgradError, GlassgradWarning

T = TypeVar("T")


class ArgumentError(GlassgradError, ValueError):
    """An argument, or a number in the data, that cannot be right; the message says what would be."""


class EagerTrainingWarning(GlassgradWarning):
    """``nn.fit`` trains eagerly, which is slower, because a compiled program would not give the same numbers."""


class ZeroGradientWarning(GlassgradWarning):
    """The first gradient of a run is 0 in every entry: the loss does not depend on the parameters, or is flat there."""


def warn(warning: GlassgradWarning) -> None:
    """Warn of the line of the user's code that is running."""
    frame = user_frame()
    registry = frame.f_globals.setdefault("__warningregistry__", {})
    warnings.warn_explicit(warning, type(warning), frame.f_code.co_filename, frame.f_lineno, registry=registry)


def known(name: str, table: Mapping[str, T], kind: str) -> T:
    """The entry of that name.

    Raises:
        ArgumentError: there is none; names the nearest, and all.
        TypeError: it is not a name.
    """
    if not isinstance(name, str):
        raise TypeError(f"{kind} must be a name, one of {', '.join(table)}; got {type(name).__name__}: {name!r:.60}")
    if name in table:
        return table[name]
    near = get_close_matches(name, table, n=1, cutoff=0.5)
    hint = f"the nearest is {near[0]!r}; " if near else ""
    raise ArgumentError(f"no {kind} is called {name!r}: {hint}known are {', '.join(table)}")


def whole(name: str, number: object, least: int = 0) -> int:
    """``number`` as an int of at least ``least``.

    Raises:
        TypeError: it is not a whole number.
        ArgumentError: it is too small.
    """
    try:
        count = operator.index(number)  # type: ignore[arg-type]  # what has no __index__ raises the TypeError below
    except TypeError:
        raise TypeError(f"{name} must be a whole number, got {type(number).__name__}: {number!r:.60}") from None
    if isinstance(number, bool):
        raise TypeError(f"{name} must be a whole number, got {number}")
    if count < least:
        raise ArgumentError(f"{name} must be at least {least}, got {count}")
    return count


def real(name: str, number: object, least: float = -math.inf, below: float = math.inf) -> float:
    """``number`` as a finite float with least ≤ number < below.

    Raises:
        TypeError: it is not a number.
        ArgumentError: it is nan, infinite or out of range.
    """
    if isinstance(number, (str, bytes, bool)) or not hasattr(number, "__float__"):
        raise TypeError(f"{name} must be a number, got {type(number).__name__}: {number!r:.60}")
    result = float(number)
    if not math.isfinite(result) or not least <= result < below:
        at_least = f", at least {least:g}" if least > -math.inf else ""
        and_below = f" and below {below:g}" if below < math.inf else ""
        raise ArgumentError(f"{name} must be finite{at_least}{and_below}, got {result!r}")
    return result


def positive(name: str, number: object) -> float:
    """``number`` as a finite float above 0; the errors are those of ``real``."""
    result = real(name, number)
    if result <= 0.0:
        raise ArgumentError(f"{name} must be above 0, got {result!r}")
    return result


def listed(names: Iterable[str], most: int = 4) -> str:
    """A few names for a message, and how many more there are."""
    names = list(names)
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(f"{name:.80}" for name in names[:most]) + rest


def counted(count: int, thing: str) -> str:
    """A count and its noun, such as "1 row" or "2 rows"."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"
