"""The elementary functions on Python floats, as IEEE-754 and NumPy answer: nothing raises, nothing turns complex.

``math.exp(1000)`` raises; here it is inf. Each function is right to a few ulps (units in the last place) over the
whole double range; those for which that takes more than a line or two are in ``precise``.
"""

from __future__ import annotations

import math
import numbers
import operator
import sys
from collections.abc import Callable, Iterable
from fractions import Fraction

from .foreign import is_bool

inf, nan = math.inf, math.nan

ACCEPTED = "a real number (int, float, bool, fractions.Fraction or a NumPy real scalar)"


def as_float(number: object) -> float:
    """The number as a Python float.

    Raises:
        TypeError: for anything that is not a real scalar.
        OverflowError: for an int beyond the range of a float.
    """
    if type(number) is float:
        return number
    if isinstance(number, numbers.Real) or is_bool(number):
        try:
            return float(number)
        except OverflowError:
            bits = int(number).bit_length()  # type: ignore[arg-type]  # whatever overflows can be an int
            raise OverflowError(f"an int of {bits} bits is beyond the range of a float (about 1.8e308)") from None
    raise TypeError(f"expected {ACCEPTED}, got {type(number).__name__}: {number!r:.60}")


def ieee(
    function: Callable[[float], float],
    says: str,
    *,
    overflow: Callable[[float], float] = abs,
    pole: float | None = None,
) -> Callable[[float], float]:
    """``function`` with nan for what lies outside its domain, ±inf where it overflows or meets its pole.

    ``says`` is what its help says; ``overflow`` gives the sign of the infinity from x; ``pole`` is the |x| at which the
    function is infinite (−inf at a pole of 0 or −1, the sign of x at ±1).
    """

    def safe(x: float) -> float:
        try:
            return function(x)
        except OverflowError:
            return math.copysign(inf, overflow(x))
        except ValueError:
            return nan if pole is None or x != x or abs(x) != pole else math.copysign(inf, overflow(x))

    safe.__doc__ = says
    return safe


def _negative(_: float) -> float:
    return -1.0


exp = ieee(math.exp, "e^x.")
expm1 = ieee(math.expm1, "e^x − 1, with all its digits near 0.")
sinh = ieee(math.sinh, "(e^x − e^−x)/2.", overflow=float)
cosh = ieee(math.cosh, "(e^x + e^−x)/2.")
log = ieee(math.log, "The natural logarithm.", overflow=_negative, pole=0.0)
log2 = ieee(math.log2, "The logarithm to base 2.", overflow=_negative, pole=0.0)
log10 = ieee(math.log10, "The logarithm to base 10.", overflow=_negative, pole=0.0)
atanh = ieee(math.atanh, "The inverse of tanh: ½·log((1+x)/(1−x)).", overflow=float, pole=1.0)
acosh = ieee(math.acosh, "The inverse of cosh, for x ≥ 1.")
sqrt = ieee(math.sqrt, "The square root.")
sin = ieee(math.sin, "The sine of x radians.")
cos = ieee(math.cos, "The cosine of x radians.")
tan = ieee(math.tan, "The tangent of x radians.")
asin = ieee(math.asin, "The inverse of sin, in radians from −π/2 to π/2.")
acos = ieee(math.acos, "The inverse of cos, in radians from 0 to π.")


def log1p(x: float) -> float:
    """log(1+x), with all its digits near 0."""
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
    """a/b; ±inf where only b is 0."""
    try:
        return a / b
    except ZeroDivisionError:
        return nan if a == 0.0 or a != a else math.copysign(inf, a) * math.copysign(1.0, b)


def exp2(x: float) -> float:
    """2^x."""
    return power(2.0, x)


def cbrt(x: float) -> float:
    """The cube root, of negative numbers too."""
    if x == 0.0 or not math.isfinite(x):
        return x
    mantissa, exponent = math.frexp(abs(x))
    third, rest = divmod(exponent, 3)
    cube = math.ldexp(mantissa, rest)  # from ½ to 4, so that ⅓, which is rounded, is as good as exact
    root = cube ** (1.0 / 3.0)
    root -= (root * root * root - cube) / (3.0 * root * root)  # Newton's step, for the last digit
    return math.copysign(math.ldexp(root, third), x)


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


def one_minus_square(x: float) -> float:
    """1−x² as (1−x)(1+x), exact where 1 and x² would cancel."""
    return (1.0 - x) * (1.0 + x)


def sign(x: float) -> float:
    """1 for x > 0, −1 for x < 0, 0 for 0."""
    return 1.0 if x > 0.0 else -1.0 if x < 0.0 else x if x != x else 0.0


def selected(d: float, g: float) -> float:
    """d·g, and 0 where d is 0."""
    return d * g if d else 0.0


def flat(x: float) -> float:
    """0, and nan for nan."""
    return 0.0 if x == x else x


def heaviside(x: float) -> float:
    """1 for x > 0, 0 for x ≤ 0, nan for nan."""
    return 1.0 if x > 0.0 else 0.0 if x <= 0.0 else x


def maximum_slope(x: float, y: float) -> float:
    """How much of a maximum's gradient goes to x: 1 if x > y, ½ in a tie, 0 if x < y, nan beside nan."""
    return 1.0 if x > y else 0.0 if x < y else 0.5 if x == y else nan


def relu(x: float) -> float:
    """max(x, 0)."""
    return x if x > 0.0 else 0.0 if x <= 0.0 else x


def prelu(x: float, slope: float) -> float:
    """x for x > 0, slope·x elsewhere (He et al. 2015)."""
    return x if x > 0.0 else slope * x


def hardtanh(x: float) -> float:
    """x, cut off at −1 and 1."""
    return 1.0 if x > 1.0 else -1.0 if x < -1.0 else x


def floor(x: float) -> float:
    """The largest integer that is not above x; a zero has the sign of x."""
    return math.copysign(math.floor(x), x) if math.isfinite(x) else x


def ceil(x: float) -> float:
    """The smallest integer that is not below x; a zero has the sign of x."""
    return math.copysign(math.ceil(x), x) if math.isfinite(x) else x


def fmod(x: float, y: float) -> float:
    """What is left of x when y is taken from it as often as it goes; it has the sign of x."""
    try:
        return math.fmod(x, y)
    except ValueError:
        return nan


def trunc(x: float) -> float:
    """x without its fraction; a zero has the sign of x."""
    return math.copysign(math.trunc(x), x) if math.isfinite(x) else x


def round_half_even(x: float) -> float:
    """The nearest integer, the even one of two; a zero has the sign of x."""
    return math.copysign(round(x), x) if math.isfinite(x) else x


def round_to(x: float, digits: float) -> float:
    """x to that many decimal places, as Python's round: the decimal nearest to x itself, not to a product."""
    if not math.isfinite(digits):
        return nan
    return round(x, int(max(-400.0, min(digits, 400.0)))) if math.isfinite(x) else x


def mod(x: float, y: float) -> float:
    """x % y as in Python: x less y times x // y, with the sign of y; nan for y = 0."""
    try:
        return x % y
    except ZeroDivisionError:
        return nan


def floor_divide(x: float, y: float) -> float:
    """x // y as in Python: the largest integer that is not above x/y; as x/y for y = 0."""
    try:
        return x // y
    except ZeroDivisionError:
        return divide(x, y)


def truncated_quotient(x: float, y: float) -> float:
    """x/y without its fraction: how many times fmod takes y from x."""
    return floor(divide(x - fmod(x, y), y) + 0.5)


def maximum(x: float, y: float) -> float:
    """The larger one; nan if there is one."""
    return x if x > y or x != x else y


def minimum(x: float, y: float) -> float:
    """The smaller one; nan if there is one."""
    return x if x < y or x != x else y


def where(condition: float, a: float, b: float) -> float:
    """a where the condition holds (is not 0), else b."""
    return a if condition else b


def peak(*terms: float) -> float:
    """The largest; 0 where that is −∞."""
    largest = max(terms)
    return 0.0 if largest == -inf else largest


def peak_plus_log(m: float, s: float) -> float:
    """m + log s; ∞ for an m of ∞, beside which s is nan."""
    return m if m == inf else m + log(s)


def total(terms: Iterable[float]) -> float:
    """The sum, correctly rounded (Shewchuk's exact addition, ``math.fsum``); ∞ − ∞ is nan."""
    terms = list(terms)
    try:
        return math.fsum(terms)
    except ValueError:
        return nan
    except OverflowError:  # which may be that of a partial sum only
        if not all(map(math.isfinite, terms)):
            return sum(terms)
        exact = sum(map(Fraction, terms), Fraction())
        return float(exact) if abs(exact) <= sys.float_info.max else inf if exact > 0 else -inf


def sum_(*terms: float) -> float:
    """The sum of any number of terms, rounded once."""
    return total(terms)


def dot(*terms: float) -> float:
    """x₁y₁ + … + xₙyₙ of (x₁, …, xₙ, y₁, …, yₙ): each product rounded once, their sum once.

    Raises:
        ValueError: an odd number of terms.
    """
    half, odd = divmod(len(terms), 2)
    if odd:
        raise ValueError(f"dot of {len(terms)} numbers, {half} and {half + 1}: both sides need the same number")
    return total(map(operator.mul, terms[:half], terms[half:]))
