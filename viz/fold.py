"""Many values as few cards: by neuron or by layer, as ``nn`` has marked them, with any of them opened again.

A node belongs to the neuron whose marked output it alone feeds, and a parameter to the one in its label. What is left is
either before the model (inputs), or after it (a loss), and is folded too if there is much of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from autograd import Value
from viz.cards import GRADIENT_ROW, NO_GRADIENTS_YET, UNKNOWN, VALUE_ROW, card, edge_key, edges, gradients_known, names
from viz.scene import Box, Edge, Scene
from viz.text import number

Fold = Literal["neuron", "layer"]
INPUTS, OTHERS = "inputs", "other operations"
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
    """Which card each node goes into: ``group[i]`` is its name, "" if the node has a card of its own; ``frame[i]`` is
    the dashed frame that it stands in."""

    group: Sequence[str]
    frame: Sequence[str]


def folding(nodes: Sequence[Value], roots: Collection[Value], fold: Fold, opened: Collection[str] = ()) -> Folding:
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


def folded_scene(
    nodes: Sequence[Value], roots: Sequence[Value], chosen: Folding, *, net: bool
) -> tuple[Scene, list[int]]:
    """The scene of a folded graph, and for each node the position of its card."""
    box_of, members = _boxes_of(chosen.group)
    called, known, top = names(nodes), gradients_known(nodes), set(roots)
    position = {node: i for i, node in enumerate(nodes)}
    outputs = _outputs(nodes, position, box_of, top)
    boxes: list[Box] = []
    for inside in members:
        i = inside[0]
        if chosen.group[i]:
            made_of = [nodes[k] for k in inside]
            boxes.append(_group_card(chosen.group[i], chosen.frame[i], made_of, outputs[len(boxes)], known))
        else:
            operands = [_operand(position.get(x), chosen, called, outputs, box_of) for x in nodes[i].operands]
            name = _short(called[i], chosen.frame[i])
            boxes.append(card(nodes[i], i, name, operands, known=known, is_root=nodes[i] in top))
        boxes[-1] = replace(boxes[-1], group=chosen.frame[i])
    lines = _single_edges(nodes, position, box_of, called, chosen) + _group_edges(nodes, position, box_of, boxes, chosen)
    note = "" if known else NO_GRADIENTS_YET
    title = f"Graph of {called[position[roots[0]]]}: {len(nodes)} values, folded"
    return Scene(boxes, lines, title, note=note, net=net), box_of


def _operand(
    at: int | None, chosen: Folding, called: Sequence[str], outputs: Sequence[Sequence[Value]], box_of: Sequence[int]
) -> str:
    """The name of an operand; that of its group, if it is all that comes out of one."""
    if at is None:
        return "…"
    if chosen.group[at] and len(outputs[box_of[at]]) == 1:
        return _short(chosen.group[at], chosen.frame[at])
    return _short(called[at], chosen.frame[at])


def _short(name: str, frame: str) -> str:
    """A name without that of the frame that it stands in."""
    return name.removeprefix(f"{frame}.") if frame else name


def _boxes_of(group: Sequence[str]) -> tuple[list[int], list[list[int]]]:
    """The card of each node, and the nodes of each card; cards in the order of their last nodes."""
    by_name: dict[str | int, list[int]] = {}
    for i, name in enumerate(group):
        by_name.setdefault(name or i, []).append(i)
    members = sorted(by_name.values(), key=lambda inside: inside[-1])
    box_of = [0] * len(group)
    for box, inside in enumerate(members):
        for i in inside:
            box_of[i] = box
    return box_of, members


def _outputs(
    nodes: Sequence[Value], position: dict[Value, int], box_of: Sequence[int], roots: Collection[Value]
) -> list[list[Value]]:
    """For each card those of its nodes that others, or nobody else, make use of."""
    leaving = {position[root] for root in roots}
    for i, node in enumerate(nodes):
        leaving.update(k for k in map(position.get, node.operands) if k is not None and box_of[k] != box_of[i])
    outputs: list[list[Value]] = [[] for _ in range(max(box_of) + 1)]
    for i in sorted(leaving):
        outputs[box_of[i]].append(nodes[i])
    return outputs


def _group_card(name: str, frame: str, inside: Sequence[Value], outputs: Sequence[Value], known: bool) -> Box:
    """A folded group: its single output's numbers, or how many outputs it has; its name without that of its frame."""
    parameters = sum(node.op is None and not node.is_constant for node in inside)
    rows = []
    if len(outputs) == 1:
        gradient = number(outputs[0].grad) if known else UNKNOWN
        rows += [(VALUE_ROW, number(outputs[0].data)), (GRADIENT_ROW, gradient)]
    else:
        rows.append(("outputs", str(len(outputs))))
        rows.append(("values", str(len(inside))))
    tip = f"{name}: {len(inside)} values, {parameters} of them leaves, {len(outputs)} used outside"
    return Box(name, _short(name, frame), tuple(rows), "group", "", tip)


def _single_edges(
    nodes: Sequence[Value], position: dict[Value, int], box_of: Sequence[int], called: Sequence[str], chosen: Folding
) -> list[Edge]:
    """The edges between nodes that have cards of their own."""
    lines = []
    for i, node in enumerate(nodes):
        if not chosen.group[i]:
            at = [position.get(operand, -1) for operand in node.operands]
            operands = [called[k] for k in at]
            every = edges(node, box_of[i], [box_of[k] for k in at], called[i], operands)
            lines += [
                replace(edge, key=edge_key(i, n)) for n, (k, edge) in enumerate(zip(at, every)) if k >= 0 and not chosen.group[k]
            ]
    return lines


def _group_edges(
    nodes: Sequence[Value], position: dict[Value, int], box_of: Sequence[int], boxes: Sequence[Box], chosen: Folding
) -> list[Edge]:
    """One edge for all that run from one card to another, where either is a group's."""
    counts: Counter[tuple[int, int]] = Counter()
    for i, node in enumerate(nodes):
        for k in map(position.get, node.operands):
            if k is not None and box_of[k] != box_of[i] and (chosen.group[i] or chosen.group[k]):
                counts[box_of[k], box_of[i]] += 1
    counted = len(counts) <= _MOST_COUNTED
    return [_group_edge(tail, head, n, boxes, counted) for (tail, head), n in sorted(counts.items())]


def _group_edge(tail: int, head: int, count: int, boxes: Sequence[Box], counted: bool) -> Edge:
    a, b = boxes[tail], boxes[head]
    said = f"{count} edge{'s' * (count != 1)}"
    return Edge(group_edge_key(b, a), tail, head, said if counted and count > 1 else "", f"{a.title} → {b.title}: {said}")


def group_edge_key(head: Box, tail: Box) -> str:
    """What pictures call the one edge that stands for all that run from one card to another."""
    return f"{head.key}<{tail.key}"
