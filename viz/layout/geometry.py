"""What a layout answers: where everything in a scene stands, in px."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Point = tuple[float, float]
Rect = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True)
class Geometry:
    """Where everything stands, in px, y downwards; aligned with the scene's boxes, edges and groups.

    A curve is a start point, three points for each cubic Bézier piece, and the tip of the arrow, to which the last
    piece leaves some room (none for an edge without an arrow). ``labels`` are centres, ``layout`` is the name of
    the one that answered.
    """

    width: float
    height: float
    centres: Sequence[Point]
    curves: Sequence[Sequence[Point]]
    labels: Sequence[Point | None]
    outlines: dict[str, Rect]
    layout: str
