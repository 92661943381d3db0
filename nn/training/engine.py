"""Engine: what computes the loss and its gradient while ``fit`` trains, and all that ``fit`` knows of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from numpy.typing import ArrayLike

from ..data import Floats, Ints, Samples
from ..metrics import Metric


class Measured(NamedTuple):
    """The mean loss over some samples, and the model's outputs for them if they were asked for."""

    loss: float
    outputs: ArrayLike


class Engine(Protocol):
    """The mean of ``loss(model(x), y)`` over samples, as a function of all parameters in one flat array."""

    @property
    def name(self) -> str:
        """ "compiled" or "eager"."""

    @property
    def why_eager(self) -> str:
        """Why it is eager, where compiling was tried; "" otherwise."""

    def loss_and_gradient(self, theta: Floats, rows: Ints) -> tuple[float, Floats]:
        """The mean loss over these rows of the training samples, and its gradient."""

    def measure(self, theta: Floats, samples: Samples, *, outputs: bool) -> Measured:
        """The mean loss over any samples, and the outputs where they are wanted."""

    def look(self, theta: Floats, epoch: int) -> None:
        """Called after an epoch with its number, and after a callback within one with 0: what it changed may matter."""

    def continue_as(self, name: str, why: str) -> None:
        """Called when a run is resumed: which engine it had, and why."""


def evaluated(metrics: Mapping[str, Metric], outputs: ArrayLike, samples: Samples) -> dict[str, float]:
    """Each metric of the outputs, by name.

    Raises:
        TypeError: a metric gives something other than a number. What a metric raises is raised.
    """
    found: dict[str, Any] = {name: metric(outputs, samples.y) for name, metric in metrics.items()}  # users' functions
    for name, number in found.items():
        if isinstance(number, str) or not hasattr(number, "__float__"):
            raise TypeError(f"the metric {name!r} gives {number!r:.60}; of outputs and targets it has to give a number")
    return {name: float(number) for name, number in found.items()}
