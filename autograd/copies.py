"""Copies of values and whole graphs, in memory and by pickle, at any depth."""

from __future__ import annotations

import weakref
from array import array
from collections.abc import Callable, Sequence
from typing import Any

from .context import leaving, state
from .node import N, Node, edges, link, passing, topological
from .op import Op


def shallow(node: N) -> N:
    """What ``copy.copy`` gives: a node with the same numbers, names, op and operands."""
    if node.op is None:
        leaving.copied(node)
    return _alike(node)


def _alike(node: N) -> N:
    copied = object.__new__(type(node))
    copied._data, copied.grad, copied.op, copied._stamp = node._data, node.grad, node.op, node._stamp
    link(copied, node.operands, passing(node))
    for name in ("_label", "_scope"):
        text = getattr(node, name, None)
        if text:
            setattr(copied, name, text)
    for name, thing in (_added(node) or {}).items():
        setattr(copied, name, thing)
    return copied


def _added(node: Node) -> dict[str, object] | None:
    """The attributes that a subclass of Value has added; None where there are none."""
    names = list(getattr(node, "__dict__", ()))
    for kind in type(node).__mro__:
        if kind.__module__.startswith(f"{__package__}."):
            break
        slots = vars(kind).get("__slots__", ())
        names += [slots] if isinstance(slots, str) else slots
    return {name: getattr(node, name) for name in names if hasattr(node, name)} or None


def deep(root: N, memo: dict[int, object]) -> N:
    """A copy of the root and of all that it was computed from, but for what ``memo`` has a copy of."""
    leaving.copied(root)
    for node in topological(root, known=lambda node: id(node) in memo):
        memo[id(node)] = copied = _alike(node)
        if node.op is not None:
            operands: list[Any] = [memo[id(operand)] for operand in node.operands]
            link(copied, operands, passing(node))
    return memo[id(root)]  # type: ignore[return-value]  # copied above


Reduced = tuple[Callable[..., object], tuple[object, ...], tuple[None, dict[str, object]] | None]


def reduced(node: Node) -> Reduced:
    """What pickle is to write for the node."""
    leaving.copied(node)
    added = _added(node)
    state_of_slots = (None, added) if added else None  # as the pickle protocol has it; set by name
    if node.op is None:
        return _leaf, (type(node), node._data, node.grad, node._stamp, node.label, node.scope), state_of_slots
    home = _homes.get(id(node))
    flat = home() if home is not None else None
    if flat is None:
        flat = Flat(node)
    return _nth, (flat, flat.position[id(node)]), state_of_slots


class Flat:
    """The inner nodes of a graph as arrays, for pickle, which would recurse once a node if it saw the nodes themselves.

    Leaves are kept as the objects they are, so that a leaf which is also referred to from elsewhere (a model's
    parameter) stays one object. So are inner nodes that an earlier Flat holds: a pickler keeps each that it has met
    alive, so nodes that are pickled one after another, in any order, stay the same objects as well.
    """

    def __init__(self, root: Node) -> None:
        order = topological(root, known=lambda node: id(node) in _homes)
        self.nodes = [node for node in order if node.op is not None]
        self.position = {id(node): i for i, node in enumerate(self.nodes)}
        _homes.update(dict.fromkeys(self.position, weakref.ref(self)))

    def __del__(self) -> None:
        for name in self.position:
            _homes.pop(name, None)

    def __reduce__(self) -> tuple[Callable[..., list[Node]], tuple[object, ...]]:
        nodes, at = self.nodes, dict(self.position)
        others: list[Node] = []
        operands, locals_, missing = array("q"), array("d"), array("q")
        for node in nodes:
            for operand, local in edges(node):
                if id(operand) not in at:
                    others.append(operand)
                    at[id(operand)] = -len(others)
                operands.append(at[id(operand)])
                if local is None:
                    missing.append(len(locals_))
                locals_.append(0.0 if local is None else local)
        ops = {op: i for i, op in enumerate(dict.fromkeys(node.op for node in nodes))}
        numbers = {
            "which": array("q", [ops[node.op] for node in nodes]),
            "counts": array("q", [len(node.operands) for node in nodes]),
            "data": array("d", [node._data for node in nodes]),
            "grads": array("d", [node.grad for node in nodes]),
            "stamps": array("q", [node._stamp for node in nodes]),
            "operands": operands, "locals": locals_, "missing": missing,
        }  # fmt: skip
        names = [(i, node.label, node.scope) for i, node in enumerate(nodes) if node.label or node.scope]
        return _unflattened, (type(nodes[-1]), list(ops), others, numbers, names)


_homes: dict[int, weakref.ref[Flat]] = {}  # id of an inner node -> the Flat that holds it


def _unflattened(
    kind: type[Node], ops: Sequence[Op], others: Sequence[Node], numbers: dict[str, Any],
    names: Sequence[tuple[int, str, str]],
) -> list[Node]:  # fmt: skip
    """The nodes that a Flat held."""
    locals_: list[float | None] = list(numbers["locals"])
    for i in numbers["missing"]:
        locals_[i] = None
    nodes: list[Node] = []
    start = 0
    columns = (numbers[name] for name in ("which", "counts", "data", "grads", "stamps"))
    for which, count, data, gradient, stamp in zip(*columns):
        node = object.__new__(kind)
        node._data, node.grad, node.op, node._stamp = data, gradient, ops[which], stamp
        chosen = numbers["operands"][start : start + count]
        link(node, [nodes[i] if i >= 0 else others[-1 - i] for i in chosen], locals_[start : start + count])
        nodes.append(node)
        start += count
    for i, label, scope in names:
        nodes[i].label, nodes[i].scope = label, scope
    state.advance(max(numbers["stamps"]))
    return nodes


def _nth(nodes: Sequence[Node], position: int) -> Node:
    return nodes[position]


def _leaf(kind: type[Node], data: float, grad: float, stamp: int, label: str, scope: str) -> Node:
    state.advance(stamp)  # so that later changes of it are later
    leaf = object.__new__(kind)
    leaf._data, leaf.grad, leaf.op, leaf._stamp = data, grad, None, stamp
    link(leaf, (), ())
    if label:
        leaf.label = label
    if scope:
        leaf.scope = scope
    return leaf
