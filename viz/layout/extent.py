"""How far a picture reaches: the outlines around groups, and everything moved so that it starts at (0, 0)."""

from __future__ import annotations

from collections.abc import Sequence

from ..scene.scene import Scene
from .geometry import Geometry, Point, Rect

OUTLINE_MARGIN = 18  # px around a group's boxes: room for the group's name


def outlines(scene: Scene, centres: Sequence[Point]) -> dict[str, Rect]:
    """The outline of each group, where its boxes have come to stand with no stranger among them."""
    found: dict[str, Rect] = {}
    rects = [_rect(centre, box.size) for centre, box in zip(centres, scene.boxes)]
    for name, members in scene.groups.items():
        inside = [rects[i] for i in members]
        left, top = (min(rect[k] for rect in inside) - OUTLINE_MARGIN for k in (0, 1))
        right, bottom = (max(rect[k] for rect in inside) + OUTLINE_MARGIN for k in (2, 3))
        own = set(members)
        strangers = (rect for i, rect in enumerate(rects) if i not in own)
        if all(r[2] < left or r[0] > right or r[3] < top or r[1] > bottom for r in strangers):
            found[name] = (left, top, right, bottom)
    return found


def fitted(
    scene: Scene,
    centres: Sequence[Point],
    curves: Sequence[Sequence[Point]],
    labels: Sequence[Point | None],
    around: dict[str, Rect],
    layout: str,
) -> Geometry:
    """A geometry that holds all this, and starts at (0, 0)."""
    rects = [_rect(centre, box.size) for centre, box in zip(centres, scene.boxes)] + list(around.values())
    rects += [_rect(label, edge.label_size) for label, edge in zip(labels, scene.edges) if label is not None]
    rects += [(x, y, x, y) for curve in curves for x, y in curve]
    left, top = (min((rect[k] for rect in rects), default=0.0) for k in (0, 1))
    right, bottom = (max((rect[k] for rect in rects), default=0.0) for k in (2, 3))

    def moved(point: Point) -> Point:
        return point[0] - left, point[1] - top

    return Geometry(
        right - left,
        bottom - top,
        [moved(point) for point in centres],
        [[moved(point) for point in curve] for curve in curves],
        [None if point is None else moved(point) for point in labels],
        {name: (*moved(rect[:2]), *moved(rect[2:])) for name, rect in around.items()},
        layout,
    )


def _rect(centre: Point, size: tuple[int, int]) -> Rect:
    (x, y), (width, height) = centre, size
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2
