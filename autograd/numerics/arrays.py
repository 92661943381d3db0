"""The array forms of ops that NumPy has no ufunc for, as the op table names them ("arrays.relu").

Each takes arrays (or numbers), writes into ``out`` where one is given, and answers nan and inf as the float form does.
Each stands by itself, so that ``program.to_source`` can copy it into a script.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .floats import total
from .gamma_arrays import digamma as digamma  # named again, so that they are array forms like those below
from .gamma_arrays import lgamma as lgamma
from .gamma_arrays import polygamma as polygamma

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


def written(function: Callable[..., Array]) -> Callable[..., Array]:
    """A function of arrays as one that takes ``out`` too."""

    def into(*operands: Array, out: Array | None = None) -> Array:
        return _into(function(*operands), out)

    return into


def relu(x: Array, out: Array | None = None) -> Array:
    """max(x, 0)."""
    return np.maximum(x, 0.0, out=out)


def selected(d: Array, g: Array, out: Array | None = None) -> Array:
    """d·g, and 0 where d is 0. Where all products are finite that is so by itself, and one sum of squares tells."""
    product = np.multiply(d, g)
    if not finite(product):
        product = np.where(np.equal(d, 0.0), 0.0, product)
    return _into(product, out)


def finite(x: Array) -> bool:
    """Whether all numbers are finite, at once; False as well where a square overflows."""
    total = float(np.vdot(x, x))
    return total - total == 0.0


def flat(x: Array, out: Array | None = None) -> Array:
    """0, and nan for nan."""
    return _into(np.where(np.equal(x, x), 0.0, x), out)


def heaviside(x: Array, out: Array | None = None) -> Array:
    """1 for x > 0, 0 for x ≤ 0, nan for nan. (``sign`` of the positive part: ``np.heaviside`` is slower.)"""
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


def hardtanh(x: Array, out: Array | None = None) -> Array:
    """x, cut off at −1 and 1."""
    return np.clip(x, -1.0, 1.0, out=out)


def prelu(x: Array, slope: Array, out: Array | None = None) -> Array:
    """x for x > 0, slope·x elsewhere."""
    chosen = np.where(np.greater(x, 0.0), x, np.multiply(slope, x))
    return _into(chosen, out)


def silu(x: Array, out: Array | None = None) -> Array:
    """x·σ(x)."""
    e = np.exp(np.negative(np.abs(x)))
    return _into(np.where(np.greater_equal(x, 0.0), x, x * e) / (1.0 + e), out)


def silu_slope(x: Array, out: Array | None = None) -> Array:
    """σ(x)·(1 + x·σ(−x)); where e^−|x| is 0 it is 1 or 0, and x is left out, which may be infinite."""
    e = np.exp(np.negative(np.abs(x)))
    positive, finite = np.greater_equal(x, 0.0), np.where(e == 0.0, 0.0, x)
    rest = np.where(positive, e, 1.0) / (1.0 + e)
    return _into(np.where(positive, 1.0, e) / (1.0 + e) * (1.0 + finite * rest), out)


def sigmoid_difference(x: Array, y: Array, out: Array | None = None) -> Array:
    """e^x/(e^x + e^y) = σ(x − y)."""
    return sigmoid(np.subtract(x, y), out=out)


def over_squared_norm(x: Array, y: Array, out: Array | None = None) -> Array:
    """x/(x²+y²); 0 at the origin."""
    h = np.hypot(x, y)
    ratio = np.divide(over_norm(x, y), np.where(h == 0.0, 1.0, h))
    return _into(ratio, out)


def truncated_quotient(x: Array, y: Array, out: Array | None = None) -> Array:
    """x/y without its fraction."""
    whole = np.subtract(x, np.fmod(x, y))
    return np.floor(np.divide(whole, y) + 0.5, out=out)


def gaussian_slope(x: Array, out: Array | None = None) -> Array:
    """−2x·e^(−x²); 0 at the infinities."""
    near = np.where(np.isinf(x), 0.0, x)
    return _into(-2.0 * near * gaussian(near), out)


def normal_slope(x: Array, out: Array | None = None) -> Array:
    """−x·φ(x); 0 at the infinities."""
    near = np.where(np.isinf(x), 0.0, x)
    return _into(-near * normal_pdf(near), out)


def _into(result: Array, out: Array | None) -> Array:
    """The result, in ``out`` if there is one."""
    if out is None:
        return result
    out[...] = result
    return out


# ── the error function: see _erf_parts ────────────────────────────────────────────────────────────────────────────────

_ERF_SMALL = (
    (1.28379167095512558561e-01, -3.25042107247001499370e-01, -2.84817495755985104766e-02, -5.77027029648944159157e-03,
     -2.37630166566501626084e-05),
    (1.0, 3.97917223959155352819e-01, 6.50222499887672944485e-02, 5.08130628187576562776e-03,
     1.32494738004321644526e-04, -3.96022827877536812320e-06),
)  # fmt: skip
_ERF_ONE, _ERF_NEAR_ONE = 8.45062911510467529297e-01, (
    (-2.36211856075265944077e-03, 4.14856118683748331666e-01, -3.72207876035701323847e-01, 3.18346619901161753674e-01,
     -1.10894694282396677476e-01, 3.54783043256182359371e-02, -2.16637559486879084300e-03),
    (1.0, 1.06420880400844228286e-01, 5.40397917702171048937e-01, 7.18286544141962662868e-02,
     1.26171219808761642112e-01, 1.36370839120290507362e-02, 1.19844998467991074170e-02),
)  # fmt: skip
_ERFC_MIDDLE = (
    (-9.86494403484714822705e-03, -6.93858572707181764372e-01, -1.05586262253232909814e01, -6.23753324503260060396e01,
     -1.62396669462573470355e02, -1.84605092906711035994e02, -8.12874355063065934246e01, -9.81432934416914548592e00),
    (1.0, 1.96512716674392571292e01, 1.37657754143519042600e02, 4.34565877475229228821e02, 6.45387271733267880336e02,
     4.29008140027567833386e02, 1.08635005541779435134e02, 6.57024977031928170135e00, -6.04244152148580987438e-02),
)  # fmt: skip
_ERFC_FAR = (
    (-9.86494292470009928597e-03, -7.99283237680523006574e-01, -1.77579549177547519889e01, -1.60636384855821916062e02,
     -6.37566443368389627722e02, -1.02509513161107724954e03, -4.83519191608651397019e02),
    (1.0, 3.03380607434824582924e01, 3.25792512996573918826e02, 1.53672958608443695994e03, 3.19985821950859553908e03,
     2.55305040643316442583e03, 4.74528541206955367215e02, -2.24409524465858183362e01),
)  # fmt: skip


def _ratio(x: Array, polynomials: tuple[tuple[float, ...], tuple[float, ...]]) -> Array:
    """One polynomial in x over another, by Horner's rule."""
    values = []
    for coefficients in polynomials:
        value = np.full(np.shape(x), coefficients[-1])
        for coefficient in coefficients[-2::-1]:
            value *= x
            value += coefficient
        values.append(value)
    return values[0] / values[1]


def _erf_parts(x: Array) -> tuple[Array, Array]:
    """erf(x) where |x| < 0.84375, or else erfc(|x|); and which it is.

    By the rational approximations of FreeBSD's msun (s_erf.c), good to one ulp on each of their intervals:
    Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved. Developed at SunPro, a Sun Microsystems, Inc.
    business. Permission to use, copy, modify, and distribute this software is freely granted, provided that this notice
    is preserved.
    """
    x = np.asarray(x, dtype=float)
    size = np.abs(x)
    near = size < 0.84375
    found = np.where(near, x + x * _ratio(np.where(near, x * x, 0.0), _ERF_SMALL), x)
    middle = ~near & (size < 1.25)
    if middle.any():
        found[middle] = 1.0 - _ERF_ONE - _ratio(size[middle] - 1.0, _ERF_NEAR_ONE)
    for low, high, polynomials in ((1.25, 1.0 / 0.35, _ERFC_MIDDLE), (1.0 / 0.35, np.inf, _ERFC_FAR)):
        part = (size >= low) & (size < high) if high < np.inf else size >= low
        if part.any():
            s = size[part]
            head = np.floor(s * 65536.0) / 65536.0  # whose square is exact
            power = np.exp(-head * head - 0.5625) * np.exp((head - s) * (head + s) + _ratio(1.0 / (s * s), polynomials))
            found[part] = np.where(s < 28.0, power / s, 0.0)
    return found, near


def erf(x: Array, out: Array | None = None) -> Array:
    """The error function."""
    found, near = _erf_parts(x)
    return _into(np.where(near | np.isnan(found), found, np.copysign(1.0 - found, x)), out)


def erfc(x: Array, out: Array | None = None) -> Array:
    """1 − erf(x)."""
    found, near = _erf_parts(x)
    return _into(np.where(near, 1.0 - found, np.where(np.less(x, 0.0), 2.0 - found, found)), out)


def normal_cdf(x: Array, out: Array | None = None) -> Array:
    """½ erfc(−x/√2), corrected to first order for the rounding of x/√2, which the left tail magnifies x² times."""
    z = np.multiply(x, 0.7071067811865476)
    head = np.floor(np.multiply(x, 65536.0)) / 65536.0
    rounding = (head * 0.7071067802608013 - z) + (x - head) * 0.7071067802608013 + np.multiply(x, 9.257462090932271e-10)
    tail = np.greater(x, -40.0) & np.less(x, 0.0)
    return _into(0.5 * erfc(-z) + np.where(tail, rounding * normal_pdf(x) * 1.4142135623730951, 0.0), out)


def gelu(x: Array, out: Array | None = None) -> Array:
    """x·Φ(x)."""
    return np.multiply(x, normal_cdf(x), out=out)


def gelu_slope(x: Array, out: Array | None = None) -> Array:
    """Φ(x) + x·φ(x)."""
    return np.subtract(normal_cdf(x), normal_slope(x), out=out)


def gelu_curvature(x: Array, out: Array | None = None) -> Array:
    """(2 − x²)·φ(x); 0 far out."""
    near = np.where(np.abs(x) >= 40.0, 40.0, x)
    return _into((2.0 - near * near) * np.where(np.abs(x) >= 40.0, 0.0, normal_pdf(near)), out)


def over_norm(x: Array, y: Array, out: Array | None = None) -> Array:
    """x/hypot(x, y); 0 at the origin, ±1 where only x is infinite. Scaled by a power of two, so nothing overflows."""
    exponent = -np.frexp(np.maximum(np.abs(x), np.abs(y)))[1]
    x, y = np.ldexp(x, exponent), np.ldexp(y, exponent)
    h = np.hypot(x, y)
    ratio = np.where(np.isinf(x) & np.isfinite(y), np.sign(x), np.divide(x, np.where(h == 0.0, 1.0, h)))
    return _into(ratio, out)


def maximum_slope(x: Array, y: Array, out: Array | None = None) -> Array:
    """1 where x > y, ½ in a tie, 0 where x < y, nan beside nan."""
    difference = np.where(np.equal(x, y), 0.0, np.subtract(x, y))
    np.sign(difference, out=difference)
    difference += 1.0
    return np.multiply(difference, 0.5, out=out)


def where(condition: Array, a: Array, b: Array, out: Array | None = None) -> Array:
    """a where the condition is not 0, b elsewhere."""
    chosen = np.where(np.not_equal(condition, 0.0), a, b)
    return _into(chosen, out)


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
    """The largest along an axis; 0 where that is −∞."""
    out = np.maximum.reduce(x, axis=axis, out=out)
    total = out.sum()
    if total - total != 0.0:
        np.copyto(out, 0.0, where=np.isneginf(out))
    return out


def sum_exactly(out: np.ndarray, axis: int, *parts: tuple[np.ndarray, int]) -> None:
    """Sums that are each rounded once, into ``out``.

    Args:
        out: the sums.
        axis: where the parts have their terms, if they have more than one.
        parts: arrays, or single numbers, with how many terms each has.
    """
    rows = []
    for part, terms in parts:
        wide = np.broadcast_to(part, out.shape) if terms == 1 else part
        wide = np.expand_dims(wide, axis) if terms == 1 else wide
        full = np.broadcast_to(wide, (*out.shape[:axis], terms, *out.shape[axis:]))
        rows.append(np.moveaxis(full, axis, -1).reshape(out.size, terms))
    out[...] = np.array([total(row) for row in np.concatenate(rows, axis=1).tolist()]).reshape(out.shape)


def peak_plus_log(m: Array, s: Array, out: Array | None = None) -> Array:
    """m + log s; ∞ for an m of ∞, beside which s is nan."""
    sums = np.add(m, np.log(s))
    return _into(sums if finite(sums) else np.where(np.equal(m, np.inf), m, sums), out)


def isnan(x: Array, out: Array | None = None) -> Array:
    """1.0 for nan, 0.0 for a number."""
    return _into(np.isnan(x) * 1.0, out)


def isfinite(x: Array, out: Array | None = None) -> Array:
    """1.0 for a number, 0.0 for nan and the infinities."""
    return _into(np.isfinite(x) * 1.0, out)
