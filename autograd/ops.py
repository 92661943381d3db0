"""The op table: everything that is true of an op stands in its one row.

A row gives name, symbol, value on floats, one local derivative per operand, array form, LaTeX, domain, kinks and advice.
The local derivatives are functions of the operands and of ``out``, written with the ops themselves: run on floats they
give numbers, run on Values they give a graph, run on compile's arrays they give an array program. So each derivative is
written once, and can be differentiated again. They are written in the form that keeps its digits, e.g. tanh′ as
sech² and not 1−tanh², which has no correct digit left at x = 20; ``sech``, ``over_norm``, ``gaussian``
and the like are rows for the sake of others, so that second derivatives keep theirs as well.

``None`` in place of a derivative means that there is none by structure; 0.0 would be a number.

How an op is applied and leaves a node is in ``value``, how the derivatives of a graph are multiplied and added up in
``graph``; the values of the ops on floats are in ``floats`` and ``precise``.
"""

from __future__ import annotations

import math

from .numerics import floats, precise
from .op import ABOVE_MINUS_ONE, ABOVE_ONE, POSITIVE, REAL, TABLE, UNIT, find, row

__all__ = ["TABLE", "find"]  # and every row, by its name


def _is_constant(x):  # type: ignore[no-untyped-def]  # any kind of number
    """Whether x can never be another number, or be differentiated by: then the rule for x^y is a simple one."""
    return getattr(x, "is_constant", False)


def _pow_base(x, y, out):  # type: ignore[no-untyped-def]
    """y·x^(y−1), where y is known for good and y−1 is not rounded (and its error magnified by log x); 0 for y = 0."""
    if isinstance(y, float):
        return precise.power_slope(x, y)
    if _is_constant(y) and (greater_equal(y, 0.5) or equal(floor(8.0 * y), 8.0 * y)) and less(absolute(y), 2.0**53):
        return y * pow(x, y - 1.0) if not_equal(y, 0.0) else 0.0 * y
    return power_derivative(x, y, 1.0, 0.0)


def _pow_exponent(x, y, out):  # type: ignore[no-untyped-def]
    """x^y·log x; 0 at x = 0 for y ≥ 0, where x^y does not move."""
    if isinstance(x, float):
        return precise.power_derivative(x, y, 0.0, 1.0)
    return out * log(x) if _is_constant(x) and greater(x, 0.0) else power_derivative(x, y, 0.0, 1.0)


def _is_one(x):  # type: ignore[no-untyped-def]
    """Whether x is a bare 1 in a formula, and no name for one."""
    return x.is_number and x.data == 1.0


def _plain_power_derivative(x, y, n, k):  # type: ignore[no-untyped-def]
    """The first derivatives of x^y as schools write them; the op is there for the sake of the last digits alone."""
    orders = n.data, k.data
    return y * x ** (y - 1.0) if orders == (1.0, 0.0) else x**y * log(x) if orders == (0.0, 1.0) else None


def _squared(x):  # type: ignore[no-untyped-def]
    return x * x


def _softmax(xs):  # type: ignore[no-untyped-def]
    """Each term's share: in one pass where the terms are numbers."""
    if all(isinstance(x, float) for x in xs):
        return precise.softmax(xs)
    return [softmax_of(x, *xs[:i], *xs[i + 1 :]) for i, x in enumerate(xs)]


def _softmax_slopes(factor, xs):  # type: ignore[no-untyped-def]
    """The derivatives of the first share, given that share: by its own term, then by each of the others."""
    return [factor * softmax_rest(*xs), *(-(factor * s) for s in _softmax(xs)[1:])]


def _flat(x, *_):  # type: ignore[no-untyped-def]
    """0 where x is a number, nan where it is nan."""
    return where(equal(x, x), 0.0, x)


# fmt: off
_HALF_TURN_ROOT, _SQRT_HALF = 2.0 / math.sqrt(math.pi), math.sqrt(0.5)
_LN2, _PER_LN2, _PER_LN10 = math.log(2.0), 1.0 / math.log(2.0), 1.0 / math.log(10.0)
_inf = math.inf

# ── arithmetic ─────────────────────────────────────────────────────────────────────────────────────────────────────
identity = row("identity", "+",  lambda x: x,           [lambda x, out: 1.0],                       "np.positive", "{0}", binds=3)
neg = row("neg",  "−",    lambda x: -x,                 [lambda x, out: -1.0],                      "np.negative", "-{0}", binds=3, infix=3)
add = row("add",  "+",    lambda a, b: a + b,           [lambda a, b, out: 1.0,      lambda a, b, out: 1.0],      "np.add",      "{0} + {1}", (REAL, REAL), binds=1, infix=1)
sub = row("sub",  "−",    lambda a, b: a - b,           [lambda a, b, out: 1.0,      lambda a, b, out: -1.0],     "np.subtract", "{0} - {1}", (REAL, REAL), binds=1, infix=1)
mul = row("mul",  "×",    lambda a, b: a * b,           [lambda a, b, out: b,        lambda a, b, out: a],        "np.multiply", r"{0} \cdot {1}", (REAL, REAL), binds=2, infix=2, plain=lambda a, b: b if _is_one(a) else a if _is_one(b) else None)
div = row("div",  "÷",    floats.divide,                [lambda a, b, out: 1.0 / b,  lambda a, b, out: -(out / b)],  "np.divide", r"\frac{{{0}}}{{{1}}}", (REAL, REAL),
          infix=2, kinks=(((1.0, 0.0), (_inf, -_inf)), ((-1.0, 0.0), (_inf, _inf))), advice="the divisor is 0 or tiny: keep it away from 0, e.g. a / (b + 1e-12) or a / maximum(b, eps)", plain=lambda a, b: a if _is_one(b) else None)
pow = row("pow",  "^",    floats.power,                 [_pow_base,                  _pow_exponent],              "np.power",    "{0}^{{{1}}}", (POSITIVE, REAL), binds=4, infix=4,
          kinks=(((0.0, 0.0), (0.0, 0.0)), ((0.0, 0.5), (_inf, 0.0)), ((0.0, 1.0), (1.0, 0.0)), ((0.0, 2.0), (0.0, 0.0)), ((0.0, -1.0), (-_inf, -_inf))), advice="a negative base with a fractional exponent has no real power, and 0 none with a negative exponent: use abs(x), or relu(x) + eps, as the base", plain=lambda x, y: x if _is_one(y) else None)

# ── exponentials and logarithms ────────────────────────────────────────────────────────────────────────────────────
exp   = row("exp",   "exp",   floats.exp,    [lambda x, out: out],                  "np.exp",   r"e^{{{0}}}", binds=4,
            advice="exp overflows above 709.78: subtract the maximum first, or use logsumexp, softmax, softplus, or a loss on logits")
exp2  = row("exp2",  "exp2",  floats.exp2,   [lambda x, out: _LN2 * out],           "np.exp2",  r"2^{{{0}}}", binds=4, advice="2**x overflows from 1024 on: work with its logarithm, x")
expm1 = row("expm1", "expm1", floats.expm1,  [lambda x, out: exp(x)],               "np.expm1", r"\operatorname{{expm1}}\left({0}\right)", advice="expm1 overflows above 709.78: use softplus or logsumexp")
log   = row("log",   "log",   floats.log,    [lambda x, out: 1.0 / x],              "np.log",   r"\log\left({0}\right)",      (POSITIVE,), kinks=(((0.0,), (_inf,)),),
            advice="log needs a positive number: use log1p(x) for log(1+x), logsigmoid or a loss on logits for log(sigmoid(x)), log_softmax for log(softmax(x))")
log2  = row("log2",  "log2",  floats.log2,   [lambda x, out: _PER_LN2 / x],     "np.log2",  r"\log_2\left({0}\right)",    (POSITIVE,), kinks=(((0.0,), (_inf,)),), advice="log2 needs a positive number")
log10 = row("log10", "log10", floats.log10,  [lambda x, out: _PER_LN10 / x],    "np.log10", r"\log_{{10}}\left({0}\right)", (POSITIVE,), kinks=(((0.0,), (_inf,)),), advice="log10 needs a positive number")
log1p = row("log1p", "log1p", floats.log1p,  [lambda x, out: 1.0 / (1.0 + x)],      "np.log1p", r"\operatorname{{log1p}}\left({0}\right)", (ABOVE_MINUS_ONE,), kinks=(((-1.0,), (_inf,)),), advice="log1p needs a number above -1")
sqrt  = row("sqrt",  "√",     floats.sqrt,   [lambda x, out: 0.5 / out],            "np.sqrt",  r"\sqrt{{{0}}}",              (POSITIVE,), kinks=(((0.0,), (_inf,)),),
            advice="sqrt has no real value below 0 and an infinite derivative at 0: use sqrt(x + eps), or hypot(x, y) for sqrt(x*x + y*y)")
logaddexp = row("logaddexp", "logaddexp", precise.logaddexp, [lambda x, y, out: sigmoid_difference(x, y), lambda x, y, out: sigmoid_difference(y, x)], "np.logaddexp", r"\log\left(e^{{{0}}} + e^{{{1}}}\right)", (REAL, REAL))

# ── activations ────────────────────────────────────────────────────────────────────────────────────────────────────
sigmoid  = row("sigmoid",  "σ",        floats.sigmoid,  [lambda x, out: 0.25 * _squared(sech(0.5 * x))],  "arrays.sigmoid",  r"\sigma\left({0}\right)")
softplus = row("softplus", "softplus", floats.softplus, [lambda x, out: sigmoid(x)],             "arrays.softplus", r"\operatorname{{softplus}}\left({0}\right)")
relu     = row("relu",     "ReLU",     floats.relu,     [lambda x, out: sign(out)],              "arrays.relu",     r"\operatorname{{relu}}\left({0}\right)", kinks=(((0.0,), (0.0,)),))
prelu    = row("prelu",    "PReLU",    floats.prelu,    [lambda x, slope, out: where(greater(x, 0.0), 1.0, slope + _flat(x)), lambda x, slope, out: -relu(-x)], "arrays.prelu", r"\operatorname{{prelu}}\left({0}, {1}\right)", (REAL, REAL), kinks=(((0.0, 0.25), (0.25, 0.0)),))
hardtanh = row("hardtanh", "hardtanh", floats.hardtanh, [lambda x, out: heaviside(1.0 - absolute(x))], "arrays.hardtanh", r"\operatorname{{hardtanh}}\left({0}\right)", kinks=(((1.0,), (0.0,)), ((-1.0,), (0.0,))))
silu     = row("silu",     "SiLU",     precise.silu,    [lambda x, out: silu_slope(x)],          "arrays.silu",     r"\operatorname{{silu}}\left({0}\right)")
tanh     = row("tanh",     "tanh",     math.tanh,       [lambda x, out: _squared(sech(x))],      "np.tanh",         r"\tanh\left({0}\right)")

# ── trigonometric and hyperbolic ───────────────────────────────────────────────────────────────────────────────────
sin   = row("sin",   "sin",   floats.sin,   [lambda x, out: cos(x)],                              "np.sin",     r"\sin\left({0}\right)", advice="sin of an infinity: find what overflowed before it")
cos   = row("cos",   "cos",   floats.cos,   [lambda x, out: -sin(x)],                             "np.cos",     r"\cos\left({0}\right)", advice="cos of an infinity: find what overflowed before it")
tan   = row("tan",   "tan",   floats.tan,   [lambda x, out: 1.0 + out * out],                     "np.tan",     r"\tan\left({0}\right)", advice="tan of an infinity: find what overflowed before it")
asin  = row("asin",  "asin",  floats.asin,  [lambda x, out: 1.0 / sqrt(one_minus_square(x))],     "np.arcsin",  r"\arcsin\left({0}\right)", (UNIT,), kinks=(((1.0,), (_inf,)), ((-1.0,), (_inf,))), advice="asin needs a number in [-1, 1]")
acos  = row("acos",  "acos",  floats.acos,  [lambda x, out: -1.0 / sqrt(one_minus_square(x))],    "np.arccos",  r"\arccos\left({0}\right)", (UNIT,), kinks=(((1.0,), (-_inf,)), ((-1.0,), (-_inf,))), advice="acos needs a number in [-1, 1]")
atan  = row("atan",  "atan",  math.atan,    [lambda x, out: _squared(1.0 / hypot(1.0, x))], "np.arctan", r"\arctan\left({0}\right)")
sinh  = row("sinh",  "sinh",  floats.sinh,  [lambda x, out: cosh(x)],                             "np.sinh",    r"\sinh\left({0}\right)", advice="sinh overflows above 710.47")
cosh  = row("cosh",  "cosh",  floats.cosh,  [lambda x, out: sinh(x)],                             "np.cosh",    r"\cosh\left({0}\right)", advice="cosh overflows above 710.47")
asinh = row("asinh", "asinh", math.asinh,   [lambda x, out: 1.0 / hypot(1.0, x)],                 "np.arcsinh", r"\operatorname{{arsinh}}\left({0}\right)")
acosh = row("acosh", "acosh", floats.acosh, [lambda x, out: 1.0 / (sqrt(x - 1.0) * sqrt(x + 1.0))], "np.arccosh", r"\operatorname{{arcosh}}\left({0}\right)", (ABOVE_ONE,), kinks=(((1.0,), (_inf,)),), advice="acosh needs a number of at least 1")
atanh = row("atanh", "atanh", floats.atanh, [lambda x, out: 1.0 / one_minus_square(x)],           "np.arctanh", r"\operatorname{{artanh}}\left({0}\right)", (UNIT,), kinks=(((1.0,), (_inf,)), ((-1.0,), (_inf,))), advice="atanh needs a number in (-1, 1)")
atan2 = row("atan2", "atan2", math.atan2,   [lambda y, x, out: over_squared_norm(x, y), lambda y, x, out: -over_squared_norm(y, x)], "np.arctan2", r"\operatorname{{atan2}}\left({0}, {1}\right)", (REAL, REAL), kinks=(((0.0, 0.0), (0.0, 0.0)),), advice="atan2 has no derivative at (0, 0)")
hypot = row("hypot", "hypot", math.hypot,   [lambda x, y, out: over_norm(x, y),               lambda x, y, out: over_norm(y, x)],                  "np.hypot",   r"\operatorname{{hypot}}\left({0}, {1}\right)", (REAL, REAL), kinks=(((0.0, 0.0), (0.0, 0.0)),))

# ── the error function ─────────────────────────────────────────────────────────────────────────────────────────────
erf  = row("erf",  "erf",  math.erf,  [lambda x, out: _HALF_TURN_ROOT * gaussian(x)],  "arrays.erf",  r"\operatorname{{erf}}\left({0}\right)")
erfc = row("erfc", "erfc", math.erfc, [lambda x, out: -_HALF_TURN_ROOT * gaussian(x)], "arrays.erfc", r"\operatorname{{erfc}}\left({0}\right)")
normal_cdf = row("normal_cdf", "Φ", precise.normal_cdf, [lambda x, out: normal_pdf(x)], "arrays.normal_cdf", r"\Phi\left({0}\right)")
gelu = row("gelu", "GELU", precise.gelu, [lambda x, out: gelu_slope(x)], "arrays.gelu", r"\operatorname{{gelu}}\left({0}\right)")

# ── kinked, and piecewise constant ─────────────────────────────────────────────────────────────────────────────────
absolute = row("abs",   "abs",   abs,          [lambda x, out: sign(x)], "np.abs",   r"\left|{0}\right|", kinks=(((0.0,), (0.0,)),))
sign  = row("sign",  "sign",  floats.sign,  [_flat],                  "np.sign",  r"\operatorname{{sign}}\left({0}\right)",      kinks=(((0.0,), (0.0,)),))
floor = row("floor", "floor", floats.floor, [_flat],                  "np.floor", r"\left\lfloor {0} \right\rfloor",             kinks=(((1.0,), (0.0,)),))
ceil  = row("ceil",  "ceil",  floats.ceil,  [_flat],                  "np.ceil",  r"\left\lceil {0} \right\rceil",               kinks=(((1.0,), (0.0,)),))
fmod  = row("fmod",  "fmod",  floats.fmod,  [lambda x, y, out: 1.0, lambda x, y, out: -truncated_quotient(x, y)], "np.fmod", r"\operatorname{{fmod}}\left({0}, {1}\right)", (REAL, POSITIVE), kinks=(((6.0, 3.0), (1.0, -2.0)), ((-6.0, 3.0), (1.0, 2.0))), advice="fmod by 0, or of an infinity")
maximum = row("maximum", "max",   floats.maximum, [lambda x, y, out: maximum_slope(x, y), lambda x, y, out: maximum_slope(y, x)], "np.maximum", r"\max\left({0}, {1}\right)", (REAL, REAL), kinks=(((1.0, 1.0), (0.5, 0.5)),))
minimum = row("minimum", "min",   floats.minimum, [lambda x, y, out: maximum_slope(y, x), lambda x, y, out: maximum_slope(x, y)], "np.minimum", r"\min\left({0}, {1}\right)", (REAL, REAL), kinks=(((1.0, 1.0), (0.5, 0.5)),))
where   = row("where",   "where", floats.where,   [None, lambda c, a, b, out: not_equal(c, 0.0), lambda c, a, b, out: equal(c, 0.0)],    "arrays.where", r"\operatorname{{where}}\left({0}, {1}, {2}\right)", (REAL, REAL, REAL),
              advice="the branch that was not taken was computed as well: keep its operands in their domain, e.g. where(x > 0, log(where(x > 0, x, 1)), 0)", plain=lambda c, a, b: a if c else b)

# ── comparisons: 1 for true, 0 for false, no derivative ────────────────────────────────────────────────────────────
less          = row("less",          "<", lambda a, b: float(a < b),  [None, None], "arrays.less",          "[{0} < {1}]",     (REAL, REAL), infix=0)
less_equal    = row("less_equal",    "≤", lambda a, b: float(a <= b), [None, None], "arrays.less_equal",    r"[{0} \le {1}]",  (REAL, REAL), infix=0)
greater       = row("greater",       ">", lambda a, b: float(a > b),  [None, None], "arrays.greater",       "[{0} > {1}]",     (REAL, REAL), infix=0)
greater_equal = row("greater_equal", "≥", lambda a, b: float(a >= b), [None, None], "arrays.greater_equal", r"[{0} \ge {1}]",  (REAL, REAL), infix=0)
equal         = row("equal",         "=", lambda a, b: float(a == b), [None, None], "arrays.equal",         "[{0} = {1}]",     (REAL, REAL), infix=0)
not_equal     = row("not_equal",     "≠", lambda a, b: float(a != b), [None, None], "arrays.not_equal",     r"[{0} \ne {1}]",  (REAL, REAL), infix=0)

# ── any number of operands ─────────────────────────────────────────────────────────────────────────────────────────
sum_of         = row("sum",          "Σ",           floats.sum_,           lambda xs, out: [1.0] * len(xs),                          "arrays.sum",          r"\sum\left({0}\right)")
dot_of         = row("dot",          "·",           floats.dot,            lambda xs, out: [*xs[len(xs) // 2 :], *xs[: len(xs) // 2]], "arrays.dot",        r"\operatorname{{dot}}\left({0}\right)")
logsumexp_of   = row("logsumexp",    "logsumexp",   precise.logsumexp,     lambda xs, out: _softmax(xs),                             "arrays.logsumexp",    r"\operatorname{{logsumexp}}\left({0}\right)")
# these three are of the first operand: e^x₁/Σe^x, its logarithm, and what it leaves to the others
softmax_of     = row("softmax",      "softmax",     precise.softmax_first, lambda xs, out: _softmax_slopes(out, xs),                 "arrays.softmax",      r"\operatorname{{softmax}}\left({0}\right)")
log_softmax_of = row("log_softmax",  "log softmax", precise.log_softmax,   lambda xs, out: _softmax_slopes(1.0, xs),                 "arrays.log_softmax",  r"\operatorname{{log\_softmax}}\left({0}\right)")
softmax_rest   = row("softmax_rest", "1−softmax",   precise.softmax_rest,  lambda xs, out: [-d for d in _softmax_slopes(softmax_of(*xs), xs)], "arrays.softmax_rest", r"\operatorname{{softmax\_rest}}\left({0}\right)")

# ── rows that others' derivatives are written with ─────────────────────────────────────────────────────────────────
sech       = row("sech",       "sech",  floats.sech,       [lambda x, out: -(tanh(x) * out)],                             "arrays.sech",       r"\operatorname{{sech}}\left({0}\right)")
gaussian   = row("gaussian",   "e^−x²", precise.gaussian,   [lambda x, out: gaussian_slope(x)],                            "arrays.gaussian",   r"\operatorname{{gaussian}}\left({0}\right)")
gaussian_slope = row("gaussian_slope", "(e^−x²)′", precise.gaussian_slope, [lambda x, out: (x - _SQRT_HALF) * ((x + _SQRT_HALF) * (4.0 * gaussian(x)))], "arrays.gaussian_slope", r"\operatorname{{gaussian}}'\left({0}\right)")
normal_pdf = row("normal_pdf", "φ",     precise.normal_pdf, [lambda x, out: normal_slope(x)],                              "arrays.normal_pdf", r"\varphi\left({0}\right)")
normal_slope = row("normal_slope", "φ′", precise.normal_slope, [lambda x, out: (x - 1.0) * ((x + 1.0) * normal_pdf(x))],   "arrays.normal_slope", r"\varphi'\left({0}\right)")
one_minus_square = row("one_minus_square", "1−x²", floats.one_minus_square, [lambda x, out: -2.0 * x],                    "arrays.one_minus_square", r"\operatorname{{one\_minus\_square}}\left({0}\right)")
over_norm       = row("over_norm",       "x/|xy|", precise.over_norm, [lambda x, y, out: over_norm(y, x) * over_squared_norm(y, x),
                                                        lambda x, y, out: -(out * over_squared_norm(y, x))],            "arrays.over_norm",       r"\operatorname{{over\_norm}}\left({0}, {1}\right)", (REAL, REAL), kinks=(((0.0, 0.0), (0.0, 0.0)),))
over_squared_norm  = row("over_squared_norm", "x/|xy|²", precise.over_squared_norm, [lambda x, y, out: (y - x) / hypot(x, y) * ((y + x) / hypot(x, y)) / hypot(x, y) / hypot(x, y),
                                                               lambda x, y, out: -2.0 * (out * over_squared_norm(y, x))],       "arrays.over_squared_norm",  r"\operatorname{{over\_squared\_norm}}\left({0}, {1}\right)", (REAL, REAL))
sigmoid_difference      = row("sigmoid_difference",     "σ(x−y)",  precise.sigmoid_difference,     [lambda x, y, out: out * sigmoid_difference(y, x), lambda x, y, out: -(out * sigmoid_difference(y, x))], "arrays.sigmoid_difference", r"\sigma\left({0} - {1}\right)", (REAL, REAL))
silu_slope = row("silu_slope", "SiLU′",  precise.silu_slope, [lambda x, out: 0.25 * (sech(0.5 * x) * (2.0 - x * tanh(0.5 * x)) * sech(0.5 * x))], "arrays.silu_slope", r"\operatorname{{silu}}'\left({0}\right)")
gelu_slope = row("gelu_slope", "GELU′",  precise.gelu_slope, [lambda x, out: gelu_curvature(x)],                          "arrays.gelu_slope", r"\operatorname{{gelu}}'\left({0}\right)")
gelu_curvature = row("gelu_curvature", "GELU″", precise.gelu_curvature, [lambda x, out: (x - 2.0) * ((x + 2.0) * (x * normal_pdf(x)))], "arrays.gelu_curvature", r"\operatorname{{gelu}}''\left({0}\right)")
power_derivative = row("power_derivative", "∂^", precise.power_derivative, [lambda x, y, n, k, out: power_derivative(x, y, n + 1.0, k), lambda x, y, n, k, out: power_derivative(x, y, n, k + 1.0), None, None],
                       "arrays.power_derivative", r"\partial_x^{{{2}}} \partial_y^{{{3}}} {0}^{{{1}}}", (POSITIVE, REAL, (0.0, 3.0), (0.0, 3.0)), binds=4, plain=_plain_power_derivative)
truncated_quotient   = row("truncated_quotient",  "⌊÷⌋",     floats.truncated_quotient,   [lambda x, y, out: _flat(x) + _flat(y)] * 2,                   "arrays.truncated_quotient",   r"\operatorname{{truncated\_quotient}}\left({0}, {1}\right)", (REAL, POSITIVE))
heaviside       = row("heaviside",       "step",  floats.heaviside,  [_flat],                                                            "arrays.heaviside",       r"\operatorname{{heaviside}}\left({0}\right)", kinks=(((0.0,), (0.0,)),))
maximum_slope      = row("maximum_slope",      "≻",     floats.maximum_slope, [lambda x, y, out: 0.0 * out, lambda x, y, out: 0.0 * out],         "arrays.maximum_slope",      r"\operatorname{{maximum\_slope}}\left({0}, {1}\right)", (REAL, REAL), kinks=(((1.0, 1.0), (0.0, 0.0)),))
# fmt: on
