"""Gradient clipping, for the flat arrays of ``fit`` and for parameters in your own loop."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from ...autograd.value import Value
from ..checks import real
from ..data import Floats
from ..parameters import gradient_of, listed_parameters, write_gradient


def norm(gradient: Floats) -> float:
    """√Σ g², without overflow or underflow on the way; inf if an entry is infinite.

    >>> f"{norm(np.array([3e200, 4e200])):.6e}"
    '5.000000e+200'
    """
    squares = float(np.vdot(gradient, gradient))  # which, unlike @, does not warn of an overflow
    if 1e-280 < squares < 1e280:
        return math.sqrt(squares)
    largest = float(np.abs(gradient).max(initial=0.0))
    return largest * float(np.linalg.norm(gradient / largest)) if 0.0 < largest < np.inf else largest


def clipped_norm(gradient: Floats, limit: float) -> Floats:
    """The gradient, scaled down to the norm ``limit`` if it is longer (Pascanu et al. 2013).

    >>> clipped_norm(np.array([3.0, 4.0]), 1.0).tolist()
    [0.6000000000000001, 0.8]
    """
    length = norm(gradient)
    return gradient * (limit / length) if length > limit else gradient


def clipped_value(gradient: Floats, limit: float) -> Floats:
    """The gradient with every entry clipped to the range from −limit to limit.

    >>> clipped_value(np.array([3.0, -0.5]), 1.0).tolist()
    [1.0, -0.5]
    """
    return np.clip(gradient, -limit, limit)


def clip_norm(parameters: Iterable[Value], limit: float) -> float:
    """Scale the parameters' gradient down to the norm ``limit`` if it is longer; returns the norm before.

    Raises:
        ArgumentError: limit is negative, infinite or nan.

    >>> w = Value(1.0); w.grad = 10.0
    >>> clip_norm([w], 1.0), w.grad
    (10.0, 1.0)
    """
    parameters, limit = listed_parameters(parameters), real("limit", limit, 0.0)
    gradient = gradient_of(parameters)
    write_gradient(parameters, clipped_norm(gradient, limit))
    return norm(gradient)


def clip_value(parameters: Iterable[Value], limit: float) -> None:
    """Clip each ``.grad`` to the range from −limit to limit.

    Raises:
        ArgumentError: limit is negative, infinite or nan.

    >>> w = Value(1.0); w.grad = -10.0
    >>> clip_value([w], 1.0); w.grad
    -1.0
    """
    parameters, limit = listed_parameters(parameters), real("limit", limit, 0.0)
    write_gradient(parameters, clipped_value(gradient_of(parameters), limit))
