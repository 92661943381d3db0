"""Where the parts of a training run's picture stand: a title, the plane at the left, the curves below one another."""

from __future__ import annotations

from dataclasses import dataclass

from ..scene.run import RunScene
from .geometry import Point

CHART_WIDTH, CHART_HEIGHT = 420, 110  # px
SIDE, MARGIN, TITLE = 336, 16, 34  # px of the square plane, around everything, and for the title
_LEAST_CHARTS = 3  # pictures of runs are one size, whatever they show


@dataclass(frozen=True)
class Panels:
    """The size of the picture, and the upper left corners of the plane and of each chart, in px."""

    width: int
    height: int
    plane: Point
    charts: tuple[Point, ...]


def panels(scene: RunScene) -> Panels:
    """The place of each part."""
    left = SIDE + 2 * MARGIN if scene.plane else MARGIN
    height = TITLE + max(SIDE, _LEAST_CHARTS * CHART_HEIGHT) + MARGIN
    charts = tuple((left, TITLE + i * CHART_HEIGHT) for i in range(len(scene.curves)))
    return Panels(left + CHART_WIDTH + MARGIN, height, (MARGIN, TITLE), charts)
