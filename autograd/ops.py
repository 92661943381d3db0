"""The op table: everything that is true of an op stands in its one row.

A row has three lines (more where a formula is long); ``Op`` in ``op`` says what each column means:

    name, symbol, value on floats, one local derivative per operand             the mathematics
    array form, LaTeX, spelling, the derivative as schools write it             arrays and print
    domain, kinks, advice, what normalise makes of it                           where it holds

The local derivatives are functions of the operands and of ``out``, written with the ops themselves: run on
floats they give numbers, run on Values a graph, on compile's arrays an array program. So each derivative is
written once, and can be differentiated again. They are in the form that keeps its digits, e.g. tanh′ as sech²
and not 1−tanh², which has no correct digit left at x = 20. Rows for the sake of others' derivatives
stand at the end; with them, second derivatives keep their digits as well.

``None`` in place of a derivative means that there is none by structure; 0.0 would be a number. ``None`` in
place of an array form means that there is none.
"""

from __future__ import annotations

import math

from .numerics import floats, gamma, precise
from .op import ABOVE_MINUS_ONE, ABOVE_ONE, POSITIVE, REAL, TABLE, UNIT, find, row

__all__ = ["TABLE", "find"]  # and every row, by its name


# ── what rules are written with ─────────────────────────────────────────────────────────────────────────────


def _is_constant(x):  # type: ignore[no-untyped-def]  # any kind of number
    """Whether x can never be another number, or be differentiated by: then the rule for x^y is simple."""
    return getattr(x, "is_constant", False)


def _less_one_is_exact(y):  # type: ignore[no-untyped-def]  # any kind of number
    """Whether y − 1 is not rounded, so that no error of it is magnified by log x in x^(y−1).

    So it is for y ≥ ½, and for multiples of ⅛ (such exponents as −1, −2.5, 0.25), if neither is beyond 2^53,
    from where on doubles are more than 1 apart.
    """
    return (greater_equal(y, 0.5) or equal(floor(8.0 * y), 8.0 * y)) and less(absolute(y), 2.0**53)


def _pow_base(x, y, out):  # type: ignore[no-untyped-def]  # any kind of number
    """y·x^(y−1) where y is known for good and y − 1 is exact; 0 for y = 0."""
    if isinstance(y, float):
        return precise.power_slope(x, y)
    if _is_constant(y) and _less_one_is_exact(y):
        return y * pow(x, y - 1.0) if not_equal(y, 0.0) else 0.0 * y
    return power_derivative(x, y, 1.0, 0.0)


def _pow_exponent(x, y, out):  # type: ignore[no-untyped-def]  # any kind of number
    """x^y·log x; 0 at x = 0 for y ≥ 0, where x^y does not move."""
    if isinstance(x, float):
        return precise.power_derivative(x, y, 0.0, 1.0)
    return out * log(x) if _is_constant(x) and greater(x, 0.0) else power_derivative(x, y, 0.0, 1.0)


def _is_one(x):  # type: ignore[no-untyped-def]  # a formula
    """Whether x is a bare 1 in a formula, and no name for one."""
    return x.is_number and x.data == 1.0


def _squared(x):  # type: ignore[no-untyped-def]  # any kind of number
    return x * x


def _softmax(xs):  # type: ignore[no-untyped-def]  # any kind of number
    """e^x/Σe^x for each term: in one pass where the terms are floats."""
    if all(isinstance(x, float) for x in xs):
        return precise.softmax(xs)
    return [softmax_of(x, *xs[:i], *xs[i + 1 :]) for i, x in enumerate(xs)]


def _softmax_slopes(factor, xs):  # type: ignore[no-untyped-def]  # any kind of number
    """factor·(1 − softmax) by the first term, −factor·softmax of the term by each other."""
    return [factor * softmax_rest(*xs), *(-(factor * s) for s in _softmax(xs)[1:])]


def _shifted(xs):  # type: ignore[no-untyped-def]  # operands in a program
    """The largest term, the first term less the largest, and Σe^(x − largest).

    The largest takes no derivative, for it cancels. All terms are taken in one order, whichever comes first:
    so the softmaxes of one list share their sum.
    """
    ordered = sorted(xs)
    largest = peak_of(*ordered)
    return largest, sub(xs[0], largest), sum_of(*[exp(sub(x, largest)) for x in ordered])


def _logsumexp_lowered(xs):  # type: ignore[no-untyped-def]  # operands in a program
    largest, _, total = _shifted(xs)
    return peak_plus_log(largest, total)


def _softmax_lowered(xs):  # type: ignore[no-untyped-def]  # operands in a program
    _, first, total = _shifted(xs)
    return div(exp(first), total)


def _log_softmax_lowered(xs):  # type: ignore[no-untyped-def]  # operands in a program
    _, first, total = _shifted(xs)
    return sub(first, log(total))


def _products(xs):  # type: ignore[no-untyped-def]  # any kind of number
    """The terms of the dot product of the two halves."""
    return [(1.0, x, y) for x, y in zip(xs[: len(xs) // 2], xs[len(xs) // 2 :])]


# fmt: off
_TWO_PER_ROOT_PI = 2.0 / math.sqrt(math.pi)  # of erf′(x) = 2/√π·e^(−x²)
_SQRT_HALF = math.sqrt(0.5)  # where the second derivative of e^(−x²) is 0
_LN2, _LN10 = math.log(2.0), math.log(10.0)
_PER_LN2, _PER_LN10 = 1.0 / _LN2, 1.0 / _LN10
_TORCH_POLYGAMMA = (  # which takes one whole number as its order: one call for each order that there is
    "sum({np}.where({0} == n, {special}.polygamma(int(n), {1}), 0.0) for n in {np}.unique({0}).tolist())")
_PHI = "{np}.exp(-0.5 * {0} * {0}) * 0.3989422804014327"  # φ(x) = e^(−x²/2)/√(2π), for other frameworks
_CHOICE = (  # of two operands, half of each in a tie: by selection, where JAX's own multiplies
    "{{np}}.where({{0}} {0} {{1}}, {{0}}, {{np}}.where({{0}} {1} {{1}}, {{1}}, 0.5 * {{0}} + 0.5 * {{1}}))")
_inf = math.inf

# ── arithmetic ──────────────────────────────────────────────────────────────────────────────────────────────

identity = row("identity", "+", lambda x: x, [lambda x, out: 1.0],
    "np.positive", "{0}", binds=3, python="{0}",
    lowered=lambda x: x)
neg = row("neg", "−", lambda x: -x, [lambda x, out: -1.0],
    "np.negative", "-{0}", binds=3, infix=3, python="-{0}", frameworks="-{0}",
    terms=lambda x: [(-1.0, x)])
add = row("add", "+", lambda a, b: a + b, [lambda a, b, out: 1.0, lambda a, b, out: 1.0],
    "np.add", "{0} + {1}", binds=1, infix=1, python="{0} + {1}", frameworks="{0} + {1}",
    commutes=True, terms=lambda a, b: [(1.0, a), (1.0, b)])
sub = row("sub", "−", lambda a, b: a - b, [lambda a, b, out: 1.0, lambda a, b, out: -1.0],
    "np.subtract", "{0} - {1}", binds=1, infix=1, python="{0} - {1}", frameworks="{0} - {1}",
    terms=lambda a, b: [(1.0, a), (-1.0, b)])
mul = row("mul", "×", lambda a, b: a * b, [lambda a, b, out: b, lambda a, b, out: a],
    "np.multiply", r"{0} \cdot {1}", binds=2, infix=2, python="{0} * {1}", frameworks="{0} * {1}",
    plain=lambda a, b: b if _is_one(a) else a if _is_one(b) else None, commutes=True)
div = row("div", "÷", floats.divide, [lambda a, b, out: 1.0 / b, lambda a, b, out: -(out / b)],
    "np.divide", r"\frac{{{0}}}{{{1}}}", infix=2, frameworks="{0} / {1}",
    python="{0} / {1} if {1} else divide({0}, {1})",
    plain=lambda a, b: a if _is_one(b) else None, schoolbook=[None, lambda a, b, out: -(a / b**2.0)],
    kinks=[((1.0, 0.0), (_inf, -_inf)), ((-1.0, 0.0), (_inf, _inf))],
    advice="the divisor is 0 or tiny: keep it away from 0, e.g. a / (b + 1e-12) or a / maximum(b, eps)")
pow = row("pow", "^", floats.power, [_pow_base, _pow_exponent],
    "np.power", "{0}^{{{1}}}", binds=4, infix=4, plain=lambda x, y: x if _is_one(y) else None,
    frameworks={"torch": "{np}.pow({0}, {1})"},
    schoolbook=[lambda x, y, out: y * x ** (y - 1.0), lambda x, y, out: x**y * log(x)],
    domain=[POSITIVE, REAL],
    kinks=[((0.0, 0.0), (0.0, 0.0)), ((0.0, 0.5), (_inf, 0.0)), ((0.0, 1.0), (1.0, 0.0)),
           ((0.0, 2.0), (0.0, 0.0)), ((0.0, -1.0), (-_inf, -_inf))],
    advice="a negative base with a fractional exponent has no real power, and 0 none with a negative "
           "exponent: use abs(x), or relu(x) + eps, as the base")

# ── exponentials, logarithms and roots ──────────────────────────────────────────────────────────────────────

exp = row("exp", "exp", floats.exp, [lambda x, out: out],
    "np.exp", r"e^{{{0}}}", binds=4,
    advice="exp overflows above 709.78: subtract the maximum first, or use logsumexp, softmax, softplus, or "
           "a loss on logits")
exp2 = row("exp2", "exp2", floats.exp2, [lambda x, out: _LN2 * exp2(0.5 * x) * exp2(0.5 * x)],
    "np.exp2", r"2^{{{0}}}", binds=4, schoolbook=[lambda x, out: _LN2 * out],
    advice="2**x overflows from 1024 on: work with its logarithm, x")
expm1 = row("expm1", "expm1", floats.expm1, [lambda x, out: exp(x)],
    "np.expm1",
    advice="expm1 overflows above 709.78: use softplus or logsumexp")
log = row("log", "log", floats.log, [lambda x, out: 1.0 / x],
    "np.log", r"\log\left({0}\right)",
    domain=[POSITIVE], kinks=[((0.0,), (_inf,))],
    advice="log needs a positive number: use log1p(x) for log(1+x), logsigmoid or a loss on logits for "
           "log(sigmoid(x)), log_softmax for log(softmax(x))")
log2 = row("log2", "log2", floats.log2, [lambda x, out: _PER_LN2 / x],
    "np.log2", r"\log_2\left({0}\right)", schoolbook=[lambda x, out: 1.0 / (x * _LN2)],
    domain=[POSITIVE], kinks=[((0.0,), (_inf,))], advice="log2 needs a positive number")
log10 = row("log10", "log10", floats.log10, [lambda x, out: _PER_LN10 / x],
    "np.log10", r"\log_{{10}}\left({0}\right)", schoolbook=[lambda x, out: 1.0 / (x * _LN10)],
    domain=[POSITIVE], kinks=[((0.0,), (_inf,))], advice="log10 needs a positive number")
log1p = row("log1p", "log1p", floats.log1p, [lambda x, out: 1.0 / (1.0 + x)],
    "np.log1p",
    domain=[ABOVE_MINUS_ONE], kinks=[((-1.0,), (_inf,))], advice="log1p needs a number above -1")
sqrt = row("sqrt", "√", floats.sqrt, [lambda x, out: 0.5 / out],
    "np.sqrt", r"\sqrt{{{0}}}", schoolbook=[lambda x, out: 1.0 / (2.0 * out)],
    domain=[POSITIVE], kinks=[((0.0,), (_inf,))],
    advice="sqrt has no real value below 0 and an infinite derivative at 0: use sqrt(x + eps), or "
           "hypot(x, y) for sqrt(x*x + y*y)")
cbrt = row("cbrt", "∛", floats.cbrt, [lambda x, out: 1.0 / (3.0 * out * out)],
    "np.cbrt", r"\sqrt[3]{{{0}}}", schoolbook=[lambda x, out: 1.0 / (3.0 * out**2.0)],
    frameworks={"torch": "{np}.sign({0}) * {np}.pow({np}.abs({0}), 1.0 / 3.0)"},
    smooth=lambda x: x != 0.0, kinks=[((0.0,), (_inf,))])
logaddexp = row("logaddexp", "logaddexp", precise.logaddexp,
    [lambda x, y, out: sigmoid_difference(x, y), lambda x, y, out: sigmoid_difference(y, x)],
    "np.logaddexp", r"\log\left(e^{{{0}}} + e^{{{1}}}\right)",
    schoolbook=[lambda x, y, out: exp(x) / (exp(x) + exp(y)), lambda x, y, out: exp(y) / (exp(x) + exp(y))])

# ── activations ─────────────────────────────────────────────────────────────────────────────────────────────

sigmoid = row("sigmoid", "σ", floats.sigmoid, [lambda x, out: 0.25 * _squared(sech(0.5 * x))],
    "arrays.sigmoid", r"\sigma\left({0}\right)", frameworks="{nn}.sigmoid({0})",
    schoolbook=[lambda x, out: out * (1.0 - out)])
softplus = row("softplus", "softplus", floats.softplus, [lambda x, out: sigmoid(x)],
    "arrays.softplus", frameworks="{np}.logaddexp({0}, {np}.zeros_like({0}))")
relu = row("relu", "ReLU", floats.relu, [lambda x, out: side(out)],
    "arrays.relu", frameworks="{nn}.relu({0})", schoolbook=[lambda x, out: greater(x, 0.0)],
    selects=True, kinks=[((0.0,), (0.0,))])
prelu = row("prelu", "PReLU", floats.prelu,
    [lambda x, slope, out: where(greater(x, 0.0), 1.0, slope + flat(x)), lambda x, slope, out: -relu(-x)],
    "arrays.prelu",
    frameworks="{np}.where({0} > 0.0, {0}, {1} * {np}.where({0} > 0.0, {np}.zeros_like({0}), {0}))",
    schoolbook=[lambda x, slope, out: where(greater(x, 0.0), 1.0, slope),
                lambda x, slope, out: minimum(x, 0.0)],
    selects=(1,), kinks=[((0.0, 0.25), (0.25, 0.0))])
hardtanh = row("hardtanh", "hardtanh", floats.hardtanh, [lambda x, out: heaviside(1.0 - absolute(x))],
    "arrays.hardtanh", frameworks="{np}.where({np}.abs({0}) < 1.0, {0}, {np}.sign({0}))",
    schoolbook=[lambda x, out: less(absolute(x), 1.0)],
    selects=True, smooth=lambda x: abs(x) != 1.0, kinks=[((1.0,), (0.0,)), ((-1.0,), (0.0,))])
silu = row("silu", "SiLU", precise.silu, [lambda x, out: silu_slope(x)],
    "arrays.silu", frameworks="{0} * {nn}.sigmoid({0})",
    schoolbook=[lambda x, out: sigmoid(x) * (1.0 + x * (1.0 - sigmoid(x)))])
tanh = row("tanh", "tanh", math.tanh, [lambda x, out: _squared(sech(x))],
    "np.tanh", r"\tanh\left({0}\right)", schoolbook=[lambda x, out: 1.0 - out**2.0])

# ── trigonometric and hyperbolic ────────────────────────────────────────────────────────────────────────────

sin = row("sin", "sin", floats.sin, [lambda x, out: cos(x)],
    "np.sin", r"\sin\left({0}\right)",
    advice="sin of an infinity: find what overflowed before it")
cos = row("cos", "cos", floats.cos, [lambda x, out: -sin(x)],
    "np.cos", r"\cos\left({0}\right)",
    advice="cos of an infinity: find what overflowed before it")
tan = row("tan", "tan", floats.tan, [lambda x, out: 1.0 + out * out],
    "np.tan", r"\tan\left({0}\right)", schoolbook=[lambda x, out: 1.0 + out**2.0],
    advice="tan of an infinity: find what overflowed before it")
asin = row("asin", "asin", floats.asin, [lambda x, out: 1.0 / sqrt(one_minus_square(x))],
    "np.arcsin", r"\arcsin\left({0}\right)", schoolbook=[lambda x, out: 1.0 / sqrt(1.0 - x**2.0)],
    domain=[UNIT], kinks=[((1.0,), (_inf,)), ((-1.0,), (_inf,))], advice="asin needs a number in [-1, 1]")
acos = row("acos", "acos", floats.acos, [lambda x, out: -1.0 / sqrt(one_minus_square(x))],
    "np.arccos", r"\arccos\left({0}\right)", schoolbook=[lambda x, out: -(1.0 / sqrt(1.0 - x**2.0))],
    domain=[UNIT], kinks=[((1.0,), (-_inf,)), ((-1.0,), (-_inf,))], advice="acos needs a number in [-1, 1]")
atan = row("atan", "atan", math.atan, [lambda x, out: _squared(1.0 / hypot(1.0, x))],
    "np.arctan", r"\arctan\left({0}\right)", schoolbook=[lambda x, out: 1.0 / (1.0 + x**2.0)])
sinh = row("sinh", "sinh", floats.sinh, [lambda x, out: cosh(x)],
    "np.sinh", r"\sinh\left({0}\right)",
    advice="sinh overflows above 710.47")
cosh = row("cosh", "cosh", floats.cosh, [lambda x, out: sinh(x)],
    "np.cosh", r"\cosh\left({0}\right)",
    advice="cosh overflows above 710.47")
asinh = row("asinh", "asinh", math.asinh, [lambda x, out: 1.0 / hypot(1.0, x)],
    "np.arcsinh", r"\operatorname{{arsinh}}\left({0}\right)",
    schoolbook=[lambda x, out: 1.0 / sqrt(1.0 + x**2.0)])
acosh = row("acosh", "acosh", floats.acosh, [lambda x, out: 1.0 / (sqrt(x - 1.0) * sqrt(x + 1.0))],
    "np.arccosh", r"\operatorname{{arcosh}}\left({0}\right)",
    schoolbook=[lambda x, out: 1.0 / sqrt(x**2.0 - 1.0)],
    domain=[ABOVE_ONE], kinks=[((1.0,), (_inf,))], advice="acosh needs a number of at least 1")
atanh = row("atanh", "atanh", floats.atanh, [lambda x, out: 1.0 / one_minus_square(x)],
    "np.arctanh", r"\operatorname{{artanh}}\left({0}\right)",
    schoolbook=[lambda x, out: 1.0 / (1.0 - x**2.0)],
    domain=[UNIT], kinks=[((1.0,), (_inf,)), ((-1.0,), (_inf,))], advice="atanh needs a number in (-1, 1)")
atan2 = row("atan2", "atan2", math.atan2,
    [lambda y, x, out: over_squared_norm(x, y), lambda y, x, out: -over_squared_norm(y, x)],
    "np.arctan2",
    schoolbook=[lambda y, x, out: x / (x**2.0 + y**2.0), lambda y, x, out: -(y / (x**2.0 + y**2.0))],
    kinks=[((0.0, 0.0), (0.0, 0.0))], advice="atan2 has no derivative at (0, 0)")
hypot = row("hypot", "hypot", math.hypot,
    [lambda x, y, out: over_norm(x, y), lambda x, y, out: over_norm(y, x)],
    "np.hypot", schoolbook=[lambda x, y, out: x / out, lambda x, y, out: y / out],
    kinks=[((0.0, 0.0), (0.0, 0.0))])

# ── the normal distribution ─────────────────────────────────────────────────────────────────────────────────

erf = row("erf", "erf", math.erf, [lambda x, out: _TWO_PER_ROOT_PI * gaussian(x)],
    "arrays.erf", frameworks="{special}.erf({0})",
    schoolbook=[lambda x, out: _TWO_PER_ROOT_PI * exp(-(x**2.0))])
erfc = row("erfc", "erfc", math.erfc, [lambda x, out: -_TWO_PER_ROOT_PI * gaussian(x)],
    "arrays.erfc", frameworks="{special}.erfc({0})",
    schoolbook=[lambda x, out: -(_TWO_PER_ROOT_PI * exp(-(x**2.0)))])
normal_cdf = row("normal_cdf", "Φ", precise.normal_cdf, [lambda x, out: normal_pdf(x)],
    "arrays.normal_cdf", r"\Phi\left({0}\right)", frameworks="{special}.ndtr({0})")
gelu = row("gelu", "GELU", precise.gelu, [lambda x, out: gelu_slope(x)],
    "arrays.gelu", frameworks="{0} * {special}.ndtr({0})",
    schoolbook=[lambda x, out: normal_cdf(x) + x * normal_pdf(x)])

# ── the gamma function ──────────────────────────────────────────────────────────────────────────────────────

lgamma = row("lgamma", "logΓ", gamma.lgamma, [lambda x, out: digamma(x)],
    "arrays.lgamma", r"\log\Gamma\left({0}\right)", frameworks="{special}.gammaln({0})",
    domain=[POSITIVE], kinks=[((0.0,), (-math.inf,))],
    advice="lgamma is infinite at 0, -1, -2, ...")
digamma = row("digamma", "ψ", gamma.digamma, [lambda x, out: polygamma(1.0, x)],
    "arrays.digamma", r"\psi\left({0}\right)", frameworks="{special}.digamma({0})",
    domain=[POSITIVE], kinks=[((0.0,), (math.inf,))],
    advice="digamma has poles at 0, -1, -2, ...")
polygamma = row("polygamma", "ψ⁽ⁿ⁾", gamma.polygamma, [None, lambda n, x, out: polygamma(n + 1.0, x)],
    "arrays.polygamma", r"\psi^{{\left({0}\right)}}\left({1}\right)",
    frameworks={"torch": _TORCH_POLYGAMMA,
                "jax": "{special}.polygamma({np}.asarray({0}, int), {1})"},
    domain=[ABOVE_MINUS_ONE, POSITIVE], whole=(0,),
    smooth=lambda n, x: n.is_integer() and n >= 0.0 and x > 0.0,
    advice="polygamma(n, x) takes a whole n >= 0 and has poles at x = 0, -1, -2, ...")

# ── kinked, and piecewise constant ──────────────────────────────────────────────────────────────────────────

absolute = row("abs", "abs", abs, [lambda x, out: side(x)],
    "np.abs", r"\left|{0}\right|", frameworks={"jax": "{0} * {np}.sign({0})"},
    kinks=[((0.0,), (0.0,))])
sign = row("sign", "sign", floats.sign, [None],
    "np.sign", frameworks={"torch": "{stop}({np}.sign({0}))"},
    smooth=lambda x: x != 0.0, kinks=[((0.0,), (0.0,))])
floor = row("floor", "floor", floats.floor, [None],
    "np.floor", r"\left\lfloor {0} \right\rfloor", frameworks={"torch": "{stop}({np}.floor({0}))"},
    smooth=lambda x: x != math.floor(x), kinks=[((1.0,), (0.0,))])
ceil = row("ceil", "ceil", floats.ceil, [None],
    "np.ceil", r"\left\lceil {0} \right\rceil", frameworks={"torch": "{stop}({np}.ceil({0}))"},
    smooth=lambda x: x != math.floor(x), kinks=[((1.0,), (0.0,))])
fmod = row("fmod", "fmod", floats.fmod, [lambda x, y, out: 1.0, lambda x, y, out: -truncated_quotient(x, y)],
    "np.fmod", schoolbook=[None, lambda x, y, out: -((x - out) / y)],
    domain=[REAL, POSITIVE], smooth=lambda x, y: math.fmod(x, y) != 0.0,
    kinks=[((6.0, 3.0), (1.0, -2.0)), ((-6.0, 3.0), (1.0, 2.0))], advice="fmod by 0, or of an infinity")
trunc = row("trunc", "trunc", floats.trunc, [None],
    "np.trunc", frameworks={"torch": "{stop}({np}.trunc({0}))"}, smooth=lambda x: x != math.floor(x))
round = row("round", "round", floats.round_half_even, [None],
    "np.rint", frameworks={"torch": "{stop}({np}.round({0}))", "jax": "{np}.round({0})"},
    smooth=lambda x: x + 0.5 != math.floor(x + 0.5))
round_to = row("round_to", "round", floats.round_to, [None, None],
    None, frameworks=None,  # theirs round a product, which is another number near a tie
    domain=[REAL, (0.0, 2.0)], whole=(1,), smooth=lambda x, digits: False)
mod = row("mod", "%", floats.mod, [lambda x, y, out: 1.0, lambda x, y, out: -floor_divide(x, y)],
    "np.remainder", r"{0} \bmod {1}", binds=2, infix=2, schoolbook=[None, lambda x, y, out: -((x - out) / y)],
    frameworks="{np}.remainder({0}, {1})", domain=[REAL, POSITIVE],
    smooth=lambda x, y: x % y != 0.0, advice="% by 0, or of an infinity")
floor_divide = row("floor_divide", "//", floats.floor_divide, [None, None],
    "np.floor_divide", r"\left\lfloor \frac{{{0}}}{{{1}}} \right\rfloor", infix=2,
    frameworks="{stop}({np}.floor_divide({0}, {1}))", domain=[REAL, POSITIVE],
    smooth=lambda x, y: x % y != 0.0, advice="// by 0, or of an infinity")
maximum = row("maximum", "max", floats.maximum,
    [lambda x, y, out: maximum_slope(x, y), lambda x, y, out: maximum_slope(y, x)],
    "np.maximum", r"\max\left({0}, {1}\right)",
    schoolbook=[lambda x, y, out: greater(x, y), lambda x, y, out: greater(y, x)],
    frameworks={"jax": _CHOICE.format(">", "<")}, selects=True,
    smooth=lambda x, y: x != y, kinks=[((1.0, 1.0), (0.5, 0.5))])
minimum = row("minimum", "min", floats.minimum,
    [lambda x, y, out: maximum_slope(y, x), lambda x, y, out: maximum_slope(x, y)],
    "np.minimum", r"\min\left({0}, {1}\right)",
    schoolbook=[lambda x, y, out: less(x, y), lambda x, y, out: less(y, x)],
    frameworks={"jax": _CHOICE.format("<", ">")}, selects=True,
    smooth=lambda x, y: x != y, kinks=[((1.0, 1.0), (0.5, 0.5))])
where = row("where", "where", floats.where,
    [None, lambda c, a, b, out: not_equal(c, 0.0), lambda c, a, b, out: equal(c, 0.0)],
    "arrays.where", frameworks="{np}.where({0} != 0.0, {1}, {2})", plain=lambda c, a, b: a if c else b,
    selects=True,
    advice="the branch that was not taken was computed as well: keep its operands in their domain, e.g. "
           "where(x > 0, log(where(x > 0, x, 1)), 0)")

# ── comparisons: 1 for true, 0 for false, no derivative ─────────────────────────────────────────────────────

less = row("less", "<", lambda a, b: float(a < b), [None, None],
    "arrays.less", "[{0} < {1}]", infix=0,
    python="float({0} < {1})", frameworks="({0} < {1}) * 1.0")
less_equal = row("less_equal", "≤", lambda a, b: float(a <= b), [None, None],
    "arrays.less_equal", r"[{0} \le {1}]", infix=0,
    python="float({0} <= {1})", frameworks="({0} <= {1}) * 1.0")
greater = row("greater", ">", lambda a, b: float(a > b), [None, None],
    "arrays.greater", "[{0} > {1}]", infix=0,
    python="float({0} > {1})", frameworks="({0} > {1}) * 1.0")
greater_equal = row("greater_equal", "≥", lambda a, b: float(a >= b), [None, None],
    "arrays.greater_equal", r"[{0} \ge {1}]", infix=0,
    python="float({0} >= {1})", frameworks="({0} >= {1}) * 1.0")
equal = row("equal", "=", lambda a, b: float(a == b), [None, None],
    "arrays.equal", "[{0} = {1}]", infix=0,
    python="float({0} == {1})", frameworks="({0} == {1}) * 1.0")
not_equal = row("not_equal", "≠", lambda a, b: float(a != b), [None, None],
    "arrays.not_equal", r"[{0} \ne {1}]", infix=0,
    python="float({0} != {1})", frameworks="({0} != {1}) * 1.0")

isnan = row("isnan", "isnan", lambda x: float(x != x), [None],
    "arrays.isnan", python="float({0} != {0})", frameworks="{np}.isnan({0}) * 1.0")
isfinite = row("isfinite", "isfinite", lambda x: float(x - x == 0.0), [None],
    "arrays.isfinite", python="float({0} - {0} == 0.0)", frameworks="{np}.isfinite({0}) * 1.0")

# ── any number of operands: programs lower them, so they have no array form and no spelling of their own ────

sum_of = row("sum", "Σ", floats.sum_, lambda xs, out: [1.0] * len(xs),
    None, r"\sum\left({0}\right)", frameworks=None,
    terms=lambda *xs: [(1.0, x) for x in xs], lowered=lambda *xs: xs[0] if len(xs) == 1 else None)
dot_of = row("dot", "·", floats.dot, lambda xs, out: [*xs[len(xs) // 2 :], *xs[: len(xs) // 2]],
    None, frameworks=None,
    terms=lambda *xs: _products(xs))
logsumexp_of = row("logsumexp", "logsumexp", precise.logsumexp, lambda xs, out: _softmax(xs),
    None, frameworks=None, schoolbook=lambda xs, out: [exp(x - out) for x in xs],
    lowered=lambda *xs: _logsumexp_lowered(xs))
# these are of the first operand: e^x₁/Σe^x and its logarithm
softmax_of = row("softmax", "softmax", precise.softmax_first, lambda xs, out: _softmax_slopes(out, xs),
    None, frameworks=None,
    schoolbook=lambda xs, out: [out * (1.0 - out), *(-(out * s) for s in _softmax(xs)[1:])],
    lowered=lambda *xs: _softmax_lowered(xs))
log_softmax_of = row("log_softmax", "log softmax", precise.log_softmax,
    lambda xs, out: _softmax_slopes(1.0, xs),
    None, frameworks=None, schoolbook=lambda xs, out: [1.0 - exp(out), *(-s for s in _softmax(xs)[1:])],
    lowered=lambda *xs: _log_softmax_lowered(xs))

# ── helpers: rows that others' derivatives, and programs, are written with ──────────────────────────────────

sech = row("sech", "sech", floats.sech, [lambda x, out: -(tanh(x) * out)],
    "arrays.sech", frameworks="1.0 / {np}.cosh({0})",
    stands_for="1/cosh(x)")
one_minus_square = row("one_minus_square", "1−x²", floats.one_minus_square, [lambda x, out: -2.0 * x],
    "arrays.one_minus_square", frameworks="(1.0 - {0}) * (1.0 + {0})",
    stands_for="1 − x²")
selected = row("selected", "×", floats.selected,
    [lambda d, g, out: where(not_equal(d, 0.0), g + flat(d), 0.0), lambda d, g, out: d],
    "arrays.selected", r"{0} \cdot {1}", binds=2, infix=2, python="{0} * {1} if {0} else 0.0",
    frameworks="{np}.where({0} == 0.0, {np}.zeros_like({0}), {0} * {1})", plain=lambda d, g: d * g,
    schoolbook=[lambda d, g, out: g, None], selects=True, smooth=lambda d, g: d != 0.0,
    stands_for="d·g, and 0 where d is 0, whatever g is: what goes down to a branch")
flat = row("flat", "0", floats.flat, [lambda x, out: out],
    "arrays.flat", frameworks="0.0 * {0}", selects=True,
    stands_for="0, and nan for nan: the derivative of what is constant piece by piece")
side = row("side", "sign", floats.sign, [lambda x, out: flat(x)],
    "np.sign", r"\operatorname{{sign}}\left({0}\right)", schoolbook=[lambda x, out: 0.0],
    selects=True, smooth=lambda x: x != 0.0, kinks=[((0.0,), (0.0,))],
    stands_for="sign(x), as the derivative of |x|: nan for nan, and so is its own derivative")
heaviside = row("heaviside", "H", floats.heaviside, [lambda x, out: flat(x)],
    "arrays.heaviside", frameworks="{np}.sign({nn}.relu({0}))", schoolbook=[lambda x, out: 0.0],
    selects=True, kinks=[((0.0,), (0.0,))], stands_for="1 where x > 0, 0 elsewhere")
maximum_slope = row("maximum_slope", "∂max", floats.maximum_slope, [lambda x, y, out: flat(out)] * 2,
    "arrays.maximum_slope", frameworks="0.5 * ({np}.sign({0} - {1}) + 1.0)",
    schoolbook=[lambda x, y, out: 0.0] * 2, selects=True,
    smooth=lambda x, y: x != y, kinks=[((1.0, 1.0), (0.0, 0.0))],
    stands_for="∂ max(x, y)/∂x: 1 where x > y, ½ in a tie, 0 elsewhere")
truncated_quotient = row("truncated_quotient", "⌊÷⌋", floats.truncated_quotient,
    [lambda x, y, out: flat(x) + flat(y)] * 2,
    "arrays.truncated_quotient", frameworks="{np}.trunc({0} / {1})", schoolbook=[lambda x, y, out: 0.0] * 2,
    selects=True,
    domain=[REAL, POSITIVE], smooth=lambda x, y: math.fmod(x, y) != 0.0,
    stands_for="x/y without its fraction")
over_norm = row("over_norm", "x/|xy|", precise.over_norm,
    [lambda x, y, out: over_norm(y, x) * over_squared_norm(y, x),
     lambda x, y, out: -(out * over_squared_norm(y, x))],
    "arrays.over_norm", frameworks="{0} / {np}.hypot({0}, {1})",
    schoolbook=[lambda x, y, out: y**2.0 / hypot(x, y) ** 3.0,
                lambda x, y, out: -(x * y / hypot(x, y) ** 3.0)],
    kinks=[((0.0, 0.0), (0.0, 0.0))], stands_for="x/√(x² + y²)")
over_squared_norm = row("over_squared_norm", "x/|xy|²", precise.over_squared_norm,
    [lambda x, y, out: (y - x) / hypot(x, y) * ((y + x) / hypot(x, y)) / hypot(x, y) / hypot(x, y),
     lambda x, y, out: -2.0 * (out * over_squared_norm(y, x))],
    "arrays.over_squared_norm", frameworks="{0} / ({0} * {0} + {1} * {1})",
    schoolbook=[lambda x, y, out: (y**2.0 - x**2.0) / (x**2.0 + y**2.0) ** 2.0,
                lambda x, y, out: -(2.0 * x * y / (x**2.0 + y**2.0) ** 2.0)],
    stands_for="x/(x² + y²)")
sigmoid_difference = row("sigmoid_difference", "σ(x−y)", precise.sigmoid_difference,
    [lambda x, y, out: out * sigmoid_difference(y, x), lambda x, y, out: -(out * sigmoid_difference(y, x))],
    "arrays.sigmoid_difference", r"\sigma\left({0} - {1}\right)", frameworks="{nn}.sigmoid({0} - {1})",
    schoolbook=[lambda x, y, out: out * (1.0 - out), lambda x, y, out: -(out * (1.0 - out))],
    stands_for="σ(x − y) = e^x/(e^x + e^y)")
silu_slope = row("silu_slope", "SiLU′", precise.silu_slope,
    [lambda x, out: 0.25 * (sech(0.5 * x) * (2.0 - x * tanh(0.5 * x)) * sech(0.5 * x))],
    "arrays.silu_slope", r"\operatorname{{silu}}'\left({0}\right)",
    frameworks="{nn}.sigmoid({0}) * (1.0 + {0} * {nn}.sigmoid(-{0}))",
    schoolbook=[lambda x, out: sigmoid(x) * (1.0 - sigmoid(x)) * (2.0 + x * (1.0 - 2.0 * sigmoid(x)))],
    stands_for="silu′(x) = σ(x)·(1 + x·σ(−x))")
gaussian = row("gaussian", "e^−x²", precise.gaussian, [lambda x, out: gaussian_slope(x)],
    "arrays.gaussian", frameworks="{np}.exp(-{0} * {0})", schoolbook=[lambda x, out: -(2.0 * x * out)],
    stands_for="e^(−x²)")
gaussian_slope = row("gaussian_slope", "(e^−x²)′", precise.gaussian_slope,
    [lambda x, out: (x - _SQRT_HALF) * ((x + _SQRT_HALF) * (4.0 * gaussian(x)))],
    "arrays.gaussian_slope", r"\operatorname{{gaussian}}'\left({0}\right)",
    frameworks="-2.0 * {0} * {np}.exp(-{0} * {0})",
    schoolbook=[lambda x, out: (4.0 * x**2.0 - 2.0) * exp(-(x**2.0))], stands_for="−2x·e^(−x²)")
normal_pdf = row("normal_pdf", "φ", precise.normal_pdf, [lambda x, out: normal_slope(x)],
    "arrays.normal_pdf", r"\varphi\left({0}\right)", frameworks=_PHI,
    schoolbook=[lambda x, out: -(x * out)], stands_for="φ(x) = e^(−x²/2)/√(2π)")
normal_slope = row("normal_slope", "φ′", precise.normal_slope,
    [lambda x, out: (x - 1.0) * ((x + 1.0) * normal_pdf(x))],
    "arrays.normal_slope", r"\varphi'\left({0}\right)",
    frameworks="-{0} * " + _PHI,
    schoolbook=[lambda x, out: (x**2.0 - 1.0) * normal_pdf(x)], stands_for="φ′(x) = −x·φ(x)")
gelu_slope = row("gelu_slope", "GELU′", precise.gelu_slope, [lambda x, out: gelu_curvature(x)],
    "arrays.gelu_slope", r"\operatorname{{gelu}}'\left({0}\right)",
    frameworks="{special}.ndtr({0}) + {0} * " + _PHI,
    schoolbook=[lambda x, out: (2.0 - x**2.0) * normal_pdf(x)], stands_for="gelu′(x) = Φ(x) + x·φ(x)")
gelu_curvature = row("gelu_curvature", "GELU″", precise.gelu_curvature,
    [lambda x, out: (x - 2.0) * ((x + 2.0) * (x * normal_pdf(x)))],
    "arrays.gelu_curvature", r"\operatorname{{gelu}}''\left({0}\right)",
    frameworks="(2.0 - {0} * {0}) * " + _PHI,
    schoolbook=[lambda x, out: x * (x**2.0 - 4.0) * normal_pdf(x)], stands_for="gelu″(x) = (2 − x²)·φ(x)")
power_derivative = row("power_derivative", "∂^", precise.power_derivative,
    [lambda x, y, n, k, out: power_derivative(x, y, n + 1.0, k),
     lambda x, y, n, k, out: power_derivative(x, y, n, k + 1.0), None, None],
    None, r"\partial_x^{{{2}}} \partial_y^{{{3}}} {0}^{{{1}}}", binds=4, frameworks=None,
    domain=[POSITIVE, REAL, (0.0, 3.0), (0.0, 3.0)], whole=(2, 3),
    stands_for="the n-th derivative by x of the k-th by y of x^y, in any mixture and to any order")
softmax_rest = row("softmax_rest", "1−softmax", precise.softmax_rest,
    lambda xs, out: [-d for d in _softmax_slopes(softmax_of(*xs), xs)],
    None, frameworks=None,
    schoolbook=lambda xs, out: [-(out * (1.0 - out)), *((1.0 - out) * s for s in _softmax(xs)[1:])],
    lowered=lambda *xs: neg(expm1(_log_softmax_lowered(xs))),
    stands_for="1 − softmax(x), of the first operand")
peak_of = row("peak", "max", floats.peak, lambda xs, out: [None] * len(xs),
    "arrays.peak", frameworks=None,
    stands_for="the largest operand, which cancels: no derivative passes, and 0 where it is −∞")
peak_plus_log = row("peak_plus_log", "peak_plus_log", floats.peak_plus_log,
    [lambda m, s, out: 1.0, lambda m, s, out: 1.0 / s],
    "arrays.peak_plus_log", r"{0} + \log\left({1}\right)", binds=1, domain=[REAL, POSITIVE],
    frameworks="{np}.where({0} == float('inf'), {0}, {0} + {np}.log({1}))",
    stands_for="m + log s, of the largest term and the sum of e^(x − m): ∞ beside an infinite term")
# fmt: on
