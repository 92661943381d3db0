"""Walks over the recorded graph: every one is a loop over the topological order, so no depth is too deep.

A node with one or two operands has them in ``_a`` and ``_b``, and its local derivatives in ``_da`` and ``_db``: no
tuple that the cyclic collector would have to look at beside the node (on a large graph it takes longer than the
arithmetic). A node with more has a tuple of its operands in ``_a``, and one of its local derivatives in ``_da``. A leaf
has None in ``_a``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from typing import TYPE_CHECKING, Any, TypeVar

from . import state

if TYPE_CHECKING:
    from .node import Node


N = TypeVar("N", bound="Node")


def link(node: N, operands: Sequence[N], locals_: Sequence[float | None]) -> None:
    """Make these the operands and local derivatives of the node."""
    node._b = node._db = None
    if len(operands) > 2:
        node._a, node._da = tuple(operands), tuple(locals_)
        return
    node._a, node._da = operands[0], locals_[0]
    if len(operands) == 2:
        node._b, node._db = operands[1], locals_[1]


def edges(node: N) -> Iterable[tuple[N, float | None]]:
    """Each operand with its local derivative, in order."""
    if node._a is None:
        return ()
    if type(node._a) is tuple:
        return zip(node._a, node._da)
    first = node._a, node._da
    return (first,) if node._b is None else (first, (node._b, node._db))


def topological(*roots: N, known: Callable[[N], bool] | None = None) -> list[N]:
    """All nodes that the roots depend on, operands before outs, each once; in the same order at every run.

    Nodes that are ``known`` are left out, with all that only they depend on.
    """
    order: list[N] = []
    met: set[N] = set()
    stack: list[Any] = list(reversed(roots))  # nodes to visit; None above a node whose operands have all been listed
    push, pop, meet, settle = stack.append, stack.pop, met.add, order.append
    while stack:
        node = pop()
        if node is None:
            settle(pop())
            continue
        while node not in met:  # down along the first operands, while the others wait
            meet(node)
            if known is not None and known(node):
                break
            a = node._a
            if a is None:
                settle(node)
                break
            push(node)
            push(None)
            if type(a) is tuple:
                stack.extend(a[:0:-1])
                node = a[0]
            else:
                if node._b is not None:
                    push(node._b)
                node = a
    return order


def backpropagate(root: N, *, watch: Callable[[N], None] | None = None) -> None:
    """Write d root / d node into every ``.grad``: leaves add it to what they hold, inner nodes start afresh.

    Should anything interrupt the walk, the leaves get back what they held. ``watch`` is called with each node when its
    gradient is complete.
    """
    with state.lock:  # another thread's graph may have the same leaves
        order = topological(root)
        leaves = [node for node in order if node._a is None]
        before = [leaf.grad for leaf in leaves]
        undo = _assignment(leaves, before)
        try:
            _walk_back(order, root, watch)
            grads = [old + leaf.grad for old, leaf in zip(before, leaves)]
            deque(_assignment(leaves, grads), maxlen=0)
        except BaseException:
            deque(undo, maxlen=0)
            raise


def _walk_back(order: Sequence[N], root: N, watch: Callable[[N], None] | None) -> None:
    for node in order:
        node.grad = 0.0
    root.grad = 1.0
    for node in reversed(order):
        if watch is not None:
            watch(node)
        gradient, a, da, db = node.grad, node._a, node._da, node._db
        if type(a) is tuple:
            for operand, local in zip(a, da):
                if local is not None:
                    operand.grad += local * gradient
        else:
            if da is not None:
                a.grad += da * gradient
            if db is not None:
                node._b.grad += db * gradient


def _assignment(nodes: Iterable[N], grads: Iterable[float]) -> Iterable[None]:
    """Gives each node its gradient once a deque runs it: in C, so that no signal handler can break in half-way."""
    return map(setattr, nodes, repeat("grad"), grads)


def gradient_numbers(root: N) -> dict[N, float]:
    """d root / d node for every node, as floats in a new dict; nothing is written into the graph."""
    grads: dict[N, float] = {root: 1.0}
    for node in reversed(topological(root)):
        gradient = grads.setdefault(node, 0.0)
        for operand, local in edges(node):
            if local is not None:
                grads[operand] = grads.get(operand, 0.0) + local * gradient
    return grads


def dependents(order: Sequence[N], inputs: Iterable[N]) -> set[N]:
    """Those of ``order`` (topological) through which a derivative reaches one of the inputs, the inputs included."""
    reached = set(inputs)
    for node in order:
        if node not in reached and any(local is not None and operand in reached for operand, local in edges(node)):
            reached.add(node)
    return reached
