"""Parameters as one flat array, and back: optimizers and ``fit`` work on arrays, models hold Values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from ..autograd.value import Value
from .data import Floats


def listed_parameters(parameters: Iterable[Value]) -> list[Value]:
    """The parameters as a list.

    Raises:
        TypeError: it is no list of Values, but a model, say.
    """
    if not hasattr(parameters, "__iter__"):
        got = type(parameters).__name__
        raise TypeError(f"a list of Values is needed here, as model.parameters() gives it, got {got}")
    return list(parameters)


def data_of(parameters: Iterable[Value]) -> Floats:
    """The numbers of the parameters, in their order."""
    return np.array([parameter.data for parameter in parameters], dtype=float)


def gradient_of(parameters: Iterable[Value]) -> Floats:
    """The gradients of the parameters, in their order."""
    return np.array([parameter.grad for parameter in parameters], dtype=float)


def write_data(parameters: Sequence[Value], theta: Floats) -> None:
    """Set each parameter's number."""
    for parameter, number in zip(parameters, theta.tolist()):
        parameter.data = number


def write_gradient(parameters: Sequence[Value], gradient: Floats) -> None:
    """Set each parameter's gradient."""
    for parameter, number in zip(parameters, gradient.tolist()):
        parameter.grad = number


def zero_gradient(parameters: Iterable[Value]) -> None:
    """Set each parameter's gradient to 0; ``backward()`` adds to what it finds."""
    for parameter in parameters:
        parameter.grad = 0.0
