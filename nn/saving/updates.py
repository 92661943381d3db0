"""An optimizer's updates as JSON: how many, what it remembers of them, and what its schedule remembers."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..data import Floats
from ..optim import optimizers
from ..optim.optimizers import Optimizer, Position, State
from ..optim.rate import rate_at
from ..parameters import data_of
from .described import compare_settings, optimizer_settings, rate_name
from .files import CheckpointError, Json
from .sections import Content, count_of, finite, is_finite, section


class Restored(NamedTuple):
    """What an optimizer is to continue from; checked, and not yet given to it."""

    position: Position
    memory: tuple[float, ...]

    def give_to(self, optimizer: Optimizer) -> None:
        """Continue from it."""
        if self.memory:
            optimizer.schedule.restore(self.memory)
        optimizer.position = self.position


def optimizer_content(optimizer: Optimizer) -> Content:
    """An optimizer's kind and settings, how many updates it has made, and what it and its schedule remember."""
    state: Content = {name: array.tolist() for name, array in optimizer.position.state.items()}
    memory: list[Json] = [number if math.isfinite(number) else None for number in optimizer.schedule.memory()]
    return {
        "type": type(optimizer).__name__,
        "settings": optimizer_settings(optimizer),
        "rate": rate_name(optimizer.schedule),
        "iteration": optimizer.iteration,
        "state": state,
        "schedule": memory or None,
    }


def restored_of(content: Content, optimizer: Optimizer, name: str) -> Restored:
    """The optimizer's section, checked against the optimizer that it is for; nothing is changed.

    Raises:
        CheckpointError: it is of another kind or with other settings, or its numbers cannot be right.
    """
    found, kind = section(content, "optimizer", name), type(optimizer).__name__
    if found.get("type") != kind:
        raise CheckpointError(
            f"{name} was saved with {found.get('type')!s:.60}, not {kind}: use the same kind of optimizer"
        )
    compare_settings(name, kind, found.get("settings"), optimizer_settings(optimizer))
    position = _position(found, optimizer, name)
    return Restored(position, _memory(found, optimizer, name, position.iteration))


def _position(found: Content, optimizer: Optimizer, name: str) -> Position:
    try:
        iteration = count_of(found.get("iteration"))
    except ValueError as error:
        raise CheckpointError(f"{name}: the optimizer's iteration cannot be right: {error}; use another copy") from None
    count, state = len(optimizer.parameters), {}
    for label, numbers in section(found, "state", name).items():
        if not isinstance(numbers, list) or len(numbers) != count or not all(map(is_finite, numbers)):
            raise CheckpointError(
                f"{name}: the optimizer's {label!r:.60} must be {count} finite numbers, one a parameter"
            )
        state[label] = np.array(numbers, dtype=float)
    position = Position(iteration, state)
    _try(position, optimizer, name)
    return position


def _try(position: Position, optimizer: Optimizer, name: str) -> None:
    """One update on arrays, at the rate 0 and without a gradient, must know all memories and give finite numbers."""
    theta = data_of(optimizer.parameters)
    try:
        with np.errstate(all="ignore"):
            moved, after = optimizer.update(
                theta, np.zeros_like(theta), dict(position.state), 0.0, position.iteration + 1
            )
        finite_ = bool(np.isfinite(moved).all()) and all(np.isfinite(array).all() for array in after.values())
    except (ArithmeticError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"{name}: the optimizer cannot go on from its memory ({error!r:.100}); use another copy"
        ) from None
    if not finite_:
        raise CheckpointError(
            f"{name}: the optimizer's memory gives nan or infinity at its next update; use another copy"
        )
    if type(optimizer) in optimizers.TABLE.values() and set(position.state) != _remembered(optimizer, theta, position):
        raise CheckpointError(
            f"{name}: after {position.iteration} updates {type(optimizer).__name__} does not remember "
            f"{sorted(position.state)!r:.100}; use another copy"
        )


def _remembered(optimizer: Optimizer, theta: Floats, position: Position) -> set[str]:
    """What the optimizer remembers after as many updates, by name."""
    first: State = {}
    if position.iteration:
        first = optimizer.update(theta, np.zeros_like(theta), {}, 0.0, 1)[1]
    return set(first)


def _memory(found: Content, optimizer: Optimizer, name: str, iteration: int) -> tuple[float, ...]:
    """What the schedule is to remember: tried, and taken back."""
    before, memory = optimizer.schedule.memory(), found.get("schedule")
    if not isinstance(memory, (list, type(None))) or not all(n is None or is_finite(n) for n in memory or []):
        raise CheckpointError(f"{name}: what the schedule remembers is {memory!r:.60}, not numbers; use another copy")
    numbers = tuple(math.inf if number is None else finite(number) for number in memory or [])
    if len(numbers) != len(before):
        raise CheckpointError(
            f"{name} was not saved with a schedule like this optimizer's, but with {found.get('rate')!r:.100}: use "
            "the same"
        )
    if not numbers:
        return ()
    try:
        optimizer.schedule.restore(numbers)
        rate_at(optimizer.schedule, iteration)
    except (ArithmeticError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"{name}: the schedule cannot go on from its memory ({error}); use another copy"
        ) from None
    finally:
        optimizer.schedule.restore(before)
    return numbers
