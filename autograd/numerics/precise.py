"""Functions that lose their digits when they are computed as they are defined, on Python floats.

Four ways out are used. A difference that stands in an exponent, where its rounding error would be magnified, carries
that error along. A number whose square stands in an exponent is split into a short head, with an exact square, and a
tail. What would be subnormal on the way is kept as two halves. And where terms all but cancel, ``decimal`` sums them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext
from typing import TypeVar

from .floats import divide, exp, inf, log, nan, power, total

T = TypeVar("T", float, Decimal)

_SQRT_HALF = math.sqrt(0.5)
_SQRT_HALF_HEAD = math.floor(_SQRT_HALF * 2.0**30) / 2.0**30  # short enough for exact products
_SQRT_HALF_TAIL = (_SQRT_HALF - _SQRT_HALF_HEAD) - 4.833646656726457e-17  # √½ − head, to double that precision
_GELU_ROOT, _GELU_ROOT_TAIL = -0.7517915246935645, 1.4956759177009883e-17  # head + tail: where gelu has its minimum
_GAUSS = [  # Gauss and Legendre's six points and weights, for ∫₀¹ (Abramowitz & Stegun 25.4.30 and table 25.4)
    (0.03376524289842399, 0.08566224618958518), (0.9662347571015760, 0.08566224618958518),
    (0.16939530676686773, 0.18038078652406930), (0.8306046932331322, 0.18038078652406930),
    (0.38069040695840156, 0.23395696728634552), (0.6193095930415985, 0.23395696728634552),
]  # fmt: skip
_LOG_OF_0 = -1e100  # stands for −∞ until terms with a factor 0 have gone
_NORMAL = 0.3989422804014327  # 1/√(2π)


def _difference(x: float, y: float) -> tuple[float, float]:
    """x − y, rounded, and the rounding error, exactly (Knuth's TwoSum)."""
    d = x - y
    if not math.isfinite(d):
        return d, 0.0
    back = d - x
    return d, (x - (d - back)) - (y + back)


def _decimals(smallest: float) -> Context:
    """A context with 60 digits after the first of ``smallest``."""
    digits = 60 + max(0, -math.floor(math.log10(abs(smallest)))) if smallest else 60
    return Context(prec=digits, Emin=MIN_EMIN, Emax=MAX_EMAX)


# ── exponentials of many terms ─────────────────────────────────────────────────────────────────────────────────────


def _exponentials(terms: Sequence[float]) -> tuple[int, list[float]]:
    """Where the largest term m stands (nan counts as larger than all), and e^(t−m) for each."""
    place = max(range(len(terms)), key=lambda i: terms[i] if terms[i] == terms[i] else inf)
    m = terms[place]
    found = []
    for term in terms:
        d, error = _difference(term, m)
        e = math.exp(d) if d == d else nan
        found.append(e + e * error)
    return place, found


def logsumexp(*terms: float) -> float:
    """log Σ e^t.

    As m + log1p(Σ′ e^(t−m)), where Σ′ leaves out the largest term m, so that no digit is lost at m = 0.
    """
    place, powers = _exponentials(terms)
    m = terms[place]
    if not math.isfinite(m):
        return nan if any(t != t for t in terms) else m
    result = m + math.log1p(total(powers[:place] + powers[place + 1 :]))
    if 0.5 * m < result < -m:  # the two all but cancel
        with localcontext(_decimals(m)):
            return float(sum(Decimal(t).exp() for t in terms).ln())  # type: ignore[union-attr]  # of no terms sum is an int
    return result


def logaddexp(x: float, y: float) -> float:
    """log(e^x + e^y)."""
    return logsumexp(x, y)


def softmax(terms: Sequence[float]) -> list[float]:
    """e^t / Σ e^t for each term."""
    _, powers = _exponentials(terms)
    whole = total(powers)
    return [p / whole for p in powers]


def softmax_first(*terms: float) -> float:
    """e^t₁ / Σ e^t: the first term's share."""
    return softmax(terms)[0]


def softmax_rest(*terms: float) -> float:
    """1 − softmax_first, without the cancellation: the share of all other terms together."""
    _, powers = _exponentials(terms)
    return total(powers[1:]) / total(powers)


def log_softmax(*terms: float) -> float:
    """log(e^t₁ / Σ e^t): the logarithm of the first term's share.

    As t₁ − m − log1p(Σ′ e^(t−m)), whose parts have the same sign.
    """
    place, powers = _exponentials(terms)
    d, error = _difference(terms[0], terms[place])
    if terms[place] == inf:
        return nan
    others = total(powers[:place] + powers[place + 1 :]) if powers[0] != 1.0 else total(powers[1:])
    return d - (math.log1p(others) - error)


def sigmoid_difference(x: float, y: float) -> float:
    """e^x / (e^x + e^y) = σ(x − y), with the rounding error of x − y made good."""
    d, error = _difference(x, y)
    e = math.exp(-abs(d))
    s = 1.0 / (1.0 + e) if d > 0.0 else e / (1.0 + e)
    return s + s * (error * ((e if d > 0.0 else 1.0) / (1.0 + e))) if error else s


# ── the normal distribution ────────────────────────────────────────────────────────────────────────────────────────


def _head(x: float) -> float:
    """x, cut to 16 binary places: for |x| < 64 its square is exact."""
    return math.floor(x * 65536.0) / 65536.0


def gaussian(x: float) -> float:
    """e^(−x²)."""
    if not abs(x) < 30.0:
        return nan if x != x else 0.0
    head = _head(x)
    return math.exp(-head * head) * math.exp(-(x - head) * (x + head))


def gaussian_slope(x: float) -> float:
    """−2x·e^(−x²), the derivative of gaussian."""
    if not abs(x) < 30.0:
        return nan if x != x else 0.0
    head = _head(x)
    half = math.exp(-0.5 * head * head)
    return half * (math.exp(-(x - head) * (x + head)) * (-2.0 * x)) * half


def _density(x: float, factor: float) -> float:
    """factor·e^(−x²/2)/√(2π)."""
    if not abs(x) < 40.0:
        return nan if x != x else 0.0
    head = _head(x)
    rest = math.exp(-0.5 * (x - head) * (x + head)) * _NORMAL * factor
    if abs(x) < 37.0:
        return math.exp(-0.5 * head * head) * rest
    half = math.exp(-0.25 * head * head)  # whose square would be subnormal
    return half * rest * half


def normal_pdf(x: float) -> float:
    """φ(x) = e^(−x²/2)/√(2π)."""
    return _density(x, 1.0)


def normal_slope(x: float) -> float:
    """−x·φ(x), the derivative of φ."""
    return _density(x, -x)


def normal_cdf(x: float) -> float:
    """Φ(x) = ½ erfc(−x/√2), the normal distribution function.

    Corrected to first order for the rounding of x/√2, which the left tail magnifies x² times.
    """
    z = x * _SQRT_HALF
    if not -40.0 < x < 0.0:
        return 0.5 * math.erfc(-z)
    head = _head(x)
    rounding = (head * _SQRT_HALF_HEAD - z) + (x - head) * _SQRT_HALF_HEAD + x * _SQRT_HALF_TAIL
    return 0.5 * math.erfc(-z) + rounding * normal_pdf(x) * 1.4142135623730951


def _mills(x: float) -> float:
    """Φ(x)/φ(x) for x < −30, as −(1 − 1/x² + 3/x⁴ − 15/x⁶ + …)/x (Abramowitz & Stegun 26.2.12)."""
    series, inverse_square = 1.0, 1.0 / (x * x)
    for k in range(15, 0, -2):
        series = 1.0 - k * inverse_square * series
    return -series / x


def gelu(x: float) -> float:
    """x·Φ(x), with Φ the normal distribution function itself, not an approximation (Hendrycks & Gimpel 2016)."""
    return x * normal_cdf(x) if not -40.0 < x < -30.0 else _density(x, x * _mills(x))


def gelu_slope(x: float) -> float:
    """Φ(x) + x·φ(x), the derivative of gelu; by Gauss' quadrature where the two all but cancel."""
    if abs(x) >= 40.0:
        return 1.0 if x > 0.0 else 0.0
    if x < -30.0:
        return _density(x, _mills(x) + x)
    h = (x - _GELU_ROOT) - _GELU_ROOT_TAIL
    if not -0.4 < h < 0.27:
        return normal_cdf(x) + x * normal_pdf(x)
    return h * total([w * gelu_curvature(_GELU_ROOT + h * t) for t, w in _GAUSS])  # ∫ of the curvature from the root


def gelu_curvature(x: float) -> float:
    """(2 − x²)·φ(x), the second derivative of gelu."""
    if abs(x) >= 40.0:
        return 0.0
    head = _head(x) if x == x else x
    return _density(x, (2.0 - head * head) - (x - head) * (x + head))


def silu(x: float) -> float:
    """x·σ(x), also called swish (Elfwing et al. 2018).

    e^x is taken as the square of e^(x/2), which is not subnormal.
    """
    if x >= 0.0:
        return x / (1.0 + math.exp(-x))
    half = exp(0.5 * x)
    return half * (x / (1.0 + half * half)) * half


def silu_slope(x: float) -> float:
    """σ(x)·(1 + x·σ(−x)), the derivative of silu."""
    half = math.exp(-0.5 * abs(x))
    e = half * half
    if x >= 0.0:
        return (1.0 + (x * e / (1.0 + e) if e else 0.0)) / (1.0 + e)
    factor = 1.0 + x / (1.0 + e)
    if abs(factor) < 0.1:
        with localcontext(_decimals(1.0)):
            factor = float(1 + Decimal(x) / (1 + Decimal(x).exp()))
    return half * (factor / (1.0 + e)) * half if half else 0.0


# ── powers ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def power_derivative(x: float, y: float, n: float, k: float) -> float:
    """The n-th derivative by x of the k-th by y of x^y: x^(y−n) times a factor, a polynomial in y and log x.

    n and k are whole numbers up to 100. A factor of 0 makes it 0, whatever x is; where x^y does not move, at 0^y for
    y ≥ 0, its derivatives by y are 0.
    """
    if not (0.0 <= n <= 100.0 and 0.0 <= k <= 100.0):
        return nan
    n, k = int(n), int(k)
    if x == 0.0 and k and (y > n or (y == 0.0 and not n)):
        return 0.0
    rests = [y - i for i in range(n)]
    logarithm = (log(x) if x else _LOG_OF_0) if k else 0.0
    factor = _factor(rests, logarithm, k)
    if abs(factor) < 0.25 * _factor([abs(r) for r in rests], abs(logarithm), k) < inf and x > 0.0:
        with localcontext(_decimals(1.0)):
            factor = float(_factor([Decimal(y) - i for i in range(n)], Decimal(x).ln(), k))
    if x == 0.0 and abs(factor) > 0.5 * abs(_LOG_OF_0):
        factor = math.copysign(inf, factor)
    return _times_power(factor, x, y, n) if factor else 0.0


def power_slope(x: float, y: float) -> float:
    """y·x^(y−1), the derivative of x^y by x; at once where y−1 is not rounded and nothing is subnormal or infinite."""
    if (y >= 0.5 or y.is_integer()) and y and abs(y) < 2.0**53:
        lowered = power(x, y - 1.0)
        if x <= 0.0 or 1e-290 < lowered < inf:
            return y * lowered
    return power_derivative(x, y, 1.0, 0.0)


def _factor(rests: Sequence[T], logarithm: T, k: int) -> T:
    """The k-th derivative by ε of (r₁+ε)⋯(rₙ+ε)·e^(ε·logarithm) at ε = 0, by Leibniz' rule."""
    found = [type(logarithm)(1)]
    for _ in range(k):
        found.append(found[-1] * logarithm)
    for r in rests:
        found = [found[j] * r + (found[j - 1] * j if j else 0) for j in range(k + 1)]
    return found[k]


def _times_power(factor: float, x: float, y: float, n: int) -> float:
    """factor·x^(y−n); in steps where y−n would be rounded, in halves where the power would be subnormal or infinite."""
    taken = next(j for j in range(n, -1, -1) if not j or not x or _difference(y, float(j))[1] == 0.0)
    whole = power(x, y - taken)
    safe = not x > 0.0 or 1e-290 < whole < inf
    first, second = (whole, 1.0) if safe else (power(x, 0.5 * (y - taken)),) * 2
    result = factor * first if first or not math.isinf(factor) else 0.0  # an infinite factor is finite beside that 0
    for _ in range(n - taken):
        result = divide(result, x)
    return result * second


# ── the plane ──────────────────────────────────────────────────────────────────────────────────────────────────────


def over_norm(x: float, y: float) -> float:
    """x/hypot(x, y), the cosine of the angle of (x, y); 0 at the origin."""
    h = math.hypot(x, y)
    if 1e-300 < h < inf:
        return x / h
    if math.isfinite(x) and math.isfinite(y):  # h is 0, subnormal or overflows: scale by a power of two first
        exponent = -math.frexp(max(abs(x), abs(y)))[1]
        x, y = math.ldexp(x, exponent), math.ldexp(y, exponent)
        return x / math.hypot(x, y) if h else 0.0
    if x != x or y != y or (math.isinf(x) and math.isinf(y)):
        return nan
    return math.copysign(1.0, x) if math.isinf(x) else 0.0


def over_squared_norm(x: float, y: float) -> float:
    """x/(x²+y²), the first coordinate of (x, y) inverted in the unit circle; 0 at the origin."""
    h = math.hypot(x, y)
    return over_norm(x, y) / h if h else 0.0
