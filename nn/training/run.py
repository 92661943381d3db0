"""Training: one run of gradient descent, iteration by iteration.

All that an update changes (the parameters, the optimizer's position, the counts) changes in one assignment, and an
epoch's end, the user's code included, is one transaction: an interrupt finds the state before or after, never a
mixture. During the run the parameters are one flat array; the model's Values are brought in step when the user's code
looks at them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NoReturn

import numpy as np
from numpy.typing import ArrayLike

from ...autograd.errors import GlassgradError
from ..checks import ZeroGradientWarning, warn
from ..data import Floats, Ints, batches
from ..models.module import Module
from ..optim.clipping import clipped_norm, clipped_value, norm
from ..optim.optimizers import Optimizer
from ..optim.rate import rate_at
from ..parameters import data_of
from .engine import Engine, evaluated
from .history import Epoch, History, Iteration, Snapshot
from .lazy import LazyValues
from .point import Best, Point, Undo
from .settings import Settings


class DivergedError(GlassgradError, FloatingPointError):
    """The loss or gradient became nan or infinite. ``.history`` ends before that, and so do the model's parameters."""

    history: History


Callback = Callable[["Training"], object]


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
        self.gradient = np.zeros_like(self.point.theta)
        moved = set(optimizer.parameters)
        self._frozen = [value for value in model.parameters() if value not in moved]
        self._values = LazyValues(optimizer.parameters, lambda: (self.point.theta, self.gradient))
        self._undo: Undo | None = None
        self.end: Undo | None = None  # how it left the optimizer and the parameters that do not move
        self._batches: tuple[int, list[Ints]] = (-1, [])

    @property
    def iteration(self) -> int:
        """Updates made in this run."""
        return self.point.iteration

    @property
    def epoch(self) -> int:
        """Epochs completed in this run."""
        return self.point.epoch

    @property
    def best(self) -> Best | None:
        """The best epoch so far, with early stopping."""
        return self.point.best

    def stop(self) -> None:
        """End training after this callback."""
        self.point = self.point._replace(stopping="callback")

    # ── the loop ───────────────────────────────────────────────────────────────────────────────────────────────────

    def run(self, advance: Callable[[Training], object], save: Callable[[Training], object]) -> None:
        """Train to the end. ``advance`` is called after every update, ``save`` whenever a checkpoint is due.

        Raises:
            DivergedError: the loss or gradient became nan or infinite.
        """
        try:
            self.history.stopped = ""
            while not self._end():
                self._go_on(advance, save)
            self.settle(self._end())
            save(self)
            self._restore_best()
        except KeyboardInterrupt:
            self._roll_back()
            self.settle("interrupted")
            save(self)
        except BaseException:
            self._roll_back()
            self.settle("")
            raise

    def sync(self) -> None:
        """Write the run's parameters, gradient and position into the model's Values and the optimizer."""
        self._values.bring_in_step()
        self.optimizer.position = self.point.position

    def _go_on(self, advance: Callable[[Training], object], save: Callable[[Training], object]) -> None:
        """One step of the run: the callback that is due, the end of an epoch, or updates up to the next of these."""
        if self.point.due:
            self._begin()
            if self.settings.on_iteration is not None:
                self._call(self.settings.on_iteration)
            self.point = self.point._replace(due=False)
            self._commit()
            self.engine.look(self.point.theta, 0)
        elif self.iteration // self.settings.iterations_per_epoch > self.epoch:
            self._end_epoch()
            self.engine.look(self.point.theta, self.epoch)
            if self.epoch % self.settings.checkpoint_every == 0 and not self._end():
                save(self)
        else:
            self._iterate()
            advance(self)
            while self._is_within_epoch():
                self._iterate()
                advance(self)

    def _is_within_epoch(self) -> bool:
        """Whether nothing but the next update is due."""
        point = self.point
        return not point.due and point.iteration % self.settings.iterations_per_epoch != 0

    def _end(self) -> str:
        """Why training is over; "" while it is not."""
        point, rule = self.point, self.settings.early_stopping
        if point.stopping:
            return point.stopping
        if point.due or point.iteration // self.settings.iterations_per_epoch > point.epoch:
            return ""
        if rule is not None and point.best is not None and point.epoch - point.best.epoch >= rule.patience:
            return "early"
        return "epochs" if point.iteration >= self.settings.iterations else ""

    def settle(self, stopped: str) -> None:
        """Bring everything in step with the point where the run stands."""
        self._shorten_history()
        self.history.stopped = stopped
        self.history.engine, self.history.why_eager = self.engine.name, self.engine.why_eager
        self.history.model, self.history.samples = self.model, self.settings.samples
        self.sync()
        self.end = Undo.of(self.point, self.optimizer, self._frozen)

    def _shorten_history(self) -> None:
        """Drop the records of what was begun and not completed."""
        point, every = self.point, self.settings.snapshots
        del self.history.iterations[point.iteration :]
        del self.history.epochs[point.epoch :]
        if every:
            del self.history.snapshots[-(-point.iteration // every) :]

    # ── transactions ───────────────────────────────────────────────────────────────────────────────────────────────

    def _begin(self) -> None:
        """What follows counts from ``_commit`` on; until then ``_roll_back`` takes it back."""
        self._undo = Undo.of(self.point, self.optimizer, self._frozen)

    def _commit(self) -> None:
        self._undo = None

    def _roll_back(self) -> None:
        if self._undo is not None:
            self.point = self._undo.put_back(self.optimizer)
            self._undo = None

    def _call(self, callback: Callback) -> None:
        """Call the user's code, and continue from what it changed."""
        self._values.fall_behind()
        self.optimizer.position = self.point.position
        callback(self)
        theta = self.point.theta
        if not self._values.behind:
            theta = data_of(self.optimizer.parameters)
            if np.isfinite(self.point.theta).all() and not np.isfinite(theta).all():
                self._require_finite(theta, "after a callback")
        self.point = self.point._replace(theta=theta, position=self.optimizer.position)

    # ── an update ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _iterate(self) -> None:
        settings, point = self.settings, self.point
        iteration, theta = point.iteration, point.theta
        if settings.snapshots and iteration % settings.snapshots == 0:
            self.history.snapshots[-(-iteration // settings.snapshots) :] = [Snapshot(iteration, theta.tolist())]
        loss, gradient = self.engine.loss_and_gradient(theta, self._rows(iteration))
        if settings.l2:
            loss, gradient = loss + settings.l2 * float(theta @ theta), gradient + 2.0 * settings.l2 * theta
        length = norm(gradient)
        if not math.isfinite(loss) or not math.isfinite(length):
            self._diverge(loss, length)
        if not iteration and not length and loss:
            _warn_of_zeros()
        gradient = self._clipped(gradient)
        rate = rate_at(self.optimizer.schedule, point.position.iteration)
        theta, position = self.optimizer.advanced(theta, gradient, point.position, rate)
        self.history.iterations[iteration:] = [Iteration(loss, rate, length)]
        self.gradient = gradient
        self.point = Point(iteration + 1, theta, position, point.epoch, point.best, settings.on_iteration is not None)

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
        if not self.iteration:
            self._require_finite(self.point.theta, "before the first update")
        rate = self.optimizer.schedule(self.point.position.iteration)
        self._stop_for(
            f"at iteration {self.iteration} the loss is {loss!r} and its gradient's norm {length!r}: the learning rate "
            f"({rate:g}) is too high for these numbers; lower it, clip the gradient, or scale the inputs. The model "
            "keeps its last parameters"
        )

    def _require_finite(self, theta: Floats, when: str) -> None:
        for parameter, number in zip(self.optimizer.parameters, theta.tolist()):
            if not math.isfinite(number):
                name = parameter.label or "a parameter"
                self._stop_for(f"{name} is {number!r} {when}: no gradient can mend that; give it a finite number")

    def _stop_for(self, reason: str) -> NoReturn:
        error = DivergedError(reason)
        error.history = self.history
        raise error

    # ── the end of an epoch ────────────────────────────────────────────────────────────────────────────────────────

    def _end_epoch(self) -> None:
        """Measure, tell the schedule, keep the best, call the callbacks: all of it, or none."""
        self._begin()
        record = self._measured()
        point = self.point
        self.history.epochs[point.epoch :] = [record]
        monitored = record.loss if record.validation_loss is None else record.validation_loss
        self.optimizer.schedule.observe(monitored)
        self.point = point._replace(epoch=point.epoch + 1, best=self._better(monitored))
        for callback in self.settings.callbacks:
            self._call(callback)
        self._commit()

    def _measured(self) -> Epoch:
        settings, theta = self.settings, self.point.theta
        last = self.history.iterations[self.iteration - settings.iterations_per_epoch : self.iteration]
        size = settings.batch_size or len(settings.samples)
        missing = size * len(last) - len(settings.samples)  # by so many samples the last batch is shorter
        loss = (math.fsum(record.loss for record in last) * size - last[-1].loss * missing) / len(settings.samples)
        wanted = bool(settings.metrics)
        outputs: ArrayLike = self.engine.measure(theta, settings.samples, outputs=True).outputs if wanted else []
        metrics = evaluated(settings.metrics, outputs, settings.samples)
        if settings.validation is None:
            return Epoch(loss, None, metrics, {})
        measured = self.engine.measure(theta, settings.validation, outputs=wanted)
        if not math.isfinite(measured.loss):
            self._diverge(measured.loss, norm(self.gradient))
        return Epoch(loss, measured.loss, metrics, evaluated(settings.metrics, measured.outputs, settings.validation))

    def _better(self, monitored: float) -> Best | None:
        """The best epoch, now that this one is complete."""
        rule, best = self.settings.early_stopping, self.best
        if rule is None or (best is not None and not monitored < best.loss - rule.min_delta):
            return best
        return Best(monitored, self.epoch + 1, self.point.theta)

    def _restore_best(self) -> None:
        rule, best = self.settings.early_stopping, self.best
        if rule is not None and rule.restore_best and best is not None:
            self._begin()
            self.point = self.point._replace(theta=best.theta)
            self.sync()
            self._commit()


def _warn_of_zeros() -> None:
    warn(
        ZeroGradientWarning(
            "the first gradient is 0 for every parameter, so nothing is learnt from it: does the loss read numbers "
            "(.data, float()) where it should compute with the Values, or compare them; are the optimizer's parameters "
            "those that the model computes with; do all units stand where they are flat (a relu below 0)?"
        )
    )
