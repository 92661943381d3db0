"""``training``: a page that plays a training run: the boundary, the curves and every neuron's weights over time."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...autograd.errors import GlassgradError
from ...nn.data import Samples, samples_of
from ...nn.models.module import Module
from ...nn.training.history import History, Snapshot
from ..page.page import Page, asset
from ..scene.text import number
from .curves import across, chart
from .network import Floats, Network, network_of
from .training_still import COLOURS, SHAPES, Plane, TrainingStill

_MOST_FRAMES = 60
_GRID = 40  # points each way at which the boundary is computed
_MOST_POINTS = 300
_MOST_NEURONS, _MOST_INPUTS = 24, 12  # of a layer, and of a neuron, that are shown
_MOST_CLASSES = 7
_HEIGHT = 860  # px in a notebook's cell
_PACE = 400  # ms of a step when it plays


class TrainingPageError(GlassgradError, ValueError):
    """There is no training run here that could be shown."""


@dataclass(frozen=True)
class _Moment:
    """A number of updates done, and the parameters at that time ([] if they were not kept)."""

    iteration: int
    parameters: list[float]


@dataclass(frozen=True)
class _Run:
    history: History
    moments: tuple[_Moment, ...]
    network: Network | None
    samples: Samples | None
    notes: tuple[str, ...]


def training(
    history: History, model: Module | None = None, X: ArrayLike | None = None, y: ArrayLike | None = None
) -> Page:
    """A page that plays a training run against a slider: loss, learning rate and gradient norm; and, with snapshots of
    an ``nn.MLP``, each neuron's weights, which neurons are dead or saturated, and for two inputs the decision boundary.

    Snapshots are what ``nn.fit(..., snapshots=10)`` keeps: all parameters every 10 iterations. A neuron is called dead
    when its activation is flat at all samples, so that it learns from none, and saturated when it is nearly flat
    (slope below 0.01) at 95 % of them.

    Args:
        history: what ``nn.fit`` returned.
        model: the model it was; by default the one that the history remembers.
        X, y: the samples; by default those that the history remembers.

    Raises:
        TrainingPageError: (a ValueError) the history holds no iteration.
        ArgumentError: (a ValueError) X and y are no samples.

    >>> from glassgrad import nn
    >>> model = nn.MLP(2, [4, 1], activation="tanh", seed=0)
    >>> X, y = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.0, 1.0, 1.0, 0.0]
    >>> history = nn.fit(model, X, y, loss=nn.mse, epochs=50, snapshots=10, progress=False)
    >>> page = training(history)      # a notebook shows it
    >>> page.text.splitlines()[0]
    'Training: 50 iterations, loss from 0.6766 to 0.2394'
    """
    if not isinstance(history, History):
        raise TypeError(
            f"training: history must be what nn.fit returned, got {type(history).__name__}: {history!r:.60}"
        )
    if not history.iterations:
        raise TrainingPageError("this history holds no iteration: train first, with nn.fit(...)")
    samples = samples_of(X, y) if X is not None and y is not None else history.samples
    run = _run(history, model if model is not None else history.model, samples)
    data, body = _data(run), _body(run)
    plane = data.get("boundary")
    told = _told(run)
    last = TrainingStill(_ended(run), _curves(history), Plane.of(plane) if isinstance(plane, dict) else None)
    return Page("training", "A training run", body, data, last, _HEIGHT, told)


def _run(history: History, model: Module | None, samples: Samples | None) -> _Run:
    network = network_of(model)
    kept = _kept(history, model)
    notes = []
    if not kept:
        notes.append("The weights were not kept: nn.fit(..., snapshots=10) keeps them every 10 iterations.")
    elif network is None:
        notes.append("Weights and boundary are shown for an nn.MLP with activations known by name.")
    elif len(kept[0].parameters) != network.count:
        notes.append("Weights and boundary are not shown: the optimizer moved only some of the model's parameters.")
        network = None
    if not kept:
        network, count = None, len(history.iterations)
        kept = [Snapshot(i, []) for i in range(count + 1)]
    return _Run(history, tuple(_Moment(*snapshot) for snapshot in _thinned(kept)), network, samples, tuple(notes))


def _kept(history: History, model: Module | None) -> list[Snapshot]:
    """The snapshots, and the parameters at the end."""
    if not history.snapshots or model is None:
        return []
    last = Snapshot(len(history.iterations), [parameter.data for parameter in model.parameters()])
    return [*history.snapshots, *([last] if last.iteration > history.snapshots[-1].iteration else [])]


def _thinned(kept: Sequence[Snapshot]) -> list[Snapshot]:
    """At most so many, evenly spread, the first and the last among them."""
    most = min(len(kept), _MOST_FRAMES)
    return [kept[round(i * (len(kept) - 1) / max(most - 1, 1))] for i in range(most)]


# ── what changes from moment to moment ─────────────────────────────────────────────────────────────────────────────


def _data(run: _Run) -> dict[str, object]:
    count = len(run.history.iterations)
    data: dict[str, object] = {"pace": _PACE, "frames": [_frame(run, moment, count) for moment in run.moments]}
    if (plane := _plane(run)) is not None:
        data["boundary"] = plane
    return data


def _frame(run: _Run, moment: _Moment, count: int) -> dict[str, object]:
    record = run.history.iterations[min(moment.iteration, count - 1)]
    frame: dict[str, object] = {
        "iteration": f"{moment.iteration:,} of {count:,}",
        "loss": number(record.loss),
        "rate": number(record.learning_rate),
        "norm": number(record.gradient_norm),
        "x": across(min(moment.iteration, count - 1), count),
    }
    if run.network is not None:
        layers = run.network.weights(moment.parameters)
        largest = [max(float(np.abs(layer).max()), 1e-12) for layer in layers]
        shown = [layer[:_MOST_NEURONS] for layer in layers]
        frame["weights"] = [[[number(w) for w in _cells(neuron)] for neuron in layer] for layer in shown]
        frame["bars"] = [
            [[round(100 * w / most) for w in _cells(neuron)] for neuron in layer] for layer, most in zip(shown, largest)
        ]
        if run.samples is not None and run.samples.X.ndim == 2 and run.samples.X.shape[1] == run.network.sizes[0]:
            X = _some(run.samples).X
            faults = run.network.faults(moment.parameters, X)
            frame["faults"] = [layer[:_MOST_NEURONS] for layer in faults]
            frame["said"] = _faults_said(faults)
            if (accuracy := _accuracy(run.network.outputs(moment.parameters, run.samples.X), run.samples)) is not None:
                frame["accuracy"] = f"{number(100.0 * accuracy, 3)} %"
    return frame


def _cells(neuron: Floats) -> list[float]:
    """The numbers of a neuron that are shown: its bias, then its first weights."""
    return [float(neuron[-1]), *map(float, neuron[:-1][:_MOST_INPUTS])]


def _faults_said(faults: Sequence[Sequence[str]]) -> str:
    found = []
    for kind, why in (("dead", "learn from no sample"), ("saturated", "learn from hardly any")):
        names = [f"{i}.{j}" for i, layer in enumerate(faults) for j, fault in enumerate(layer) if fault == kind]
        if names:
            more = f" and {len(names) - 6} more" if len(names) > 6 else ""
            found.append(f"{len(names)} {kind} ({why}): {', '.join(names[:6])}{more}")
    return "; ".join(found) or "no dead or saturated neuron"


def _some(samples: Samples) -> Samples:
    """At most so many of the samples, evenly spread."""
    step = max(1, -(-len(samples) // _MOST_POINTS))
    return Samples(samples.X[::step], samples.y[::step])


def _classes(samples: Samples) -> list[float] | None:
    """The targets' classes, if there are few different ones."""
    if samples.y.ndim != 1:
        return None
    found = sorted(set(samples.y.tolist()))
    return found if 2 <= len(found) <= _MOST_CLASSES else None


def _accuracy(outputs: Floats, samples: Samples) -> float | None:
    """The share of samples in whose class the network puts them; None where targets are no classes."""
    classes = _classes(samples)
    if classes is None or not _fits(outputs, classes):
        return None
    found = _class_of(outputs)
    return float(np.mean(np.asarray(classes)[np.minimum(found, len(classes) - 1)] == samples.y))


def _fits(outputs: Floats, classes: Sequence[float]) -> bool:
    """Whether there is one score for two classes, whose boundary is at 0, or one for each class."""
    return (outputs.shape[1] == 1 and len(classes) == 2) or outputs.shape[1] >= max(2, len(classes))


def _class_of(outputs: Floats) -> Floats:
    return (outputs[:, 0] > 0.0).astype(int) if outputs.shape[1] == 1 else np.argmax(outputs, axis=1)


# ── the boundary ───────────────────────────────────────────────────────────────────────────────────────────────────


def _plane(run: _Run) -> dict[str, object] | None:
    """The network's class on a grid, moment by moment, and the samples; None where there are not two inputs."""
    samples, network = run.samples, run.network
    if samples is None or network is None or network.sizes[0] != 2 or samples.X.shape[1:] != (2,):
        return None
    classes = _classes(samples)
    if classes is None or not _fits(np.zeros((1, network.sizes[-1])), classes):
        return None
    low, high = samples.X.min(axis=0), samples.X.max(axis=0)
    margin = np.maximum(0.12 * (high - low), 1e-9)
    low, high = low - margin, high + margin
    a, b = (np.linspace(low[k], high[k], _GRID) for k in (0, 1))
    grid = np.array([[x1, x2] for x2 in b[::-1] for x1 in a])
    some = _some(samples)
    places = np.round(1000 * (some.X - low) / (high - low)).astype(int).tolist()
    points = [[x, 1000 - y, classes.index(c)] for (x, y), c in zip(places, some.y.tolist())]
    frames = [b64encode(_codes(network.outputs(m.parameters, grid)).tobytes()).decode() for m in run.moments]
    ends = [[number(float(low[k])), number(float(high[k]))] for k in (0, 1)]
    names = [number(float(c)) for c in classes]
    looks = {"shapes": [*SHAPES], "colours": COLOURS}
    return {"size": _GRID, "frames": frames, "points": points, "ends": ends, "classes": names, **looks}


def _codes(outputs: Floats) -> NDArray[np.uint8]:
    """A byte for each point: its class in the upper three bits, how sure the network is of it in the lower five."""
    if outputs.shape[1] == 1:
        outputs = np.column_stack([np.zeros(len(outputs)), outputs[:, 0]])
    best = np.argmax(outputs, axis=1)
    second = np.partition(outputs, -2, axis=1)[:, -2]
    sure = np.tanh(np.nan_to_num(outputs.max(axis=1) - second))
    codes: NDArray[np.uint8] = (np.minimum(best, _MOST_CLASSES) * 32 + np.round(31 * sure)).astype(np.uint8)
    return codes


# ── the page ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _curves(history: History) -> tuple[tuple[str, Sequence[float]], ...]:
    return (
        ("loss", history.loss), ("learning rate", history.learning_rate), ("gradient norm", history.gradient_norm)
    )  # fmt: skip


def _body(run: _Run) -> str:
    charts = "".join(chart(name, numbers) for name, numbers in _curves(run.history))
    plane = ""
    if _plane(run) is not None:
        plane = (
            '<figure id="plane"><canvas id="boundary" role="img" aria-label="Decision boundary"></canvas>'
            '<figcaption id="legend"></figcaption></figure>'
        )
    notes = "".join(f'<p class="keys">{escape(note)}</p>' for note in run.notes)
    return (
        '<main>\n<h1>A training run</h1>\n<div id="formula" role="status" aria-live="polite" tabindex="0">'
        '<p id="title"></p><p id="said"></p></div>\n'
        f'{asset("controls.html")}<div id="views">{plane}<div id="charts">{charts}</div></div>\n'
        f"{notes}{_tables(run)}"
        '<p class="keys">Keys: ← back, → forward, Home, End.</p>\n</main>'
    )


def _tables(run: _Run) -> str:
    """A table for each layer: a row for each neuron, its bias and weights."""
    network = run.network
    if network is None:
        return ""
    tables = []
    for i, ((inputs, neurons), activation) in enumerate(zip(pairwise(network.sizes), network.names)):
        shown = min(inputs, _MOST_INPUTS)
        heads = "".join(f'<th scope="col">{name}</th>' for name in ["b", *(f"w{k}" for k in range(shown))])
        cells = '<td><span></span><i aria-hidden="true"></i></td>' * (shown + 1)
        rows = "".join(
            f'<tr><th scope="row">{i}.{j}</th>{cells}<td class="fault"></td></tr>'
            for j in range(min(neurons, _MOST_NEURONS))
        )
        less = ""
        if neurons > _MOST_NEURONS or inputs > _MOST_INPUTS:
            less = f"; shown: {min(neurons, _MOST_NEURONS)} neurons, {shown} weights of each"
        caption = f"layer {i}: {neurons} × {escape(activation)}, {inputs} inputs{less}"
        tables.append(
            f'<div class="scroll" tabindex="0" role="region" aria-label="Weights of layer {i}">'
            f'<table data-layer="{i}"><caption>{caption}</caption><thead><tr><th scope="col">neuron</th>{heads}'
            f'<th scope="col">state</th></tr></thead><tbody class="mono">{rows}</tbody></table></div>'
        )
    return f'<div id="layers">{"".join(tables)}</div>'


def _ended(run: _Run) -> str:
    """The run in one line."""
    loss = run.history.loss
    return f"Training: {len(loss)} iterations, loss from {number(loss[0])} to {number(loss[-1])}"


def _told(run: _Run) -> str:
    lines = [_ended(run), *run.notes]
    if run.network is not None and run.samples is not None:
        final = _frame(run, run.moments[-1], len(run.history.loss))
        lines.append(f"At the end: {final.get('said', '')}")
    return "\n".join(lines)
