"""The parts of a document: that they are there, and hold what they should."""

from __future__ import annotations

import math
from typing import TypeGuard

from .files import CheckpointError, Json

Content = dict[str, Json]
MOST = 2**53  # updates: as far as floats count


def section(content: Content, key: str, name: str) -> Content:
    """A part of a document that must be there and be an object."""
    found = content.get(key)
    if not isinstance(found, dict):
        raise CheckpointError(f"{name} has no {key!r} section: it was not saved with one, or is another kind of file")
    return found


def is_finite(number: Json) -> TypeGuard[float]:
    """Whether it is a number that a float can hold, and finite."""
    try:
        return isinstance(number, (int, float)) and not isinstance(number, bool) and math.isfinite(number)
    except OverflowError:
        return False


def finite(number: Json) -> float:
    """A finite number as a float.

    Raises:
        ValueError: it is not.
    """
    if not is_finite(number):
        raise ValueError(f"{number!r:.60} is not a finite number")
    return float(number)


def list_of(item: Json) -> list[Json]:
    """A list.

    Raises:
        TypeError: it is not.
    """
    if not isinstance(item, list):
        raise TypeError(f"{item!r:.60} is not a list")
    return item


def dict_of(item: Json) -> Content:
    """An object.

    Raises:
        TypeError: it is not.
    """
    if not isinstance(item, dict):
        raise TypeError(f"{item!r:.60} is not an object")
    return item


def count_of(item: Json) -> int:
    """A whole number from 0 to 2⁵³.

    Raises:
        ValueError: it is not.
    """
    if not isinstance(item, int) or isinstance(item, bool) or not 0 <= item <= MOST:
        raise ValueError(f"{item!r:.60} is not a whole number from 0 to 2**53")
    return item


def text_of(item: Json) -> str:
    """A string.

    Raises:
        TypeError: it is not.
    """
    if not isinstance(item, str):
        raise TypeError(f"{item!r:.60} is not text")
    return item
