# Written by `python docs/stubs.py`: what is changed here by hand is lost.

from collections.abc import Iterable
from typing import overload

from .anomaly import detect_anomaly as detect_anomaly
from .context.collector import collector_paused as collector_paused
from .context.state import no_grad as no_grad
from .custom import op as op
from .errors import BadNumberError as BadNumberError
from .errors import ClosedOverWarning as ClosedOverWarning
from .errors import CompileError as CompileError
from .errors import GlassgradError as GlassgradError
from .errors import GlassgradWarning as GlassgradWarning
from .errors import GradcheckError as GradcheckError
from .errors import LeavesGraphError as LeavesGraphError
from .errors import LeavesGraphWarning as LeavesGraphWarning
from .errors import ManyPathsWarning as ManyPathsWarning
from .errors import NoDependenceWarning as NoDependenceWarning
from .errors import NoGradientError as NoGradientError
from .errors import OpError as OpError
from .errors import StaleGraphError as StaleGraphError
from .functional.transforms import grad as grad
from .functional.transforms import gradients as gradients
from .functional.transforms import hessian as hessian
from .functional.transforms import hvp as hvp
from .functional.transforms import jacobian as jacobian
from .functional.transforms import jvp as jvp
from .functional.transforms import value_and_grad as value_and_grad
from .gradcheck.check import check_gradient as check_gradient
from .gradcheck.check import gradcheck as gradcheck
from .value import Value as Value

__all__ = [
    "Value", "no_grad", "detect_anomaly", "collector_paused", "gradcheck", "check_gradient", "op", "grad",
    "value_and_grad", "gradients", "jacobian", "hessian", "hvp", "jvp", "sum", "dot", "mean", "logsumexp", "softmax",
    "log_softmax", "square", "reciprocal", "rsqrt", "leaky_relu", "elu", "logsigmoid", "deg2rad", "rad2deg",
    "GlassgradError", "NoGradientError", "StaleGraphError", "LeavesGraphError", "BadNumberError", "GradcheckError",
    "OpError", "CompileError", "GlassgradWarning", "ClosedOverWarning", "LeavesGraphWarning", "ManyPathsWarning",
    "NoDependenceWarning", "identity", "neg", "add", "sub", "mul", "div", "pow", "exp", "exp2", "expm1", "log", "log2",
    "log10", "log1p", "sqrt", "cbrt", "logaddexp", "sigmoid", "softplus", "relu", "prelu", "hardtanh", "silu", "tanh",
    "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "asinh", "acosh", "atanh", "atan2", "hypot", "erf",
    "erfc", "normal_cdf", "gelu", "lgamma", "digamma", "polygamma", "abs", "sign", "floor", "ceil", "fmod", "trunc",
    "round", "round_to", "mod", "floor_divide", "maximum", "minimum", "where", "less", "less_equal", "greater",
    "greater_equal", "equal", "not_equal", "isnan", "isfinite", "sech", "one_minus_square", "selected", "flat", "side",
    "heaviside", "maximum_slope", "truncated_quotient", "over_norm", "over_squared_norm", "sigmoid_difference",
    "silu_slope", "gaussian", "gaussian_slope", "normal_pdf", "normal_slope", "gelu_slope", "gelu_curvature",
    "power_derivative", "peak_plus_log",
]  # fmt: skip

@overload
def sum(values: Iterable[float]) -> float:
    """The sum of any number of values as one node, correctly rounded; 0.0 for none."""

@overload
def sum(values: Iterable[Value]) -> Value: ...
@overload
def sum(values: Iterable[Value | float]) -> Value | float: ...
@overload
def dot(left: Iterable[float], right: Iterable[float]) -> float:
    """left₁·right₁ + … + leftₙ·rightₙ as one node."""

@overload
def dot(left: Iterable[Value], right: Iterable[Value | float]) -> Value: ...
@overload
def dot(left: Iterable[float], right: Iterable[Value]) -> Value: ...
@overload
def dot(left: Iterable[Value | float], right: Iterable[Value | float]) -> Value | float: ...
@overload
def mean(values: Iterable[float]) -> float:
    """The sum divided by the count."""

@overload
def mean(values: Iterable[Value]) -> Value: ...
@overload
def mean(values: Iterable[Value | float]) -> Value | float: ...
@overload
def logsumexp(values: Iterable[float]) -> float:
    """log(e^v₁ + … + e^vₙ) as one node, with no overflow; −inf for none."""

@overload
def logsumexp(values: Iterable[Value]) -> Value: ...
@overload
def logsumexp(values: Iterable[Value | float]) -> Value | float: ...
@overload
def softmax(values: Iterable[float]) -> list[float]:
    """e^vᵢ / Σ e^v for each i: positive, and they sum to 1."""

@overload
def softmax(values: Iterable[Value]) -> list[Value]: ...
@overload
def softmax(values: Iterable[Value | float]) -> list[Value] | list[float]: ...
@overload
def log_softmax(values: Iterable[float]) -> list[float]:
    """The logarithm of each softmax: vᵢ − logsumexp(v), but right where the two cancel, too."""

@overload
def log_softmax(values: Iterable[Value]) -> list[Value]: ...
@overload
def log_softmax(values: Iterable[Value | float]) -> list[Value] | list[float]: ...
@overload
def square(x: float) -> float:
    """x²."""

@overload
def square(x: Value) -> Value: ...
@overload
def reciprocal(x: float) -> float:
    """1/x; inf at 0."""

@overload
def reciprocal(x: Value) -> Value: ...
@overload
def rsqrt(x: float) -> float:
    """1/√x."""

@overload
def rsqrt(x: Value) -> Value: ...
@overload
def leaky_relu(x: float, slope: float = 0.01) -> float:
    """x where x > 0, slope·x elsewhere (at 0 the derivative is the slope, as in PyTorch)."""

@overload
def leaky_relu(x: Value, slope: Value | float = 0.01) -> Value: ...
@overload
def leaky_relu(x: float, slope: Value) -> Value: ...
@overload
def elu(x: float, alpha: float = 1.0) -> float:
    """x where x > 0, alpha·(e^x − 1) elsewhere (Clevert et al. 2016). The inner ``where`` keeps e^x from overflowing."""

@overload
def elu(x: Value, alpha: Value | float = 1.0) -> Value: ...
@overload
def elu(x: float, alpha: Value) -> Value: ...
@overload
def logsigmoid(x: float) -> float:
    """log σ(x) = −softplus(−x), which neither overflows nor takes the log of 0."""

@overload
def logsigmoid(x: Value) -> Value: ...
@overload
def deg2rad(x: float) -> float:
    """Degrees as radians: π/180·x."""

@overload
def deg2rad(x: Value) -> Value: ...
@overload
def rad2deg(x: float) -> float:
    """Radians as degrees: 180/π·x."""

@overload
def rad2deg(x: Value) -> Value: ...
@overload
def identity(x: float, /) -> float:
    """identity(x): +x"""

@overload
def identity(x: Value, /) -> Value: ...
@overload
def neg(x: float, /) -> float:
    """neg(x): −x"""

@overload
def neg(x: Value, /) -> Value: ...
@overload
def add(a: float, b: float, /) -> float:
    """add(a, b): a + b"""

@overload
def add(a: Value, b: Value | float, /) -> Value: ...
@overload
def add(a: float, b: Value, /) -> Value: ...
@overload
def sub(a: float, b: float, /) -> float:
    """sub(a, b): a − b"""

@overload
def sub(a: Value, b: Value | float, /) -> Value: ...
@overload
def sub(a: float, b: Value, /) -> Value: ...
@overload
def mul(a: float, b: float, /) -> float:
    """mul(a, b): a × b"""

@overload
def mul(a: Value, b: Value | float, /) -> Value: ...
@overload
def mul(a: float, b: Value, /) -> Value: ...
@overload
def div(a: float, b: float, /) -> float:
    """div(a, b): a/b; ±inf where only b is 0."""

@overload
def div(a: Value, b: Value | float, /) -> Value: ...
@overload
def div(a: float, b: Value, /) -> Value: ...
@overload
def pow(x: float, y: float, /) -> float:
    """pow(x, y): x**y as C's pow: (-8)**0.5 is nan, 0**-1 is inf, an overflow has its sign."""

@overload
def pow(x: Value, y: Value | float, /) -> Value: ...
@overload
def pow(x: float, y: Value, /) -> Value: ...
@overload
def exp(x: float, /) -> float:
    """exp(x): e^x."""

@overload
def exp(x: Value, /) -> Value: ...
@overload
def exp2(x: float, /) -> float:
    """exp2(x): 2^x."""

@overload
def exp2(x: Value, /) -> Value: ...
@overload
def expm1(x: float, /) -> float:
    """expm1(x): e^x − 1, with all its digits near 0."""

@overload
def expm1(x: Value, /) -> Value: ...
@overload
def log(x: float, /) -> float:
    """log(x): The natural logarithm."""

@overload
def log(x: Value, /) -> Value: ...
@overload
def log2(x: float, /) -> float:
    """log2(x): The logarithm to base 2."""

@overload
def log2(x: Value, /) -> Value: ...
@overload
def log10(x: float, /) -> float:
    """log10(x): The logarithm to base 10."""

@overload
def log10(x: Value, /) -> Value: ...
@overload
def log1p(x: float, /) -> float:
    """log1p(x): log(1+x), with all its digits near 0."""

@overload
def log1p(x: Value, /) -> Value: ...
@overload
def sqrt(x: float, /) -> float:
    """sqrt(x): The square root."""

@overload
def sqrt(x: Value, /) -> Value: ...
@overload
def cbrt(x: float, /) -> float:
    """cbrt(x): The cube root, of negative numbers too."""

@overload
def cbrt(x: Value, /) -> Value: ...
@overload
def logaddexp(x: float, y: float, /) -> float:
    """logaddexp(x, y): log(e^x + e^y)."""

@overload
def logaddexp(x: Value, y: Value | float, /) -> Value: ...
@overload
def logaddexp(x: float, y: Value, /) -> Value: ...
@overload
def sigmoid(x: float, /) -> float:
    """sigmoid(x): 1/(1+e^−x), from whichever exponential cannot overflow."""

@overload
def sigmoid(x: Value, /) -> Value: ...
@overload
def softplus(x: float, /) -> float:
    """softplus(x): log(1+e^x) = max(x, 0) + log1p(e^−|x|)."""

@overload
def softplus(x: Value, /) -> Value: ...
@overload
def relu(x: float, /) -> float:
    """relu(x): max(x, 0)."""

@overload
def relu(x: Value, /) -> Value: ...
@overload
def prelu(x: float, slope: float, /) -> float:
    """prelu(x, slope): x for x > 0, slope·x elsewhere (He et al. 2015)."""

@overload
def prelu(x: Value, slope: Value | float, /) -> Value: ...
@overload
def prelu(x: float, slope: Value, /) -> Value: ...
@overload
def hardtanh(x: float, /) -> float:
    """hardtanh(x): x, cut off at −1 and 1."""

@overload
def hardtanh(x: Value, /) -> Value: ...
@overload
def silu(x: float, /) -> float:
    """silu(x): x·σ(x), also called swish (Elfwing et al. 2018)."""

@overload
def silu(x: Value, /) -> Value: ...
@overload
def tanh(x: float, /) -> float:
    """As math.tanh."""

@overload
def tanh(x: Value, /) -> Value: ...
@overload
def sin(x: float, /) -> float:
    """sin(x): The sine of x radians."""

@overload
def sin(x: Value, /) -> Value: ...
@overload
def cos(x: float, /) -> float:
    """cos(x): The cosine of x radians."""

@overload
def cos(x: Value, /) -> Value: ...
@overload
def tan(x: float, /) -> float:
    """tan(x): The tangent of x radians."""

@overload
def tan(x: Value, /) -> Value: ...
@overload
def asin(x: float, /) -> float:
    """asin(x): The inverse of sin, in radians from −π/2 to π/2."""

@overload
def asin(x: Value, /) -> Value: ...
@overload
def acos(x: float, /) -> float:
    """acos(x): The inverse of cos, in radians from 0 to π."""

@overload
def acos(x: Value, /) -> Value: ...
@overload
def atan(x: float, /) -> float:
    """As math.atan."""

@overload
def atan(x: Value, /) -> Value: ...
@overload
def sinh(x: float, /) -> float:
    """sinh(x): (e^x − e^−x)/2."""

@overload
def sinh(x: Value, /) -> Value: ...
@overload
def cosh(x: float, /) -> float:
    """cosh(x): (e^x + e^−x)/2."""

@overload
def cosh(x: Value, /) -> Value: ...
@overload
def asinh(x: float, /) -> float:
    """As math.asinh."""

@overload
def asinh(x: Value, /) -> Value: ...
@overload
def acosh(x: float, /) -> float:
    """acosh(x): The inverse of cosh, for x ≥ 1."""

@overload
def acosh(x: Value, /) -> Value: ...
@overload
def atanh(x: float, /) -> float:
    """atanh(x): The inverse of tanh: ½·log((1+x)/(1−x))."""

@overload
def atanh(x: Value, /) -> Value: ...
@overload
def atan2(y: float, x: float, /) -> float:
    """As math.atan2."""

@overload
def atan2(y: Value, x: Value | float, /) -> Value: ...
@overload
def atan2(y: float, x: Value, /) -> Value: ...
@overload
def hypot(x: float, y: float, /) -> float:
    """As math.hypot."""

@overload
def hypot(x: Value, y: Value | float, /) -> Value: ...
@overload
def hypot(x: float, y: Value, /) -> Value: ...
@overload
def erf(x: float, /) -> float:
    """As math.erf."""

@overload
def erf(x: Value, /) -> Value: ...
@overload
def erfc(x: float, /) -> float:
    """As math.erfc."""

@overload
def erfc(x: Value, /) -> Value: ...
@overload
def normal_cdf(x: float, /) -> float:
    """normal_cdf(x): Φ(x) = ½ erfc(−x/√2), the normal distribution function."""

@overload
def normal_cdf(x: Value, /) -> Value: ...
@overload
def gelu(x: float, /) -> float:
    """gelu(x): x·Φ(x), with Φ the normal distribution function itself, not an approximation (Hendrycks & Gimpel 2016)."""

@overload
def gelu(x: Value, /) -> Value: ...
@overload
def lgamma(x: float, /) -> float:
    """lgamma(x): log |Γ(x)|; inf at the poles 0, −1, −2, … and at ±∞."""

@overload
def lgamma(x: Value, /) -> Value: ...
@overload
def digamma(x: float, /) -> float:
    """digamma(x): ψ(x) = Γ′(x)/Γ(x); nan at −1, −2, … and −∞, ∓∞ at ±0."""

@overload
def digamma(x: Value, /) -> Value: ...
@overload
def polygamma(n: float, x: float, /) -> float:
    """polygamma(n, x): ψ⁽ⁿ⁾(x), the n-th derivative of digamma, for whole n ≥ 0 (other n: nan)."""

@overload
def polygamma(n: Value, x: Value | float, /) -> Value: ...
@overload
def polygamma(n: float, x: Value, /) -> Value: ...
@overload
def abs(x: float, /) -> float:
    """As builtins.abs."""

@overload
def abs(x: Value, /) -> Value: ...
@overload
def sign(x: float, /) -> float:
    """sign(x): 1 for x > 0, −1 for x < 0, 0 for 0."""

@overload
def sign(x: Value, /) -> Value: ...
@overload
def floor(x: float, /) -> float:
    """floor(x): The largest integer that is not above x; a zero has the sign of x."""

@overload
def floor(x: Value, /) -> Value: ...
@overload
def ceil(x: float, /) -> float:
    """ceil(x): The smallest integer that is not below x; a zero has the sign of x."""

@overload
def ceil(x: Value, /) -> Value: ...
@overload
def fmod(x: float, y: float, /) -> float:
    """fmod(x, y): What is left of x when y is taken from it as often as it goes; it has the sign of x."""

@overload
def fmod(x: Value, y: Value | float, /) -> Value: ...
@overload
def fmod(x: float, y: Value, /) -> Value: ...
@overload
def trunc(x: float, /) -> float:
    """trunc(x): x without its fraction; a zero has the sign of x."""

@overload
def trunc(x: Value, /) -> Value: ...
@overload
def round(x: float, /) -> float:
    """round(x): The nearest integer, the even one of two; a zero has the sign of x."""

@overload
def round(x: Value, /) -> Value: ...
@overload
def round_to(x: float, digits: float, /) -> float:
    """round_to(x, digits): x to that many decimal places, as Python's round: the decimal nearest to x itself, not to a product."""

@overload
def round_to(x: Value, digits: Value | float, /) -> Value: ...
@overload
def round_to(x: float, digits: Value, /) -> Value: ...
@overload
def mod(x: float, y: float, /) -> float:
    """mod(x, y): x % y as in Python: x less y times x // y, with the sign of y; nan for y = 0."""

@overload
def mod(x: Value, y: Value | float, /) -> Value: ...
@overload
def mod(x: float, y: Value, /) -> Value: ...
@overload
def floor_divide(x: float, y: float, /) -> float:
    """floor_divide(x, y): x // y as in Python: the largest integer that is not above x/y; as x/y for y = 0."""

@overload
def floor_divide(x: Value, y: Value | float, /) -> Value: ...
@overload
def floor_divide(x: float, y: Value, /) -> Value: ...
@overload
def maximum(x: float, y: float, /) -> float:
    """maximum(x, y): The larger one; nan if there is one."""

@overload
def maximum(x: Value, y: Value | float, /) -> Value: ...
@overload
def maximum(x: float, y: Value, /) -> Value: ...
@overload
def minimum(x: float, y: float, /) -> float:
    """minimum(x, y): The smaller one; nan if there is one."""

@overload
def minimum(x: Value, y: Value | float, /) -> Value: ...
@overload
def minimum(x: float, y: Value, /) -> Value: ...
@overload
def where(condition: float, a: float, b: float, /) -> float:
    """where(condition, a, b): a where the condition holds (is not 0), else b."""

@overload
def where(condition: Value, a: Value | float, b: Value | float, /) -> Value: ...
@overload
def where(condition: float, a: Value, b: Value | float, /) -> Value: ...
@overload
def where(condition: float, a: float, b: Value, /) -> Value: ...
@overload
def less(a: float, b: float, /) -> float:
    """less(a, b): a < b"""

@overload
def less(a: Value, b: Value | float, /) -> Value: ...
@overload
def less(a: float, b: Value, /) -> Value: ...
@overload
def less_equal(a: float, b: float, /) -> float:
    """less_equal(a, b): a ≤ b"""

@overload
def less_equal(a: Value, b: Value | float, /) -> Value: ...
@overload
def less_equal(a: float, b: Value, /) -> Value: ...
@overload
def greater(a: float, b: float, /) -> float:
    """greater(a, b): a > b"""

@overload
def greater(a: Value, b: Value | float, /) -> Value: ...
@overload
def greater(a: float, b: Value, /) -> Value: ...
@overload
def greater_equal(a: float, b: float, /) -> float:
    """greater_equal(a, b): a ≥ b"""

@overload
def greater_equal(a: Value, b: Value | float, /) -> Value: ...
@overload
def greater_equal(a: float, b: Value, /) -> Value: ...
@overload
def equal(a: float, b: float, /) -> float:
    """equal(a, b): a = b"""

@overload
def equal(a: Value, b: Value | float, /) -> Value: ...
@overload
def equal(a: float, b: Value, /) -> Value: ...
@overload
def not_equal(a: float, b: float, /) -> float:
    """not_equal(a, b): a ≠ b"""

@overload
def not_equal(a: Value, b: Value | float, /) -> Value: ...
@overload
def not_equal(a: float, b: Value, /) -> Value: ...
@overload
def isnan(x: float, /) -> float:
    """isnan(x): isnanx"""

@overload
def isnan(x: Value, /) -> Value: ...
@overload
def isfinite(x: float, /) -> float:
    """isfinite(x): isfinitex"""

@overload
def isfinite(x: Value, /) -> Value: ...
@overload
def sech(x: float, /) -> float:
    """sech(x): 1/cosh(x) as 2e/(1+e²) with e = e^−|x|, which does not overflow."""

@overload
def sech(x: Value, /) -> Value: ...
@overload
def one_minus_square(x: float, /) -> float:
    """one_minus_square(x): 1−x² as (1−x)(1+x), exact where 1 and x² would cancel."""

@overload
def one_minus_square(x: Value, /) -> Value: ...
@overload
def selected(d: float, g: float, /) -> float:
    """selected(d, g): d·g, and 0 where d is 0."""

@overload
def selected(d: Value, g: Value | float, /) -> Value: ...
@overload
def selected(d: float, g: Value, /) -> Value: ...
@overload
def flat(x: float, /) -> float:
    """flat(x): 0, and nan for nan."""

@overload
def flat(x: Value, /) -> Value: ...
@overload
def side(x: float, /) -> float:
    """side(x): 1 for x > 0, −1 for x < 0, 0 for 0."""

@overload
def side(x: Value, /) -> Value: ...
@overload
def heaviside(x: float, /) -> float:
    """heaviside(x): 1 for x > 0, 0 for x ≤ 0, nan for nan."""

@overload
def heaviside(x: Value, /) -> Value: ...
@overload
def maximum_slope(x: float, y: float, /) -> float:
    """maximum_slope(x, y): How much of a maximum's gradient goes to x: 1 if x > y, ½ in a tie, 0 if x < y, nan beside nan."""

@overload
def maximum_slope(x: Value, y: Value | float, /) -> Value: ...
@overload
def maximum_slope(x: float, y: Value, /) -> Value: ...
@overload
def truncated_quotient(x: float, y: float, /) -> float:
    """truncated_quotient(x, y): x/y without its fraction: how many times fmod takes y from x."""

@overload
def truncated_quotient(x: Value, y: Value | float, /) -> Value: ...
@overload
def truncated_quotient(x: float, y: Value, /) -> Value: ...
@overload
def over_norm(x: float, y: float, /) -> float:
    """over_norm(x, y): x/hypot(x, y), the cosine of the angle of (x, y); 0 at the origin."""

@overload
def over_norm(x: Value, y: Value | float, /) -> Value: ...
@overload
def over_norm(x: float, y: Value, /) -> Value: ...
@overload
def over_squared_norm(x: float, y: float, /) -> float:
    """over_squared_norm(x, y): x/(x²+y²), the first coordinate of (x, y) inverted in the unit circle; 0 at the origin."""

@overload
def over_squared_norm(x: Value, y: Value | float, /) -> Value: ...
@overload
def over_squared_norm(x: float, y: Value, /) -> Value: ...
@overload
def sigmoid_difference(x: float, y: float, /) -> float:
    """sigmoid_difference(x, y): e^x / (e^x + e^y) = σ(x − y), with the rounding error of x − y made good."""

@overload
def sigmoid_difference(x: Value, y: Value | float, /) -> Value: ...
@overload
def sigmoid_difference(x: float, y: Value, /) -> Value: ...
@overload
def silu_slope(x: float, /) -> float:
    """silu_slope(x): σ(x)·(1 + x·σ(−x)), the derivative of silu."""

@overload
def silu_slope(x: Value, /) -> Value: ...
@overload
def gaussian(x: float, /) -> float:
    """gaussian(x): e^(−x²)."""

@overload
def gaussian(x: Value, /) -> Value: ...
@overload
def gaussian_slope(x: float, /) -> float:
    """gaussian_slope(x): −2x·e^(−x²), the derivative of gaussian."""

@overload
def gaussian_slope(x: Value, /) -> Value: ...
@overload
def normal_pdf(x: float, /) -> float:
    """normal_pdf(x): φ(x) = e^(−x²/2)/√(2π)."""

@overload
def normal_pdf(x: Value, /) -> Value: ...
@overload
def normal_slope(x: float, /) -> float:
    """normal_slope(x): −x·φ(x), the derivative of φ."""

@overload
def normal_slope(x: Value, /) -> Value: ...
@overload
def gelu_slope(x: float, /) -> float:
    """gelu_slope(x): Φ(x) + x·φ(x), the derivative of gelu; by Gauss' quadrature where the two all but cancel."""

@overload
def gelu_slope(x: Value, /) -> Value: ...
@overload
def gelu_curvature(x: float, /) -> float:
    """gelu_curvature(x): (2 − x²)·φ(x), the second derivative of gelu."""

@overload
def gelu_curvature(x: Value, /) -> Value: ...
@overload
def power_derivative(x: float, y: float, n: float, k: float, /) -> float:
    """power_derivative(x, y, n, k): The n-th derivative by x of the k-th by y of x^y: x^(y−n) times a factor, a polynomial in y and log x."""

@overload
def power_derivative(x: Value, y: Value | float, n: Value | float, k: Value | float, /) -> Value: ...
@overload
def power_derivative(x: float, y: Value, n: Value | float, k: Value | float, /) -> Value: ...
@overload
def power_derivative(x: float, y: float, n: Value, k: Value | float, /) -> Value: ...
@overload
def power_derivative(x: float, y: float, n: float, k: Value, /) -> Value: ...
@overload
def peak_plus_log(m: float, s: float, /) -> float:
    """peak_plus_log(m, s): m + log s; ∞ for an m of ∞, beside which s is nan."""

@overload
def peak_plus_log(m: Value, s: Value | float, /) -> Value: ...
@overload
def peak_plus_log(m: float, s: Value, /) -> Value: ...
