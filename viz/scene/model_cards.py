"""A model without any input: its inputs, neurons or layers, and parameters, told from the parameters' names alone."""

from __future__ import annotations

from collections.abc import Sequence

from ...autograd import Value
from ..words import say
from .folded_cards import FoldBy, is_open, layer_of
from .scene import Box, Edge, Scene
from .text import number

_MOST_LISTED = 5  # so many parameters stand on a neuron's card; of more, their number
_MOST_INPUTS = 32

Parameter = tuple[str, Value]  # its own name, such as w1, and its value
Neurons = dict[str, list[Parameter]]


def model_scene(kind: str, named: Sequence[Parameter], fold: FoldBy, opened: Sequence[str] = ()) -> Scene:
    """One card for each neuron, with its parameters, or for each layer; fully connected layers are shown connected."""
    neurons: Neurons = {}
    for name, value in named:
        neuron, _, own = name.rpartition(".")
        neurons.setdefault(neuron, []).append((own, value))
    layers: dict[str, list[str]] = {}
    for neuron in neurons:
        layers.setdefault(layer_of(neuron), []).append(neuron)
    title = say("graph.model", kind=kind, parameters=len(named), count=len(layers))
    boxes, edges = _by_layer(layers, neurons) if fold == "layer" else _by_neuron(layers, neurons, opened)
    return Scene(boxes, edges, title, net=fold == "neuron")


def _weights(parameters: Sequence[Parameter]) -> list[Parameter]:
    """Those that multiply an input."""
    return [(own, value) for own, value in parameters if own.startswith("w")]


def _inputs(members: Sequence[str], neurons: Neurons) -> list[str]:
    """The names of the inputs that all neurons of a layer take, x1 for w1; none if they differ."""
    taken = {tuple("x" + own[1:] for own, _ in _weights(neurons[neuron])) for neuron in members}
    return list(taken.pop()) if len(taken) == 1 else []


def _by_neuron(layers: dict[str, list[str]], neurons: Neurons, opened: Sequence[str]) -> tuple[list[Box], list[Edge]]:
    first = _inputs(next(iter(layers.values())), neurons)
    boxes = [Box(f"input:{name}", name, kind="leaf", badge=say("badge.input")) for name in first[:_MOST_INPUTS]]
    before = list(range(len(boxes))) if len(first) == len(boxes) else []
    feeding: list[tuple[int, int, Parameter]] = []
    for layer, members in layers.items():
        here = range(len(boxes), len(boxes) + len(members))
        boxes += [_neuron(name, layer, neurons[name], is_open(name, opened)) for name in members]
        for head, name in zip(here, members):
            weights = _weights(neurons[name])
            if len(weights) == len(before):
                feeding += [(tail, head, weight) for tail, weight in zip(before, weights)]
        before = list(here)
    return boxes, [
        Edge(f"{boxes[head].key}.{own}", tail, head, "", f"{own} = {w.data!r}") for tail, head, (own, w) in feeding
    ]


def _neuron(name: str, layer: str, parameters: Sequence[Parameter], opened: bool) -> Box:
    """A neuron's card: its parameters, or if they are many, its bias and how many weights it has."""
    weights = _weights(parameters)
    if opened or len(parameters) <= _MOST_LISTED:
        rows = [(own, number(value.data)) for own, value in parameters]
    else:
        rest = [(own, number(value.data)) for own, value in parameters if (own, value) not in weights]
        rows = [("weights", str(len(weights))), *rest[:_MOST_LISTED]]
    title = name.removeprefix(f"{layer}.") or say("graph.parameters")
    tip = say("card.parameters", name=name, count=len(parameters))
    return Box(name, title, tuple(rows), "group", "", tip, layer)


def _by_layer(layers: dict[str, list[str]], neurons: Neurons) -> tuple[list[Box], list[Edge]]:
    boxes, edges = [], []
    first = _inputs(next(iter(layers.values())), neurons)
    if first:
        boxes.append(Box("inputs", say("graph.inputs"), (("numbers", str(len(first))),), "leaf"))
    width = len(first)
    for name, members in layers.items():
        parameters = sum(len(neurons[neuron]) for neuron in members)
        rows = (("neurons", str(len(members))), ("parameters", str(parameters)))
        tip = say("card.parameters", name=name, count=parameters)
        boxes.append(Box(name, name or say("graph.parameters"), rows, "group", "", tip))
        if width and len(_inputs(members, neurons)) == width:
            label = say("card.weights", inputs=width, neurons=len(members))
            edges.append(Edge(f"{name}:weights", len(boxes) - 2, len(boxes) - 1, label, label))
        width = len(members)
    return boxes, edges
