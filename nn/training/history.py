"""History: what training has done so far, per iteration and per epoch."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple

from ..checks import ArgumentError
from ..data import Samples
from ..models.module import Module


class Iteration(NamedTuple):
    """One update: the batch's mean loss before it, the rate, and the norm of the gradient before clipping."""

    loss: float
    learning_rate: float
    gradient_norm: float


class Epoch(NamedTuple):
    """One pass over the data: the mean loss of its samples, each before its update, and what was measured after it."""

    loss: float
    validation_loss: float | None
    metrics: dict[str, float]
    validation_metrics: dict[str, float]


class Snapshot(NamedTuple):
    """All parameters before the update number ``iteration`` (from 0)."""

    iteration: int
    parameters: list[float]


@dataclass
class History:
    """What ``nn.fit`` returns. The records are lists of named tuples; the properties give each column as a list.

    >>> history = History([Iteration(2.0, 0.1, 5.0), Iteration(1.0, 0.1, 3.0)], [Epoch(1.5, None, {}, {})])
    >>> history.loss, history.epoch_loss, history.validation_loss
    ([2.0, 1.0], [1.5], [])

    Attributes:
        iterations: a record for each update.
        epochs: a record for each complete epoch.
        snapshots: the parameters every so many iterations, if ``fit`` was asked to keep them.
        iterations_per_epoch: ⌈N / batch_size⌉.
        engine: which engine computed the losses, "compiled" or "eager".
        why_eager: why it is eager, where compiling was tried and failed; "" otherwise.
        stopped: why training ended: "epochs" (all done), "early", "callback", "interrupted"; "" while it runs.
        starts: with ``restarts``, the final loss of each start.
        model, samples: what was trained, and on what. Neither is saved with a history, nor compared by ``==``.
    """

    iterations: list[Iteration] = field(default_factory=list)
    epochs: list[Epoch] = field(default_factory=list)
    snapshots: list[Snapshot] = field(default_factory=list)
    iterations_per_epoch: int = 0
    engine: str = ""
    why_eager: str = ""
    stopped: str = ""
    starts: list[float] = field(default_factory=list)
    model: Module | None = field(default=None, compare=False, repr=False)
    samples: Samples | None = field(default=None, compare=False, repr=False)

    @property
    def loss(self) -> list[float]:
        """The batch's mean loss at each iteration."""
        return [record.loss for record in self.iterations]

    @property
    def learning_rate(self) -> list[float]:
        """The rate at each iteration."""
        return [record.learning_rate for record in self.iterations]

    @property
    def gradient_norm(self) -> list[float]:
        """The norm of the gradient at each iteration, before clipping."""
        return [record.gradient_norm for record in self.iterations]

    @property
    def epoch_loss(self) -> list[float]:
        """The mean training loss of each epoch."""
        return [record.loss for record in self.epochs]

    @property
    def validation_loss(self) -> list[float]:
        """The validation loss after each epoch; empty without validation."""
        return [record.validation_loss for record in self.epochs if record.validation_loss is not None]

    def metric(self, name: str) -> list[float]:
        """A metric on the training samples after each epoch, such as ``history.metric("accuracy")``.

        It is nan for the epochs before a resume that did not measure it yet.

        Raises:
            ArgumentError: no epoch has measured it; names those that were measured.
        """
        return _column([record.metrics for record in self.epochs], name)

    def validation_metric(self, name: str) -> list[float]:
        """A metric on the validation samples after each epoch with validation; otherwise as ``metric``."""
        return _column([record.validation_metrics for record in self.epochs if record.validation_metrics], name)

    @property
    def monitored(self) -> list[float]:
        """What early stopping and restarts compare: the validation loss, or the training loss where there is none."""
        return self.validation_loss or self.epoch_loss


def _column(measured: list[dict[str, float]], name: str) -> list[float]:
    known = dict.fromkeys(key for metrics in measured for key in metrics)
    if measured and name not in known:
        raise ArgumentError(
            f"no epoch has measured {name!r}: measured are {', '.join(known) or 'none'}; give it to nn.fit(metrics=...)"
        )
    return [metrics.get(name, math.nan) for metrics in measured]
