"""Training on array programs: ``gg.compile`` re-rolls one sample's loss, and replays it for whole batches.

The parameters stay in the program's flat vector from one update to the next; no Value is touched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import numpy as np

from ...autograd.compile import Program, compile  # noqa: A004  # its name, as a user types it
from ...autograd.value import Value
from ..data import Floats, Ints, Samples
from ..losses import Loss
from ..metrics import Metric, Model
from .eager import EagerEngine, Engine, Measured, evaluated, place

T = TypeVar("T")


class CompiledEngine:
    """Replays the compiled loss on each batch.

    Raises (when called):
        CompileError: the model or loss cannot be compiled, or branches differently for samples of one batch.
    """

    name, why = "compiled", ""

    def __init__(self, model: Model, loss: Loss, parameters: Sequence[Value], samples: Samples) -> None:
        self.parameters, self.samples = parameters, samples
        self._y = samples.y.astype(np.float64)
        self._program = compile(lambda x, y: loss(model(_listed(x)), _listed(y)), batch=True)
        self._outputs = compile(lambda x: model(_listed(x)), batch=True, reduction="none")
        self._places = _Places(self._program, parameters)

    def loss_and_gradient(self, theta: Floats, rows: Ints) -> tuple[float, Floats]:
        """The mean loss over these rows of the training samples, and its gradient."""
        everything = len(rows) == len(self.samples)
        X, y = (self.samples.X, self._y) if everything else (self.samples.X[rows], self._y[rows])
        if not self._program.parameters:
            place(self.parameters, theta)
        else:
            self._places.write(theta)
        loss = self._program.replay(X, y)
        return loss, self._places.gradient()

    def measure(self, theta: Floats, samples: Samples, metrics: Mapping[str, Metric]) -> Measured:
        """The mean loss and the metrics over any samples."""
        place(self.parameters, theta)
        loss = self._program(samples.X, samples.y.astype(np.float64))
        outputs: object = _by_row(self._outputs(samples.X)) if metrics else []
        return Measured(float(loss), evaluated(metrics, outputs, samples))


class _Places:
    """Where the optimizer's parameters stand in the program's vectors: all of it in order as a rule, else by index."""

    def __init__(self, program: Program[float], parameters: Sequence[Value]) -> None:
        self._program, self._parameters = program, parameters
        self._known: tuple[Value, ...] = ()
        self._ours: Ints | None = None
        self._theirs: Ints | None = None
        self._others: list[tuple[int, Value]] = []

    def write(self, theta: Floats) -> None:
        """Put theta into the program; parameters that the optimizer does not move are read from their Values."""
        self._look()
        if self._ours is None:
            self._program.parameter_vector[:] = theta
            return
        self._program.parameter_vector[self._theirs] = theta[self._ours]
        for i, value in self._others:
            self._program.parameter_vector[i] = value.data

    def gradient(self) -> Floats:
        """The gradient for the optimizer's parameters; 0 for those that the loss does not depend on."""
        self._look()
        if self._ours is None:
            whole: Floats = self._program.gradient_vector.copy()
            return whole
        gradient = np.zeros(len(self._parameters))
        gradient[self._ours] = self._program.gradient_vector[self._theirs]
        return gradient

    def _look(self) -> None:
        """Take note of the program's parameters: it knows them after its first call, and may meet more later."""
        if len(self._known) == len(self._program.parameter_vector) > 0:
            return
        self._known = self._program.parameters
        at = {value: i for i, value in enumerate(self._known)}
        if list(self._known) == list(self._parameters):
            return
        pairs = [(i, at[value]) for i, value in enumerate(self._parameters) if value in at]
        self._ours, self._theirs = (np.array([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))
        ours = set(self._parameters)
        self._others = [(i, value) for i, value in enumerate(self._known) if value not in ours]


class AutomaticEngine:
    """Compiled as long as that works; should it fail, eager from there on, with the reason kept in ``why``."""

    def __init__(self, compiled: Engine, eager: Engine) -> None:
        self._engine, self._eager = compiled, eager
        self.why = ""

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
        """Any error of the compiled engine makes it eager: what is truly wrong fails there again, in its own words."""
        if self._engine is not self._eager:
            try:
                return work(self._engine)
            except Exception as error:
                self._engine, self.why = self._eager, f"{type(error).__name__}: {error}"
        return work(self._engine)


def engine_of(compiled: bool | None, model: Model, loss: Loss, parameters: Sequence[Value], samples: Samples) -> Engine:
    """The engine that ``fit`` was asked for: compiled (True), eager (False), or compiled if that works (None)."""
    eager = EagerEngine(model, loss, parameters, samples)
    if compiled is False:
        return eager
    program = CompiledEngine(model, loss, parameters, samples)
    return program if compiled else AutomaticEngine(program, eager)


def _listed(x: object) -> object:
    """A sample as nested lists, as the eager engine has it."""
    return x.tolist() if isinstance(x, np.ndarray) else x


def _by_row(outputs: object) -> Floats:
    """A program's outputs as an array with the samples first."""
    return np.stack(outputs, axis=1) if isinstance(outputs, list) else np.asarray(outputs)
