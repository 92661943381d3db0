"""Parameters as one flat array, and back: optimizers and ``fit`` work on arrays, models hold Values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import repeat

import numpy as np

from ..autograd.node import write_grads, write_numbers
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


def look_at(parameters: Sequence[Value]) -> None:
    """Look at one of them: a run whose arrays are ahead of its Values (``training.lazy``) brings all in step then."""
    for parameter in parameters[:1]:
        _ = parameter.grad


def write_data(parameters: Sequence[Value], theta: Floats) -> None:
    """Set each parameter's number; an interrupt finds all of them set or none."""
    write_numbers(parameters, theta.tolist())


def write_gradient(parameters: Sequence[Value], gradient: Floats) -> None:
    """Set each parameter's gradient."""
    write_grads(parameters, gradient.tolist())


def zero_gradient(parameters: Iterable[Value]) -> None:
    """Set each parameter's gradient to 0; ``backward()`` adds to what it finds."""
    write_grads(list(parameters), repeat(0.0))
