"""What a picture shows: every value if one can read that, else neurons, else layers, else a sentence with ways out.

The budgets count edges as well as nodes, because edges are what layouts take their time over. A graph that is
too large is refused before anything slow has begun.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Protocol, runtime_checkable

from ...autograd import Value
from ...autograd.graph import topological
from ..errors import DrawError
from .cards import edge_key, value_scene
from .folded_cards import FoldBy, folded_scene, folding, group_edge_key, layer_of
from .model_cards import model_scene
from .program_cards import Program, program_scene
from .scene import Scene

LABELLED_NODES, LABELLED_EDGES = 60, 100  # up to here every edge shows its local derivative
MOST_NODES, MOST_EDGES = 300, 500
MOST_FOLDED_EDGES = 400  # by neuron; with more, the layers are shown
MOST_WALKED = 200_000  # a larger graph is not even counted to its end


@runtime_checkable
class Model(Protocol):
    """Anything with named parameters, such as an ``nn.MLP``."""

    def named_parameters(self) -> Iterable[tuple[str, Value]]:
        """Each parameter with its name, such as ``layers.0.neurons.3.w1``."""
        ...


Drawable = Value | Model | Program | Iterable[Value]
Highlight = Value | tuple[Value, Value]


def scene_of(
    things: Sequence[Drawable],
    fold: FoldBy | None = None,
    opened: Sequence[str] = (),
    depth: int | None = None,
    highlight: Sequence[Highlight] = (),
    *,
    limited: bool = True,
) -> Scene:
    """The cards and edges that ``draw`` lays out; its arguments and its errors. ``limited=False`` lifts the budgets."""
    if fold not in (None, "neuron", "layer"):
        raise DrawError(f"fold must be 'neuron' or 'layer', not {fold!r}")
    if depth is not None and not (isinstance(depth, int) and depth >= 0):
        raise DrawError(f"depth must be a whole number of edges, 0 or more, not {depth!r}")
    if len(things) == 1 and isinstance(things[0], Program):
        return program_scene(things[0])
    if len(things) == 1 and isinstance(things[0], Model):
        return _of_model(things[0], fold, opened)
    roots = list(dict.fromkeys(_values(things)))
    if not roots:
        raise DrawError("nothing to draw: give draw() a value, several values, or a model")
    if depth is not None:
        nodes = _within(roots, depth)
    else:
        if limited and fold is None:
            _refuse_huge(roots)
        nodes = topological(*roots)
    return _of_values(nodes, roots, fold, opened, highlight, limited)


def _values(things: object) -> Iterator[Value]:
    """The values in nested lists, tuples and arrays."""
    if isinstance(things, Value):
        yield things
    elif (tolist := getattr(things, "tolist", None)) is not None:
        yield from _values(tolist())
    elif isinstance(things, Iterable) and not isinstance(things, (str, bytes, dict)):
        for thing in things:
            yield from _values(thing)
    else:
        shown = f"{type(things).__name__}: {things!r:.60}"
        raise TypeError(f"draw() takes Values, lists of Values, or a model, not {shown}")


def _refuse_huge(roots: Sequence[Value]) -> None:
    """Look at no more than so many nodes, in no order, and refuse the graph if it has more."""
    seen, waiting = set(roots), list(roots)
    while waiting:
        if len(seen) > MOST_WALKED:
            raise DrawError(_too_large(f"more than {MOST_WALKED:,} nodes", seen))
        fresh = [operand for operand in waiting.pop().operands if operand not in seen]
        seen.update(fresh)
        waiting.extend(fresh)


def _too_large(size: str, nodes: Collection[Value]) -> str:
    ways = ["draw(value, depth=4) for what is near a value", "to_dot(value) for a tool of your own"]
    if any(node.scope for node in nodes):
        ways.insert(0, "draw(value, fold='layer') for one card a layer")
    return (
        f"this graph has {size}; more than {MOST_NODES} nodes or {MOST_EDGES} edges cannot be read in one picture."
        f" Use {', or '.join(ways)}"
    )


def _within(roots: Sequence[Value], depth: int) -> list[Value]:
    """The nodes at most so many edges away from the roots, operands before outs."""
    near = dict.fromkeys(roots)
    rim = list(near)
    for _ in range(depth):
        rim = list(dict.fromkeys(operand for node in rim for operand in node.operands if operand not in near))
        near.update(dict.fromkeys(rim))
    return topological(*roots, known=lambda node: node not in near)


def _of_model(model: Model, fold: FoldBy | None, opened: Sequence[str]) -> Scene:
    named = list(model.named_parameters())
    if not named:
        raise DrawError(f"nothing to draw: this {type(model).__name__} has no parameters")
    _check_opened(opened, {name.rpartition(".")[0] for name, _ in named})
    by_neuron = model_scene(type(model).__name__, named, "neuron", opened)
    if fold is None and (len(by_neuron.boxes) > MOST_NODES or len(by_neuron.edges) > MOST_FOLDED_EDGES):
        fold = "layer"
    return by_neuron if fold != "layer" else model_scene(type(model).__name__, named, "layer", opened)


def _check_opened(opened: Sequence[str], scopes: Collection[str]) -> None:
    known = sorted({*scopes, *map(layer_of, scopes)} - {""})
    for name in opened:
        if name not in known:
            near = get_close_matches(name, known, n=3, cutoff=0.5) or known[:3]
            raise DrawError(f"open={name!r}: there is no such neuron or layer; there is {', '.join(map(repr, near))}")


def _of_values(
    nodes: Sequence[Value],
    roots: Sequence[Value],
    fold: FoldBy | None,
    opened: Sequence[str],
    highlight: Sequence[Highlight],
    limited: bool,
) -> Scene:
    scopes = {node.scope for node in nodes if node.scope}
    if (fold or opened) and not scopes:
        raise DrawError("there are no neurons to fold or open: no value in this graph was made by a layer of nn")
    _check_opened(opened, scopes)
    count = sum(len(node.operands) for node in nodes)
    small = len(nodes) <= MOST_NODES and count <= MOST_EDGES
    if not fold and not opened and (small or not limited):
        scene = _unlabelled(value_scene(roots, nodes)) if limited else value_scene(roots, nodes)
        return _marked(scene, nodes, highlight)
    if not scopes:
        raise DrawError(_too_large(f"{len(nodes):,} nodes and {count:,} edges", nodes))
    return _folded(nodes, roots, fold, opened, highlight, limited)


def _unlabelled(scene: Scene) -> Scene:
    """The scene without labels on its edges, if it has so many cards that they would not be found among them."""
    if len(scene.boxes) <= LABELLED_NODES and len(scene.edges) <= LABELLED_EDGES:
        return scene
    return replace(scene, edges=[replace(edge, label="") for edge in scene.edges])


def _folded(
    nodes: Sequence[Value],
    roots: Sequence[Value],
    fold: FoldBy | None,
    opened: Sequence[str],
    highlight: Sequence[Highlight],
    limited: bool,
) -> Scene:
    """By neuron or layer as asked for, else by layer around what is opened, else by whichever can be read."""
    forms: list[FoldBy] = [fold] if fold else ["layer"] if opened else ["neuron", "layer"]
    for form in forms:
        chosen = folding(nodes, roots, form, opened)
        scene = folded_scene(nodes, roots, chosen, net=form == "neuron" and not opened)
        most = MOST_EDGES if fold else MOST_FOLDED_EDGES
        if not limited or (len(scene.boxes) <= MOST_NODES and len(scene.edges) <= most):
            return _marked(_unlabelled(scene) if limited else scene, nodes, highlight)
    size = f"{len(scene.boxes):,} cards and {len(scene.edges):,} edges even when folded by {forms[-1]}"
    raise DrawError(_too_large(size, nodes) if not opened else f"{_too_large(size, nodes)}; or open less")


def _marked(scene: Scene, nodes: Sequence[Value], highlight: Sequence[Highlight]) -> Scene:
    """The scene with those values and edges standing out."""
    position = {node: i for i, node in enumerate(nodes)}
    box_of = scene.box_of
    keys: set[str] = set()
    for thing in highlight:
        pair = (thing,) if isinstance(thing, Value) else tuple(thing)
        if len(pair) not in (1, 2) or any(value not in position for value in pair):
            raise DrawError("highlight takes values of the drawn graph, and (operand, out) pairs of them")
        at = [position[value] for value in pair]
        boxes = [box_of[i] for i in at]
        if len(pair) == 1:
            keys.add(scene.boxes[boxes[0]].key)
        else:
            operands = pair[1].operands
            keys |= {edge_key(at[1], n) for n, operand in enumerate(operands) if operand is pair[0]}
            keys.add(group_edge_key(scene.boxes[boxes[1]], scene.boxes[boxes[0]]))
    return replace(scene, marks=dict.fromkeys(sorted(keys), "marked"))
