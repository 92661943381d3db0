"""Gradients cut down to size: of flat arrays, as ``fit`` has them, and of parameters, for a loop of one's own."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ...autograd import Value
from ..checks import real
from ..data import Floats


def norm(gradient: Floats) -> float:
    """√Σ g², without overflow or underflow on the way; inf if an entry is infinite.

    >>> f"{norm(np.array([3e200, 4e200])):.6e}"
    '5.000000e+200'
    """
    largest = float(np.abs(gradient).max(initial=0.0))
    if 1e-140 < largest < 1e140:
        return float(np.sqrt(gradient @ gradient))
    return largest * float(np.linalg.norm(gradient / largest)) if 0.0 < largest < np.inf else largest


def clipped_norm(gradient: Floats, limit: float) -> Floats:
    """The gradient, scaled down to the norm ``limit`` if it is longer (Pascanu et al. 2013).

    >>> clipped_norm(np.array([3.0, 4.0]), 1.0).tolist()
    [0.6000000000000001, 0.8]
    """
    length = norm(gradient)
    return gradient * (limit / length) if length > limit else gradient


def clipped_value(gradient: Floats, limit: float) -> Floats:
    """The gradient with every entry cut off at −limit and limit.

    >>> clipped_value(np.array([3.0, -0.5]), 1.0).tolist()
    [1.0, -0.5]
    """
    return np.clip(gradient, -limit, limit)


def clip_norm(parameters: Iterable[Value], limit: float) -> float:
    """Scale the ``.grad`` of the parameters down to the norm ``limit`` together, if it is longer; the norm it had.

    Raises:
        ArgumentError: limit is negative, infinite or nan.

    >>> w = Value(1.0); w.grad = 10.0
    >>> clip_norm([w], 1.0), w.grad
    (10.0, 1.0)
    """
    parameters, limit = list(parameters), real("limit", limit, 0.0)
    gradient = np.array([p.grad for p in parameters], dtype=float)
    _assign(parameters, clipped_norm(gradient, limit))
    return norm(gradient)


def clip_value(parameters: Iterable[Value], limit: float) -> None:
    """Cut each ``.grad`` off at −limit and limit.

    Raises:
        ArgumentError: limit is negative, infinite or nan.

    >>> w = Value(1.0); w.grad = -10.0
    >>> clip_value([w], 1.0); w.grad
    -1.0
    """
    parameters, limit = list(parameters), real("limit", limit, 0.0)
    _assign(parameters, clipped_value(np.array([p.grad for p in parameters], dtype=float), limit))


def _assign(parameters: list[Value], gradient: Floats) -> None:
    for parameter, number in zip(parameters, gradient.tolist()):
        parameter.grad = number
