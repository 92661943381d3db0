"""Backward as data: every write into a gradient, in order, by the right algorithm and by three wrong ones."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ..explaining.named_graph import Link, NamedGraph

Mistake = Literal["order", "assign", "no-zero-grad"]
MISTAKES = ("order", "assign", "no-zero-grad")


@dataclass(frozen=True)
class Write:
    """One write into the gradient of ``node``: ``before``, and ``after``.

    ``link`` is the edge that it comes by, with ``upstream``, the gradient of the link's out at that moment; the write
    without a link is the root's seed.
    """

    node: int
    before: float
    after: float
    link: Link | None = None
    upstream: float = math.nan

    @property
    def added(self) -> float:
        """local derivative × upstream; 0 to a branch that is not taken."""
        return self.after if self.link is None else self.link.passes(self.upstream)


def backward(graph: NamedGraph) -> Iterator[Write]:
    """What ``Value.backward`` does, from cleared gradients: each node, once complete, passes its gradient on."""
    return _pass(graph, [0.0] * len(graph.nodes))


def _pass(graph: NamedGraph, gradients: list[float], *, assigns: bool = False) -> Iterator[Write]:
    yield _seed(graph, gradients)
    reached = {graph.root}  # a node to which nothing passes has nothing to pass on, not even 0
    for i in range(graph.root, -1, -1):
        for link in graph.links(i) if i in reached else ():
            reached.add(link.operand)
            yield _passed_on(gradients, link, assigns)


def _seed(graph: NamedGraph, gradients: list[float]) -> Write:
    before, gradients[graph.root] = gradients[graph.root], 1.0
    return Write(graph.root, before, 1.0)


def _passed_on(gradients: list[float], link: Link, assigns: bool = False) -> Write:
    before, upstream = gradients[link.operand], gradients[link.out]
    gradients[link.operand] = (0.0 if assigns else before) + link.passes(upstream)
    return Write(link.operand, before, gradients[link.operand], link, upstream)


@dataclass(frozen=True)
class Pair:
    """One move of both: what the right algorithm writes and what the wrong one does (None: it has nothing to do).

    In the pair that ``clears`` the right one sets the leaves' gradients back to 0, and the wrong one forgets to.
    """

    right: Write | None
    wrong: Write | None
    clears: bool = False


@dataclass(frozen=True)
class Comparison:
    """The right and the wrong algorithm side by side, up to the first node whose number differs.

    ``differing`` is that node (None: on this graph the mistake changes nothing), ``right`` and ``wrong`` its numbers.
    """

    pairs: tuple[Pair, ...]
    differing: int | None = None
    right: float = math.nan
    wrong: float = math.nan


def compare(graph: NamedGraph, mistake: Mistake) -> Comparison:
    """Play a mistake beside the right algorithm."""
    right = list(backward(graph))
    if mistake == "order":
        return _compare_order(graph, right)
    if mistake == "assign":
        return _lockstep(right, _pass(graph, [0.0] * len(graph.nodes), assigns=True))
    left_over = [0.0 if node.op else gradient for node, gradient in zip(graph.nodes, graph.gradients)]
    second = _lockstep(right, _pass(graph, left_over))
    first = [Pair(write, write) for write in right]
    return replace(second, pairs=(*first, Pair(None, None, clears=True), *second.pairs))


def _lockstep(right: Sequence[Write], wrong: Iterator[Write]) -> Comparison:
    pairs = []
    for a, b in zip(right, wrong):
        pairs.append(Pair(a, b))
        if not same(a.after, b.after):
            return Comparison(tuple(pairs), a.node, a.after, b.after)
    return Comparison(tuple(pairs))


def _compare_order(graph: NamedGraph, right: Sequence[Write]) -> Comparison:
    """Recursion without a topological order passes a gradient on at once, be it complete or not, and again later."""
    pairs: list[Pair] = []
    passed: set[Link] = set()
    for k, write in enumerate(recursive(graph)):
        pairs.append(Pair(right[k] if k < len(right) else None, write))
        if write.link is None:
            continue
        out, true = write.link.out, graph.gradients
        if not same(write.upstream, true[out]):
            return Comparison(tuple(pairs), out, true[out], write.upstream)
        if write.link in passed and write.added != 0.0:
            return Comparison(tuple(pairs), write.node, true[write.node], write.after)
        passed.add(write.link)
    return Comparison(tuple(pairs))


def recursive(graph: NamedGraph) -> Iterator[Write]:
    """Backward as naive recursion: pass a gradient on to an operand, then do the same from there, each time it is met.

    It is played with a stack of our own, and no further than four times as many writes as the right algorithm needs, as
    naive recursion can take exponentially many.
    """
    gradients = [0.0] * len(graph.nodes)
    yield _seed(graph, gradients)
    stack = [iter(graph.links(graph.root))]
    left = 4 * sum(len(graph.links(i)) for i in range(len(graph.nodes)))
    while stack and left:
        link = next(stack[-1], None)
        if link is None:
            stack.pop()
            continue
        left -= 1
        yield _passed_on(gradients, link)
        stack.append(iter(graph.links(link.operand)))


def same(a: float, b: float) -> bool:
    """Equal up to rounding: the order of a sum's terms may differ."""
    return a == b or (a != a and b != b) or math.isclose(a, b, rel_tol=1e-9)
