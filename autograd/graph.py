"""Walks over the recorded graph: every one is a loop over the topological order, so no depth is too deep."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import repeat

from . import state
from .node import N, chain_rule, edges, topological

__all__ = ["backpropagate", "dependents", "gradient_numbers", "stale", "topological"]


def backpropagate(root: N, *, watch: Callable[[N], None] | None = None) -> None:
    """Write d root / d node into every ``.grad``: leaves add it to what they hold, inner nodes start afresh.

    Should anything interrupt the walk, the leaves get back what they held. ``watch`` is called with each node when its
    gradient is complete.
    """
    with state.lock:  # another thread's graph may have the same leaves
        order = topological(root)
        leaves = [node for node in order if node.op is None]
        before = [leaf.grad for leaf in leaves]
        undo = _assignment(leaves, before)
        try:
            chain_rule(order, root, watch)
            grads = [old + leaf.grad for old, leaf in zip(before, leaves)]
            deque(_assignment(leaves, grads), maxlen=0)
        except BaseException:
            deque(undo, maxlen=0)
            raise


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
        if node in reached:
            continue
        locals_ = node.local_derivatives  # of every branch: another point may take another one
        if any(local is not None and operand in reached for operand, local in zip(node.operands, locals_)):
            reached.add(node)
    return reached


def stale(order: Sequence[N]) -> set[N]:
    """Those of ``order`` (topological) whose numbers do not fit together any more, because a leaf's .data was changed:
    the leaves that changed after something was computed from them, and all that was computed from their old numbers."""
    found: set[N] = set()
    for node in order:
        changed = [operand for operand in node.operands if operand._stamp > node._stamp]
        found.update(changed)
        if changed or any(operand.op is not None and operand in found for operand in node.operands):
            found.add(node)
    return found
