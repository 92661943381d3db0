"""What the derivatives of every op and function are, worked out with mpmath, independently of the engine.

A ``Jet`` carries a number with its first and second derivatives through ordinary formulas (Griewank & Walther 2008,
ch. 13). The working precision is so high that the formulas need not care about cancellation: they are the textbook's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mpmath import mp, mpf

DIGITS = 800  # of working precision: 1 − tanh(700)² cancels 608 of them, and leaves well over the 50 that are asked for
mp.dps = DIGITS


@dataclass(frozen=True)
class Jet:
    """A number, its gradient, and its Hessian, with respect to the inputs."""

    value: mpf
    first: tuple[mpf, ...]
    second: tuple[tuple[mpf, ...], ...]

    def lift(self, value: mpf, slope: mpf, curvature: mpf) -> Jet:
        """f(self), given f and its first two derivatives there: the chain rule to second order."""
        first = tuple(slope * d for d in self.first)
        second = tuple(
            tuple(curvature * di * dj + slope * dij for dj, dij in zip(self.first, row))
            for di, row in zip(self.first, self.second)
        )
        return Jet(value, first, second)

    def __add__(self, other: Jet | float) -> Jet:
        other = self._like(other)
        second = tuple(tuple(map(mp.fadd, p, q)) for p, q in zip(self.second, other.second))
        return Jet(self.value + other.value, tuple(map(mp.fadd, self.first, other.first)), second)

    def __mul__(self, other: Jet | float) -> Jet:
        other = self._like(other)
        a, b = self.value, other.value
        first = tuple(da * b + a * db for da, db in zip(self.first, other.first))
        count = range(len(first))
        second = tuple(
            tuple(
                self.second[i][j] * b
                + self.first[i] * other.first[j]
                + self.first[j] * other.first[i]
                + a * other.second[i][j]
                for j in count
            )
            for i in count
        )
        return Jet(a * b, first, second)

    def __neg__(self) -> Jet:
        return self * -1

    def __sub__(self, other: Jet | float) -> Jet:
        return self + -self._like(other)

    def __truediv__(self, other: Jet) -> Jet:
        b = other.value
        return self * other.lift(1 / b, -1 / b**2, 2 / b**3)

    def _like(self, other: Jet | float) -> Jet:
        if isinstance(other, Jet):
            return other
        none = tuple(mpf(0) for _ in self.first)
        return Jet(mpf(other), none, tuple(none for _ in none))


def inputs(numbers: Sequence[float]) -> list[Jet]:
    """The jets of independent variables."""
    count = range(len(numbers))
    flat = tuple(tuple(mpf(0) for _ in count) for _ in count)
    return [Jet(mpf(x), tuple(mpf(int(i == j)) for j in count), flat) for i, x in enumerate(numbers)]


def _lifted(derivatives: Callable[[mpf], tuple[mpf, mpf, mpf]]) -> Callable[[Jet], Jet]:
    return lambda u: u.lift(*derivatives(u.value))


def _log_to(base: mpf) -> Callable[[Jet], Jet]:
    return lambda u: log(u) * (1 / mp.log(base))


def _tangent(x: mpf) -> tuple[mpf, mpf, mpf]:
    t = mp.tan(x)
    return t, 1 + t * t, 2 * t * (1 + t * t)


def _erfc(x: mpf) -> mpf:
    return mp.erfc(x) if abs(x) < 1000 else mpf(0 if x > 0 else 2)


def _normal_cdf(x: mpf) -> tuple[mpf, mpf, mpf]:
    density = mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)
    return _erfc(-x / mp.sqrt(2)) / 2, density, -x * density


def _erf_like(sign: int) -> Callable[[mpf], tuple[mpf, mpf, mpf]]:
    def derivatives(x: mpf) -> tuple[mpf, mpf, mpf]:
        slope = sign * 2 / mp.sqrt(mp.pi) * mp.exp(-x * x)
        value = mp.erf(x) if sign > 0 and abs(x) < 1000 else mp.sign(x) if sign > 0 else _erfc(x)
        return value, slope, -2 * x * slope

    return derivatives


def _polygamma(n: int) -> Callable[[mpf], tuple[mpf, mpf, mpf]]:
    """ψ⁽ⁿ⁾ and its first two derivatives; n = −1: log Γ. In 60 digits, since nothing cancels."""

    def derivatives(x: mpf) -> tuple[mpf, mpf, mpf]:
        with mp.workdps(60):
            value = mp.loggamma(x) if n < 0 else mp.psi(n, x)
            return value, mp.psi(n + 1, x), mp.psi(n + 2, x)

    return derivatives


exp = _lifted(lambda x: (mp.exp(x),) * 3)
log = _lifted(lambda x: (mp.log(x), 1 / x, -1 / x**2))
sqrt = _lifted(lambda x: (mp.sqrt(x), 1 / (2 * mp.sqrt(x)), -1 / (4 * x * mp.sqrt(x))))
sinh = _lifted(lambda x: (mp.sinh(x), mp.cosh(x), mp.sinh(x)))
cosh = _lifted(lambda x: (mp.cosh(x), mp.sinh(x), mp.cosh(x)))
tanh = _lifted(lambda x: (mp.tanh(x), mp.sech(x) ** 2, -2 * mp.tanh(x) * mp.sech(x) ** 2))
sigmoid = _lifted(lambda x: (1 / (1 + mp.exp(-x)), mp.sech(x / 2) ** 2 / 4, -mp.tanh(x / 2) * mp.sech(x / 2) ** 2 / 4))
softplus = _lifted(
    lambda x: (mp.log(1 + mp.exp(x)) if x > -1500 else mp.exp(x), 1 / (1 + mp.exp(-x)), mp.sech(x / 2) ** 2 / 4)
)
normal_cdf = _lifted(_normal_cdf)


def _pieces(x: Jet, y: Jet, first_wins: bool) -> Jet:
    return x if first_wins else y


def _atan2(y: Jet, x: Jet) -> Jet:
    a, b = x.value, y.value
    square = a * a + b * b
    mixed, twice = (b * b - a * a) / square**2, 2 * a * b / square**2
    return Jet(mp.atan2(b, a), (a / square, -b / square), ((-twice, mixed), (mixed, twice)))


def _truncated(x: Jet, y: Jet) -> int:
    quotient = x.value / y.value
    return int(mp.floor(abs(quotient)) * mp.sign(quotient))


def _fmod(x: Jet, y: Jet) -> Jet:
    return x - y * _truncated(x, y)


def _total(terms: Sequence[Jet]) -> Jet:
    result = terms[0]
    for term in terms[1:]:
        result = result + term
    return result


def softmax(xs: Sequence[Jet]) -> list[Jet]:
    powers = [exp(x) for x in xs]
    total = _total(powers)
    return [power / total for power in powers]


def logsumexp(*xs: Jet) -> Jet:
    return log(_total([exp(x) for x in xs]))


def power(exponent: float) -> Callable[[Jet], Jet]:
    """x to a fixed power."""
    y = mpf(exponent)
    return _lifted(lambda x: (mp.power(x, y), y * mp.power(x, y - 1), y * (y - 1) * mp.power(x, y - 2)))


# name: a function of jets. Names are those of ``autograd``; a name in brackets fixes an operand.
REFERENCES: dict[str, Callable[..., Jet]] = {
    "neg": lambda x: -x,
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "pow": lambda x, y: exp(y * log(x)),
    "pow(x, 2)": power(2),
    "pow(x, 3)": power(3),
    "pow(x, -1)": power(-1),
    "pow(x, -3)": power(-3),
    "pow(x, 0.5)": power(0.5),
    "pow(x, 1.7)": power(1.7),
    "pow(x, 0.1)": power(0.1),
    "pow(x, -2.3)": power(-2.3),
    "pow(2, x)": lambda x: exp(x * mp.log(2)),
    "exp": exp,
    "exp2": lambda x: exp(x * mp.log(2)),
    "expm1": lambda x: exp(x) - 1 if abs(x.value) > 1e-100 else x.lift(mp.expm1(x.value), *(mp.exp(x.value),) * 2),
    "log": log,
    "log2": _log_to(mpf(2)),
    "log10": _log_to(mpf(10)),
    "lgamma": _lifted(_polygamma(-1)),
    "digamma": _lifted(_polygamma(0)),
    "polygamma(1, x)": _lifted(_polygamma(1)),
    "polygamma(2, x)": _lifted(_polygamma(2)),
    "polygamma(7, x)": _lifted(_polygamma(7)),
    "log1p": _lifted(lambda x: (mp.log1p(x), 1 / (1 + x), -1 / (1 + x) ** 2)),
    "sqrt": sqrt,
    "logaddexp": logsumexp,
    "sigmoid": sigmoid,
    "softplus": softplus,
    "relu": lambda x: x if x.value > 0 else x * 0,
    "tanh": tanh,
    "sin": _lifted(lambda x: (mp.sin(x), mp.cos(x), -mp.sin(x))),
    "cos": _lifted(lambda x: (mp.cos(x), -mp.sin(x), -mp.cos(x))),
    "tan": _lifted(_tangent),
    "asin": _lifted(lambda x: (mp.asin(x), 1 / mp.sqrt(1 - x * x), x / mp.sqrt(1 - x * x) ** 3)),
    "acos": _lifted(lambda x: (mp.acos(x), -1 / mp.sqrt(1 - x * x), -x / mp.sqrt(1 - x * x) ** 3)),
    "atan": _lifted(lambda x: (mp.atan(x), 1 / (1 + x * x), -2 * x / (1 + x * x) ** 2)),
    "sinh": sinh,
    "cosh": cosh,
    "asinh": _lifted(lambda x: (mp.asinh(x), 1 / mp.sqrt(1 + x * x), -x / mp.sqrt(1 + x * x) ** 3)),
    "acosh": _lifted(lambda x: (mp.acosh(x), 1 / mp.sqrt(x * x - 1), -x / mp.sqrt(x * x - 1) ** 3)),
    "atanh": _lifted(lambda x: (mp.atanh(x), 1 / (1 - x * x), 2 * x / (1 - x * x) ** 2)),
    "atan2": _atan2,
    "hypot": lambda x, y: sqrt(x * x + y * y),
    "erf": _lifted(_erf_like(1)),
    "erfc": _lifted(_erf_like(-1)),
    "normal_cdf": normal_cdf,
    "abs": lambda x: x * mp.sign(x.value),
    "sign": lambda x: x * 0 + mp.sign(x.value),
    "floor": lambda x: x * 0 + mp.floor(x.value),
    "ceil": lambda x: x * 0 + mp.ceil(x.value),
    "fmod": _fmod,
    "mod": lambda x, y: x - y * mp.floor(x.value / y.value),
    "peak_plus_log": lambda m, s: m + log(s),
    "deg2rad": lambda x: x * (mp.pi / 180),
    "rad2deg": lambda x: x * (180 / mp.pi),
    "maximum": lambda x, y: _pieces(x, y, x.value > y.value),
    "minimum": lambda x, y: _pieces(x, y, x.value < y.value),
    "where": lambda c, a, b: _pieces(a, b, c.value != 0),
    "sum": lambda *xs: _total(xs),
    "mean": lambda *xs: _total(xs) * (mpf(1) / len(xs)),
    "dot": lambda a, b, c, d: a * c + b * d,
    "logsumexp": logsumexp,
    "softmax": lambda *xs: softmax(xs)[0],
    "log_softmax": lambda *xs: log(softmax(xs)[0]),
    "square": lambda x: x * x,
    "reciprocal": power(-1),
    "rsqrt": power(-0.5),
    "prelu": lambda x, slope: x if x.value > 0 else x * slope,
    "leaky_relu": lambda x: x if x.value > 0 else x * 0.01,
    "elu": lambda x: x if x.value > 0 else REFERENCES["expm1"](x),
    "silu": lambda x: x * sigmoid(x),
    "gelu": lambda x: x * normal_cdf(x),
    "logsigmoid": lambda x: -softplus(-x),
    "hardtanh": lambda x: x if abs(x.value) < 1 else x * 0 + mp.sign(x.value),
    "sech": _lifted(lambda x: (mp.sech(x), -mp.sech(x) * mp.tanh(x), mp.sech(x) * (mp.tanh(x) ** 2 - mp.sech(x) ** 2))),
    "gaussian": lambda x: exp(-x * x),
    "normal_pdf": lambda x: exp(-x * x * mpf(0.5)) * (1 / mp.sqrt(2 * mp.pi)),
    "one_minus_square": lambda x: -(x * x) + 1,
    "over_norm": lambda x, y: x / sqrt(x * x + y * y),
    "over_squared_norm": lambda x, y: x / (x * x + y * y),
    "sigmoid_difference": lambda x, y: sigmoid(x - y),
    "silu_slope": lambda x: sigmoid(x) * (x * sigmoid(-x) + 1),
    "gaussian_slope": lambda x: x * exp(-x * x) * -2,
    "normal_slope": lambda x: -x * REFERENCES["normal_pdf"](x),
    "gelu_slope": lambda x: normal_cdf(x) + x * REFERENCES["normal_pdf"](x),
    "gelu_curvature": lambda x: (x * x * -1 + 2) * REFERENCES["normal_pdf"](x),
    "softmax_rest": lambda *xs: -softmax(xs)[0] + 1,
    "identity": lambda x: x,
    "selected": lambda d, g: d * g,
    "flat": lambda x: x * 0,
    "side": lambda x: x * 0 + mp.sign(x.value),
    "heaviside": lambda x: x * 0 + int(x.value > 0),
    "maximum_slope": lambda x, y: x * 0 + int(x.value > y.value),
    "truncated_quotient": lambda x, y: x * 0 + _truncated(x, y),
}


def reference(name: str) -> Callable[..., Jet]:
    """The formula of that name: from the table above, or mpmath's function of that name with its derivatives.

    Raises:
        KeyError: there is neither; says what to add.
    """
    if name in REFERENCES:
        return REFERENCES[name]
    function = getattr(mp, name, None)
    if not callable(function):
        raise KeyError(
            f"nothing to compare {name!r} with: add its formula, of jets, to REFERENCES in benchmarks/references.py"
        )

    def real(x: mpf) -> mpf:
        """Where mpmath turns complex (at the cube root of a negative number) the odd function is meant."""
        found = function(x)
        return found if isinstance(found, mpf) else -function(-x)

    return _lifted(lambda x: (real(x), mp.diff(real, x), mp.diff(real, x, 2)))
