"""What computes the loss and its gradient while ``fit`` trains; ``fit`` knows no more of it than ``Engine``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from ... import autograd
from ...autograd.value import Value
from ..data import Floats, Ints, Samples
from ..losses import Loss
from ..metrics import Metric, Model, plain


class Measured(NamedTuple):
    """The mean loss over some samples, and metrics of the outputs."""

    loss: float
    metrics: dict[str, float]


class Engine(Protocol):
    """The mean of ``loss(model(x), y)`` over samples, as a function of all parameters in one flat array."""

    @property
    def name(self) -> str:
        """ "compiled" or "eager"."""

    @property
    def why(self) -> str:
        """Why it is eager, where compiling was tried; "" otherwise."""

    def loss_and_gradient(self, theta: Floats, rows: Ints) -> tuple[float, Floats]:
        """The mean loss over these rows of the training samples, and its gradient."""

    def measure(self, theta: Floats, samples: Samples, metrics: Mapping[str, Metric]) -> Measured:
        """The mean loss and the metrics over any samples."""


class EagerEngine:
    """Records one graph per batch, with the model's own Values, and walks it backward."""

    name, why = "eager", ""

    def __init__(self, model: Model, loss: Loss, parameters: Sequence[Value], samples: Samples) -> None:
        self.model, self.loss, self.parameters, self.samples = model, loss, parameters, samples

    def loss_and_gradient(self, theta: Floats, rows: Ints) -> tuple[float, Floats]:
        """The mean loss over these rows of the training samples, and its gradient."""
        place(self.parameters, theta)
        for parameter in self.parameters:
            parameter.grad = 0.0
        losses = []
        for row in rows.tolist():
            x, y = self.samples.sample(row)
            losses.append(loss_value(self.loss(self.model(x), y)))
        total: Value = losses[0] if len(losses) == 1 else autograd.mean(losses)
        total.backward()
        return total.data, np.array([parameter.grad for parameter in self.parameters], dtype=float)

    def measure(self, theta: Floats, samples: Samples, metrics: Mapping[str, Metric]) -> Measured:
        """The mean loss and the metrics over any samples."""
        place(self.parameters, theta)
        losses, outputs = [], []
        with autograd.no_grad():
            for i in range(len(samples)):
                x, y = samples.sample(i)
                output = self.model(x)
                losses.append(self.loss(output, y))
                outputs.append(plain(output))
        return Measured(float(autograd.mean(losses)), evaluated(metrics, outputs, samples))


def place(parameters: Sequence[Value], theta: Floats) -> None:
    """Write the flat array into the parameters."""
    for parameter, number in zip(parameters, theta.tolist()):
        parameter.data = number


def evaluated(metrics: Mapping[str, Metric], outputs: object, samples: Samples) -> dict[str, float]:
    """Each metric of the outputs, by name."""
    return {name: float(metric(outputs, samples.y)) for name, metric in metrics.items()}  # type: ignore[arg-type]


def loss_value(loss: object) -> Value:
    """What a loss function returned, if it is a Value.

    Raises:
        TypeError: it is not, so there is nothing to differentiate.
    """
    if not isinstance(loss, Value):
        raise TypeError(
            f"the loss must return one Value, got {type(loss).__name__}: {loss!r:.60}; a loss that reads .data or "
            "calls float() on the outputs leaves the graph"
        )
    return loss
