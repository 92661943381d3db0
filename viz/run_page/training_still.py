"""The last frame of a training run as a picture of its own: for viewers that run no scripts, slides and a README."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from ..paint.drawing import Drawing
from ..paint.theme import DARK, FONT, LIGHT, Theme
from ..scene.text import visible
from .curves import HEIGHT as CHART_HEIGHT
from .curves import WIDTH as CHART_WIDTH
from .curves import chart

# Of the classes, on the page too: blue, orange, green, purple, olive, sky, grey; and an outline around a point.
COLOURS = ("#0067a3", "#be5a00", "#007854", "#963c8c", "#967800", "#3c8cbe", "#787878")
_CIRCLE = "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z"
SHAPES = {
    "circle": _CIRCLE,
    "square": "m-3.5-3.5h7v7h-7z",
    "triangle": "m0-5l5 9h-10z",
    "diamond": "m0-5l5 5-5 5-5-5z",
    "cross": "m-1.8-5h3.6v3.2h3.2v3.6h-3.2v3.2h-3.6v-3.2h-3.2v-3.6h3.2z",
    "ring": f"{_CIRCLE}m2.4 0a1.6 1.6 0 1 0 3.2 0a1.6 1.6 0 1 0-3.2 0z",
    "bar": "m-5-1.8h10v3.6h-10z",
}
_NAMES = tuple(SHAPES)
_SIDE, _MARGIN, _TITLE = 336, 16, 34  # px
_SHADES = 4  # how many strengths of a class's colour are told apart


@dataclass(frozen=True)
class Plane:
    """What the boundary is drawn from.

    Attributes:
        size: points each way.
        codes: size² bytes, row by row from the top: the class in the upper three bits, how sure in the lower five.
        points: samples as (x, y, class), x to the right and y down, from 0 to 1000.
    """

    size: int
    codes: NDArray[np.uint8]
    points: Sequence[Sequence[int]]

    @classmethod
    def of(cls, page: dict[str, object]) -> Plane:
        """The last moment of what the page plays."""
        size, frames, points = page["size"], page["frames"], page["points"]
        codes = np.frombuffer(b64decode(frames[-1]), dtype=np.uint8)  # type: ignore[index]
        return cls(size, codes.reshape(size, size), points)  # type: ignore[arg-type, call-overload]


@dataclass(frozen=True)
class TrainingStill(Drawing):
    """Boundary (where there is one) and curves, under one line that says how it went."""

    said: str
    curves: tuple[tuple[str, Sequence[float]], ...]
    plane: Plane | None
    theme: Theme = "auto"

    def painted(self, theme: Theme) -> str:
        """The SVG in that theme, the same bytes every time."""
        left = _SIDE + 2 * _MARGIN if self.plane else _MARGIN
        width, height = left + CHART_WIDTH + _MARGIN, _TITLE + max(_SIDE, 3 * CHART_HEIGHT) + _MARGIN
        charts = "".join(
            chart(name, numbers).replace("<svg ", f'<svg x="{left}" y="{_TITLE + i * CHART_HEIGHT}" '
                                                  f'width="{CHART_WIDTH}" height="{CHART_HEIGHT}" ', 1)
            for i, (name, numbers) in enumerate(self.curves)
        )  # fmt: skip
        boundary = "".join(_boundary(self.plane)) if self.plane else ""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="glassgrad-run-{theme}" role="img" width="{width}" '
            f'height="{height}" viewBox="0 0 {width} {height}" style="max-width:100%;height:auto">'
            f"<title>{escape(visible(self.said))}</title><style>{_stylesheet(theme)}</style>"
            f'<rect class="paper" width="{width}" height="{height}"/>'
            f'<text class="said" x="{_MARGIN}" y="22">{escape(visible(self.said))}</text>{boundary}{charts}</svg>'
        )

    def __str__(self) -> str:
        return self.said


def _boundary(plane: Plane) -> Iterator[str]:
    """Cells of one class and strength side by side as one rectangle, then the samples, each class in its shape."""
    yield f'<g transform="translate({_MARGIN} {_TITLE})"><g shape-rendering="crispEdges">'
    cell = _SIDE / plane.size
    for y, row in enumerate(plane.codes):
        x = 0
        for (kind, shade), run in groupby((int(code) >> 5, (int(code) & 31) * _SHADES // 32) for code in row):
            length = len(list(run))
            strength = 0.18 + 0.36 * shade / (_SHADES - 1)
            yield (
                f'<rect x="{x * cell:.1f}" y="{y * cell:.1f}" width="{length * cell:.1f}" '
                f'height="{cell:.1f}" fill="{COLOURS[kind]}" fill-opacity="{strength:.2f}"/>'
            )
            x += length
    yield f'</g><path class="between" d="{_between(plane.codes >> 5, cell)}"/>'
    for across, down, kind in plane.points:
        yield _sample(across * _SIDE / 1000, down * _SIDE / 1000, kind)
    yield f'<rect class="border" width="{_SIDE}" height="{_SIDE}"/></g>'


def _between(kinds: NDArray[np.integer[Any]], cell: float) -> str:
    """Lines where cells of different classes meet, so that the boundary is seen without colours too."""
    beside = [(x + 1, y, "v") for y, x in np.argwhere(kinds[:, 1:] != kinds[:, :-1]).tolist()]
    below = [(x, y + 1, "h") for y, x in np.argwhere(kinds[1:] != kinds[:-1]).tolist()]
    return "".join(f"M{x * cell:.1f} {y * cell:.1f}{way}{cell:.1f}" for x, y, way in beside + below)


def _sample(x: float, y: float, kind: int) -> str:
    return f'<path class="sample" fill="{COLOURS[kind]}" d="M{x:.1f} {y:.1f}{SHAPES[_NAMES[kind]]}"/>'


def _stylesheet(theme: Theme) -> str:
    """Colours stand in it literally, as the programs that turn SVG into PNG or PDF know no CSS variables."""
    scope = f".glassgrad-run-{theme} "
    shapes = (
        f"{scope}text{{font-family:{FONT};font-size:12px;text-anchor:end}}{scope}.said{{font-size:14px;text-anchor:start}}"
        f"{scope}.name{{text-anchor:start}}{scope}.curve{{fill:none;stroke-width:1.6}}{scope}.cursor{{display:none}}"
        f"{scope}.axis,{scope}.border{{fill:none}}{scope}.between{{stroke-width:2;stroke-linecap:square}}"
    )
    if theme == "auto":
        return shapes + _colours(scope, LIGHT) + f"@media (prefers-color-scheme:dark){{{_colours(scope, DARK)}}}"
    return shapes + _colours(scope, DARK if theme == "dark" else LIGHT)


def _colours(scope: str, c: dict[str, str]) -> str:
    return (
        f"{scope}.paper{{fill:{c['paper']}}}{scope}text{{fill:{c['muted']}}}{scope}.said,{scope}.name{{fill:{c['ink']}}}"
        f"{scope}.curve{{stroke:{c['leaf']}}}{scope}.axis,{scope}.border{{stroke:{c['line']}}}"
        f"{scope}.sample,{scope}.between{{stroke:{c['ink']}}}"
    )
