"""Where a run stands: all that training changes, so that it changes in one assignment or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ...autograd.value import Value
from ..data import Floats
from ..optim.optimizers import Optimizer, Position
from ..parameters import data_of, write_data


class Best(NamedTuple):
    """The best epoch so far: its loss, its number (from 1), and the parameters at its end."""

    loss: float
    epoch: int
    theta: Floats


class Point(NamedTuple):
    """Where a run stands.

    Attributes:
        iteration, epoch: updates made, and epochs completed.
        theta, position: the optimizer's parameters, and how far it has come.
        best: the best epoch so far, with early stopping.
        due: whether ``on_iteration`` is still to be called for the last update.
        stopping: "callback" once one has called ``stop()``.
    """

    iteration: int
    theta: Floats
    position: Position
    epoch: int = 0
    best: Best | None = None
    due: bool = False
    stopping: str = ""


@dataclass(frozen=True)
class Undo:
    """What a call of the user's code may change, as it was before: the way back, should it not come to its end."""

    point: Point
    settings: dict[str, Any]  # the optimizer's attributes; its schedule among them
    memory: tuple[float, ...]  # the schedule's
    frozen: Sequence[Value]  # parameters that the optimizer does not move
    numbers: Floats  # theirs

    @classmethod
    def of(cls, point: Point, optimizer: Optimizer, frozen: Sequence[Value]) -> Undo:
        """As things stand."""
        return cls(point, dict(vars(optimizer)), optimizer.schedule.memory(), frozen, data_of(frozen))

    def put_back(self, optimizer: Optimizer) -> Point:
        """Give the optimizer and the frozen parameters what they had."""
        vars(optimizer).update(self.settings)
        if self.memory:
            optimizer.schedule.restore(self.memory)
        write_data(self.frozen, self.numbers)
        return self.point
