"""The painter: a scene and its geometry into SVG, the same bytes every time.

Every card is ``<g class="node leaf" data-node="3">``, every edge ``<g class="edge" data-edge="7:0">``, every text of a
row carries ``data-row="grad"`` and an edge's label ``data-edge``, so that a page can find and change them. There are
no ``id``s and no references, so that many pictures can stand in one page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

from ...autograd.text.text_width import columns
from ..layout.geometry import Geometry, Point, Rect
from ..scene.scene import (
    COLUMN,
    LABEL,
    LABEL_HEIGHT,
    ROW_HEIGHT,
    TITLE_HEIGHT,
    Box,
    Edge,
    Heading,
    Scene,
)
from ..scene.text import cut, visible
from .picture import FLUID
from .stylesheet import stylesheet
from .theme import Theme

_PADDING = 14  # px around the picture
_RADIUS = 7
_NOTE_HEIGHT, _NOTE_COLUMN = 20, 6.7
_HEADING_HEIGHT = 24  # px of a heading's title
_MOST_TIP = 300  # columns
_GRADIENT_ROW = "grad"


def paint(scene: Scene, geometry: Geometry, theme: Theme = "auto") -> str:
    """The SVG of a scene, complete with its colours; ``theme`` "auto" follows the reader's light or dark setting."""
    return "\n".join(_document(scene, geometry, theme)) + "\n"


def _document(scene: Scene, geometry: Geometry, theme: Theme) -> Iterator[str]:
    note = visible(scene.note)
    heading = scene.heading
    room = heading.columns * COLUMN if heading else 0
    top = _PADDING + (_HEADING_HEIGHT + heading.rows * ROW_HEIGHT + _PADDING if heading else 0)
    width = max(geometry.width, columns(note) * _NOTE_COLUMN, room) + 2 * _PADDING
    height = top + geometry.height + _PADDING + (_NOTE_HEIGHT if note else 0)
    shift = (width - geometry.width) / 2
    size = f"{_px(width)} {_px(height)}"
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="glassgrad glassgrad-{theme}" role="img" xml:space="preserve"'
        f' width="{_px(width)}" height="{_px(height)}" viewBox="0 0 {size}"{FLUID}>'
    )
    yield _tip(scene.title)
    yield f"<style>{stylesheet(theme)}</style>"
    yield f'<rect class="paper" width="{_px(width)}" height="{_px(height)}"/>'
    if heading:
        yield from _heading(heading, width)
    dense = ' class="dense"' if scene.is_dense else ""
    yield f'<g{dense} transform="translate({_px(shift)} {_px(top)})">'
    for name, outline in geometry.outlines.items():
        yield from _outline(name, outline)
    for edge, curve in zip(scene.edges, geometry.curves):
        yield from _edge(edge, curve, scene.marks.get(edge.key, ""))
    for box, centre in zip(scene.boxes, geometry.centres):
        new = [name for key, name in scene.changed if key == box.key]
        yield from _card(box, centre, scene.marks.get(box.key, ""), new)
    for edge, label in zip(scene.edges, geometry.labels):
        if edge.label and label is not None:
            yield _label(edge, label, (edge.key, LABEL) in scene.changed)
    yield "</g>"
    if note:
        yield _text("note", (width / 2, height - 10), note, anchor="middle")
    yield "</svg>"


def _heading(heading: Heading, width: float) -> Iterator[str]:
    yield _text("heading", (_PADDING, _PADDING + 15), heading.title)
    yield _text("note", (width - _PADDING, _PADDING + 15), heading.aside, anchor="end")
    for i, line in enumerate(heading.lines):
        yield _text("row text", (_PADDING, _PADDING + _HEADING_HEIGHT + ROW_HEIGHT * i + 14.5), line)


def _outline(name: str, outline: Rect) -> Iterator[str]:
    left, top, right, bottom = outline
    yield (
        f'<rect class="outline" x="{_px(left)}" y="{_px(top)}" width="{_px(right - left)}"'
        f' height="{_px(bottom - top)}" rx="10"/>'
    )
    shown = cut(name, max(4, int((right - left - 16) / _NOTE_COLUMN)))
    yield _text("badge outline-name", (left + 8, top + 13), shown)


def _edge(edge: Edge, curve: Sequence[Point], mark: str) -> Iterator[str]:
    yield f'<g class="{f"edge {mark}".rstrip()}" data-edge={_attribute(edge.key)}>'
    if edge.tip:
        yield _tip(edge.tip)
    *line, tip = curve
    start, *rest = map(_point, line)
    yield f'<path class="line" d="M{start}C{" ".join(rest)}"/>'
    if tip != line[-1]:
        yield f'<path class="tip" d="{_arrow(line[-1], tip)}"/>'
    yield "</g>"


def _arrow(base: Point, tip: Point) -> str:
    """A triangle from the end of the line to the tip."""
    x, y = tip[0] - base[0], tip[1] - base[1]
    side = 0.42
    left, right = (base[0] - side * y, base[1] + side * x), (base[0] + side * y, base[1] - side * x)
    return f"M{_point(left)}L{_point(tip)} {_point(right)}Z"


def _card(box: Box, centre: Point, mark: str, new: Sequence[str]) -> Iterator[str]:
    width, height = box.size
    left, top = centre[0] - width / 2, centre[1] - height / 2
    yield f'<g class="{f"node {box.kind} {mark}".rstrip()}" data-node={_attribute(box.key)}>'
    if box.tip:
        yield _tip(box.tip)
    rect = f'x="{_px(left)}" y="{_px(top)}" width="{width}" height="{height}" rx="{_RADIUS}"/>'
    yield f'<rect class="card" {rect}'
    yield f'<path class="head" d="{_head(left, top, width, TITLE_HEIGHT if box.rows else height)}"/>'
    yield f'<rect class="border" {rect}'
    yield _text("title", (left + 10, top + 17.5), box.shown_title)
    if box.badge:
        yield _text("badge", (left + width - 10, top + 17.5), box.badge, anchor="end")
    for i, ((row, _), (name, text)) in enumerate(zip(box.rows, box.shown_rows)):
        y = top + TITLE_HEIGHT + ROW_HEIGHT * i + 14.5
        yield _text("row name", (left + 10, y), name)
        kind = f"row {'gradient' if row == _GRADIENT_ROW else 'text'}{' changed' if row in new else ''}"
        yield _text(kind, (left + width - 10, y), text, anchor="end", row=row)
    yield "</g>"


def _head(left: float, top: float, width: int, height: int) -> str:
    """The coloured head of a card: round at the top, and below too if it is all of the card."""
    r = _RADIUS
    corner = f"a{r} {r} 0 0 1"
    upper = f"M{_px(left)} {_px(top + r)}{corner} {r} {-r}h{width - 2 * r}{corner} {r} {r}"
    if height <= TITLE_HEIGHT:
        return f"{upper}v{height - r}h{-width}z"
    return f"{upper}v{height - 2 * r}{corner} {-r} {r}h{2 * r - width}{corner} {-r} {-r}z"


def _label(edge: Edge, centre: Point, new: bool) -> str:
    """An edge's label, on top of everything, on a halo of paper."""
    baseline = centre[1] + LABEL_HEIGHT / 2 - 3
    kind = "label changed" if new else "label"
    return _text(kind, (centre[0], baseline), edge.label, anchor="middle", edge=edge.key)


def _text(kind: str, at: Point, text: str, *, anchor: str = "", row: str = "", edge: str = "") -> str:
    extra = f' text-anchor="{anchor}"' if anchor else ""
    extra += f" data-row={_attribute(row)}" if row else ""
    extra += f" data-edge={_attribute(edge)}" if edge else ""
    return f'<text class="{kind}" x="{_px(at[0])}" y="{_px(at[1])}"{extra}>{escape(visible(text))}</text>'


def _tip(text: str) -> str:
    """What a browser shows when one points at the element, and a screen reader says."""
    return f"<title>{escape(cut(text, _MOST_TIP))}</title>"


def _attribute(text: str) -> str:
    return quoteattr(visible(text))


def _point(point: Point) -> str:
    return f"{_px(point[0])} {_px(point[1])}"


def _px(x: float) -> str:
    """A length to a tenth of a px, as short as can be."""
    return f"{round(x, 1) + 0.0:.1f}".removesuffix(".0")
