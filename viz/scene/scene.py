"""What is to be seen, before anything knows where: cards, the edges between them, and the groups they stand in.

A Scene is plain data. Values, models and programs are turned into one; layout gives it a Geometry; paint draws the two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ...autograd.text.text_width import columns
from ..words import Language, current, say
from .text import cut

Direction = Literal["LR", "TB"]
DIRECTIONS = ("LR", "TB")
Kind = Literal["leaf", "constant", "op", "root", "group"]

COLUMN = 7.3  # px: one column of the 12 px monospace face
TITLE_COLUMN = 7.9  # the same at 13 px
HEADING_COLUMN = 8.5  # at 14 px
TITLE_HEIGHT, ROW_HEIGHT = 26, 18
LABEL_COLUMN, LABEL_HEIGHT = 6.7, 14  # an edge's label, at 11 px
ROWS = ("value", "grad", "wrong", "outputs", "values", "weights", "numbers", "neurons", "parameters", "is")
INPUTS, OTHERS = "inputs", "other operations"  # groups of what belongs to no neuron
LABEL = "label"  # stands for a row's name where an edge's label is meant
_MOST_TITLE, _MOST_ROW = 34, 30


@dataclass(frozen=True)
class Box:
    """One card: a title, a word for its kind, and rows of name and text.

    ``key`` is what pictures call it (``data-node``); ``tip`` is the whole text that the card may have had to cut;
    ``room`` is its size in px where it is to have another than its present rows need.
    """

    key: str
    title: str
    rows: tuple[tuple[str, str], ...] = ()
    kind: Kind = "op"
    badge: str = ""
    tip: str = ""
    group: str = ""
    room: tuple[int, int] | None = None

    @property
    def shown_title(self) -> str:
        """The title as the card has room for."""
        return cut(self.title, _MOST_TITLE)

    @property
    def shown_rows(self) -> list[tuple[str, str]]:
        """The rows as the card has room for, with their names in words."""
        return [(cut(row_name(name), _MOST_ROW // 2), cut(text, _MOST_ROW)) for name, text in self.rows]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in px; even numbers, so that every layout keeps them as they are."""
        if self.room is not None:
            return self.room
        title = columns(self.shown_title) * TITLE_COLUMN
        badge = (columns(self.badge) + 2) * LABEL_COLUMN if self.badge else 0
        row = max((columns(name) + columns(text) + 2 for name, text in self.shown_rows), default=0) * COLUMN
        width = max(title + badge, row, 76) + 20
        height = TITLE_HEIGHT + (ROW_HEIGHT * len(self.rows) + 6 if self.rows else 4)
        return 2 * round(width / 2), height


def row_name(row: str) -> str:
    """What a row is called: one of ours by a word, a parameter by its own name."""
    return say(f"row.{row}") if row in ROWS else row


def group_name(group: str) -> str:
    """What a group of cards is called: what stands before or after a model by a word, others by their own name."""
    return {INPUTS: say("graph.inputs"), OTHERS: say("graph.others")}.get(group, group)


@dataclass(frozen=True)
class Edge:
    """One operand of one out: from box ``tail`` to box ``head`` (their positions in the scene).

    ``key`` is what pictures call it (``data-edge``); ``tip`` is said when one points at it.
    """

    key: str
    tail: int
    head: int
    label: str = ""
    tip: str = ""

    @property
    def label_size(self) -> tuple[int, int]:
        """Width and height in px of the label."""
        return 2 * round(columns(self.label) * LABEL_COLUMN / 2) + 6, LABEL_HEIGHT


@dataclass(frozen=True)
class Heading:
    """Text above a picture: title, a word at the right of it, lines under it; room for so many lines and columns."""

    title: str
    aside: str
    lines: tuple[str, ...]
    rows: int
    columns: int


@dataclass(frozen=True)
class Scene:
    """A whole picture's content.

    ``marks`` says how boxes and edges stand out, by key, in the classes of ``viz.theme``: "marked", or as the player
    has it "current", "near", "active" and so on; ``changed`` are rows, as (key of the box, name), whose text is new. A
    ``net`` has layers whose order is to be kept. In the scene of a graph ``members`` says for each box which nodes it
    stands for, by their positions in topological order; ``language`` is that of the words.
    """

    boxes: Sequence[Box]
    edges: Sequence[Edge]
    title: str = ""
    direction: Direction = "LR"
    note: str = ""
    marks: Mapping[str, str] = field(default_factory=dict)
    changed: frozenset[tuple[str, str]] = frozenset()
    net: bool = False
    heading: Heading | None = None
    members: Sequence[Sequence[int]] = ()
    language: Language = field(default_factory=current, repr=False)

    @property
    def marked(self) -> frozenset[str]:
        """The keys of the boxes and edges that stand out."""
        return frozenset(self.marks)

    @property
    def box_of(self) -> dict[int, int]:
        """For each node of the graph the position of its box."""
        return {i: box for box, inside in enumerate(self.members) for i in inside}

    @property
    def is_dense(self) -> bool:
        """Whether it has so many edges that thin straight lines without arrows are the clearest."""
        return self.net and len(self.edges) > 3 * len(self.boxes)

    @property
    def groups(self) -> dict[str, list[int]]:
        """The boxes of each group, by its name, in the order in which the groups are met."""
        members: dict[str, list[int]] = {}
        for i, box in enumerate(self.boxes):
            if box.group:
                members.setdefault(box.group, []).append(i)
        return members
