"""The run that a page plays: its history, and the parameters at some moments of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...nn.data import Samples
from ...nn.models.module import Module
from ...nn.training.history import History, Snapshot
from ..words import say
from .array_mlp import ArrayMLP, array_mlp

_MOST_MOMENTS = 60


@dataclass(frozen=True)
class Moment:
    """A number of updates done, and the parameters at that time ([] if they were not kept)."""

    iteration: int
    parameters: list[float]


@dataclass(frozen=True)
class Run:
    """What is shown: ``notes`` say what is missing, and why."""

    history: History
    moments: tuple[Moment, ...]
    network: ArrayMLP | None
    samples: Samples | None
    notes: tuple[str, ...]


def run_of(history: History, model: Module | None, samples: Samples | None) -> Run:
    """The run of a model on samples, at the moments whose parameters were kept."""
    network = array_mlp(model)
    kept = _kept(history, model)
    notes = []
    if not kept:
        notes.append(say("run.not_kept"))
    elif network is None:
        notes.append(say("run.not_known"))
    elif len(kept[0].parameters) != network.count:
        notes.append(say("run.not_all"))
        network = None
    if not kept:
        network, count = None, len(history.iterations)
        kept = [Snapshot(i, []) for i in range(count + 1)]
    return Run(history, tuple(Moment(*snapshot) for snapshot in _thinned(kept)), network, samples, tuple(notes))


def _kept(history: History, model: Module | None) -> list[Snapshot]:
    """The snapshots, and the parameters at the end."""
    if not history.snapshots or model is None:
        return []
    last = Snapshot(len(history.iterations), [parameter.data for parameter in model.parameters()])
    return [*history.snapshots, *([last] if last.iteration > history.snapshots[-1].iteration else [])]


def _thinned(kept: Sequence[Snapshot]) -> list[Snapshot]:
    """At most so many, evenly spread, the first and the last among them."""
    most = min(len(kept), _MOST_MOMENTS)
    return [kept[round(i * (len(kept) - 1) / max(most - 1, 1))] for i in range(most)]
