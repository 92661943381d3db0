"""The picture of how a training run ended: for viewers that run no scripts, slides and a README."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from xml.sax.saxutils import escape

from ..layout.geometry import Point
from ..layout.panels import CHART_HEIGHT, CHART_WIDTH, MARGIN, SIDE, Panels
from ..scene.run import Plane, RunScene
from ..scene.text import visible
from ..words import speaking
from .chart_svg import across, chart
from .picture import FLUID, Picture
from .theme import DARK, FONT, LIGHT, SERIES, SHAPES, Theme

_SHADES = 4  # how many strengths of a class's colour are told apart
_OUTLINES = tuple(SHAPES.values())


@dataclass(frozen=True)
class RunPicture(Picture):
    """Boundary (where there is one) and curves, under one line that says how it went."""

    scene: RunScene
    geometry: Panels
    theme: Theme = "auto"

    @property
    def charts(self) -> list[str]:
        """Each curve as SVG by itself, with a cursor that a page can move."""
        with speaking(self.scene.language):
            return [chart(name, numbers) for name, numbers in self.scene.curves]

    def cursor(self, iteration: int) -> float:
        """Where the cursor of the charts stands after so many iterations, in px."""
        count = len(self.scene.curves[0][1])
        return across(min(iteration, count - 1), count)

    def painted(self, theme: Theme) -> str:
        """The SVG in that theme, the same bytes every time."""
        width, height, said = self.geometry.width, self.geometry.height, escape(visible(self.scene.said))
        charts = "".join(_placed(svg, corner) for svg, corner in zip(self.charts, self.geometry.charts))
        boundary = "".join(_boundary(self.scene.plane, self.geometry.plane)) if self.scene.plane else ""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="glassgrad-run-{theme}" role="img" width="{width}" '
            f'height="{height}" viewBox="0 0 {width} {height}"{FLUID}>'
            f"<title>{said}</title><style>{_stylesheet(theme)}</style>"
            f'<rect class="paper" width="{width}" height="{height}"/>'
            f'<text class="said" x="{MARGIN}" y="22">{said}</text>{boundary}{charts}</svg>'
        )

    def __str__(self) -> str:
        return self.scene.said


def _placed(svg: str, corner: Point) -> str:
    """A chart at its place in the picture."""
    left, top = corner
    return svg.replace("<svg ", f'<svg x="{left}" y="{top}" width="{CHART_WIDTH}" height="{CHART_HEIGHT}" ', 1)


def _boundary(plane: Plane, corner: Point) -> Iterator[str]:
    """Cells of one class and strength side by side as one rectangle, then the samples, each class in its shape."""
    left, top = corner
    yield f'<g transform="translate({left} {top})"><g shape-rendering="crispEdges">'
    cell = SIDE / len(plane.codes)
    for y, row in enumerate(plane.codes):
        x = 0
        for (kind, shade), run in groupby((code >> 5, (code & 31) * _SHADES // 32) for code in row):
            length = len(list(run))
            strength = 0.18 + 0.36 * shade / (_SHADES - 1)
            yield (
                f'<rect x="{x * cell:.1f}" y="{y * cell:.1f}" width="{length * cell:.1f}" '
                f'height="{cell:.1f}" fill="{SERIES[kind]}" fill-opacity="{strength:.2f}"/>'
            )
            x += length
    yield f'</g><path class="between" d="{_between(plane.kinds, cell)}"/>'
    for x, y, kind in plane.points:
        yield _sample(x * SIDE / 1000, y * SIDE / 1000, kind)
    yield f'<rect class="border" width="{SIDE}" height="{SIDE}"/></g>'


def _between(kinds: Sequence[Sequence[int]], cell: float) -> str:
    """Lines where cells of different classes meet, so that the boundary is seen without colours too."""
    last = len(kinds) - 1
    beside = [(x + 1, y, "v") for y, row in enumerate(kinds) for x in range(last) if row[x] != row[x + 1]]
    below = [(x, y + 1, "h") for y in range(last) for x in range(last + 1) if kinds[y][x] != kinds[y + 1][x]]
    return "".join(f"M{x * cell:.1f} {y * cell:.1f}{way}{cell:.1f}" for x, y, way in beside + below)


def _sample(x: float, y: float, kind: int) -> str:
    return f'<path class="sample" fill="{SERIES[kind]}" d="M{x:.1f} {y:.1f}{_OUTLINES[kind]}"/>'


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
