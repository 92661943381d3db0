"""Training: one run of gradient descent, iteration by iteration.

All that an update changes (the parameters, the optimizer's position, the count) changes in one assignment, so an
interrupt finds the state before an update or after it, never a mixture. During the run the parameters are one flat
array; the model's Values are written before the user's code is called.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ...autograd.errors import GlassgradError
from ..checks import real, whole
from ..data import Floats, Ints, Samples, batches, iterations
from ..metrics import Metric
from ..models.module import Module
from ..optim.clipping import clipped_norm, clipped_value, norm
from ..optim.optimizers import Optimizer, Position
from ..optim.rate import rate_at
from ..parameters import data_of, write_data, write_gradient
from .engine import Engine
from .history import Epoch, History, Iteration, Snapshot


class DivergedError(GlassgradError, FloatingPointError):
    """The loss or gradient became nan or infinite. ``.history`` ends before that, and so do the model's parameters."""

    history: History


@dataclass(frozen=True)
class EarlyStopping:
    """Stop when the validation loss (without validation, the training loss) has not improved for ``patience`` epochs.

    An improvement is a loss below the best by more than ``min_delta``. With ``restore_best`` the model gets back the
    parameters of its best epoch when training ends (Prechelt 1998, "Early Stopping – But When?").

    Raises:
        ArgumentError: patience below 1, or a negative min_delta.

    >>> from glassgrad import nn
    >>> model, rule = nn.MLP(1, [1], seed=0), EarlyStopping(patience=2, min_delta=0.1)
    >>> history = nn.fit(model, [0.0, 1.0], [1.0, 3.0], loss=nn.mse, epochs=900, early_stopping=rule)
    >>> history.stopped
    'early'
    """

    patience: int = 10
    min_delta: float = 0.0
    restore_best: bool = True

    def __post_init__(self) -> None:
        whole("patience", self.patience, 1)
        real("min_delta", self.min_delta, 0.0)


class Best(NamedTuple):
    """The best epoch so far: its loss, its number (from 1), and the parameters at its end."""

    loss: float
    epoch: int
    theta: Floats


class Point(NamedTuple):
    """All that an update changes."""

    iteration: int
    theta: Floats
    position: Position


Callback = Callable[["Training"], object]


@dataclass(frozen=True)
class Settings:
    """The arguments of ``fit``, checked."""

    samples: Samples
    epochs: int
    batch_size: int | None
    seed: int
    validation: Samples | None = None
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    early_stopping: EarlyStopping | None = None
    callbacks: Sequence[Callback] = ()
    on_iteration: Callback | None = None
    l2: float = 0.0
    clip_norm: float | None = None
    clip_value: float | None = None
    snapshots: int = 0
    checkpoint: Path | None = None
    checkpoint_every: int = 1
    loss: Callable[..., object] | None = None

    @cached_property
    def iterations_per_epoch(self) -> int:
        """⌈N / batch_size⌉."""
        return iterations(len(self.samples), self.batch_size)

    @property
    def iterations(self) -> int:
        """Updates in all."""
        return self.epochs * self.iterations_per_epoch


class Training:
    """A run in progress, as callbacks see it.

    Attributes:
        model, optimizer: as of the last update, whenever a callback is called.
        history: what has happened so far.
        settings: the arguments of ``fit``, checked.
        engine: what computes the loss and its gradient.
        start: with ``restarts``, which start this is, from 0.

    >>> from glassgrad import nn
    >>> def until_small(training):
    ...     if training.history.loss[-1] < 1.0:
    ...         training.stop()
    >>> model = nn.MLP(1, [1], seed=0)
    >>> history = nn.fit(model, [0.0, 1.0], [1.0, 3.0], loss=nn.mse, epochs=900, callbacks=until_small)
    >>> history.stopped
    'callback'
    """

    def __init__(self, settings: Settings, model: Module, optimizer: Optimizer, engine: Engine, start: int = 0) -> None:
        self.settings, self.model, self.optimizer, self.engine = settings, model, optimizer, engine
        self.start = start
        self.history = History(iterations_per_epoch=settings.iterations_per_epoch, engine=engine.name)
        self.point = Point(0, data_of(self.optimizer.parameters), optimizer.position)
        self.best: Best | None = None
        self.gradient = np.zeros_like(self.point.theta)
        self._stopping = ""
        self._batches: tuple[int, list[Ints]] = (-1, [])

    @property
    def iteration(self) -> int:
        """Updates made in this run."""
        return self.point.iteration

    @property
    def epoch(self) -> int:
        """Epochs completed in this run."""
        return len(self.history.epochs)

    def stop(self) -> None:
        """End training after this callback."""
        self._stopping = "callback"

    # ── the loop ───────────────────────────────────────────────────────────────────────────────────────────────────

    def run(self, advance: Callable[[Training], object], save: Callable[[Training], object]) -> None:
        """Train to the end. ``advance`` is called after every update, ``save`` whenever a checkpoint is due.

        Raises:
            DivergedError: the loss or gradient became nan or infinite.
        """
        self._stopping = self.history.stopped = ""
        try:
            while not self._stopping:
                if self.iteration // self.settings.iterations_per_epoch > self.epoch:
                    self._end_epoch()
                    if self.epoch % self.settings.checkpoint_every == 0 or self._end():
                        save(self)
                elif self._end():
                    self._stopping = self._end()
                else:
                    self._iterate()
                    advance(self)
            self._restore_best()
        except KeyboardInterrupt:
            self._stopping = "interrupted"
            self.sync()
            save(self)
        finally:
            del self.history.iterations[self.iteration :]
            self.history.stopped = self._stopping
            self.history.engine, self.history.why_eager = self.engine.name, self.engine.why_eager
            self.history.model, self.history.samples = self.model, self.settings.samples
            self.sync()

    def sync(self) -> None:
        """Write the run's parameters, gradient and position into the model's Values and the optimizer."""
        write_data(self.optimizer.parameters, self.point.theta)
        write_gradient(self.optimizer.parameters, self.gradient)
        self.optimizer.position = self.point.position

    def _end(self) -> str:
        """Why training is over; "" while it is not."""
        rule = self.settings.early_stopping
        if self._stopping:
            return self._stopping
        if rule is not None and self.best is not None and self.epoch - self.best.epoch >= rule.patience:
            return "early"
        return "epochs" if self.iteration >= self.settings.iterations else ""

    def _iterate(self) -> None:
        settings, (iteration, theta, position) = self.settings, self.point
        if settings.snapshots and iteration % settings.snapshots == 0:
            del self.history.snapshots[-(-iteration // settings.snapshots) :]
            self.history.snapshots.append(Snapshot(iteration, theta.tolist()))
        loss, gradient = self.engine.loss_and_gradient(theta, self._rows(iteration))
        if settings.l2:
            loss, gradient = loss + settings.l2 * float(theta @ theta), gradient + 2.0 * settings.l2 * theta
        length = norm(gradient)
        if not math.isfinite(loss) or not math.isfinite(length):
            self._diverge(loss, length)
        self.gradient = self._clipped(gradient)
        rate = rate_at(self.optimizer.schedule, position.iteration)
        theta, position = self.optimizer.advanced(theta, self.gradient, position)
        self.history.iterations[iteration:] = [Iteration(loss, rate, length)]
        self.point = Point(iteration + 1, theta, position)
        if settings.on_iteration is not None:
            self._call(settings.on_iteration)

    def _rows(self, iteration: int) -> Ints:
        """The rows of this iteration's batch; an epoch's batches are cut when it begins."""
        epoch, i = divmod(iteration, self.settings.iterations_per_epoch)
        if self._batches[0] != epoch:
            settings = self.settings
            self._batches = (epoch, batches(len(settings.samples), settings.batch_size, settings.seed, epoch))
        return self._batches[1][i]

    def _clipped(self, gradient: Floats) -> Floats:
        if self.settings.clip_value is not None:
            gradient = clipped_value(gradient, self.settings.clip_value)
        if self.settings.clip_norm is not None:
            gradient = clipped_norm(gradient, self.settings.clip_norm)
        return gradient

    def _diverge(self, loss: float, length: float) -> None:
        error = DivergedError(
            f"at iteration {self.iteration} the loss is {loss!r} and its gradient's norm {length!r}: the learning rate "
            f"({self.optimizer.schedule(self.point.position.iteration):g}) is too high for these numbers; lower it, "
            "clip the gradient, or scale the inputs. The model keeps its last parameters"
        )
        error.history = self.history
        raise error

    # ── the end of an epoch ────────────────────────────────────────────────────────────────────────────────────────

    def _end_epoch(self) -> None:
        record = self._measured()
        self.history.epochs.append(record)
        monitored = record.loss if record.validation_loss is None else record.validation_loss
        self.optimizer.schedule.observe(monitored)
        self._keep_if_best(monitored)
        for callback in self.settings.callbacks:
            self._call(callback)

    def _measured(self) -> Epoch:
        settings, theta = self.settings, self.point.theta
        last = self.history.iterations[-settings.iterations_per_epoch :]
        size = settings.batch_size or len(settings.samples)
        missing = size * len(last) - len(settings.samples)  # by so many samples the last batch is shorter
        loss = (math.fsum(record.loss for record in last) * size - last[-1].loss * missing) / len(settings.samples)
        metrics = self.engine.measure(theta, settings.samples, settings.metrics).metrics if settings.metrics else {}
        if settings.validation is None:
            return Epoch(loss, None, metrics, {})
        measured = self.engine.measure(theta, settings.validation, settings.metrics)
        if not math.isfinite(measured.loss):
            self._diverge(measured.loss, norm(self.gradient))
        return Epoch(loss, measured.loss, metrics, measured.metrics)

    def _keep_if_best(self, monitored: float) -> None:
        rule = self.settings.early_stopping
        if rule is not None and (self.best is None or monitored < self.best.loss - rule.min_delta):
            self.best = Best(monitored, self.epoch, self.point.theta)

    def _restore_best(self) -> None:
        rule = self.settings.early_stopping
        if rule is not None and rule.restore_best and self.best is not None:
            self.point = self.point._replace(theta=self.best.theta)

    def _call(self, callback: Callback) -> None:
        """Call the user's code, and continue from what it changed."""
        self.sync()
        callback(self)
        self.point = Point(self.iteration, data_of(self.optimizer.parameters), self.optimizer.position)
