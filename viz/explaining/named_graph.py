"""A recorded graph as explanations and the player speak of it: links, names and formulas, by position."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

from ...autograd import Value
from ...autograd.functional import require_fresh
from ...autograd.graph import gradient_numbers, topological
from ...autograd.node import passing
from ...autograd.op import Op
from ..scene.cards import names
from ..scene.text import cut
from .formula import Formula, applied, local_derivative, unique_names

_MOST_NAME = 24  # columns of a name in a formula


@dataclass(frozen=True)
class Link:
    """One edge of the graph, with its local derivative ∂ out / ∂ operand.

    ``out`` and ``operand`` are positions in topological order, ``place`` is which of the operands it is (from 0), and
    ``twice`` says that the same value stands in another place too. Where not ``taken``, the operand is a branch that
    the op did not take.
    """

    out: int
    operand: int
    place: int
    local: float
    twice: bool = False
    taken: bool = True

    def passes(self, upstream: float) -> float:
        """What goes down: local derivative × upstream; to a branch that is not taken 0, even beside an infinity."""
        return self.local * upstream if self.taken else 0.0


class NamedGraph:
    """A recorded graph as numbers, names and formulas, by position in topological order.

    Raises:
        StaleGraphError: a leaf's .data was changed after the graph was recorded.
    """

    def __init__(self, root: Value) -> None:
        self.nodes = topological(root)
        require_fresh(self.nodes)
        self.position = {node: i for i, node in enumerate(self.nodes)}
        self.names = self._names()
        gradients = gradient_numbers(root)
        self.gradients = [gradients[node] for node in self.nodes]

    def _names(self) -> list[str]:
        """Each node's own name; a number for a constant without a label, of which there can be many alike."""
        shown = [cut(name, _MOST_NAME) for name in names(self.nodes)]
        named = [i for i, node in enumerate(self.nodes) if not _is_bare(node)]
        for i, name in zip(named, unique_names([shown[i] for i in named])):
            shown[i] = name
        return shown

    @property
    def root(self) -> int:
        """The root's position: the last."""
        return len(self.nodes) - 1

    def operands(self, i: int) -> list[int]:
        """The positions of a node's operands, in order."""
        return [self.position[operand] for operand in self.nodes[i].operands]

    def links(self, i: int) -> list[Link]:
        """A node's edges that have a derivative, in the order of its operands."""
        operands = self.operands(i)
        node, times = self.nodes[i], Counter(operands)
        return [
            Link(i, k, place, local, times[k] > 1, passed is not None)
            for place, (k, local, passed) in enumerate(zip(operands, node.local_derivatives, passing(node)))
            if local is not None
        ]

    def cuts_off(self, link: Link) -> bool:
        """Whether the link is a branch that is not taken, and a product would give nan there and not 0."""
        return not link.taken and not math.isfinite(self.gradients[link.out])

    def symbol(self, i: int) -> Formula:
        """A node's name as a formula; a constant without a label is its number."""
        node = self.nodes[i]
        return Formula(node.data) if _is_bare(node) else Formula(node.data, self.names[i])

    def definition(self, i: int) -> Formula:
        """How a node was made, in its operands' names."""
        return applied(self._op(i), [self.symbol(k) for k in self.operands(i)], self.nodes[i].data)

    def numbers(self, i: int) -> Formula:
        """How a node was made, in its operands' numbers."""
        operands = [Formula(operand.data) for operand in self.nodes[i].operands]
        return applied(self._op(i), operands, self.nodes[i].data)

    def rule(self, link: Link) -> Formula:
        """The local derivative of a link in symbols."""
        operands = [self.symbol(k) for k in self.operands(link.out)]
        return local_derivative(self._op(link.out), link.place, operands, self.symbol(link.out))

    def _op(self, i: int) -> Op:
        op = self.nodes[i].op
        if op is None:
            raise ValueError(f"{self.names[i]} is a leaf: no operation made it")
        return op


def _is_bare(node: Value) -> bool:
    """Whether it is a number that somebody wrote into an expression."""
    return node.is_constant and not node.label
