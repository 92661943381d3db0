"""One card per value: names for those that have none, the op with its operands' names, the numbers, the edges."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import count

from ...autograd import Value, graph
from ...autograd.op import Op
from ...autograd.text.text_width import columns
from ..words import say
from .scene import Box, Edge, Kind, Scene
from .text import ELLIPSIS, cut, number

VALUE_ROW, GRADIENT_ROW = "value", "grad"
UNKNOWN = "·"  # stands for a gradient while nobody has called backward()
_MOST_NAME, _MOST_OPERAND, _MOST_OPERANDS = 28, 12, 8


def names(nodes: Sequence[Value]) -> list[str]:
    """What pictures, tables and formulas call each node: its label, a constant's number, ``h1``, ``h2``, … for what
    operations made, as textbooks do, and ``v1``, ``v2``, … for leaves.

    Every operation and every leaf is counted, in topological order, so a name is the same at every run, and h6 is made
    by the sixth operation. A label that looks like another node's ``h6`` makes that one ``h6′``.

    >>> x = Value(2.0, label="x")
    >>> names([x, x * 3.0])
    ['x', 'h1']
    """
    labels = {node.label for node in nodes}
    made, given = count(1), count(1)
    return [_name(node, f"h{next(made)}" if node.op else f"v{next(given)}", labels) for node in nodes]


def _name(node: Value, name: str, labels: set[str]) -> str:
    if node.label:
        return node.label
    if node.is_constant and node.op is None:
        return number(node.data)
    while name in labels:
        name += "′"
    return name


def expression(op: Op, operands: Sequence[str]) -> str:
    """An op with its operands' names: ``a × b``, ``−a``, ``tanh(a)``.

    >>> from glassgrad.autograd import ops
    >>> expression(ops.mul, ["a", "b"]), expression(ops.neg, ["a"]), expression(ops.sigmoid, ["a"])
    ('a × b', '−a', 'σ(a)')
    """
    shown = [brief(name) for name in operands[:_MOST_OPERANDS]]
    sign = not any(char.isalnum() for char in op.symbol)
    if sign and len(op.partials) == len(operands) == 2:
        return f"{shown[0]} {op.symbol} {shown[1]}"
    if sign and len(op.partials) == len(operands) == 1 and not op.variadic:
        return f"{op.symbol}{shown[0]}"
    more = ", …" if len(operands) > len(shown) else ""
    return f"{op.name if sign else op.symbol}({', '.join(shown)}{more})"


def brief(name: str) -> str:
    """The name cut to 12 columns; a dotted path keeps its end.

    >>> brief("layers.0.neurons.3.w1"), brief("a rather long label")
    ('…3.w1', 'a rather lo…')
    """
    if columns(name[:64]) <= _MOST_OPERAND or name.count(".") < 2:
        return cut(name, _MOST_OPERAND)
    return cut(ELLIPSIS + ".".join(name.split(".")[-2:]), _MOST_OPERAND)


def kind(node: Value, is_root: bool) -> Kind:
    """Which of the glossary's kinds a node is."""
    if is_root:
        return "root"
    if node.op is not None:
        return "op"
    return "constant" if node.is_constant else "leaf"


def gradients_known(nodes: Iterable[Value]) -> bool:
    """Whether anyone has called ``backward()``: some gradient is not 0, as a root's own always is after it."""
    return any(node.grad != 0.0 for node in nodes)


def remarks(known: bool, stale: Collection[Value]) -> str:
    """What stands under a graph: that it has no gradients yet, that some of its numbers are stale."""
    said = [] if known else [say("graph.no_gradients")]
    return " · ".join([*said, say("graph.stale")] if stale else said)


def card(
    node: Value, position: int, name: str, operands: Sequence[str], *, known: bool, is_root: bool, is_stale: bool
) -> Box:
    """The card of one node."""
    which = kind(node, is_root)
    badges = ([] if which == "op" else [say(f"badge.{which}")]) + ([say("badge.stale")] if is_stale else [])
    tip = [
        name if node.op is None else f"{name} = {expression(node.op, operands)}",
        say("card.value", value=repr(node.data)),
    ]
    bare = node.is_constant and node.op is None and not node.label
    rows = [] if bare else [(VALUE_ROW, number(node.data))]
    if not node.is_constant:
        rows.append((GRADIENT_ROW, number(node.grad) if known else UNKNOWN))
        tip += [say("card.gradient", gradient=repr(node.grad))] if known else []
    if is_stale:
        tip.append(say("card.stale_leaf" if node.op is None else "card.stale"))
    title = cut(name, _MOST_NAME)
    if node.op is not None:
        title += f" = {expression(node.op, operands)}"
    return Box(str(position), title, tuple(rows), which, " · ".join(badges), " · ".join(tip))


def edges(node: Value, head: int, tails: Sequence[int], name: str, operands: Sequence[str]) -> list[Edge]:
    """One edge for each operand of a node, with its local derivative."""
    made = []
    for i, (tail, operand, local) in enumerate(zip(tails, operands, node.local_derivatives)):
        label, tip = "", say("card.no_derivative", place=i + 1, name=name)
        if local is not None:
            label, tip = f"×{number(local)}", f"∂{cut(name, _MOST_NAME)}/∂{cut(operand, _MOST_NAME)} = {local!r}"
        made.append(Edge(edge_key(head, i), tail, head, label, tip))
    return made


def edge_key(out: int, operand: int) -> str:
    """What pictures call the edge from the given operand (first, second, …, from 0) of the node at that position."""
    return f"{out}:{operand}"


def value_scene(roots: Sequence[Value], nodes: Sequence[Value]) -> Scene:
    """Every node as a card. Operands that are not among the nodes are only named."""
    position = {node: i for i, node in enumerate(nodes)}
    called = dict(zip(nodes, names(nodes)))
    top, known, stale = set(roots), gradients_known(nodes), graph.stale(nodes)
    boxes, lines = [], []
    for i, node in enumerate(nodes):
        operands = [called.get(operand, operand.label or "…") for operand in node.operands]
        box = card(node, i, called[node], operands, known=known, is_root=node in top, is_stale=node in stale)
        boxes.append(box)
        here = [k for k, operand in enumerate(node.operands) if operand in position]
        tails = [position.get(operand, -1) for operand in node.operands]
        every = edges(node, i, tails, called[node], operands)
        lines += [every[k] for k in here]
    note = remarks(known or all(node.is_constant for node in nodes), stale)
    title = say("graph.whole", name=called[roots[0]], count=len(nodes))
    members = [[i] for i in range(len(nodes))]
    return Scene(boxes, lines, title, note=note, members=members)
