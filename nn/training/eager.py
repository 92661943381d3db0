"""The loss and its gradient by eager graphs: one graph per batch, walked backward."""

from __future__ import annotations

from collections.abc import Sequence

from ...autograd import functions
from ...autograd.context.state import Differentiation, no_grad
from ...autograd.value import Value
from ..data import Floats, Ints, Samples
from ..losses import Loss, loss_value
from ..metrics import Model, plain
from ..parameters import gradient_of, look_at, write_data, zero_gradient
from .engine import Measured


class EagerEngine:
    """Records one graph per batch, with the model's own Values, and walks it backward."""

    name, why_eager = "eager", ""

    def __init__(self, model: Model, loss: Loss, parameters: Sequence[Value], samples: Samples) -> None:
        self.model, self.loss, self.parameters, self.samples = model, loss, parameters, samples

    def loss_and_gradient(self, theta: Floats, rows: Ints) -> tuple[float, Floats]:
        """The mean loss over these rows of the training samples, and its gradient."""
        look_at(self.parameters)
        write_data(self.parameters, theta)
        zero_gradient(self.parameters)
        with Differentiation("the loss of fit"):
            return self._recorded(rows), gradient_of(self.parameters)

    def _recorded(self, rows: Ints) -> float:
        losses = []
        for row in rows.tolist():
            x, y = self.samples.sample(row)
            losses.append(loss_value(self.loss(self.model(x), y)))
        total = losses[0] if len(losses) == 1 else loss_value(functions.mean(losses))
        total.backward()
        return total.data

    def measure(self, theta: Floats, samples: Samples, *, outputs: bool) -> Measured:
        """The mean loss over any samples, and the outputs where they are wanted."""
        look_at(self.parameters)
        write_data(self.parameters, theta)
        losses, found = [], []
        with no_grad():
            for i in range(len(samples)):
                x, y = samples.sample(i)
                output = self.model(x)
                losses.append(self.loss(output, y))
                found.append(plain(output))
        return Measured(float(functions.mean(losses)), found if outputs else [])

    def look(self, theta: Floats, epoch: int) -> None:
        """Nothing is kept from one batch to the next."""

    def continue_as(self, name: str, why: str) -> None:
        """It is always the same."""
