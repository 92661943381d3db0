"""``draw``: a value, several values, or a model, as a picture that one can read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import graphviz

from .layout.dot import digraph
from .layout.engines import TIME_LIMIT, layout
from .layout.layered import layered
from .paint.picture import Picture
from .paint.theme import THEMES, Theme
from .scene.choose import Drawable, DrawError, Highlight, scene_of
from .scene.fold import Fold
from .scene.scene import DIRECTIONS, Direction, Scene

NOTEBOOK_WIDTH = 900  # px of a notebook's cell


def draw(
    *things: Drawable,
    fold: Fold | None = None,
    open: str | Sequence[str] = (),  # noqa: A002  # what the user does with a neuron
    depth: int | None = None,
    highlight: Iterable[Highlight] = (),
    direction: Direction | None = None,
    engine: str | None = None,
    time_limit: float = TIME_LIMIT,
    theme: Theme = "auto",
) -> Picture:
    """Draw the graph of one or several values, or a model's layers and parameters.

    Args:
        things: values, or lists of values, whose graphs are drawn together; or one model.
        fold: "neuron" or "layer" makes one card of each. By default a graph of more than 300 nodes or 500 edges is
            folded by neuron, and by layer if there are still more than 400 edges.
        open: neurons (or layers) that are to be shown inside, such as "layers.0.neurons.3".
        depth: draw only what is at most so many edges away from the values.
        highlight: values, and (operand, out) pairs for edges, that are to stand out.
        direction: "LR" or "TB"; by default from left to right if that fits into a notebook's cell.
        engine: a layout engine, see ``viz.layout.layout``.
        time_limit: seconds that a layout engine may take.
        theme: "light", "dark", or "auto", which follows the reader's setting.

    Raises:
        TypeError: not a value, a list of values, or a model.
        DrawError: the graph is too large to be read, there is no such neuron, or nothing to draw; says the ways out.
        LayoutError: the named engine cannot do it.

    >>> from glassgrad import Value
    >>> x = Value(3.0, label="x")
    >>> y = x * x
    >>> y.backward()
    >>> print(draw(y))
    Graph of h1: 2 values
                      value  grad
    x           leaf      3     6
    h1 = x × x  root      9     1
    """
    _check(theme=theme, direction=direction, time_limit=time_limit)
    scene = scene_of(things, fold, _names(open), depth, tuple(highlight))
    scene = replace(scene, direction=direction) if direction else _fitted(scene)
    return Picture(scene, layout(scene, engine, time_limit), theme)


def to_dot(
    *things: Drawable,
    fold: Fold | None = None,
    open: str | Sequence[str] = (),  # noqa: A002
    depth: int | None = None,
) -> graphviz.Digraph:
    """The graph as a ``graphviz.Digraph``, numeric ids, escaped labels; of any size, as nothing is laid out.

    >>> from glassgrad import Value
    >>> print(to_dot(Value(0.0, label="x").exp()).source.splitlines()[-2].strip())
    0 -> 1 [label="×1"]
    """
    return digraph(scene_of(things, fold, _names(open), depth, limited=False))


def _names(names: str | Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


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
