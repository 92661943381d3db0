"""Walks over the recorded graph: every one is a loop over the topological order, so no depth is too deep."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import repeat

from .context import state
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
            if watch is None:
                chain_rule(order, root)
            if watch is not None or any(leaf.grad != leaf.grad for leaf in leaves):
                _chain_rule_where_something_passes(order, root, watch)
            grads = [old + leaf.grad for old, leaf in zip(before, leaves)]
            deque(_assignment(leaves, grads), maxlen=0)
        except BaseException:
            deque(undo, maxlen=0)
            raise


def _chain_rule_where_something_passes(order: Sequence[N], root: N, watch: Callable[[N], None] | None) -> None:
    """The same as ``chain_rule``, but that a node to which nothing passes by structure gives nothing to its operands.

    There the quick loop multiplies 0, which makes a nan of an infinite local derivative, and only there they differ.
    ``watch`` is called with each node when its gradient is complete.
    """
    for node in order:
        node.grad = 0.0
    root.grad = 1.0
    reached = {root}
    for node in reversed(order):
        if node not in reached:
            continue
        if watch is not None:
            watch(node)
        for i, (operand, local) in enumerate(edges(node)):
            if local is not None:
                operand.grad += local * node.grad
                reached.add(operand)
            elif node.op is not None and node.op.selecting(i):
                reached.add(operand)


def _assignment(nodes: Iterable[N], grads: Iterable[float]) -> Iterable[None]:
    """Gives each node its gradient once a deque runs it: in C, so that no signal handler can break in half-way."""
    return map(setattr, nodes, repeat("grad"), grads)


def gradient_numbers(root: N, order: Sequence[N] | None = None) -> dict[N, float]:
    """d root / d node for every node, as floats in a new dict; nothing is written into the graph.

    ``order`` is the topological order of what the root depends on, where it is known already.
    """
    grads: dict[N, float] = {root: 1.0}
    for node in reversed(topological(root) if order is None else order):
        if node not in grads:  # nothing passes to it, by structure: not even 0, which ∞ below would make nan
            grads[node] = 0.0
            continue
        gradient = grads[node]
        for i, (operand, local) in enumerate(edges(node)):
            if local is not None:
                grads[operand] = grads.get(operand, 0.0) + local * gradient
            elif node.op is not None and node.op.selecting(i):
                grads.setdefault(operand, 0.0)
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
