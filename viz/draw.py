"""``draw``: a value, several values, or a model, as a picture that one can read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import graphviz

from .layout.dot import digraph
from .layout.layouts import TIME_LIMIT
from .paint.graph_picture import GraphPicture
from .paint.theme import Theme
from .pipeline import picture_of
from .scene.choose import Drawable, Highlight, scene_of
from .scene.folded_cards import FoldBy
from .scene.scene import Direction


def draw(
    *things: Drawable,
    fold: FoldBy | None = None,
    open: str | Sequence[str] = (),  # noqa: A002  # what the user does with a neuron
    depth: int | None = None,
    highlight: Iterable[Highlight] = (),
    direction: Direction | None = None,
    layout: str | None = None,
    time_limit: float = TIME_LIMIT,
    theme: Theme = "auto",
) -> GraphPicture:
    """Draw the graph of one or several values, or a model's layers and parameters.

    Args:
        things: values, or lists of values, whose graphs are drawn together; or one model.
        fold: "neuron" or "layer" makes one card of each. By default a graph of more than 300 nodes or 500 edges is
            folded by neuron, and by layer if there are still more than 400 edges.
        open: neurons (or layers) that are to be shown inside, such as "layers.0.neurons.3".
        depth: draw only what is at most so many edges away from the values.
        highlight: values, and (operand, out) pairs for edges, that are to stand out.
        direction: "LR" or "TB"; by default from left to right if that fits into a notebook's cell.
        layout: what places the cards: "graphviz-pure", "dot", "layered", or the path of a ``dot`` executable; by
            default the environment variable GLASSGRAD_LAYOUT, or else the first of the three that works.
        time_limit: seconds that a layout may take.
        theme: "light", "dark", or "auto", which follows the reader's setting.

    Raises:
        TypeError: not a value, a list of values, or a model.
        DrawError: the graph is too large to be read, there is no such neuron, or nothing to draw; says the ways out.
        LayoutError: the named layout cannot do it.

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
    scene = scene_of(things, fold, _names(open), depth, tuple(highlight))
    return picture_of(scene, direction=direction, layout=layout, time_limit=time_limit, theme=theme)


def to_dot(
    *things: Drawable,
    fold: FoldBy | None = None,
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
