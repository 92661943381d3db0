"""``training``: a page that plays a training run: the boundary, the curves and every neuron's weights over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise

from numpy.typing import ArrayLike

from ...nn.data import samples_of
from ...nn.models.module import Module
from ...nn.training.history import History
from ..errors import TrainingPageError
from ..page.page import Page, asset
from ..pipeline import picture_of
from ..scene.run import RunScene
from ..scene.text import number
from .boundary import Boundary, boundary_of
from .moments import MOST_INPUTS, MOST_NEURONS, frame_of
from .run import Run, run_of

_HEIGHT = 860  # px in a notebook's cell
_PACE = 400  # ms of a step when it plays


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
    run = run_of(history, model if model is not None else history.model, samples)
    boundary = boundary_of(run)
    picture = picture_of(RunScene(_ended(run), _curves(history), boundary.last if boundary else None))
    frames = [{**frame_of(run, moment), "x": picture.cursor(moment.iteration)} for moment in run.moments]
    data: dict[str, object] = {"pace": _PACE, "frames": frames}
    if boundary is not None:
        data["boundary"] = boundary.as_json()
    body = _body(run, "".join(picture.charts), boundary)
    return Page("training", "A training run", body, data, picture, _HEIGHT, _told(run, frames[-1]))


def _curves(history: History) -> tuple[tuple[str, Sequence[float]], ...]:
    return (
        ("loss", history.loss), ("learning rate", history.learning_rate), ("gradient norm", history.gradient_norm)
    )  # fmt: skip


def _body(run: Run, charts: str, boundary: Boundary | None) -> str:
    plane = ""
    if boundary is not None:
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


def _tables(run: Run) -> str:
    """A table for each layer: a row for each neuron, its bias and weights."""
    network = run.network
    if network is None:
        return ""
    tables = []
    for i, ((inputs, neurons), activation) in enumerate(zip(pairwise(network.sizes), network.names)):
        shown = min(inputs, MOST_INPUTS)
        heads = "".join(f'<th scope="col">{name}</th>' for name in ["b", *(f"w{k}" for k in range(shown))])
        cells = '<td><span></span><i aria-hidden="true"></i></td>' * (shown + 1)
        rows = "".join(
            f'<tr><th scope="row">{i}.{j}</th>{cells}<td class="fault"></td></tr>'
            for j in range(min(neurons, MOST_NEURONS))
        )
        less = ""
        if neurons > MOST_NEURONS or inputs > MOST_INPUTS:
            less = f"; shown: {min(neurons, MOST_NEURONS)} neurons, {shown} weights of each"
        caption = f"layer {i}: {neurons} × {escape(activation)}, {inputs} inputs{less}"
        tables.append(
            f'<div class="scroll" tabindex="0" role="region" aria-label="Weights of layer {i}">'
            f'<table data-layer="{i}"><caption>{caption}</caption><thead><tr><th scope="col">neuron</th>{heads}'
            f'<th scope="col">state</th></tr></thead><tbody class="mono">{rows}</tbody></table></div>'
        )
    return f'<div id="layers">{"".join(tables)}</div>'


def _ended(run: Run) -> str:
    """The run in one line."""
    loss = run.history.loss
    return f"Training: {len(loss)} iterations, loss from {number(loss[0])} to {number(loss[-1])}"


def _told(run: Run, last: Mapping[str, object]) -> str:
    lines = [_ended(run), *run.notes]
    if run.network is not None and run.samples is not None:
        lines.append(f"At the end: {last.get('said', '')}")
    return "\n".join(lines)
