"""A finished picture: SVG, DOT and text of one scene, and files of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import graphviz

from viz import dot
from viz.files import write_whole
from viz.paint import paint
from viz.render import render
from viz.scene import Geometry, Scene
from viz.text import columns, cut
from viz.theme import Theme

FORMATS = (".svg", ".png", ".pdf", ".dot")
_MOST_LINES = 60


@dataclass(frozen=True)
class Picture:
    """What ``draw`` returns. A notebook shows it; ``print`` gives the table that stands in for it elsewhere.

    Attributes:
        scene: the cards and edges.
        geometry: where they stand, and which engine said so.
        theme: "auto" (follows the reader's light or dark setting), "light" or "dark".
    """

    scene: Scene
    geometry: Geometry
    theme: Theme = "auto"

    @cached_property
    def svg(self) -> str:
        """The picture as SVG; the same bytes every time."""
        return paint(self.scene, self.geometry, self.theme)

    @property
    def dot(self) -> str:
        """The graph as DOT text, for a tool of one's own."""
        return str(self.to_dot().source)

    def to_dot(self) -> graphviz.Digraph:
        """The graph as an object of the library ``graphviz``."""
        return dot.digraph(self.scene)

    def save(self, path: str | Path) -> Path:
        """Write the picture to a file; the ending says how: .svg, .png, .pdf or .dot.

        Raises:
            ValueError: another ending.
            MissingLibraryError: .png and .pdf need ``pip install "glassgrad[picture]"``.
            OSError: the file cannot be written; an older file of that name is then left as it was.
        """
        target = Path(path)
        ending = target.suffix.lower()
        if ending not in FORMATS:
            raise ValueError(f"cannot save a picture as {target.name!r}: the name must end in {', '.join(FORMATS)}")
        if ending == ".svg":
            content = self.svg.encode()
        elif ending == ".dot":
            content = self.dot.encode()
        else:
            plain = paint(self.scene, self.geometry, "dark" if self.theme == "dark" else "light")
            content = render(plain, "png" if ending == ".png" else "pdf")
        return write_whole(target, content)

    def __str__(self) -> str:
        return table(self.scene)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"image/svg+xml": self.svg, "text/plain": str(self)}


def table(scene: Scene) -> str:
    """The scene's cards as a table of text: what a terminal shows."""
    fields = list(dict.fromkeys(name for box in scene.boxes for name, _ in box.rows))
    lines = [["", "", *fields]]
    for box in scene.boxes[:_MOST_LINES]:
        rows = dict(box.shown_rows)
        title = cut(box.key, 40) if box.kind == "group" else box.shown_title
        lines.append([title, box.badge, *(rows.get(name, "") for name in fields)])
    widths = [max(columns(line[i]) for line in lines) for i in range(len(fields) + 2)]
    shown = [_aligned(line, widths) for line in lines]
    hidden = len(scene.boxes) - _MOST_LINES
    more = [f"… and {hidden} more"] if hidden > 0 else []
    return "\n".join([cut(scene.title, 100), *shown, *more, *([scene.note] if scene.note else [])])


def _aligned(cells: list[str], widths: list[int]) -> str:
    """Words to the left, numbers to the right."""
    padded = []
    for i, (cell, width) in enumerate(zip(cells, widths)):
        space = " " * (width - columns(cell))
        padded.append(cell + space if i < 2 else space + cell)
    return "  ".join(padded).rstrip()
