"""What a table of words is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Formatter


@dataclass(frozen=True)
class Plural:
    """A text in two forms: the field ``count`` chooses ``one`` where it is 1, ``many`` otherwise.

    A language without such forms has a plain text in its place.
    """

    one: str
    many: str


Text = str | Plural


@dataclass(frozen=True, eq=False)
class Language:
    """A table of texts by key. Placeholders are those of ``str.format``, each with a name.

    Attributes:
        code: as in ``<html lang="en">``.
        table: the texts.
        fields: for each key the names of its placeholders, ``count`` among them where there are two forms.

    Raises:
        ValueError: a placeholder without a plain name; says in which text.
    """

    code: str
    table: Mapping[str, Text]
    fields: Mapping[str, frozenset[str]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "fields", {key: _fields(key, text) for key, text in self.table.items()})


def _fields(key: str, text: Text) -> frozenset[str]:
    if isinstance(text, Plural):
        return _fields(key, text.one) | _fields(key, text.many) | {"count"}
    names = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
    for name in names:
        if not name.isidentifier():
            raise ValueError(f"{key}: {{{name}}} is no plain name; write a placeholder as {{count}}")
    return frozenset(names)
