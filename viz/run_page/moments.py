"""What the page shows at one moment of a run: numbers, weights, and the neurons that learn no more."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..scene.text import number
from ..words import listed, say
from .array_mlp import FAULTS, Floats
from .boundary import accuracy_of, some
from .run import Moment, Run

MOST_NEURONS, MOST_INPUTS = 24, 12  # of a layer, and of a neuron, that are shown
_MOST_NAMED = 6


def frame_of(run: Run, moment: Moment) -> dict[str, object]:
    """What the page's script shows of that moment, by name."""
    count = len(run.history.iterations)
    record = run.history.iterations[min(moment.iteration, count - 1)]
    iteration = say("run.of", iteration=moment.iteration, count=count)
    faults, accuracy = faults_of(run, moment), _accuracy(run, moment)
    said = [
        say("run.loss", number=number(record.loss)),
        say("run.rate", number=number(record.learning_rate)),
        say("run.norm", number=number(record.gradient_norm)),
    ]
    boundary = say("run.boundary_at", iteration=iteration)
    if accuracy:
        said.append(say("run.accuracy", number=accuracy))
        boundary = say("run.boundary_accuracy", iteration=iteration, accuracy=accuracy)
    if faults is not None:
        said.append(faults_said(faults))
    return {
        "title": say("run.iteration", iteration=iteration),
        "said": " · ".join(said),
        "position": say("run.position", iteration=iteration),
        "boundary": boundary,
        **_weights(run, moment),
        **({"faults": [layer[:MOST_NEURONS] for layer in faults]} if faults is not None else {}),
    }


def _weights(run: Run, moment: Moment) -> dict[str, object]:
    """The numbers of each neuron, and how long a bar each gets, in percent of the layer's largest."""
    if run.network is None:
        return {}
    layers = run.network.weights(moment.parameters)
    largest = [max(float(np.abs(layer).max()), 1e-12) for layer in layers]
    shown = [[_cells(neuron) for neuron in layer[:MOST_NEURONS]] for layer in layers]
    return {
        "weights": [[[number(w) for w in cells] for cells in layer] for layer in shown],
        "bars": [[[round(100 * w / most) for w in cells] for cells in layer] for layer, most in zip(shown, largest)],
    }


def faults_of(run: Run, moment: Moment) -> list[list[str]] | None:
    """For each neuron "dead", "saturated" or ""; None where the network or samples for it are not known."""
    if run.network is None or run.samples is None or run.samples.X.shape[1:] != run.network.sizes[:1]:
        return None
    return run.network.faults(moment.parameters, some(run.samples).X)


def _accuracy(run: Run, moment: Moment) -> str:
    """The share of samples that are put into their class; "" where that means nothing."""
    if run.network is None or run.samples is None or run.samples.X.shape[1:] != run.network.sizes[:1]:
        return ""
    accuracy = accuracy_of(run.network.outputs(moment.parameters, run.samples.X), run.samples)
    return "" if accuracy is None else f"{number(100.0 * accuracy, 3)} %"


def _cells(neuron: Floats) -> list[float]:
    """The numbers of a neuron that are shown: its bias, then its first weights."""
    return [float(neuron[-1]), *map(float, neuron[:-1][:MOST_INPUTS])]


def faults_said(faults: Sequence[Sequence[str]]) -> str:
    """How many neurons learn no more, and which."""
    found = []
    for kind in FAULTS:
        names = [f"{i}.{j}" for i, layer in enumerate(faults) for j, fault in enumerate(layer) if fault == kind]
        if names:
            found.append(say(f"run.are_{kind}", count=len(names), neurons=listed(names, _MOST_NAMED)))
    return say("join.clauses").join(found) or say("run.no_fault")
