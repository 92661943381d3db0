"""Many values as few cards: by neuron or by layer, as ``nn`` has marked them, with any of them opened again.

A node belongs to the neuron whose marked output it alone feeds, and a parameter to the one in its label. What is left
is either before the model (inputs), or after it (a loss), and is folded too if there is much of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ...autograd import Value
from ...autograd.graph import stale
from ..words import say
from .cards import GRADIENT_ROW, UNKNOWN, VALUE_ROW, card, edge_key, edges, gradients_known, names, remarks
from .scene import INPUTS, OTHERS, Box, Edge, Scene, group_name
from .text import number

FoldBy = Literal["neuron", "layer"]
_MOST_SINGLE = 12  # so many unscoped nodes, before or after the model, may stand by themselves
_MOST_COUNTED = 12  # so many edges between groups may have their number written on them


def scopes(nodes: Sequence[Value]) -> list[str]:
    """For each node (in topological order) the neuron that it belongs to; "" for none.

    A leaf belongs where its label says, an output where ``nn`` marked it, any other node to the neuron that all of its
    outs belong to.
    """
    position = {node: i for i, node in enumerate(nodes)}
    marked = {node.scope for node in nodes if node.scope}
    claims: list[str | None] = [None] * len(nodes)
    for i in range(len(nodes) - 1, -1, -1):
        node = nodes[i]
        if node.scope:
            claims[i] = node.scope
        elif node.op is None and not node.is_constant:
            owner = node.label.rpartition(".")[0]
            claims[i] = owner if owner in marked else ""
        mine = claims[i] or ""
        for operand in node.operands:
            k = position.get(operand)
            if k is not None:
                claims[k] = mine if claims[k] in (None, mine) else ""
    return [claim or "" for claim in claims]


def layer_of(scope: str) -> str:
    """The layer of a neuron.

    >>> layer_of("layers.0.neurons.3"), layer_of("hidden.neurons.3"), layer_of("neurons.3")
    ('layers.0', 'hidden', 'neurons')
    """
    parts = scope.split(".")
    if len(parts) > 2 and parts[-1].isdigit():
        return ".".join(parts[:-2])
    return ".".join(parts[:-1]) or scope


def is_open(scope: str, opened: Collection[str]) -> bool:
    """Whether that neuron or layer, or one that it stands in, is to be opened."""
    return any(scope == name or scope.startswith(name + ".") for name in opened)


@dataclass(frozen=True)
class Folding:
    """What happens to each node, in order: ``group`` has the name of the card that it goes into, "" for one of its own;
    ``frame`` that of the dashed frame around the card."""

    group: Sequence[str]
    frame: Sequence[str]


def folding(nodes: Sequence[Value], roots: Collection[Value], fold: FoldBy, opened: Collection[str] = ()) -> Folding:
    """Decide for each node whether it is folded, and into what."""
    owners = scopes(nodes)
    group, frame = [], []
    for scope in owners:
        layer = layer_of(scope)
        if not scope:
            folded, inside = "", ""
        elif fold == "layer":
            folded, inside = (scope, layer) if layer in opened else (layer, "")
        else:
            folded, inside = scope, layer
        if scope in opened or (fold == "neuron" and is_open(scope, opened)):
            folded, inside = "", scope
        group.append(folded)
        frame.append(inside)
    _fold_rest(nodes, owners, roots, group)
    return Folding(group, frame)


def _fold_rest(nodes: Sequence[Value], owners: Sequence[str], roots: Collection[Value], group: list[str]) -> None:
    """Fold what belongs to no neuron, if there is much of it; the roots never."""
    before = _feeding(nodes, owners)
    for name, wanted in ((INPUTS, True), (OTHERS, False)):
        rest = [i for i, scope in enumerate(owners) if not scope and before[i] is wanted and nodes[i] not in roots]
        if len(rest) > _MOST_SINGLE:
            for i in rest:
                group[i] = name


def _feeding(nodes: Sequence[Value], owners: Sequence[str]) -> list[bool]:
    """Whether a node feeds some neuron while no neuron feeds it."""
    position = {node: i for i, node in enumerate(nodes)}
    after, before = [False] * len(nodes), [False] * len(nodes)
    for i, node in enumerate(nodes):
        tails = [position[operand] for operand in node.operands if operand in position]
        after[i] = any(owners[k] or after[k] for k in tails)
    for i in range(len(nodes) - 1, -1, -1):
        for operand in nodes[i].operands:
            k = position.get(operand)
            if k is not None and (owners[i] or before[i]):
                before[k] = True
    return [b and not a for a, b in zip(after, before)]


def folded_scene(nodes: Sequence[Value], roots: Sequence[Value], chosen: Folding, *, net: bool) -> Scene:
    """The scene of a folded graph; a ``net`` has layers in their order."""
    graph = _Folded(nodes, roots, chosen)
    boxes = [graph.box(inside) for inside in graph.members]
    lines = graph.single_edges() + graph.group_edges(boxes)
    title = say("graph.folded", name=graph.names[graph.position[roots[0]]], count=len(nodes))
    note = remarks(graph.known, graph.stale)
    return Scene(boxes, lines, title, note=note, net=net, members=graph.members)


class _Folded:
    """A graph with what its folded picture asks of it again and again."""

    def __init__(self, nodes: Sequence[Value], roots: Sequence[Value], chosen: Folding) -> None:
        self.nodes, self.roots, self.chosen = nodes, set(roots), chosen
        self.names, self.known, self.stale = names(nodes), gradients_known(nodes), stale(nodes)
        self.position = {node: i for i, node in enumerate(nodes)}
        self.tails = [[self.position.get(operand, -1) for operand in node.operands] for node in nodes]
        self.members, self.box_of = _boxes(chosen.group)
        self.outputs = self._outputs()

    def _outputs(self) -> list[list[Value]]:
        """For each card those of its nodes that others, or nobody else, make use of."""
        leaving = {self.position[root] for root in self.roots}
        for head, tails in enumerate(self.tails):
            leaving.update(k for k in tails if k >= 0 and self.box_of[k] != self.box_of[head])
        outputs: list[list[Value]] = [[] for _ in self.members]
        for i in sorted(leaving):
            outputs[self.box_of[i]].append(self.nodes[i])
        return outputs

    def _short(self, name: str, i: int) -> str:
        """A name without that of the frame in which node i stands."""
        frame = self.chosen.frame[i]
        return name.removeprefix(f"{frame}.") if frame else name

    def _called(self, i: int) -> str:
        """What others call a node: by the name of its group, if it is all that comes out of one."""
        if i < 0:
            return "…"
        group = self.chosen.group[i]
        alone = group and len(self.outputs[self.box_of[i]]) == 1
        return self._short(group_name(group) if alone else self.names[i], i)

    def box(self, inside: Sequence[int]) -> Box:
        """The card of one node, or of a group of them."""
        i = inside[0]
        name = self.chosen.group[i]
        if name:
            made = self._group(name, inside)
        else:
            node, operands = self.nodes[i], [self._called(k) for k in self.tails[i]]
            title = self._short(self.names[i], i)
            is_root, is_stale = node in self.roots, node in self.stale
            made = card(node, i, title, operands, known=self.known, is_root=is_root, is_stale=is_stale)
        frame = self.chosen.frame[i]
        return replace(made, group=frame, tip=f"{made.tip} · {say('card.inside', frame=frame)}") if frame else made

    def _group(self, name: str, inside: Sequence[int]) -> Box:
        """A group's card: its single output's numbers, or how many outputs it has and of what it is made."""
        outputs = self.outputs[self.box_of[inside[0]]]
        if len(outputs) == 1:
            gradient = number(outputs[0].grad) if self.known else UNKNOWN
            rows = [(VALUE_ROW, number(outputs[0].data)), (GRADIENT_ROW, gradient)]
        else:
            rows = [("outputs", str(len(outputs))), ("values", str(len(inside)))]
        shown = group_name(name)
        tip = say("card.group", name=shown, count=len(inside), outputs=len(outputs))
        is_stale = any(self.nodes[i] in self.stale for i in inside)
        badge = say("badge.stale") if is_stale else ""
        tip += f" · {say('card.stale_group')}" if is_stale else ""
        return Box(name, self._short(shown, inside[0]), tuple(rows), "group", badge, tip)

    def single_edges(self) -> list[Edge]:
        """The edges between nodes that have cards of their own."""
        lines, group = [], self.chosen.group
        for i, (node, tails) in enumerate(zip(self.nodes, self.tails)):
            if not group[i]:
                boxes = [self.box_of[k] for k in tails]
                every = edges(node, self.box_of[i], boxes, self.names[i], [self._called(k) for k in tails])
                shown = [n for n, k in enumerate(tails) if k >= 0 and not group[k]]
                lines += [replace(every[n], key=edge_key(i, n)) for n in shown]
        return lines

    def group_edges(self, boxes: Sequence[Box]) -> list[Edge]:
        """One edge for all that run from one card to another, where either is a group's."""
        counts: Counter[tuple[int, int]] = Counter()
        for i, tails in enumerate(self.tails):
            for k in tails:
                if k >= 0 and self.box_of[k] != self.box_of[i] and (self.chosen.group[i] or self.chosen.group[k]):
                    counts[self.box_of[k], self.box_of[i]] += 1
        counted = len(counts) <= _MOST_COUNTED
        return [_group_edge(tail, head, n, boxes, counted) for (tail, head), n in sorted(counts.items())]


def _boxes(group: Sequence[str]) -> tuple[list[list[int]], list[int]]:
    """The nodes of each card, and the card of each node; cards in the order of their last nodes."""
    by_name: dict[str | int, list[int]] = {}
    for i, name in enumerate(group):
        by_name.setdefault(name or i, []).append(i)
    members = sorted(by_name.values(), key=lambda inside: inside[-1])
    box_of = [0] * len(group)
    for box, inside in enumerate(members):
        for i in inside:
            box_of[i] = box
    return members, box_of


def _group_edge(tail: int, head: int, count: int, boxes: Sequence[Box], counted: bool) -> Edge:
    a, b = boxes[tail], boxes[head]
    said = say("card.edges", count=count)
    label = said if counted and count > 1 else ""
    return Edge(group_edge_key(b, a), tail, head, label, f"{a.title} → {b.title}: {said}")


def group_edge_key(head: Box, tail: Box) -> str:
    """What pictures call the one edge that stands for all that run from one card to another."""
    return f"{head.key}<{tail.key}"
