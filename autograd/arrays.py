"""The array forms of ops that NumPy has no ufunc for, as the op table names them ("arrays.relu").

Each takes arrays (or numbers), writes into ``out`` where one is given, and answers nan and inf as the float form does.
Each stands by itself, so that ``program.to_source`` can copy it into a script.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Array = np.ndarray


def elementwise(function: Callable[..., float]) -> Callable[..., Array]:
    """A function of floats as one of arrays, element by element: the slow way, for ops that have no array form."""

    def each(*operands: Array, out: Array | None = None) -> Array:
        broadcast = np.broadcast_arrays(*operands)
        results = [function(*numbers) for numbers in zip(*(np.asarray(x, float).ravel().tolist() for x in broadcast))]
        shaped = np.array(results, dtype=float).reshape(broadcast[0].shape)
        if out is None:
            return shaped
        out[...] = shaped
        return out

    return each


def relu(x: Array, out: Array | None = None) -> Array:
    """max(x, 0)."""
    return np.maximum(x, 0.0, out=out)


def step(x: Array, out: Array | None = None) -> Array:
    """1 for x > 0, 0 for x ≤ 0, nan for nan. (``sign`` of the positive part: a third of ``heaviside``'s time.)"""
    out = np.maximum(x, 0.0, out=out)
    return np.sign(out, out=out)


def sigmoid(x: Array, out: Array | None = None) -> Array:
    """1/(1+e^−x); where e^−x overflows it is 0, and below −36 it is e^x itself."""
    out = np.negative(x, out=out)
    np.exp(out, out=out)
    np.add(out, 1.0, out=out)
    return np.divide(1.0, out, out=out)


def softplus(x: Array, out: Array | None = None) -> Array:
    """log(1 + e^x)."""
    return np.logaddexp(x, 0.0, out=out)


def sech(x: Array, out: Array | None = None) -> Array:
    """1/cosh(x) = 2e/(1+e²) with e = e^−|x|."""
    out = np.abs(x, out=out)
    np.negative(out, out=out)
    np.exp(out, out=out)
    denominator = out * out
    denominator += 1.0
    np.divide(out, denominator, out=out)
    return np.multiply(out, 2.0, out=out)


def gaussian(x: Array, out: Array | None = None) -> Array:
    """e^(−x²)."""
    out = np.multiply(x, x, out=out)
    np.negative(out, out=out)
    return np.exp(out, out=out)


def normal_pdf(x: Array, out: Array | None = None) -> Array:
    """e^(−x²/2)/√(2π)."""
    out = np.multiply(x, x, out=out)
    np.multiply(out, -0.5, out=out)
    np.exp(out, out=out)
    return np.multiply(out, 0.3989422804014327, out=out)


def one_minus_square(x: Array, out: Array | None = None) -> Array:
    """1 − x² as (1−x)(1+x)."""
    above = np.add(x, 1.0)
    out = np.subtract(1.0, x, out=out)
    return np.multiply(out, above, out=out)


def unit(x: Array, y: Array, out: Array | None = None) -> Array:
    """x/hypot(x, y); 0 at the origin, ±1 where only x is infinite. Scaled by a power of two, so nothing overflows."""
    exponent = -np.frexp(np.maximum(np.abs(x), np.abs(y)))[1]
    x, y = np.ldexp(x, exponent), np.ldexp(y, exponent)
    h = np.hypot(x, y)
    ratio = np.where(np.isinf(x) & np.isfinite(y), np.sign(x), np.divide(x, np.where(h == 0.0, 1.0, h)))
    if out is None:
        return ratio
    out[...] = ratio
    return out


def beats(x: Array, y: Array, out: Array | None = None) -> Array:
    """1 where x > y, ½ in a tie, 0 where x < y, nan beside nan."""
    difference = np.where(np.equal(x, y), 0.0, np.subtract(x, y))
    np.sign(difference, out=difference)
    difference += 1.0
    return np.multiply(difference, 0.5, out=out)


def where(condition: Array, a: Array, b: Array, out: Array | None = None) -> Array:
    """a where the condition is not 0, b elsewhere."""
    chosen = np.where(np.not_equal(condition, 0.0), a, b)
    if out is None:
        return chosen
    out[...] = chosen
    return out


def less(a: Array, b: Array, out: Array | None = None) -> Array:
    """1.0 where a < b, 0.0 elsewhere."""
    return np.less(a, b, out=_floats(a, b, out), casting="unsafe")


def less_equal(a: Array, b: Array, out: Array | None = None) -> Array:
    """1.0 where a ≤ b, 0.0 elsewhere."""
    return np.less_equal(a, b, out=_floats(a, b, out), casting="unsafe")


def greater(a: Array, b: Array, out: Array | None = None) -> Array:
    """1.0 where a > b, 0.0 elsewhere."""
    return np.greater(a, b, out=_floats(a, b, out), casting="unsafe")


def greater_equal(a: Array, b: Array, out: Array | None = None) -> Array:
    """1.0 where a ≥ b, 0.0 elsewhere."""
    return np.greater_equal(a, b, out=_floats(a, b, out), casting="unsafe")


def equal(a: Array, b: Array, out: Array | None = None) -> Array:
    """1.0 where a = b, 0.0 elsewhere."""
    return np.equal(a, b, out=_floats(a, b, out), casting="unsafe")


def not_equal(a: Array, b: Array, out: Array | None = None) -> Array:
    """1.0 where a ≠ b, 0.0 elsewhere."""
    return np.not_equal(a, b, out=_floats(a, b, out), casting="unsafe")


def _floats(a: Array, b: Array, out: Array | None) -> Array:
    """``out``, or a new array of floats for the result of a comparison."""
    return np.empty(np.broadcast(a, b).shape) if out is None else out


def peak(x: Array, axis: int = -1, out: Array | None = None) -> Array:
    """The largest along an axis; 0 where that is infinite or nan."""
    out = np.maximum.reduce(x, axis=axis, out=out)
    total = out.sum()
    if total - total != 0.0:
        np.copyto(out, 0.0, where=~np.isfinite(out))
    return out
