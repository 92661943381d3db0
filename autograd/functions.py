"""Functions that are made of ops: each takes numbers, Values or a mixture, and is a method of Value as well.

They are plain compositions, so their derivatives need no rule of their own. ``T`` is a kind of number: for
checkers and editors ``docs/stubs.py`` writes it out as float, as Value, and as a mixture, from which a Value comes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TypeVar

from . import ops
from .op import Operand

T = TypeVar("T", bound=Operand | float)

__all__ = [
    "deg2rad", "dot", "elu", "leaky_relu", "log_softmax", "logsigmoid", "logsumexp", "mean",
    "rad2deg", "reciprocal", "rsqrt", "softmax", "square", "sum",
]  # fmt: skip


def square(x: T) -> T:
    """x².

    >>> square(3.0)
    9.0
    """
    return ops.mul(x, x)


def reciprocal(x: T) -> T:
    """1/x; inf at 0.

    >>> reciprocal(4.0)
    0.25
    """
    return ops.div(1.0, x)


def rsqrt(x: T) -> T:
    """1/√x.

    >>> rsqrt(4.0)
    0.5
    """
    return ops.div(1.0, ops.sqrt(x))


def deg2rad(x: T) -> T:
    """Degrees as radians: π/180·x.

    >>> deg2rad(180.0) == math.pi
    True
    """
    return ops.mul(x, math.pi / 180.0)


def rad2deg(x: T) -> T:
    """Radians as degrees: 180/π·x.

    >>> rad2deg(math.pi)
    180.0
    """
    return ops.mul(x, 180.0 / math.pi)


def leaky_relu(x: T, slope: T | float = 0.01) -> T:
    """x where x > 0, slope·x elsewhere (at 0 the derivative is the slope, as in PyTorch).

    >>> leaky_relu(-2.0, 0.5)
    -1.0
    """
    return ops.prelu(x, slope)


def elu(x: T, alpha: T | float = 1.0) -> T:
    """x where x > 0, alpha·(e^x − 1) elsewhere (Clevert et al. 2016). The inner ``where`` keeps e^x from overflowing.

    >>> elu(2.0), elu(-1e9)
    (2.0, -1.0)
    """
    positive = ops.greater(x, 0.0)
    return ops.where(positive, x, ops.mul(alpha, ops.expm1(ops.where(positive, 0.0, x))))


def logsigmoid(x: T) -> T:
    """log σ(x) = −softplus(−x), which neither overflows nor takes the log of 0.

    >>> logsigmoid(-1000.0)
    -1000.0
    """
    return ops.neg(ops.softplus(ops.neg(x)))


def sum(values: Iterable[T]) -> T:  # noqa: A001  # the name users look for, as in NumPy
    """The sum of any number of values as one node, correctly rounded; 0.0 for none.

    >>> sum([1e16, 1.0, -1e16])
    1.0
    """
    return ops.sum_of(*_several("sum", values))


def mean(values: Iterable[T]) -> T:
    """The sum divided by the count.

    Raises:
        ValueError: for no values.

    >>> mean([1.0, 2.0, 6.0])
    3.0
    """
    values = _several("mean", values)
    if not values:
        raise ValueError("mean of no values: give at least one")
    return ops.div(ops.sum_of(*values), float(len(values)))


def dot(left: Iterable[T], right: Iterable[T]) -> T:
    """left₁·right₁ + … + leftₙ·rightₙ as one node.

    Raises:
        ValueError: where the lengths differ.

    >>> dot([1.0, 2.0], [3.0, 4.0])
    11.0
    """
    left, right = _several("dot", left), _several("dot", right)
    if len(left) != len(right):
        raise ValueError(f"dot of {len(left)} and {len(right)} values: both sides need the same number")
    return ops.dot_of(*left, *right)


def logsumexp(values: Iterable[T]) -> T:
    """log(e^v₁ + … + e^vₙ) as one node, with no overflow; −inf for none.

    >>> logsumexp([1000.0, 1000.0]) == 1000.0 + math.log(2.0)
    True
    """
    values = _several("logsumexp", values)
    return ops.logsumexp_of(*values) if values else -math.inf  # type: ignore[return-value]  # a number: of no values


def log_softmax(values: Iterable[T]) -> list[T]:
    """The logarithm of each softmax: vᵢ − logsumexp(v), but right where the two cancel, too.

    >>> [round(x, 4) for x in log_softmax([0.0, 0.0])]
    [-0.6931, -0.6931]
    """
    values = _several("log_softmax", values)
    return [ops.log_softmax_of(*_first(i, values)) for i in range(len(values))]


def softmax(values: Iterable[T]) -> list[T]:
    """e^vᵢ / Σ e^v for each i: positive, and they sum to 1.

    >>> [round(p, 12) for p in softmax([5.0, 5.0])]
    [0.5, 0.5]
    """
    values = _several("softmax", values)
    return [ops.softmax_of(*_first(i, values)) for i in range(len(values))]


def _several(name: str, values: Iterable[T] | float) -> tuple[T, ...]:
    """The values, which come as one list.

    Raises:
        TypeError: for anything else, a single value above all.
    """
    if not isinstance(values, Iterable):
        lists = "[a, b], [c, d]" if name == "dot" else "[a, b]"
        raise TypeError(f"{name} takes lists of values, as in {name}({lists}); got a {type(values).__name__}")
    return tuple(values)


def _first(i: int, values: tuple[T, ...]) -> tuple[T, ...]:
    """The values with the i-th put first."""
    return (values[i], *values[:i], *values[i + 1 :])
