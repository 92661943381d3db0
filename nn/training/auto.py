"""The compiled engine while it works, the eager one from its first error on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from ...autograd.value import Value
from ..data import Floats, Ints, Samples
from ..losses import Loss
from ..metrics import Metric, Model
from .compiled import CompiledEngine
from .eager import EagerEngine
from .engine import Engine, Measured

T = TypeVar("T")


class AutoEngine:
    """Compiled as long as that works; after an error eager, with the reason in ``why_eager``."""

    def __init__(self, model: Model, loss: Loss, parameters: Sequence[Value], samples: Samples) -> None:
        self._engine: Engine = CompiledEngine(model, loss, parameters, samples)
        self._eager = EagerEngine(model, loss, parameters, samples)
        self.why_eager = ""

    @property
    def name(self) -> str:
        """Which of the two is at work."""
        return self._engine.name

    def loss_and_gradient(self, theta: Floats, rows: Ints) -> tuple[float, Floats]:
        """The mean loss over these rows of the training samples, and its gradient."""
        return self._tried(lambda engine: engine.loss_and_gradient(theta, rows))

    def measure(self, theta: Floats, samples: Samples, metrics: Mapping[str, Metric]) -> Measured:
        """The mean loss and the metrics over any samples."""
        return self._tried(lambda engine: engine.measure(theta, samples, metrics))

    def _tried(self, work: Callable[[Engine], T]) -> T:
        """Fall back to eager on any error; a genuine fault is raised again there."""
        if self._engine is not self._eager:
            try:
                return work(self._engine)
            except Exception as error:
                self._engine, self.why_eager = self._eager, f"{type(error).__name__}: {error}"
        return work(self._engine)
