"""The array forms of lgamma, digamma and polygamma: the formulas of ``gamma``, each where it is for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from .gamma import (
    DEEP,
    FAR,
    LGAMMA_AT_MINIMUM,
    LGAMMA_AT_ONE,
    LGAMMA_AT_TWO,
    PSI_AT_TWO,
    PSI_AT_ZERO,
    PSI_ZERO,
    PSI_ZERO_TAIL,
    beyond_of,
    factorial,
    lgamma_far,
    one_minus_error,
    polynomial,
    psi_deep,
    psi_far,
    steps,
    threshold,
    zeta_addends,
    zeta_odd_addends,
)
from .gamma import polygamma as polygamma_of_floats

Array = np.ndarray


def lgamma(x: Array, out: Array | None = None) -> Array:
    """log |Γ(x)|."""
    nearest = np.rint(x)
    pole = np.less_equal(x, 0.0) & np.equal(x, nearest)
    minimum = np.greater(x, 1.2) & np.less(x, 1.75)
    about_one = (nearest >= 0.0) & (nearest <= 1.0) & (np.abs(x - nearest) <= 0.25)
    found = _by_parts(x, (
        (np.isinf(x) | pole, lambda x: np.full(x.shape, np.inf)),
        (np.greater_equal(x, FAR), lambda x: lgamma_far(x, np.log)),
        (np.less_equal(x, DEEP), _lgamma_deep),
        (minimum, lambda x: polynomial(LGAMMA_AT_MINIMUM, x - PSI_ZERO)),
        (about_one, _lgamma_about_one),
        (np.equal(x, x), _lgamma_near),
    ))  # fmt: skip
    return _given(found, out)


def _lgamma_deep(x: Array) -> Array:
    return -np.log(np.abs(x * np.sin(np.pi * (x - np.rint(x)))) / np.pi) - lgamma_far(-x, np.log)


def _lgamma_about_one(x: Array) -> Array:
    nearest = np.rint(x)
    near = (x - nearest) * polynomial(LGAMMA_AT_ONE, x - nearest) + 0.0
    return np.where(nearest == 1.0, near, near - np.log(np.abs(x)))


def _lgamma_near(x: Array) -> Array:
    nearest = np.rint(x)
    z = x - nearest
    product = np.ones(x.shape)
    for k in _between(nearest):
        product *= np.where(_is_between(k, nearest), z + k, 1.0)
    logarithm = np.log(np.abs(product))
    return z * polynomial(LGAMMA_AT_TWO, z) + np.where(nearest > 2.0, logarithm, -logarithm)


def digamma(x: Array, out: Array | None = None) -> Array:
    """ψ(x) = Γ′(x)/Γ(x)."""
    found = _by_parts(x, (
        (np.equal(x, 0.0), lambda x: -np.copysign(np.inf, x)),
        (np.less(x, 0.0) & (np.equal(x, np.rint(x))), lambda x: np.full(x.shape, np.nan)),
        (np.greater_equal(x, FAR), lambda x: np.log(x) - psi_far(x)),
        (np.greater(x, 1.2) & np.less(x, 1.75), _digamma_at_zero),
        (np.greater(x, -FAR), _digamma_near),
        (np.less_equal(x, -FAR), _digamma_deep),
    ))  # fmt: skip
    return _given(found, out)


def _digamma_at_zero(x: Array) -> Array:
    h = (x - PSI_ZERO) - PSI_ZERO_TAIL
    return h * polynomial(PSI_AT_ZERO, h)


def _digamma_near(x: Array) -> Array:
    nearest = np.rint(x)
    z = x - nearest
    inverses = [np.where(_is_between(k, nearest), (1.0 if k > 1 else -1.0) / (z + k), 0.0) for k in _between(nearest)]
    return _total([polynomial(PSI_AT_TWO, z), *inverses])


def _digamma_deep(x: Array) -> Array:
    _, exponent = np.frexp(-x * np.sqrt(0.5))
    return _total(psi_deep(x, x - np.rint(x), np.ldexp(-x, -exponent), exponent.astype(float), np.log))


def polygamma(n: Array, x: Array, out: Array | None = None) -> Array:
    """ψ⁽ⁿ⁾(x), the n-th derivative of digamma; nan for an n that is not a whole number ≥ 0."""
    orders, points = np.broadcast_arrays(np.asarray(n, float), np.asarray(x, float))
    found = np.full(points.shape, np.nan)
    for order in np.unique(orders[~np.isnan(orders)]).tolist():
        which = orders == order
        found[which] = _polygamma(order, points[which])
    return _given(found, out)


def _polygamma(n: float, x: Array) -> Array:
    """The same for one n. Special points, n > 170 and points next to a zero are left to the float form, one by one."""
    if n == 0.0:
        return digamma(x)
    alone = np.full(x.shape, not 0.0 < n <= 170.0 or n != np.floor(n))
    alone |= ~np.isfinite(x) | ((x <= 0.0) & (x == np.floor(x)))
    sign = 1.0 if n % 2.0 == 1.0 else -1.0
    negative = _polygamma_odd if sign > 0.0 else _polygamma_even
    return _by_parts(x, (
        (alone, lambda x: _one_by_one(n, x)),
        (x > 0.0, lambda x: sign * _with_factorial(n, x, _zeta_parts(n + 1.0, x, 0.0))),
        (x < 0.0, lambda x: negative(n, x)),
    ))  # fmt: skip


def _one_by_one(n: float, x: Array) -> Array:
    return np.array([polygamma_of_floats(n, number) for number in x.tolist()])


def _polygamma_odd(n: float, x: Array) -> Array:
    nearest = np.rint(x)
    q = np.abs(x - nearest)
    over = (0.0, 1.0 - 2.0 * q, beyond_of(x, nearest, q))
    here, left, below = (zeta_addends(n + 1.0, q, beyond, steps(n + 1.0), np.exp, np.log1p) for beyond in over)
    return _with_factorial(n, q, _total(here + left + [-t for t in below]))


def _polygamma_even(n: float, x: Array) -> Array:
    s, nearest = n + 1.0, np.rint(x)
    q, above = np.abs(x - nearest), 1.0 - x
    left = _total(zeta_odd_addends(s, q, steps(s), np.exp, np.log1p, np.expm1))
    paired = np.copysign(_with_factorial(n, q, left), x - nearest)
    rest = _with_factorial(n, above, _zeta_parts(s, above, 0.0) * (1.0 - s * one_minus_error(x, above) / above))
    value = np.where(np.isfinite(paired), -(paired + rest), -paired)
    alone = np.isfinite(paired) & (np.abs(paired) + rest > 2.0 * np.maximum(1.0, np.abs(value)))
    value[alone] = _one_by_one(n, x[alone])
    return value


def _zeta_parts(s: float, x: Array, beyond: float) -> Array:
    terms = steps(s) if (x < threshold(s)).any() else 0
    return _total(zeta_addends(s, x, beyond, terms, np.exp, np.log1p))


def _with_factorial(n: float, base: Array, sum_: Array) -> Array:
    """n!·base^−(n+1)·sum, by exponents, since the factors overflow before their product does."""
    (f, i), (b, j), (t, k) = factorial(n), np.frexp(base), np.frexp(sum_)
    return np.ldexp(f * b ** -(n + 1.0) * t, i - j * (int(n) + 1) + k)


# ── what they share ────────────────────────────────────────────────────────────────────────────────────────────────


def _by_parts(x: Array, parts: Sequence[tuple[Array, Callable[[Array], Array]]]) -> Array:
    """Each function where its condition is the first that holds; x itself where none does."""
    x = np.asarray(x, float)
    found, left = np.array(x), np.full(x.shape, True)
    for condition, function in parts:
        chosen = left & condition
        if chosen.any():
            found[chosen] = function(x[chosen])
            left &= ~chosen
    return found


def _between(nearest: Array) -> range:
    """All whole numbers k for which any z + k lies between an x = z + nearest and z + 2."""
    return range(int(min(nearest.min(), 2.0)), int(max(nearest.max(), 2.0)))


def _is_between(k: int, nearest: Array) -> Array:
    return (nearest > k) if k >= 2 else (nearest <= k)


def _total(addends: Sequence[Array]) -> Array:
    """The sum as if in twice the precision (Ogita, Rump & Oishi 2005, Sum2); plain where something is infinite."""
    total, error = addends[0], 0.0
    for addend in addends[1:]:
        longer = total + addend
        back = longer - total
        error = error + ((total - (longer - back)) + (addend - back))
        total = longer
    return np.where(np.isfinite(error), total + error, total)


def _given(found: Array, out: Array | None) -> Array:
    """The numbers, in ``out`` if there is one."""
    if out is None:
        return found
    out[...] = found
    return out
