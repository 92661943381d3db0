"""Learning rates that change with training: functions ``step -> rate``, where step 0 is the first update.

Steps count updates; for a number of epochs multiply by ``nn.iterations(samples, batch_size)``. All raise an
ArgumentError for a rate that is negative, infinite or nan and for a setting out of range, and a TypeError for what is
not a number. A new one is a function here (or a class, if it remembers losses) and its name in ``TABLE``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

from ..checks import ArgumentError, positive, real, whole
from .rate import Formula, Rate, Schedule, as_schedule, fixed


def constant(rate: float) -> Formula:
    """The same rate at every step.

    >>> constant(0.1)(7)
    0.1
    """
    return fixed(rate)


def step_decay(rate: float, every: int, factor: float = 0.1) -> Formula:
    """rate·factor^⌊step/every⌋: a drop after every so many steps.

    >>> rates = step_decay(1.0, every=10, factor=0.5)
    >>> rates(9), rates(10), rates(20)
    (1.0, 0.5, 0.25)
    """
    start, period, kept = real("rate", rate, 0.0), whole("every", every, 1), real("factor", factor, 0.0)
    return partial(_step_decay, start, period, kept)


def exponential(rate: float, factor: float) -> Formula:
    """rate·factor^step.

    >>> exponential(1.0, 0.5)(3)
    0.125
    """
    start, kept = real("rate", rate, 0.0), real("factor", factor, 0.0)
    return partial(_exponential, start, kept)


def inverse_time(rate: float, decay: float) -> Formula:
    """rate/(1 + decay·step) (Robbins & Monro 1951 prove that stochastic descent converges with such rates).

    >>> inverse_time(1.0, 0.5)(2)
    0.5
    """
    start, slowing = real("rate", rate, 0.0), real("decay", decay, 0.0)
    return partial(_inverse_time, start, slowing)


class warm_up(Schedule):  # noqa: N801  # called like its siblings, which are functions
    """From rate/steps up to the rate, linearly in so many steps; then ``then``, from its step 0 (Goyal et al. 2017).

    >>> rates = warm_up(cosine(1.0, steps=100), steps=4)
    >>> [rates(i) for i in range(5)]
    [0.25, 0.5, 0.75, 1.0, 1.0]
    """

    def __init__(self, then: Rate, steps: int) -> None:
        self.then, self.steps = as_schedule(then), whole("steps", steps, 1)

    def __call__(self, step: int) -> float:
        """The rate of the update number ``step``, from 0."""
        if step < self.steps:
            return self.then(0) * (step + 1) / self.steps
        return self.then(step - self.steps)

    def observe(self, loss: float) -> None:
        """Tell ``then`` an epoch's loss."""
        self.then.observe(loss)

    def reset(self) -> None:
        """Forget all losses."""
        self.then.reset()

    def memory(self) -> tuple[float, ...]:
        """What ``then`` remembers."""
        return self.then.memory()

    def restore(self, memory: Sequence[float]) -> None:
        """Continue from what ``memory()`` gave."""
        self.then.restore(memory)


def cosine(rate: float, steps: int, final: float = 0.0) -> Formula:
    """final + (rate − final)·(1 + cos(π·step/steps))/2, then ``final`` (Loshchilov & Hutter 2017, without restarts).

    >>> rates = cosine(1.0, steps=10)
    >>> rates(0), round(rates(5), 12), rates(10), rates(1000)
    (1.0, 0.5, 0.0, 0.0)
    """
    high, low, count = real("rate", rate, 0.0), real("final", final, 0.0), whole("steps", steps, 1)
    return partial(_cosine, high, low, count)


def one_cycle(rate: float, steps: int, rising: float = 0.3, start: float = 25.0, end: float = 1e4) -> Formula:
    """From rate/start up to rate in the fraction ``rising`` of the steps, then down to rate/(start·end), along cosines.

    The form and defaults of PyTorch's OneCycleLR, after Smith & Topin 2018, "Super-Convergence".

    >>> rates = one_cycle(1.0, steps=101, rising=0.5)
    >>> rates(0), round(max(map(rates, range(101))), 2), f"{rates(100):.0e}"
    (0.04, 1.0, '4e-06')
    """
    top, count = real("rate", rate, 0.0), whole("steps", steps, 2)
    low, bottom = top / positive("start", start), top / (positive("start", start) * positive("end", end))
    peak = real("rising", rising, 0.0, 1.0) * count - 1.0
    last = count - 1.0
    return partial(_one_cycle, low, top, bottom, peak, last)


class reduce_on_plateau(Schedule):  # noqa: N801  # called like its siblings, which are functions
    """The rate, times ``factor`` whenever the loss has not improved for more than ``patience`` epochs.

    ``nn.fit`` tells it the validation loss after every epoch, or the training loss where there is no validation; in a
    loop of your own call ``observe(loss)``. An improvement is a loss below best·(1 − threshold), as in PyTorch.
    The rate never falls below ``least``.

    >>> rates = reduce_on_plateau(1.0, factor=0.5, patience=0)
    >>> rates.observe(3.0); rates.observe(3.0); rates(0)
    0.5
    """

    def __init__(
        self, rate: float, factor: float = 0.1, patience: int = 10, threshold: float = 1e-4, least: float = 0.0
    ) -> None:
        self.factor = real("factor", factor, 0.0, 1.0)
        self.patience, self.threshold = whole("patience", patience), real("threshold", threshold, 0.0)
        self.least = real("least", least, 0.0)
        self.rate = self._rate = real("rate", rate, 0.0)
        self._best, self._waited = math.inf, 0.0

    def __call__(self, step: int) -> float:
        """The present rate, whatever the step."""
        return self._rate

    def observe(self, loss: float) -> None:
        """Take note of an epoch's loss."""
        if loss < self._best * (1.0 - self.threshold):
            self._best, self._waited = loss, 0.0
            return
        self._waited += 1.0
        if self._waited > self.patience:
            self._rate, self._waited = max(self._rate * self.factor, self.least), 0.0

    def reset(self) -> None:
        """Forget all losses; the rate is the first again."""
        self.restore((self.rate, math.inf, 0.0))

    def memory(self) -> tuple[float, ...]:
        """All that it remembers: the rate, the best loss (inf before the first), the epochs since."""
        return self._rate, self._best, self._waited

    def restore(self, memory: Sequence[float]) -> None:
        """Continue from what ``memory()`` gave.

        Raises:
            ArgumentError: numbers that it cannot have given.
        """
        rate, best, waited = memory
        if not (0.0 <= rate < math.inf and 0.0 <= waited <= self.patience and waited % 1.0 == 0.0):
            raise ArgumentError(
                f"reduce_on_plateau(patience={self.patience}) cannot have remembered {tuple(memory)!r:.60}"
            )
        self._rate, self._best, self._waited = rate, best, waited


TABLE: dict[str, Callable[..., Formula]] = {
    make.__name__: make
    for make in (
        constant, step_decay, exponential, inverse_time, warm_up, cosine, one_cycle, reduce_on_plateau,
    )
}  # fmt: skip


# ── their formulas: partials of functions with names, which pickle ─────────────────────────────────────────────────


def _step_decay(start: float, period: int, kept: float, step: int) -> float:
    return start * math.pow(kept, step // period)


def _exponential(start: float, kept: float, step: int) -> float:
    return start * math.pow(kept, step)


def _inverse_time(start: float, slowing: float, step: int) -> float:
    return start / (1.0 + slowing * step)


def _cosine(high: float, low: float, count: int, step: int) -> float:
    return _between(high, low, min(step / count, 1.0))


def _one_cycle(low: float, top: float, bottom: float, peak: float, last: float, step: int) -> float:
    if step <= peak:
        return _between(low, top, step / peak)
    return _between(top, bottom, min((step - peak) / (last - peak), 1.0))


def _between(first: float, last: float, part: float) -> float:
    """From first to last along half a cosine."""
    near_first = 0.5 * (1.0 + math.cos(math.pi * part))
    return first * near_first + last * (1.0 - near_first)
