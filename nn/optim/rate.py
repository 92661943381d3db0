"""What a learning rate may be: a number, a function ``step -> rate``, or a ``Schedule``, which may have a memory."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from ..checks import ArgumentError, real

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
        fixed = real("rate", rate, 0.0)
        return Memoryless(lambda step: fixed)
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
    rate = schedule(step)
    try:
        sensible = 0.0 <= rate < math.inf
    except TypeError:
        raise TypeError(f"the learning-rate schedule gives {rate!r:.60} at step {step}: a rate is a number") from None
    if not sensible:
        raise ArgumentError(
            f"the learning-rate schedule gives {rate!r} at step {step}: a rate is finite and at least 0"
        )
    return rate
