"""From a scene to a picture, which every picture goes through: scene → layout → paint."""

from __future__ import annotations

from dataclasses import replace

from .errors import DrawError
from .layout.layered import layered
from .layout.layouts import TIME_LIMIT, lay_out
from .layout.panels import panels
from .paint.graph_picture import GraphPicture
from .paint.run_picture import RunPicture
from .paint.theme import THEMES, Theme
from .scene.run import RunScene
from .scene.scene import DIRECTIONS, Direction, Scene

NOTEBOOK_WIDTH = 900  # px of a notebook's cell


def picture_of(
    scene: Scene,
    *,
    direction: Direction | None = None,
    layout: str | None = None,
    time_limit: float = TIME_LIMIT,
    theme: Theme = "auto",
) -> GraphPicture:
    """The picture of a scene.

    Args:
        scene: cards and edges.
        direction: by default from left to right if that fits into a notebook's cell.
        layout: which one places the cards, see ``layout.layouts.lay_out``.
        time_limit: seconds that a layout may take.
        theme: "light", "dark", or "auto", which follows the reader's setting.

    Raises:
        DrawError: no such direction or theme, or no such time.
        LayoutError: the named layout cannot do it.
    """
    _check(theme=theme, direction=direction, time_limit=time_limit)
    placed = replace(scene, direction=direction) if direction else _fitted(scene)
    return GraphPicture(placed, lay_out(placed, layout, time_limit), theme)


def painted_again(drawn: GraphPicture, scene: Scene, theme: Theme) -> GraphPicture:
    """The picture of a scene that has the cards and edges of another picture, where they stand there.

    Raises:
        DrawError: no such theme.
    """
    _check(theme=theme)
    return GraphPicture(scene, drawn.geometry, theme)


def picture_of_run(scene: RunScene) -> RunPicture:
    """The picture of a training run."""
    return RunPicture(scene, panels(scene))


def _check(*, theme: str, direction: str | None = None, time_limit: float = TIME_LIMIT) -> None:
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
