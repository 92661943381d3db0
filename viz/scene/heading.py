"""The heading of a picture that is one of several: wrapped, and with the same room in all of them."""

from __future__ import annotations

from collections.abc import Sequence

from .scene import COLUMN, HEADING_COLUMN, Heading
from .text import wrapped

_LEAST_WIDTH = 640  # px for the text, however small the graph
_ASIDE = 12  # columns for "8 of 14"


def heading(texts: Sequence[Sequence[str]], at: int, aside: str, width: float) -> Heading:
    """The heading of picture ``at`` of several, so that none jumps when they are shown in turn.

    Args:
        texts: what each picture says: its title, then its lines.
        at: which of them this is.
        aside: a word at the right of the title.
        width: of the graph, in px.
    """
    most = int(max(_LEAST_WIDTH, width) / COLUMN)
    every = [_lines(text, most) for text in texts]
    title, *lines = every[at]
    return Heading(title, aside, tuple(lines), max(map(len, every)) - 1, most)


def _lines(text: Sequence[str], most: int) -> list[str]:
    title, *rest = wrapped(text[0], int((most - _ASIDE) * COLUMN / HEADING_COLUMN))
    return [title, *rest, *(part for line in text[1:] for part in wrapped(line, most))]
