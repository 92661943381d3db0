"""The elementary functions on Python floats, as IEEE-754 and NumPy answer: nothing raises, nothing turns complex.

``math.exp(1000)`` raises; here it is inf. Each function is right to a few ulps (units in the last place) over the
whole double range, which is why several are written in a form that one would not write first.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Iterable

import numpy as np

inf, nan = math.inf, math.nan

_SQRT_HALF = math.sqrt(0.5)
_SQRT_HALF_HEAD = math.floor(_SQRT_HALF * 2.0**30) / 2.0**30  # short enough for exact products
_SQRT_HALF_TAIL = (_SQRT_HALF - _SQRT_HALF_HEAD) - 4.833646656726457e-17  # √½ − head, to double that precision

ACCEPTED = "a real number (int, float, bool, fractions.Fraction or a NumPy real scalar)"


def as_float(number: object) -> float:
    """The number as a Python float.

    Raises:
        TypeError: for anything that is not a real scalar.
        OverflowError: for an int beyond the range of a float.
    """
    if type(number) is float:
        return number
    if isinstance(number, (numbers.Real, np.bool_)):
        try:
            return float(number)
        except OverflowError:
            raise OverflowError(
                f"an int of {int(number).bit_length()} bits is beyond the range of a float (about 1.8e308)"
            ) from None
    raise TypeError(f"expected {ACCEPTED}, got {type(number).__name__}: {number!r:.60}")


def ieee(
    function: Callable[[float], float], *, overflow: Callable[[float], float] = abs, pole: float | None = None
) -> Callable[[float], float]:
    """``function`` with nan for what lies outside its domain, ±inf where it overflows or meets its pole.

    ``overflow`` gives the sign of the infinity from x; ``pole`` is the |x| at which the function is infinite
    (−inf at a pole of 0 or −1, the sign of x at ±1).
    """

    def safe(x: float) -> float:
        try:
            return function(x)
        except OverflowError:
            return math.copysign(inf, overflow(x))
        except ValueError:
            return nan if pole is None or x != x or abs(x) != pole else math.copysign(inf, overflow(x))

    return safe


def _negative(_: float) -> float:
    return -1.0


exp = ieee(math.exp)
expm1 = ieee(math.expm1)
sinh = ieee(math.sinh, overflow=float)
cosh = ieee(math.cosh)
log = ieee(math.log, overflow=_negative, pole=0.0)
log2 = ieee(math.log2, overflow=_negative, pole=0.0)
log10 = ieee(math.log10, overflow=_negative, pole=0.0)
atanh = ieee(math.atanh, overflow=float, pole=1.0)
sqrt, sin, cos, tan = ieee(math.sqrt), ieee(math.sin), ieee(math.cos), ieee(math.tan)
asin, acos, acosh = ieee(math.asin), ieee(math.acos), ieee(math.acosh)


def log1p(x: float) -> float:
    return math.log1p(x) if x > -1.0 else -inf if x == -1.0 else nan


def power(x: float, y: float) -> float:
    """x**y as C's pow: (-8)**0.5 is nan, 0**-1 is inf, an overflow has its sign."""
    try:
        return math.pow(x, y)
    except ValueError:
        if x != 0.0:
            return nan
        return math.copysign(inf, x) if y % 2.0 == 1.0 else inf
    except OverflowError:
        return -inf if x < 0.0 and y % 2.0 == 1.0 else inf


def divide(a: float, b: float) -> float:
    try:
        return a / b
    except ZeroDivisionError:
        return nan if a == 0.0 or a != a else math.copysign(inf, a) * math.copysign(1.0, b)


def exp2(x: float) -> float:
    return power(2.0, x)


def sigmoid(x: float) -> float:
    """1/(1+e^−x), from whichever exponential cannot overflow."""
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    e = exp(x)
    return e / (1.0 + e)


def softplus(x: float) -> float:
    """log(1+e^x) = max(x, 0) + log1p(e^−|x|)."""
    return (x if x > 0.0 else 0.0) + math.log1p(math.exp(-abs(x))) if x == x else x


def sech(x: float) -> float:
    """1/cosh(x) as 2e/(1+e²) with e = e^−|x|, which does not overflow."""
    e = math.exp(-abs(x))
    return 2.0 * e / (1.0 + e * e)


def gaussian(x: float) -> float:
    """e^(−x²): x is split into a short head, whose square is exact, and a tail, so that no digit of x² is lost."""
    if not abs(x) < 30.0:
        return nan if x != x else 0.0
    head = math.floor(x * 65536.0) / 65536.0
    return math.exp(-head * head) * math.exp(-(x - head) * (x + head))


def normal_pdf(x: float) -> float:
    """e^(−x²/2)/√(2π), with x split as in ``gaussian``."""
    if not abs(x) < 40.0:
        return nan if x != x else 0.0
    head = math.floor(x * 65536.0) / 65536.0
    return math.exp(-0.5 * head * head) * math.exp(-0.5 * (x - head) * (x + head)) * 0.3989422804014327


def normal_cdf(x: float) -> float:
    """½ erfc(−x/√2), corrected to first order for the rounding of x/√2 (which the left tail would magnify x² times)."""
    z = x * _SQRT_HALF
    if not -40.0 < x < 0.0:
        return 0.5 * math.erfc(-z)
    head = math.floor(x * 65536.0) / 65536.0
    rounding = (head * _SQRT_HALF_HEAD - z) + (x - head) * _SQRT_HALF_HEAD + x * _SQRT_HALF_TAIL
    return 0.5 * math.erfc(-z) + rounding * normal_pdf(x) * 1.4142135623730951


def one_minus_square(x: float) -> float:
    """1−x² as (1−x)(1+x), exact where 1 and x² would cancel."""
    return (1.0 - x) * (1.0 + x)


def unit(x: float, y: float) -> float:
    """x/hypot(x, y), the cosine of the angle of (x, y); 0 at the origin."""
    h = math.hypot(x, y)
    if 1e-300 < h < inf:
        return x / h
    if math.isfinite(x) and math.isfinite(y):  # h is 0, subnormal or overflows: scale by a power of two first
        exponent = -math.frexp(max(abs(x), abs(y)))[1]
        x, y = math.ldexp(x, exponent), math.ldexp(y, exponent)
        return x / math.hypot(x, y) if h else 0.0
    if x != x or y != y or math.isinf(x) and math.isinf(y):
        return nan
    return math.copysign(1.0, x) if math.isinf(x) else 0.0


def sign(x: float) -> float:
    return 1.0 if x > 0.0 else -1.0 if x < 0.0 else x if x != x else 0.0


def step(x: float) -> float:
    """1 for x > 0, 0 for x ≤ 0, nan for nan."""
    return 1.0 if x > 0.0 else 0.0 if x <= 0.0 else x


def beats(x: float, y: float) -> float:
    """How much of a maximum's gradient goes to x: 1 if x > y, ½ in a tie, 0 if x < y, nan beside nan."""
    return 1.0 if x > y else 0.0 if x < y else 0.5 if x == y else nan


def relu(x: float) -> float:
    return x if x > 0.0 else 0.0 if x <= 0.0 else x


def floor(x: float) -> float:
    return float(math.floor(x)) if math.isfinite(x) else x


def ceil(x: float) -> float:
    return float(math.ceil(x)) if math.isfinite(x) else x


def fmod(x: float, y: float) -> float:
    try:
        return math.fmod(x, y)
    except ValueError:
        return nan


def maximum(x: float, y: float) -> float:
    return x if x > y or x != x else y


def minimum(x: float, y: float) -> float:
    return x if x < y or x != x else y


def where(condition: float, a: float, b: float) -> float:
    return a if condition else b


def logaddexp(x: float, y: float) -> float:
    """log(e^x + e^y) = max + log1p(e^−|x−y|)."""
    if x == y:
        return x + math.log(2.0)
    return maximum(x, y) + math.log1p(exp(-abs(x - y)))


def total(terms: Iterable[float]) -> float:
    """The sum, correctly rounded (Shewchuk's exact addition, ``math.fsum``); IEEE's inf and nan where it has none."""
    terms = list(terms)
    try:
        return math.fsum(terms)
    except (OverflowError, ValueError):
        result = 0.0
        for term in terms:
            result += term
        return result


def sum_(*terms: float) -> float:
    return total(terms)


def dot(*terms: float) -> float:
    """x₁y₁ + … + xₙyₙ of (x₁, …, xₙ, y₁, …, yₙ): each product rounded once, their sum once."""
    half = len(terms) // 2
    return total([x * y for x, y in zip(terms[:half], terms[half:])])


def logsumexp(*terms: float) -> float:
    """log Σ e^x = m + log1p(Σ' e^(x−m)): m is the first largest term, and Σ' leaves it out, so no digit is lost at m = 0."""
    largest = max(range(len(terms)), key=lambda i: terms[i] if terms[i] == terms[i] else inf)
    m = terms[largest]
    if not math.isfinite(m):
        return nan if any(t != t for t in terms) else m
    return m + math.log1p(total([math.exp(t - m) for i, t in enumerate(terms) if i != largest]))
