"""A text by its key, in the language of the context."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from difflib import get_close_matches

from .english import ENGLISH
from .language import Language, Plural

_language: ContextVar[Language] = ContextVar("glassgrad.language", default=ENGLISH)


def current() -> Language:
    """The language of this context."""
    return _language.get()


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Inside of the block, in this thread or task alone, words come from that table."""
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


def say(key: str, /, **fields: object) -> str:
    """The text of that key with its placeholders filled in.

    Which placeholders a key has is settled by the English text; another language need not use each of them.

    Raises:
        KeyError: the table has no such key; names the nearest.
        TypeError: a placeholder is missing, or one is given that the text does not have.

    >>> say("card.edges", count=1)
    '1 edge'
    """
    text = current().table.get(key)
    expected = ENGLISH.fields.get(key)
    if text is None or expected is None:
        raise KeyError(_unknown(key))
    if fields.keys() != expected:
        raise TypeError(f"the text {key!r} takes {_listed(expected)}, not {_listed(fields)}")
    if isinstance(text, Plural):
        text = text.one if fields["count"] == 1 else text.many
    return text.format_map(fields)


def listed(items: Sequence[str], most: int) -> str:
    """The first of the items, and how many more there are.

    >>> listed(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    shown = say("join.items").join(items[:most])
    return shown if len(items) <= most else say("join.more", items=shown, count=len(items) - most)


def _unknown(key: str) -> str:
    near = get_close_matches(key, ENGLISH.table, n=1, cutoff=0.0)
    return f"no text {key!r} in the language {current().code!r}; the nearest key in English is {near[0]!r}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "no placeholder"
