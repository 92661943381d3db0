"""One step of the player: what it says, which cards and edges are in play, and which numbers change."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from ...autograd import ops
from ..explaining.formula import Formula, applied
from ..explaining.named_graph import Link, NamedGraph
from ..explaining.notation import TEXT
from ..scene.cards import edge_key
from ..scene.scene import LABEL
from ..scene.text import number
from ..words import listed, say
from .writes import Write

_MOST_LISTED = 6


@dataclass(frozen=True)
class Frame:
    """One step. Keys are those of the picture's cards and edges; a change is (key, row, new text).

    ``wrong_lines``, ``wrong_node`` and ``wrong_edges`` are of the wrong algorithm where one is played beside the right;
    ``remark`` is about both.
    """

    phase: str
    title: str
    lines: tuple[str, ...]
    node: str = ""
    operands: tuple[str, ...] = ()
    edges: tuple[str, ...] = ()
    changes: tuple[tuple[str, str, str], ...] = ()
    wrong_lines: tuple[str, ...] = field(default=())
    wrong_node: str = ""
    wrong_edges: tuple[str, ...] = ()
    remark: str = ""

    def as_json(self) -> dict[str, object]:
        """For the page: without what is empty."""
        return {name: value for name, value in vars(self).items() if value}


class Words:
    """How a step is said, with the names and numbers of one graph."""

    def __init__(self, graph: NamedGraph, digits: int) -> None:
        self.graph, self.digits = graph, digits

    def number(self, x: float) -> str:
        """A number as all of the page shows it."""
        return number(x, self.digits)

    def name(self, i: int) -> str:
        """A node's name; a constant's number."""
        return self.graph.symbol(i).text(self.digits)

    def gradient(self, i: int) -> str:
        """What a node's gradient is called."""
        return say("player.gradient", name=self.name(i))

    def label(self, link: Link) -> tuple[str, str, str]:
        """The change that shows a link's local derivative on its edge."""
        return edge_key(link.out, link.place), LABEL, f"×{number(link.local)}"

    def product(self, a: float, b: float) -> str:
        """Two numbers multiplied, and the result."""
        return f"{applied(ops.mul, (Formula(a), Formula(b)), a * b).text(self.digits)} = {self.number(a * b)}"

    def addition(self, a: float, b: float, total: float) -> str:
        """Two numbers added, and the result."""
        return f"{applied(ops.add, (Formula(a), Formula(b)), total).text(self.digits)} = {self.number(total)}"

    def partial(self, link: Link) -> str:
        """∂ out / ∂ operand."""
        return TEXT.partial(self.name(link.out), self.name(link.operand), link.place if link.twice else None)

    def listed(self, items: Sequence[str]) -> str:
        """The first few of the items."""
        return listed(items, _MOST_LISTED)

    def contribution(self, write: Write) -> tuple[str, ...]:
        """How a link's local derivative meets the upstream gradient."""
        link = write.link
        if link is None:
            return (say("player.seed_equation", equation=f"{self.gradient(write.node)} = 1"),)
        sides = [self.partial(link), self.graph.rule(link).text(self.digits), self.number(link.local)]
        factors = f"{self.partial(link)} × {self.gradient(link.out)}"
        passed = say("player.product", equation=f"{factors} = {self.product(link.local, write.upstream)}")
        if not link.taken and not math.isfinite(write.upstream):
            passed = say("player.not_taken", upstream=f"{self.gradient(link.out)} = {self.number(write.upstream)}")
        return say("player.local", equation=" = ".join(dict.fromkeys(sides))), passed

    def sum(self, write: Write) -> str:
        """The gradient before, what is added, after."""
        return f"{self.gradient(write.node)}: {self.addition(write.before, write.added, write.after)}"
