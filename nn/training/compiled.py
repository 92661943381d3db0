"""The loss and its gradient by array programs: ``gg.compile`` re-rolls one sample's loss and replays it for batches.

The parameters stay in the program's flat vector from one update to the next; no Value is touched.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...autograd.compile import Program, compile  # noqa: A004  # its name, as a user types it
from ...autograd.value import Value
from ..data import Floats, Ints, Samples
from ..losses import Loss
from ..metrics import Model
from ..parameters import write_data
from .engine import Measured
from .surroundings import Surroundings


class CompiledEngine:
    """Replays the compiled loss on each batch.

    Args:
        watch: whether ``look`` compares what the model and the loss are closed over, and records anew.

    Raises (when called):
        CompileError: the model or loss cannot be compiled, or branches differently for samples of one batch.
    """

    name, why_eager = "compiled", ""

    def __init__(
        self, model: Model, loss: Loss, parameters: Sequence[Value], samples: Samples, *, watch: bool = True
    ) -> None:
        self.model, self.loss, self.parameters, self.samples = model, loss, parameters, samples
        self._watch = watch
        self._record()

    def _record(self) -> None:
        """New programs, which are recorded when they are first called."""
        model, loss = self.model, self.loss
        self._closed = Surroundings({"model": model, "loss": loss}) if self._watch else None
        self._program = compile(lambda x, y: loss(model(_listed(x)), _listed(y)), batch=True)
        self._outputs = compile(lambda x: model(_listed(x)), batch=True, reduction="none")
        self._map = _ParameterMap(self._program, self.parameters)

    def loss_and_gradient(self, theta: Floats, rows: Ints) -> tuple[float, Floats]:
        """The mean loss over these rows of the training samples, and its gradient."""
        everything = len(rows) == len(self.samples)
        X, y = self.samples.X, self.samples.y
        if not everything:
            X, y = X.take(rows, 0), y.take(rows, 0)
        if len(self._program.parameter_vector):
            self._map.write(theta)
        else:
            write_data(self.parameters, theta)
        loss = self._program.replay(X, y.astype(np.float64, copy=False))  # read anew: a callback may change targets
        return loss, self._map.gradient()

    def measure(self, theta: Floats, samples: Samples, *, outputs: bool) -> Measured:
        """The mean loss over any samples, and the outputs where they are wanted."""
        write_data(self.parameters, theta)
        loss = self._program(samples.X, samples.y.astype(np.float64))
        return Measured(float(loss), _by_row(self._outputs(samples.X)) if outputs else [])

    def look(self, theta: Floats, epoch: int) -> None:
        """Record anew where what the model or the loss is closed over has moved."""
        if self._closed is not None and (self._closed.moved() if epoch else self._closed.near_moved()):
            self._record()

    def continue_as(self, name: str, why: str) -> None:
        """It is always the same."""


class _ParameterMap:
    """Which entry of the program's vectors is which parameter of the optimizer: mostly all in order, else by index."""

    def __init__(self, program: Program[float], parameters: Sequence[Value]) -> None:
        self._program, self._parameters = program, parameters
        self._vector = np.zeros(0)  # the program's, of which the map is; it gets another one with other parameters
        self._ours: Ints | None = None
        self._theirs: Ints | None = None
        self._is_permuted = False  # the same parameters in another order
        self._others: list[tuple[int, Value]] = []

    def write(self, theta: Floats) -> None:
        """Put theta into the program; parameters that the optimizer does not move are read from their Values."""
        self._look_up()
        if self._ours is None or self._theirs is None:
            self._program.parameter_vector[:] = theta
            return
        if self._is_permuted:
            theta.take(self._ours, out=self._program.parameter_vector, mode="clip")  # "raise" goes through a buffer
            return
        self._program.parameter_vector[self._theirs] = theta[self._ours]
        for i, value in self._others:
            self._program.parameter_vector[i] = value.data

    def gradient(self) -> Floats:
        """The gradient for the optimizer's parameters; 0 for those that the loss does not depend on."""
        self._look_up()
        if self._ours is None or self._theirs is None:
            whole: Floats = self._program.gradient_vector.copy()
            return whole
        if self._is_permuted:
            ordered: Floats = self._program.gradient_vector.take(self._theirs, mode="clip")
            return ordered
        gradient = np.zeros(len(self._parameters))
        gradient[self._ours] = self._program.gradient_vector[self._theirs]
        return gradient

    def _look_up(self) -> None:
        """Look up the program's parameters, which are known after its first call; others may come later."""
        if self._vector is self._program.parameter_vector and len(self._vector):
            return
        self._vector, known = self._program.parameter_vector, self._program.parameters
        self._ours = self._theirs = None
        if list(known) == list(self._parameters):
            return
        at = {value: i for i, value in enumerate(known)}
        pairs = [(i, at[value]) for i, value in enumerate(self._parameters) if value in at]
        self._ours, self._theirs = (np.array([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))
        self._is_permuted = len(pairs) == len(known) == len(self._parameters)
        if self._is_permuted:
            self._ours = np.argsort(self._theirs)
        ours = set(self._parameters)
        self._others = [(i, value) for i, value in enumerate(known) if value not in ours]


def _listed(x: object) -> object:
    """A sample as nested lists, which is how ``EagerEngine`` gives it to the model."""
    return x.tolist() if isinstance(x, np.ndarray) else x


def _by_row(outputs: object) -> Floats:
    """A program's outputs as an array with the samples first."""
    return np.stack(outputs, axis=1) if isinstance(outputs, list) else np.asarray(outputs)
