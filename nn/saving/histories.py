"""Histories as JSON, and back."""

from __future__ import annotations

import math

from ..training.history import Epoch, History, Iteration, Snapshot
from .files import CheckpointError, Json
from .sections import Content, count_of, dict_of, finite, list_of, text_of


def history_content(history: History) -> Content:
    """A history as JSON; a metric that is nan becomes null."""
    epochs: list[Json] = []
    for record in history.epochs:
        measured = (record.metrics, record.validation_metrics)
        metrics: list[Json] = [{k: v if math.isfinite(v) else None for k, v in m.items()} for m in measured]
        epochs.append([record.loss, record.validation_loss, *metrics])
    return {
        "iterations": [list(record) for record in history.iterations],
        "epochs": epochs,
        "snapshots": [[record.iteration, [*record.parameters]] for record in history.snapshots],
        "iterations_per_epoch": history.iterations_per_epoch,
        "engine": history.engine,
        "why_eager": history.why_eager,
        "stopped": history.stopped,
        "starts": list(history.starts),
    }


def history_of(found: Content, name: str) -> History:
    """A history from its JSON."""
    try:
        return History(
            iterations=[Iteration(*map(finite, list_of(record))) for record in list_of(found["iterations"])],
            epochs=[_epoch(record) for record in list_of(found["epochs"])],
            snapshots=[_snapshot(record) for record in list_of(found["snapshots"])],
            iterations_per_epoch=count_of(found["iterations_per_epoch"]),
            engine=text_of(found["engine"]),
            why_eager=text_of(found["why_eager"]),
            stopped=text_of(found["stopped"]),
            starts=[finite(loss) for loss in list_of(found["starts"])],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{name}: its history cannot be read ({error!r:.100}); use another copy") from None


def _epoch(record: Json) -> Epoch:
    loss, validation, *measured = list_of(record)
    metrics, validated = ({k: math.nan if v is None else finite(v) for k, v in dict_of(m).items()} for m in measured)
    return Epoch(finite(loss), None if validation is None else finite(validation), metrics, validated)


def _snapshot(record: Json) -> Snapshot:
    iteration, parameters = list_of(record)
    return Snapshot(count_of(iteration), [finite(number) for number in list_of(parameters)])
