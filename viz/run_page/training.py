"""``training``: a page that plays a training run: the boundary, the curves and every neuron's weights over time."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import pairwise

from numpy.typing import ArrayLike

from ...nn.data import samples_of
from ...nn.models.module import Module
from ...nn.training.history import History
from ..errors import TrainingPageError
from ..page.page import Page, markup
from ..pipeline import picture_of_run
from ..scene.run import RunScene
from ..scene.text import number
from ..words import say
from .array_mlp import FAULTS
from .boundary import Boundary, boundary_of
from .moments import MOST_INPUTS, MOST_NEURONS, faults_of, faults_said, frame_of
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
    picture = picture_of_run(RunScene(_ended(run), _curves(history), boundary.last if boundary else None))
    frames = [{**frame_of(run, moment), "x": picture.cursor(moment.iteration)} for moment in run.moments]
    states = {fault: say(f"run.state.{fault}") for fault in FAULTS}
    data: dict[str, object] = {"pace": _PACE, "frames": frames, "states": states}
    if boundary is not None:
        data["boundary"] = boundary.as_json()
    body = _body(run, "".join(picture.charts), boundary)
    return Page("training", say("run.title"), body, data, picture, _HEIGHT, _told(run))


def _curves(history: History) -> tuple[tuple[str, Sequence[float]], ...]:
    return (
        (say("run.curve.loss"), history.loss),
        (say("run.curve.rate"), history.learning_rate),
        (say("run.curve.norm"), history.gradient_norm),
    )


def _body(run: Run, charts: str, boundary: Boundary | None) -> str:
    plane = ""
    if boundary is not None:
        plane = (
            f'<figure id="plane"><canvas id="boundary" role="img" aria-label="{escape(say("run.boundary"))}"></canvas>'
            '<figcaption id="legend"></figcaption></figure>'
        )
    notes = "".join(f'<p class="keys">{escape(note)}</p>' for note in run.notes)
    return (
        f'<main>\n<h1>{escape(say("run.title"))}</h1>\n<div id="formula" role="status" aria-live="polite" tabindex="0">'
        '<p id="title"></p><p id="said"></p></div>\n'
        f'{markup("controls.html")}<div id="views">{plane}<div id="charts">{charts}</div></div>\n'
        f"{notes}{_tables(run)}"
        f'<p class="keys">{escape(say("page.keys"))}</p>\n</main>'
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
        caption = say("run.layer", layer=i, neurons=neurons, activation=activation, inputs=inputs)
        if neurons > MOST_NEURONS or inputs > MOST_INPUTS:
            less = say("run.layer_part", neurons=min(neurons, MOST_NEURONS), weights=shown)
            caption = f"{caption}{say('join.clauses')}{less}"
        tables.append(
            f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(say("run.weights_of", layer=i))}">'
            f'<table data-layer="{i}"><caption>{escape(caption)}</caption><thead><tr>'
            f'<th scope="col">{escape(say("run.neuron"))}</th>{heads}'
            f'<th scope="col">{escape(say("run.state"))}</th></tr></thead><tbody class="mono">{rows}'
            "</tbody></table></div>"
        )
    return f'<div id="layers">{"".join(tables)}</div>'


def _ended(run: Run) -> str:
    """The run in one line."""
    loss = run.history.loss
    return say("run.ended", count=len(loss), first=number(loss[0]), last=number(loss[-1]))


def _told(run: Run) -> str:
    lines = [_ended(run), *run.notes]
    faults = faults_of(run, run.moments[-1])
    if faults is not None:
        lines.append(say("run.at_the_end", said=faults_said(faults)))
    return "\n".join(lines)
