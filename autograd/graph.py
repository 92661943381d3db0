"""Walks over the recorded graph: every one is a loop over the topological order, so no depth is too deep.

A node has ``_edges``: operand, local derivative, operand, local derivative, … (a flat tuple, which costs the cyclic
collector one object a node instead of three), in the order in which the op took its operands. A leaf has none.
"""

from __future__ import annotations

import copyreg
import weakref
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

class NodeLike(Protocol):
    """What a walk needs of a node."""

    _edges: tuple
    grad: float

    def __hash__(self) -> int: ...


Node = TypeVar("Node", bound=NodeLike)


def topological(*roots: Node) -> list[Node]:
    """All nodes that the roots depend on, operands before outs, each once; in the same order at every run.

    Depth first, with a stack of our own: a node is met open (put back under its operands), then closed (listed).
    """
    order: list[Node] = []
    closed: dict[Node, bool] = {}
    stack = list(reversed(roots))
    push, settle = stack.append, order.append
    while stack:
        node = stack.pop()
        state = closed.get(node)
        if state is None and node._edges:
            closed[node] = False
            push(node)
            stack.extend(node._edges[-2::-2])
        elif not state:
            closed[node] = True
            settle(node)
    return order


def backpropagate(root: Node, *, watch: Callable[[Node], None] | None = None) -> None:
    """Write d root / d node into every ``.grad``: leaves add it to what they hold, inner nodes start afresh.

    Should anything interrupt the walk, the leaves get back what they held. ``watch`` is called with each node when its
    gradient is complete.
    """
    order = topological(root)
    leaves = [node for node in order if not node._edges]
    before = [leaf.grad for leaf in leaves]
    try:
        for node in order:
            node.grad = 0.0
        root.grad = 1.0
        for node in reversed(order):
            gradient, edges = node.grad, node._edges
            if watch is not None:
                watch(node)
            if len(edges) == 4:
                a, da, b, db = edges
                if da is not None:
                    a.grad += da * gradient
                if db is not None:
                    b.grad += db * gradient
            elif edges:
                pairs = iter(edges)
                for operand, local in zip(pairs, pairs):
                    if local is not None:
                        operand.grad += local * gradient
        grads = [old + leaf.grad for old, leaf in zip(before, leaves)]
    except BaseException:
        _assign(leaves, before)
        raise
    _assign(leaves, grads)


def _assign(nodes: Iterable[Node], grads: Iterable[float]) -> None:
    for node, gradient in zip(nodes, grads):
        node.grad = gradient


def gradient_numbers(root: Node) -> dict[Node, float]:
    """d root / d node for every node, as floats in a new dict; nothing is written into the graph."""
    grads: dict[Node, float] = {root: 1.0}
    for node in reversed(topological(root)):
        gradient = grads.setdefault(node, 0.0)
        pairs = iter(node._edges)
        for operand, local in zip(pairs, pairs):
            if local is not None:
                grads[operand] = grads.get(operand, 0.0) + local * gradient
    return grads


def dependents(order: Sequence[Node], inputs: Iterable[Node]) -> set[Node]:
    """Those of ``order`` (topological) through which a derivative reaches one of the inputs, the inputs included."""
    reached = set(inputs)
    for node in order:
        if node not in reached:
            pairs = iter(node._edges)
            if any(local is not None and operand in reached for operand, local in zip(pairs, pairs)):
                reached.add(node)
    return reached


class Flat:
    """A graph as flat lists, for pickle, which would recurse once a node if it saw the nodes themselves.

    Leaves are kept as the objects they are, so that a leaf which is also referred to from elsewhere (a model's
    parameter) stays one object. Inner nodes that are pickled one after another share the Flat of the first.
    """

    _alive: weakref.WeakSet[Flat] = weakref.WeakSet()

    def __init__(self, root: Node) -> None:
        self.nodes = topological(root)
        self.position = {node: i for i, node in enumerate(self.nodes)}
        Flat._alive.add(self)

    @classmethod
    def holding(cls, node: Node) -> tuple[Flat, int]:
        """A Flat that holds the node, and the node's position in it."""
        for flat in cls._alive:
            if node in flat.position:
                return flat, flat.position[node]
        flat = cls(node)
        return flat, len(flat.nodes) - 1

    def __reduce__(self) -> tuple[Callable[..., Flat], tuple[type[Flat]], dict[str, list]]:
        at = self.position
        inner = [node for node in self.nodes if node._edges]
        state = {
            "leaves": [(at[node], node) for node in self.nodes if not node._edges],
            "numbers": [(at[n], n._data, n.grad, n._stamp) for n in inner],  # type: ignore[attr-defined]
            "ops": [n.op for n in inner],  # type: ignore[attr-defined]
            "operands": [tuple(at[o] for o in n._edges[::2]) for n in inner],
            "locals": [n._edges[1::2] for n in inner],
            "names": [(i, n.label, n.scope) for i, n in enumerate(inner) if n.label or n.scope],  # type: ignore[attr-defined]
            "kind": [type(inner[-1])],
        }
        return copyreg.__newobj__, (Flat,), state  # type: ignore[attr-defined]

    def __setstate__(self, state: dict[str, list]) -> None:
        nodes: dict[int, NodeLike] = dict(state["leaves"])
        inner = []
        for numbers, op, operands, locals_ in zip(state["numbers"], state["ops"], state["operands"], state["locals"]):
            edges = tuple(x for pair in zip((nodes[o] for o in operands), locals_) for x in pair)
            position, data, grad, stamp = numbers
            nodes[position] = node = object.__new__(state["kind"][0])
            node._data, node.grad, node.op, node._edges, node._stamp = data, grad, op, edges, stamp
            inner.append(node)
        for i, label, scope in state["names"]:
            inner[i].label, inner[i].scope = label, scope
        self.nodes = [nodes[i] for i in range(len(nodes))]
        self.position = {node: i for i, node in enumerate(self.nodes)}
