"""What the page shows at one moment of a run: numbers, weights, and the neurons that learn no more."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..scene.text import number
from .array_mlp import Floats
from .boundary import accuracy_of, some
from .run import Moment, Run

MOST_NEURONS, MOST_INPUTS = 24, 12  # of a layer, and of a neuron, that are shown


def frame_of(run: Run, moment: Moment) -> dict[str, object]:
    """What the page's script shows of that moment, by name."""
    count = len(run.history.iterations)
    record = run.history.iterations[min(moment.iteration, count - 1)]
    frame: dict[str, object] = {
        "iteration": f"{moment.iteration:,} of {count:,}",
        "loss": number(record.loss),
        "rate": number(record.learning_rate),
        "norm": number(record.gradient_norm),
    }
    if run.network is not None:
        layers = run.network.weights(moment.parameters)
        largest = [max(float(np.abs(layer).max()), 1e-12) for layer in layers]
        shown = [layer[:MOST_NEURONS] for layer in layers]
        frame["weights"] = [[[number(w) for w in _cells(neuron)] for neuron in layer] for layer in shown]
        frame["bars"] = [
            [[round(100 * w / most) for w in _cells(neuron)] for neuron in layer] for layer, most in zip(shown, largest)
        ]
        if run.samples is not None and run.samples.X.ndim == 2 and run.samples.X.shape[1] == run.network.sizes[0]:
            X = some(run.samples).X
            faults = run.network.faults(moment.parameters, X)
            frame["faults"] = [layer[:MOST_NEURONS] for layer in faults]
            frame["said"] = _faults_said(faults)
            if (
                accuracy := accuracy_of(run.network.outputs(moment.parameters, run.samples.X), run.samples)
            ) is not None:
                frame["accuracy"] = f"{number(100.0 * accuracy, 3)} %"
    return frame


def _cells(neuron: Floats) -> list[float]:
    """The numbers of a neuron that are shown: its bias, then its first weights."""
    return [float(neuron[-1]), *map(float, neuron[:-1][:MOST_INPUTS])]


def _faults_said(faults: Sequence[Sequence[str]]) -> str:
    found = []
    for kind, why in (("dead", "learn from no sample"), ("saturated", "learn from hardly any")):
        names = [f"{i}.{j}" for i, layer in enumerate(faults) for j, fault in enumerate(layer) if fault == kind]
        if names:
            more = f" and {len(names) - 6} more" if len(names) > 6 else ""
            found.append(f"{len(names)} {kind} ({why}): {', '.join(names[:6])}{more}")
    return "; ".join(found) or "no dead or saturated neuron"
