"""A finished picture: SVG, DOT and text of one scene, and files of it."""

from __future__ import annotations

from dataclasses import dataclass

import graphviz

from ...autograd.text.text_width import columns
from ..layout import dot
from ..layout.geometry import Geometry
from ..scene.scene import Scene, group_name
from ..scene.text import cut
from ..words import say, speaking
from .graph_svg import paint
from .picture import Picture
from .theme import Theme

_MOST_LINES = 60


@dataclass(frozen=True)
class GraphPicture(Picture):
    """What ``draw`` returns. A notebook shows it; ``print`` gives the table that stands in for it elsewhere.

    Attributes:
        scene: the cards and edges.
        geometry: where they stand, and by which layout.
        theme: "auto" (follows the reader's light or dark setting), "light" or "dark".
    """

    scene: Scene
    geometry: Geometry
    theme: Theme = "auto"

    formats = (".svg", ".png", ".pdf", ".dot")

    def painted(self, theme: Theme) -> str:
        """The picture as SVG in that theme."""
        with speaking(self.scene.language):
            return paint(self.scene, self.geometry, theme)

    @property
    def dot(self) -> str:
        """The graph as DOT text, for a tool of one's own."""
        return str(self.to_dot().source)

    def to_dot(self) -> graphviz.Digraph:
        """The graph as an object of the library ``graphviz``."""
        with speaking(self.scene.language):
            return dot.digraph(self.scene)

    def content(self, ending: str) -> bytes:
        """What a file of that ending holds."""
        return self.dot.encode() if ending == ".dot" else super().content(ending)

    def __str__(self) -> str:
        with speaking(self.scene.language):
            return table(self.scene)


def table(scene: Scene) -> str:
    """The scene's cards as a table of text: what a terminal shows."""
    fields = list(dict.fromkeys(name for box in scene.boxes for name, _ in box.shown_rows))
    lines = [["", "", *fields]]
    for box in scene.boxes[:_MOST_LINES]:
        rows = dict(box.shown_rows)
        title = cut(group_name(box.key), 40) if box.kind == "group" else box.shown_title
        lines.append([title, box.badge, *(rows.get(name, "") for name in fields)])
    widths = [max(columns(line[i]) for line in lines) for i in range(len(fields) + 2)]
    shown = [_aligned(line, widths) for line in lines]
    hidden = len(scene.boxes) - _MOST_LINES
    more = [say("graph.more", count=hidden)] if hidden > 0 else []
    said = [scene.heading.title, *scene.heading.lines, ""] if scene.heading else [cut(scene.title, 100)]
    return "\n".join([*said, *shown, *more, *([scene.note] if scene.note else [])])


def _aligned(cells: list[str], widths: list[int]) -> str:
    """Words to the left, numbers to the right."""
    padded = []
    for i, (cell, width) in enumerate(zip(cells, widths)):
        space = " " * (width - columns(cell))
        padded.append(cell + space if i < 2 else space + cell)
    return "  ".join(padded).rstrip()
