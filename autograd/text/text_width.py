"""How wide a text is, in columns of a monospace face, so that tables and pictures need to measure no font.

A wide character (中, 😀) takes two columns, a combining mark none. See Unicode Standard Annex 11.
"""

from __future__ import annotations

import unicodedata


def columns(text: str) -> int:
    """How many columns of a monospace face the text takes.

    >>> columns("w1"), columns("中文"), columns("e\u0301")
    (2, 4, 1)
    """
    return sum(map(columns_of, text))


def columns_of(char: str) -> int:
    """The columns of one character: 2 for a wide one, 0 for a mark that is drawn over the one before it."""
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
