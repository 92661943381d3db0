"""The paths between a root and one of its values, along which the chain rule multiplies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ...autograd import Value
from ...autograd.graph import dependents
from .named_graph import Link, NamedGraph


class Subgraph:
    """Everything between a graph's root and one of its values, ``wrt``, through which a derivative flows."""

    def __init__(self, graph: NamedGraph, wrt: Value) -> None:
        self.graph = graph
        self.wrt = graph.position[wrt]
        reached = dependents(graph.nodes, [wrt])
        used = self._used(reached)
        self.positions = [i for i in range(self.wrt, len(graph.nodes)) if i in used and graph.nodes[i] in reached]
        inside = set(self.positions)
        self.links = {i: [link for link in graph.links(i) if link.operand in inside] for i in self.positions}
        self.links[self.wrt] = []
        self.uses: dict[int, list[Link]] = defaultdict(list)  # in the order in which backward() takes them
        for out in reversed(self.positions):
            for link in self.links[out]:
                self.uses[link.operand].append(link)

    def _used(self, reached: set[Value]) -> set[int]:
        """The positions at which the root's derivative arrives."""
        used = {self.graph.root}
        for i in range(self.graph.root, self.wrt, -1):
            if i in used and self.graph.nodes[i] in reached:
                used.update(link.operand for link in self.graph.links(i))
        return used

    def count(self) -> tuple[int, int]:
        """How many paths lead from wrt to the root, and how many links they have in all; nothing is listed for it."""
        paths, lengths = {self.wrt: 1}, {self.wrt: 0}
        for i in self.positions[1:]:
            below = [link.operand for link in self.links[i]]
            paths[i] = sum(paths[k] for k in below)
            lengths[i] = sum(lengths[k] + paths[k] for k in below)
        return paths.get(self.graph.root, 0), lengths.get(self.graph.root, 0)

    def paths(self) -> Iterator[tuple[Link, ...]]:
        """Each path from the root down to wrt, in the order of the operands."""
        if self.graph.root not in self.links:
            return
        path: list[Link] = []
        waiting: list[Iterator[Link]] = []
        at = self.graph.root
        while True:
            if at == self.wrt:
                yield tuple(path)
                if not path:
                    return
                path.pop()
            else:
                waiting.append(iter(self.links[at]))
            while waiting and (link := next(waiting[-1], None)) is None:
                waiting.pop()
                if path:
                    path.pop()
            if not waiting or link is None:
                return
            path.append(link)
            at = link.operand
