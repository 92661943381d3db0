"""What a learning rate may be: a number, a function ``step -> rate``, or a ``Schedule``, which may have a memory."""

from __future__ import annotations

import copy
import functools
import math
import pickle
import sys
from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from ..checks import ArgumentError, real
from ..mistakes import takes

Formula = Callable[[int], float]  # step -> rate; step 0 is the first update
Rate = float | Formula
MEMORY = ("observe", "reset", "memory", "restore")


@runtime_checkable
class Schedule(Protocol):
    """A learning rate for each step, and what it remembers of the losses.

    Without a memory a function ``step -> rate`` is enough. To write a schedule with one, inherit from this class and
    write all five methods.

    >>> class Halving(Schedule):
    ...     epochs = 0
    ...     def __call__(self, step): return 0.5**self.epochs
    ...     def observe(self, loss): self.epochs += 1
    ...     def reset(self): self.epochs = 0
    ...     def memory(self): return (self.epochs,)
    ...     def restore(self, memory): (self.epochs,) = memory
    >>> rates = Halving()
    >>> rates.observe(3.0); rates(0)
    0.5
    """

    @abstractmethod
    def __call__(self, step: int) -> float:
        """The rate of the update number ``step``, from 0."""

    def observe(self, loss: float) -> None:
        """Take note of an epoch's loss; ``nn.fit`` calls it after every epoch."""
        return

    def reset(self) -> None:
        """Forget all losses."""
        return

    def memory(self) -> tuple[float, ...]:
        """All that it remembers, for checkpoints: always equally many numbers, each finite or inf; () for nothing."""
        return ()

    def restore(self, memory: Sequence[float]) -> None:
        """Continue from what ``memory()`` gave."""
        return


class Memoryless(Schedule):
    """A function ``step -> rate`` as a Schedule."""

    def __init__(self, formula: Formula) -> None:
        self.formula = formula

    def __call__(self, step: int) -> float:
        """The rate of the update number ``step``, from 0."""
        return self.formula(step)

    def __reduce__(self) -> tuple[type[Memoryless], tuple[Formula]]:
        """As pickle wants it.

        Raises:
            PicklingError: the function has no name that pickle can find again.
        """
        if not _by_cloudpickle():
            _check_pickles(self.formula)
        return Memoryless, (self.formula,)

    def __deepcopy__(self, memo: dict[int, object]) -> Memoryless:
        return Memoryless(copy.deepcopy(self.formula, memo))


def _by_cloudpickle() -> bool:
    """Whether it is cloudpickle (which joblib's processes use) that pickles: it takes any function."""
    return "cloudpickle" in sys._getframe(2).f_globals.get("__name__", "")


def _check_pickles(formula: Formula) -> None:
    try:
        pickle.dumps(formula)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        name = getattr(formula, "__qualname__", type(formula).__name__)
        raise pickle.PicklingError(
            f"the learning-rate schedule {name} cannot be pickled, since pickle finds functions by their name: write "
            f"it with def at the top of a module, or take one of nn.schedules ({error})"
        ) from None


def _fixed(rate: float, step: int) -> float:
    return rate


def fixed(rate: object) -> Formula:
    """The same rate at every step.

    Raises:
        ArgumentError: a negative, infinite or nan rate.
        TypeError: no number.
    """
    return functools.partial(_fixed, real("rate", rate, 0.0))


def as_schedule(rate: Rate) -> Schedule:
    """The Schedule that a rate stands for: itself, a function of the step, or a number, the same at every step.

    Raises:
        ArgumentError: a negative, infinite or nan rate.
        TypeError: neither a number nor callable, or a schedule that has only a part of the methods of a memory.

    >>> as_schedule(0.1)(7), as_schedule(lambda step: 0.5**step)(3)
    (0.1, 0.125)
    """
    if isinstance(rate, Schedule):
        return rate
    if not callable(rate):
        return Memoryless(fixed(rate))
    if not takes(rate, 1):
        raise TypeError(
            f"a schedule is called with the step alone, and {getattr(rate, '__name__', type(rate).__name__)} takes "
            "other arguments: write lambda step: 0.1 * 0.9**step, or call what makes one, as "
            "nn.schedules.cosine(0.1, steps=100)"
        )
    missing = [name for name in MEMORY if not hasattr(rate, name)]
    if len(missing) < len(MEMORY):
        raise TypeError(
            f"{type(rate).__name__} has a part of a schedule's memory, and no {' or '.join(missing)}: "
            "inherit from nn.Schedule"
        )
    return Memoryless(rate)


def rate_at(schedule: Schedule, step: int) -> float:
    """The schedule's rate, checked.

    Raises:
        TypeError: the schedule gives no number.
        ArgumentError: the schedule gives a rate that is negative, infinite or nan.
    """
    try:
        rate = schedule(step)
    except OverflowError:
        raise ArgumentError(
            f"the learning-rate schedule overflows at step {step}: a rate is finite; let it fall, or end sooner"
        ) from None
    if isinstance(rate, bool) or not isinstance(rate, (float, int, np.floating, np.integer)):
        raise TypeError(
            f"the learning-rate schedule gives {rate!r:.60} at step {step}: let it return a number, such as 0.1"
        )
    sensible = 0.0 <= rate < math.inf
    if not sensible:
        raise ArgumentError(
            f"the learning-rate schedule gives {rate!r} at step {step}: a rate is finite and at least 0"
        )
    return rate
