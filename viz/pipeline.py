"""From a scene to a picture, in one function that every picture goes through: scene → layout → paint."""

from __future__ import annotations

from dataclasses import replace
from typing import overload

from .errors import DrawError
from .layout.geometry import Geometry
from .layout.layered import layered
from .layout.layouts import TIME_LIMIT, lay_out
from .layout.panels import panels
from .paint.graph_picture import GraphPicture
from .paint.run_picture import RunPicture
from .paint.theme import THEMES, Theme
from .scene.run import RunScene
from .scene.scene import DIRECTIONS, Direction, Scene

NOTEBOOK_WIDTH = 900  # px of a notebook's cell


@overload
def picture_of(scene: RunScene) -> RunPicture: ...


@overload
def picture_of(
    scene: Scene,
    *,
    direction: Direction | None = None,
    layout: str | None = None,
    time_limit: float = TIME_LIMIT,
    theme: Theme = "auto",
    geometry: Geometry | None = None,
) -> GraphPicture: ...


def picture_of(
    scene: Scene | RunScene,
    *,
    direction: Direction | None = None,
    layout: str | None = None,
    time_limit: float = TIME_LIMIT,
    theme: Theme = "auto",
    geometry: Geometry | None = None,
) -> GraphPicture | RunPicture:
    """The picture of a scene.

    Args:
        scene: cards and edges, or a training run.
        direction: by default from left to right if that fits into a notebook's cell.
        layout: which one places the cards, see ``layout.layouts.lay_out``.
        time_limit: seconds that a layout may take.
        theme: "light", "dark", or "auto", which follows the reader's setting.
        geometry: where everything stands already, in another picture of the same cards; nothing is laid out then.

    Raises:
        DrawError: no such direction or theme, or no such time.
        LayoutError: the named layout cannot do it.
    """
    if isinstance(scene, RunScene):
        return RunPicture(scene, panels(scene))
    _check(theme=theme, direction=direction, time_limit=time_limit)
    if geometry is not None:
        return GraphPicture(scene, geometry, theme)
    placed = replace(scene, direction=direction) if direction else _fitted(scene)
    return GraphPicture(placed, lay_out(placed, layout, time_limit), theme)


def _check(*, theme: str, direction: str | None, time_limit: float) -> None:
    if theme not in THEMES:
        raise DrawError(f"theme must be one of {', '.join(map(repr, THEMES))}, not {theme!r}")
    if direction is not None and direction not in DIRECTIONS:
        raise DrawError(f"direction must be 'LR' (left to right) or 'TB' (top to bottom), not {direction!r}")
    if not time_limit > 0:
        raise DrawError(f"time_limit must be a number of seconds above 0, not {time_limit!r}")


def _fitted(scene: Scene) -> Scene:
    """The scene from left to right, as one reads, unless that is too wide for a notebook and upright is narrower."""
    upright = replace(scene, direction="TB")
    across = layered(scene).width
    return scene if across <= NOTEBOOK_WIDTH or across <= layered(upright).width else upright
