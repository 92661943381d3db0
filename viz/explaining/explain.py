"""``explain``: one gradient, spelled out as the chain rule gives it, on the reader's own graph."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module

from ...autograd import Value
from ...autograd.errors import NoGradientError
from ...autograd.node import describe, require_gradient
from ..errors import DrawError
from ..paint.graph_picture import GraphPicture
from ..pipeline import picture_of
from ..scene.choose import Highlight, scene_of
from ..words import Language, current, speaking
from .derivation import Derivation, derivation
from .named_graph import Link, NamedGraph
from .notation import LATEX, TEXT, Notation
from .paths import Subgraph

MOST_PATHS, MOST_LINKS = 20, 120  # more paths, or paths with more links in all, are not listed one by one


@dataclass(frozen=True, eq=False)
class Explanation:
    """What ``explain`` returns. A notebook shows the mathematics and, where the graph can be drawn, the picture with
    the paths marked; ``print`` gives the text.

    Attributes:
        root: the value that was differentiated.
        wrt: the value by which.
        gradient: d root / d wrt.
        count: how many paths lead from wrt to root.
        paths: each path's links from the root downwards; None if there are too many to be listed.
        digits: how many significant digits are printed.
        language: of its words.
    """

    root: Value
    wrt: Value
    gradient: float
    count: int
    paths: tuple[tuple[Link, ...], ...] | None
    digits: int
    subgraph: Subgraph | None
    language: Language = field(default_factory=current, repr=False)

    @property
    def text(self) -> str:
        """The explanation as plain text."""
        with speaking(self.language):
            return self._derivation(TEXT).text()

    @property
    def latex(self) -> str:
        """The steps and the gradient as a LaTeX ``aligned`` block, without the dollar signs."""
        with speaking(self.language):
            return self._derivation(LATEX).latex()

    @property
    def markdown(self) -> str:
        """The explanation as Markdown, with formulas in LaTeX."""
        with speaking(self.language):
            return self._derivation(LATEX).markdown()

    @cached_property
    def picture(self) -> GraphPicture:
        """The graph with the paths marked.

        Raises:
            DrawError: the graph is too large to be drawn.
        """
        marked: list[Highlight] = []
        if self.subgraph is not None:
            nodes = self.subgraph.graph.nodes
            links = [link for i in self.subgraph.positions for link in self.subgraph.links[i]]
            marked += [(nodes[link.operand], nodes[link.out]) for link in links]
            marked += [nodes[i] for i in self.subgraph.positions]
        with speaking(self.language):
            return picture_of(scene_of([self.root], highlight=marked))

    @property
    def svg(self) -> str:
        """The graph as SVG with the paths marked."""
        return self.picture.svg

    def _derivation(self, notation: Notation) -> Derivation:
        return derivation(self.root, self.wrt, self.subgraph, self.paths, self.count, notation, self.digits)

    def __str__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/markdown": self.markdown, "text/plain": self.text}

    def _ipython_display_(self) -> None:
        """Two outputs in one cell: of a single one, a viewer shows the mathematics or the picture, never both."""
        display: Callable[..., object] = import_module("IPython.display").display  # only IPython calls this
        display(self._repr_mimebundle_(), raw=True)
        with suppress(DrawError):
            display(self.picture)


def explain(root: Value, wrt: Value, *, digits: int = 4, most_paths: int = MOST_PATHS) -> Explanation:
    """Spell out d root / d wrt: the sum over all paths from wrt to root of the product of the path's local derivatives.

    That is the chain rule of several variables; backpropagation computes the same sum without listing its terms, whose
    number can grow exponentially (Griewank and Walther, "Evaluating Derivatives", 2nd edition, 2008, chapter 3). With
    more than ``most_paths`` paths the account goes node by node, as backpropagation does, and says so.

    Args:
        root: the value to differentiate.
        wrt: any value that root was computed from.
        digits: significant digits of the numbers that are printed.
        most_paths: how many paths are listed at most.

    Raises:
        TypeError: root or wrt is not a Value.
        NoGradientError: root or wrt takes no gradient.
        StaleGraphError: a leaf's .data was changed after the graph was recorded.

    >>> w, x = Value(3.0, label="w"), Value(2.0, label="x")
    >>> print(explain(w * x + w, wrt=w))
    ∂h2/∂w = 3 at w = 3, x = 2
    <BLANKLINE>
    step             local derivatives
    h1 = w × x = 6   ∂h1/∂w = x = 2
    h2 = h1 + w = 9  ∂h2/∂h1 = 1, ∂h2/∂w = 1
    <BLANKLINE>
    2 paths lead from w to h2: multiply the local derivatives along each, and add the products.
    path 1: h2 ← h1 ← w
    path 2: h2 ← w
    <BLANKLINE>
    ∂h2/∂w = ∂h2/∂h1 × ∂h1/∂w + ∂h2/∂w
           = 1 × x + 1
           = 1 × 2 + 1
           = 2 + 1
           = 3
    """
    for name, value in (("root", root), ("wrt", wrt)):
        if not isinstance(value, Value):
            raise TypeError(f"explain: {name} must be a Value, got {type(value).__name__}: {value!r:.60}")
    require_gradient(root)
    if wrt.is_constant:
        raise NoGradientError(f"explain: wrt, {describe(wrt)}, is a constant and takes no gradient")
    graph = NamedGraph(root)
    if wrt not in graph.position:
        return Explanation(root, wrt, 0.0, 0, (), digits, None)
    subgraph = Subgraph(graph, wrt)
    count, links = subgraph.count()
    paths = tuple(subgraph.paths()) if count <= most_paths and links <= MOST_LINKS else None
    return Explanation(root, wrt, graph.gradients[subgraph.wrt], count, paths, digits, subgraph)
