"""A multi-layer perceptron on arrays, for pictures that ask about thousands of points at many moments of training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ... import autograd
from ...autograd import ops
from ...nn.models.layers import MLP, Layer

Floats = NDArray[np.float64]
Scalar = Callable[[float], float]
FAULTS = ("dead", "saturated")  # a neuron learns from no sample, or from hardly any
_NUDGE = 1e-5
_FLAT = 0.01  # a neuron whose activation is less steep than this hardly learns
_MOSTLY = 0.95


@dataclass(frozen=True)
class ArrayMLP:
    """The shape and the activations of an MLP, without its numbers."""

    sizes: tuple[int, ...]
    activations: tuple[Scalar, ...]
    names: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many parameters it has."""
        return sum((a + 1) * b for a, b in zip(self.sizes, self.sizes[1:]))

    def weights(self, parameters: Sequence[float]) -> list[Floats]:
        """For each layer its neurons' weights, the bias last: neurons × (inputs + 1)."""
        flat, found, at = np.asarray(parameters, dtype=float), [], 0
        for inputs, neurons in zip(self.sizes, self.sizes[1:]):
            size = (inputs + 1) * neurons
            found.append(flat[at : at + size].reshape(neurons, inputs + 1))
            at += size
        return found

    def sums(self, parameters: Sequence[float], X: Floats) -> list[Floats]:
        """For each layer its neurons' weighted sums before the activation: samples × neurons."""
        found, out = [], X
        for layer, activation in zip(self.weights(parameters), self.activations):
            found.append(out @ layer[:, :-1].T + layer[:, -1])
            out = _each(activation, found[-1])
        return found

    def outputs(self, parameters: Sequence[float], X: Floats) -> Floats:
        """What the network answers: samples × outputs."""
        return _each(self.activations[-1], self.sums(parameters, X)[-1])

    def faults(self, parameters: Sequence[float], X: Floats) -> list[list[str]]:
        """For each neuron "dead" (it learns from no sample), "saturated" (from hardly any) or ""."""
        return [
            [_fault(activation, sums) for sums in layer.T]
            for layer, activation in zip(self.sums(parameters, X), self.activations)
        ]


def array_mlp(model: object) -> ArrayMLP | None:
    """The network of an MLP whose activations are known by name; None for any other model."""
    if not isinstance(model, MLP):
        return None
    activations = [_activation(layer) for layer in model.layers]
    if any(activation is None for activation in activations):
        return None
    known = tuple(activation for activation in activations if activation is not None)
    return ArrayMLP((model.nin, *model.nouts), known, tuple(model.activations))


def _activation(layer: Layer) -> Scalar | None:
    """The activation of a layer on floats; None for a function of the user's own."""
    neuron = layer.neurons[0]
    if not neuron.is_portable:
        return None
    if neuron.activation == "linear":
        return float
    row = ops.TABLE.get(neuron.activation)
    function: Scalar = row.value if row is not None else getattr(autograd, neuron.activation)
    return function


def _each(function: Scalar, numbers: Floats) -> Floats:
    return numbers if function is float else np.vectorize(function, otypes=[float])(numbers)


def _fault(activation: Scalar, sums: Floats) -> str:
    if activation is float:
        return ""
    steepness = np.abs(_each(activation, sums + _NUDGE) - _each(activation, sums - _NUDGE)) / (2.0 * _NUDGE)
    if not steepness.any():
        return "dead"
    return "saturated" if np.mean(steepness < _FLAT) >= _MOSTLY else ""
