"""log Γ, the digamma function and its derivatives on Python floats, to a few ulps on both sides of 0.

Near 1, 2 and the zero of digamma, Taylor series that have the zero as a factor; from there to 10, recurrence; beyond,
Stirling's series. Derivatives of digamma are Hurwitz zeta functions, ψ⁽ⁿ⁾(x) = (−1)ⁿ⁺¹ n! ζ(n+1, x), summed by
Euler's and Maclaurin's formula. On the negative side lies, between any two poles, a zero that moves with the pole: the
parts are kept apart there until one exact sum (DLMF, the Digital Library of Mathematical Functions, chapter 5).

What only does arithmetic is written for floats and arrays alike; ``gamma_arrays`` takes it from here.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from decimal import Decimal, localcontext
from typing import Any

# ── constants, worked out with mpmath to 60 digits and rounded; test_gamma works them out again ────────────────────

EULER = 0.5772156649015329  # Euler's constant γ (DLMF 5.2.3), also −ψ(1)
PSI_OF_TWO = 0.42278433509846713  # 1 − γ
ZETA_MINUS_ONE = (  # ζ(k) − 1 for k = 2, 3, … (A&S table 23.3)
    0.6449340668482264, 0.2020569031595943, 0.08232323371113819, 0.03692775514336993, 0.01734306198444914,
    0.008349277381922827, 0.00407735619794434, 0.0020083928260822143, 0.0009945751278180853, 0.0004941886041194645,
    0.0002460865533080483, 0.00012271334757848915, 6.124813505870483e-05, 3.058823630702049e-05, 1.528225940865187e-05,
    7.637197637899763e-06, 3.81729326499984e-06, 1.908212716553939e-06, 9.539620338727962e-07, 4.769329867878064e-07,
    2.38450502727733e-07, 1.1921992596531106e-07, 5.960818905125948e-08, 2.980350351465228e-08, 1.4901554828365043e-08,
    7.45071178983543e-09, 3.725334024788457e-09, 1.862659723513049e-09,
)  # fmt: skip
BERNOULLI = (  # B₂, B₄, … as fractions (DLMF 24.2.1)
    (1, 6), (-1, 30), (1, 42), (-1, 30), (5, 66), (-691, 2730), (7, 6), (-3617, 510), (43867, 798), (-174611, 330),
    (854513, 138), (-236364091, 2730), (8553103, 6), (-23749461029, 870), (8615841276005, 14322),
)  # fmt: skip
PSI_ZERO, PSI_ZERO_TAIL = 1.4616321449683622, 9.549995429965697e-17  # head + tail: where digamma is 0 (DLMF 5.4.20)
PSI_AT_ZERO = (  # its Taylor coefficients there, (−1)ᵏ⁺¹ ζ(k+1, zero) for k = 1, 2, … (DLMF 5.15.1)
    0.9676722454476212, -0.4427631689835921, 0.258499760955651, -0.16394270544240652, 0.10782405069126237,
    -0.07219956125645471, 0.04880428816414311, -0.03316112647484736, 0.022597648232218104, -0.01542476590494896,
    0.010538791616612175, -0.007204534386356869, 0.004926781395729853, -0.003369801655439328, 0.002305126326734928,
    -0.0015769367714301972, 0.0010788252019162967, -0.0007380709389960052, 0.000504953265834602,
    -0.0003454680251063077, 0.00023635601564027053, -0.00016170622091974803, 0.0001106337276874741,
)  # fmt: skip
HALF_LOG_TURN = Decimal("0.91893853320467274178032973640561763986139747363778341281715154048276569593")  # ½ log 2π
STIRLING_CONSTANT = 0.4189385332046727  # ½ log 2π − ½
LN2_HEAD, LN2_TAIL = (
    0.6931471805592082,
    7.371002565167799e-13,
)  # log 2; the head has 40 binary places, so e·head is exact

MINIMUM = -0.12148629053584961  # log Γ there

FAR = 10.0  # from here on Stirling's series has all digits
DEEP = -30.0  # below, |log Γ| is so large that its two parts do not cancel

# log Γ(1+z)/z and log Γ(2+z)/z (DLMF 5.7.3), ψ(2+z) (5.7.5), and ½ (1/z − 2z/(1−z²) − π cot πz)/z in z² (4.22.3)
LGAMMA_AT_ONE = (-EULER, *((-1.0) ** k * (1.0 + zeta) / k for k, zeta in enumerate(ZETA_MINUS_ONE, 2)))
LGAMMA_AT_TWO = (PSI_OF_TWO, *((-1.0) ** k * zeta / k for k, zeta in enumerate(ZETA_MINUS_ONE, 2)))
LGAMMA_AT_MINIMUM = (MINIMUM, 0.0, *(c / k for k, c in enumerate(PSI_AT_ZERO, 2)))  # the integral of ψ from its zero
PSI_AT_TWO = (PSI_OF_TWO, *((-1.0) ** k * zeta for k, zeta in enumerate(ZETA_MINUS_ONE, 2)))
COTANGENT = ZETA_MINUS_ONE[::2]
# Stirling's series of log Γ and of ψ in 1/x² (DLMF 5.11.1, 5.11.2), and B₂ⱼ/(2j)! (Euler–Maclaurin, DLMF 25.11.7)
LGAMMA_FAR = tuple(p / q / (2 * j * (2 * j - 1)) for j, (p, q) in enumerate(BERNOULLI[:9], 1))
PSI_FAR = tuple(p / q / (2 * j) for j, (p, q) in enumerate(BERNOULLI[:9], 1))
EULER_MACLAURIN = tuple(p / q / math.factorial(2 * j) for j, (p, q) in enumerate(BERNOULLI[:11], 1))


# ── for floats and arrays alike: Any is either ───────────────────────────────────────────────────────────────────────


def polynomial(coefficients: Sequence[float], z: Any) -> Any:
    """c₀ + c₁z + c₂z² + …, by Horner's rule."""
    result = coefficients[-1] + 0.0 * z
    for coefficient in coefficients[-2::-1]:
        result = result * z + coefficient
    return result


def product_error(a: Any, b: Any, product: Any) -> Any:
    """a·b − product, exactly, where ``product`` is a·b rounded (Dekker's TwoProduct, by Veltkamp's splitting)."""
    wide_a, wide_b = 134217729.0 * a, 134217729.0 * b  # 2²⁷ + 1
    head_a, head_b = wide_a - (wide_a - a), wide_b - (wide_b - b)
    tail_a, tail_b = a - head_a, b - head_b
    return tail_a * tail_b - (((product - head_a * head_b) - tail_a * head_b) - head_a * tail_b)


def lgamma_far(x: Any, log: Callable[[Any], Any]) -> Any:
    """log Γ(x) for x ≥ 10 by Stirling's series, as (x−½)(log x − 1) + …, which does not overflow early."""
    return (x - 0.5) * (log(x) - 1.0) + (STIRLING_CONSTANT + polynomial(LGAMMA_FAR, 1.0 / x / x) / x)


def psi_far(x: Any) -> Any:
    """log x − ψ(x) for x ≥ 10."""
    return 0.5 / x + polynomial(PSI_FAR, 1.0 / x / x) / x / x


def psi_deep(x: Any, r: Any, mantissa: Any, exponent: Any, log: Callable[[Any], Any]) -> list[Any]:
    """Addends of ψ(x) for x ≤ −10, by reflection: ψ(−x) − 1/x − π cot πx (DLMF 5.5.4).

    r is x without its nearest integer; −x = mantissa·2^exponent with a mantissa near 1. The logarithm and 1/r are given
    with their rounding errors, since the parts may be much larger than the sum.
    """
    inverse = 1.0 / r
    product = inverse * r
    residual = ((1.0 - product) - product_error(inverse, r, product)) * inverse
    square = r * r
    return [exponent * LN2_HEAD, log(mantissa), exponent * LN2_TAIL, -psi_far(-x), -1.0 / x,
            -inverse, -residual, 2.0 * r / (1.0 - square), 2.0 * r * polynomial(COTANGENT, square)]  # fmt: skip


def threshold(s: float) -> float:
    """From here on the Euler–Maclaurin formula gives ζ(s, x) without terms of the sum."""
    return s + 12.0


def steps(s: float) -> int:
    """How many terms of the sum it takes before, either up to the threshold, or until they are below e^−40."""
    return math.ceil(-threshold(s) * math.expm1(-40.0 / s))


def zeta_rest(s: float, x: Any, beyond: Any, exp: Callable[[Any], Any], log1p: Callable[[Any], Any]) -> Any:
    """x^s ζ(s, x + beyond), by Euler's and Maclaurin's formula (DLMF 25.11.7, with n → ∞)."""
    y = x + beyond
    series, factor = 0.0, s / y
    for j, coefficient in enumerate(EULER_MACLAURIN):
        series = series + coefficient * factor
        factor = factor * ((s + (2 * j + 1)) / y) * ((s + (2 * j + 2)) / y)
    return exp(-s * log1p(beyond / x)) * (y / (s - 1.0) + (0.5 + series))


def zeta_addends(
    s: float, x: Any, beyond: Any, terms: int, exp: Callable[[Any], Any], log1p: Callable[[Any], Any]
) -> list[Any]:
    """Addends of x^s ζ(s, x + beyond), all positive: (1 + (beyond+k)/x)^−s for some terms, and the rest."""
    found = [exp(-s * log1p((beyond + k) / x)) for k in range(terms)]
    return [*found, zeta_rest(s, x, beyond + terms, exp, log1p)]


def zeta_odd_addends(
    s: float, q: Any, terms: int, exp: Callable[[Any], Any], log1p: Callable[[Any], Any], expm1: Callable[[Any], Any]
) -> list[Any]:
    """Addends of q^s (ζ(s, q) − ζ(s, 1−q)) for 0 < q ≤ ½, with their digits where the two all but cancel, near ½."""
    gap = 1.0 - 2.0 * q
    found = [-expm1(-s * log1p(gap / (q + k))) * exp(-s * log1p(k / q)) for k in range(terms)]
    return [*found, zeta_rest(s, q, terms, exp, log1p), -zeta_rest(s, q, gap + terms, exp, log1p)]


# ── log Γ, digamma ─────────────────────────────────────────────────────────────────────────────────────────────────


def lgamma(x: float) -> float:
    """log |Γ(x)|; inf at the poles 0, −1, −2, … and at ±∞."""
    if not math.isfinite(x):
        return x * x
    if x >= FAR:
        return lgamma_far(x, math.log)
    if 1.2 < x < 1.75:
        return polynomial(LGAMMA_AT_MINIMUM, x - PSI_ZERO)
    nearest = round(x)
    z = x - nearest
    if z == 0.0 and x <= 0.0:
        return math.inf
    if x <= DEEP:  # Γ(x) Γ(−x) = −π/(x sin πx)
        return -math.log(abs(x * math.sin(math.pi * z)) / math.pi) - lgamma_far(-x, math.log)
    if abs(z) <= 0.25 and nearest in (0, 1):
        near = z * polynomial(LGAMMA_AT_ONE, z) + 0.0  # not −0 at 1
        return near if nearest else near - math.log(abs(x))
    logarithm = math.log(abs(math.prod(z + k for k in range(min(nearest, 2), max(nearest, 2)))))  # Γ(x) to Γ(2+z)
    return z * polynomial(LGAMMA_AT_TWO, z) + (logarithm if nearest > 2 else -logarithm)


def digamma(x: float) -> float:
    """ψ(x) = Γ′(x)/Γ(x); nan at −1, −2, … and −∞, ∓∞ at ±0."""
    if x >= FAR:
        return math.log(x) - psi_far(x) if x < math.inf else x
    if 1.2 < x < 1.75:
        h = (x - PSI_ZERO) - PSI_ZERO_TAIL
        return h * polynomial(PSI_AT_ZERO, h)
    if x == 0.0 or not math.isfinite(x):
        return -math.copysign(math.inf, x) if x == 0.0 else math.nan
    nearest = round(x)
    z = x - nearest
    if z == 0.0 and x < 0.0:
        return math.nan
    if x > -FAR:
        between = [1.0 / (z + k) if k > 1 else -1.0 / (z + k) for k in range(min(nearest, 2), max(nearest, 2))]
        return math.fsum([polynomial(PSI_AT_TWO, z), *between])
    _, exponent = math.frexp(-x * math.sqrt(0.5))
    return math.fsum(psi_deep(x, z, math.ldexp(-x, -exponent), float(exponent), math.log))


# ── polygamma ──────────────────────────────────────────────────────────────────────────────────────────────────────


def polygamma(n: float, x: float) -> float:
    """ψ⁽ⁿ⁾(x), the n-th derivative of digamma, for whole n ≥ 0 (other n: nan).

    At 0, −1, −2, … odd n have a pole at which both sides are ∞. Those of even n change their sign: nan, but at ±0,
    where the sign of the zero says on which side x is, ∓∞. SciPy's and PyTorch's digamma do so too; their
    polygamma(2, x) gives −∞ at all of them, which is the limit from the right alone. mpmath raises an error.
    """
    if not 0.0 <= n < math.inf or n != math.floor(n) or x != x or x == -math.inf:
        return math.nan
    if n == 0.0:
        return digamma(x)
    odd = n % 2.0 == 1.0
    if x == math.floor(x) if -math.inf < x <= 0.0 else x == math.inf:
        return _at_a_pole(odd, x)
    if x > 0.0:
        value = _scaled(n, x, math.fsum(_zeta(n + 1.0, x, 0.0)))
        return value if odd else -value
    return _reflected_odd(n, x) if odd else _reflected_even(n, x)


def _at_a_pole(odd: bool, x: float) -> float:
    if x == math.inf:
        return 0.0 if odd else -0.0
    return math.inf if odd else math.nan if x else -math.copysign(math.inf, x)


def _zeta(s: float, x: float, beyond: float) -> list[float]:
    terms = steps(s) if x + beyond < threshold(s) else 0
    return zeta_addends(s, x, beyond, terms, math.exp, math.log1p)


def _reflected_odd(n: float, x: float) -> float:
    """n! Σ |x+k|^−(n+1): over all integers k, as from the nearest pole, less those below 0."""
    nearest = round(x)
    q = abs(x - nearest)
    below = [-t for t in _zeta(n + 1.0, q, beyond_of(x, nearest, q))]
    return _scaled(n, q, math.fsum(_zeta(n + 1.0, q, 0.0) + _zeta(n + 1.0, q, 1.0 - 2.0 * q) + below))


def _reflected_even(n: float, x: float) -> float:
    """The same for even n, where what lies left and right of x has different signs: all that has a partner, and T."""
    s, nearest = n + 1.0, round(x)
    q, above = abs(x - nearest), 1.0 - x
    left = math.fsum(zeta_odd_addends(s, q, steps(s), math.exp, math.log1p, math.expm1))
    paired = math.copysign(_scaled(n, q, left), x - nearest)
    rest = _scaled(n, above, math.fsum(_zeta(s, above, 0.0)) * (1.0 - s * one_minus_error(x, above) / above))
    value = -(paired + rest) if abs(paired) < math.inf else -paired
    return value if abs(paired) + rest <= 2.0 * max(1.0, abs(value)) else _many_digits(n, x)


def one_minus_error(x: Any, difference: Any) -> Any:
    """1 − x − difference, exactly, where ``difference`` is 1 − x rounded (Knuth's TwoSum)."""
    back = difference - 1.0
    return (1.0 - (difference - back)) - (x + back)


def beyond_of(x: Any, nearest: Any, q: Any) -> Any:
    """1 − x − q for x at the distance q from its nearest integer, without a rounding of x."""
    return -nearest + 1.0 - (x > nearest) * (2.0 * q)


def _scaled(n: float, base: float, sum_: float) -> float:
    """n!·base^−(n+1)·sum, by exponents, since the factors overflow before their product does."""
    if n > 170.0:
        return _scaled_by_logarithms(n, base, sum_)
    (f, i), (b, j), (t, k) = factorial(n), math.frexp(base), math.frexp(sum_)
    try:
        return math.ldexp(f * b ** -(n + 1.0) * t, i - j * (int(n) + 1) + k)
    except OverflowError:
        return math.inf


@functools.lru_cache
def factorial(n: float) -> tuple[float, int]:
    """n! as mantissa and exponent, for n ≤ 170."""
    return math.frexp(float(math.factorial(int(n))))


def _scaled_by_logarithms(n: float, base: float, sum_: float) -> float:
    """The same for n > 170, with log n! from Stirling's series and as many digits as the logarithms cancel."""
    with localcontext() as context:
        context.prec = 50 + math.ceil(math.log10(n))
        whole = Decimal(n)
        logarithm = (whole + Decimal("0.5")) * whole.ln() - whole + HALF_LOG_TURN
        for j, (p, q) in enumerate(BERNOULLI[:8], 1):
            logarithm += Decimal(p) / q / (2 * j * (2 * j - 1)) / whole ** (2 * j - 1)
        logarithm -= (whole + 1) * Decimal(base).ln()
        if not abs(logarithm) < 5000 or not sum_:
            return math.inf if logarithm > 0 and sum_ else 0.0
        return float(logarithm.exp() * Decimal(sum_))


def _many_digits(n: float, x: float) -> float:
    """ψ⁽ⁿ⁾(x) for even n and −n < x < 0 next to a zero: the sum itself in 80 digits, closed by Euler–Maclaurin."""
    s = int(n) + 1
    with localcontext() as context:
        context.prec = 80
        terms = math.ceil(-x) + 2 * s + 60
        total = sum(((Decimal(x) + k) ** -s for k in range(terms)), Decimal(0))
        y = Decimal(x) + terms
        rest, factor = Decimal("0.5") + y / (s - 1), s / y
        for j, (p, q) in enumerate(BERNOULLI, 1):
            rest += Decimal(p) / q / math.factorial(2 * j) * factor
            factor *= (s + 2 * j - 1) * (s + 2 * j) / y / y
        return -float(math.factorial(s - 1) * (total + y**-s * rest))
