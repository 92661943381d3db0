"""The op table: IEEE-754's and PyTorch's answers, stability, kinks and poles, nan, and what each row says of itself."""

from __future__ import annotations

import contextlib
import copy
import io
import itertools
import json
import math
import pickle
import pydoc
import runpy
from pathlib import Path

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import OpError, Value
from glassgrad.autograd import functions, ops
from glassgrad.autograd.numerics import floats

HERE = Path(__file__).parent
inf, nan = math.inf, math.nan
ROWS = list(ops.TABLE.values())
FIXED = [op for op in ROWS if not op.variadic]
NAMED = sorted({op.name for op in FIXED} | {"elu", "leaky_relu", "logsigmoid", "square", "reciprocal", "rsqrt"})


def same(a, b):
    """Equal as IEEE numbers, nan to nan, but for the sign of 0."""
    return a == b or (math.isnan(a) and math.isnan(b))


def slopes(function, *at):
    """Value and gradient at numbers, by backward()."""
    leaves = [Value(x) for x in at]
    out = function(*leaves)
    if any(local is not None for local in out.local_derivatives):
        out.backward()
    return out.data, [leaf.grad for leaf in leaves]


# ── arithmetic: IEEE-754, nothing raises, nothing turns complex ──────────────────────────────────────────────────────


IEEE = [
    (gg.exp, (1000.0,), inf), (gg.exp, (-1000.0,), 0.0), (gg.expm1, (1000.0,), inf), (gg.expm1, (-1000.0,), -1.0),
    (gg.exp2, (1024.0,), inf), (gg.log, (0.0,), -inf), (gg.log, (-0.0,), -inf), (gg.log, (-1.0,), nan), (gg.log2, (0.0,), -inf),
    (gg.log10, (0.0,), -inf), (gg.log1p, (-1.0,), -inf), (gg.log1p, (-1.5,), nan), (gg.sqrt, (-1.0,), nan),
    (gg.sqrt, (inf,), inf), (gg.div, (1.0, 0.0), inf), (gg.div, (1.0, -0.0), -inf), (gg.div, (-1.0, 0.0), -inf),
    (gg.div, (0.0, 0.0), nan), (gg.div, (inf, 0.0), inf), (gg.div, (nan, 0.0), nan), (gg.div, (inf, inf), nan),
    (gg.pow, (-8.0, 0.5), nan), (gg.pow, (0.0, -1.0), inf), (gg.pow, (-0.0, -1.0), -inf), (gg.pow, (-0.0, -2.0), inf),
    (gg.pow, (0.0, 0.0), 1.0), (gg.pow, (nan, 0.0), 1.0), (gg.pow, (1.0, nan), 1.0), (gg.pow, (-2.0, 1025.0), -inf),
    (gg.pow, (-2.0, 1024.0), inf), (gg.pow, (10.0, 400.0), inf), (gg.mul, (inf, 0.0), nan), (gg.sub, (inf, inf), nan),
    (gg.sin, (inf,), nan), (gg.cos, (-inf,), nan), (gg.tan, (inf,), nan), (gg.asin, (1.5,), nan), (gg.acos, (-1.5,), nan),
    (gg.acosh, (0.5,), nan), (gg.atanh, (1.0,), inf), (gg.atanh, (-1.0,), -inf), (gg.atanh, (1.5,), nan),
    (gg.sinh, (1000.0,), inf), (gg.sinh, (-1000.0,), -inf), (gg.cosh, (-1000.0,), inf), (gg.tanh, (inf,), 1.0),
    (gg.fmod, (1.0, 0.0), nan), (gg.fmod, (inf, 1.0), nan), (gg.fmod, (-7.0, 3.0), -1.0), (gg.fmod, (5.0, inf), 5.0),
    (gg.floor, (inf,), inf), (gg.ceil, (-inf,), -inf), (gg.floor, (1e300,), 1e300), (gg.hypot, (inf, nan), inf),
    (gg.hypot, (3e300, 4e300), 5e300), (gg.atan2, (0.0, -0.0), math.pi), (gg.erf, (inf,), 1.0), (gg.erfc, (-inf,), 2.0),
    (gg.maximum, (nan, 1.0), nan), (gg.maximum, (1.0, nan), nan), (gg.minimum, (nan, 1.0), nan), (gg.minimum, (1.0, nan), nan),
    (gg.logaddexp, (inf, inf), inf), (gg.logaddexp, (-inf, -inf), -inf), (gg.logaddexp, (-inf, 1.0), 1.0),
    (gg.less, (nan, nan), 0.0), (gg.not_equal, (nan, nan), 1.0), (gg.sign, (-0.0,), 0.0),
]  # fmt: skip


@pytest.mark.parametrize(("op", "operands", "expected"), IEEE, ids=lambda x: getattr(x, "name", None))
def test_ieee_arithmetic(op, operands, expected):
    assert same(op(*operands), expected)
    assert same(op(*map(Value, operands)).data, expected)
    slopes(op, *operands)


EXTREMES = [0.0, -0.0, 5e-324, -1e-300, 1.0, -1.0, 0.5, -0.5, 3.0, -40.0, 745.0, -1e200, 1.7e308, inf, -inf, nan]


@pytest.mark.parametrize("op", ROWS, ids=lambda op: op.name)
def test_nothing_raises_and_every_number_is_a_float(op):
    count = 2 if op.variadic else len(op.partials)
    points = (
        itertools.product(EXTREMES, repeat=count)
        if count < 3
        else zip(*[EXTREMES[i:] + EXTREMES[:i] for i in range(count)])
    )
    for point in points:
        assert type(op(*point)) is float
        value, gradient = slopes(op, *point)
        assert same(value, op(*point))
        assert all(type(g) is float for g in gradient)
        if any(op.partials):
            leaves = [Value(x) for x in point]
            first = gg.gradients(op(*leaves), leaves)
            assert all(same(a.data, b) for a, b in zip(first, gradient)), point
            for slope in first:
                if not slope.is_constant:
                    gg.gradients(slope, leaves)


@pytest.mark.parametrize("op", [op for op in FIXED if op.numpy_name], ids=lambda op: op.name)
def test_values_are_those_of_numpy(op):
    ufunc = getattr(np, op.numpy_name)
    with np.errstate(all="ignore"):
        for point in itertools.product(EXTREMES, repeat=len(op.partials)):
            if op is ops.pow and point[0] == -inf:
                continue  # IEEE's pow(−inf, 0.5) is inf, NumPy's is nan
            expected = float(ufunc(*(np.full(3, x) for x in point))[1])
            assert op(*point) == pytest.approx(expected, rel=1e-13, abs=1e-320, nan_ok=True), point
            assert op(*point) or math.copysign(1.0, op(*point)) == math.copysign(1.0, expected), point


# ── stability ────────────────────────────────────────────────────────────────────────────────────────────────────────


STABLE = [
    (gg.sigmoid, -1000.0, 0.0, 0.0), (gg.sigmoid, 1000.0, 1.0, 0.0), (gg.sigmoid, -700.0, math.exp(-700), math.exp(-700)),
    (gg.sigmoid, 40.0, 1.0, math.exp(-40)), (gg.tanh, 1000.0, 1.0, 0.0), (gg.tanh, 20.0, 1.0, 4 * math.exp(-40)),
    (gg.tanh, 1e-300, 1e-300, 1.0), (gg.softplus, 1000.0, 1000.0, 1.0), (gg.softplus, -700.0, math.exp(-700), math.exp(-700)),
    (gg.softplus, -1e200, 0.0, 0.0), (gg.log1p, 1e-300, 1e-300, 1.0), (gg.expm1, 1e-300, 1e-300, 1.0),
    (gg.logsigmoid, -1e200, -1e200, 1.0), (gg.logsigmoid, 40.0, -math.exp(-40), math.exp(-40)), (gg.elu, 1e9, 1e9, 1.0),
    (gg.elu, -1e9, -1.0, 0.0), (gg.silu, -1e200, 0.0, 0.0), (gg.gelu, -1e200, 0.0, 0.0), (gg.gelu, 1e200, 1e200, 1.0),
    (gg.atan, 1e200, math.pi / 2, 0.0), (gg.asinh, -1e200, -math.asinh(1e200), 1e-200),
]  # fmt: skip


@pytest.mark.parametrize(("function", "x", "value", "slope"), STABLE)
def test_stable_forms(function, x, value, slope):
    got, [gradient] = slopes(function, x)
    assert got == pytest.approx(value, rel=1e-15, abs=0.0)
    assert gradient == pytest.approx(slope, rel=1e-15, abs=0.0)


@pytest.mark.parametrize("shift", [0.0, 700.3, -700.3, 1e5, -1e5])
def test_softmax_and_its_kin_do_not_depend_on_a_shift(shift):
    exact = [math.exp(x) / (math.exp(0.0) + math.exp(-1.0) + math.exp(-40.0)) for x in (0.0, -1.0, -40.0)]
    logits = [Value(x + shift) for x in (0.0, -1.0, -40.0)]
    moved = [x.data - logits[0].data for x in logits]  # what is left of them after rounding
    exact = [math.exp(x) / math.fsum(map(math.exp, moved)) for x in moved]
    assert [p.data for p in gg.softmax(logits)] == pytest.approx(exact, rel=1e-14)
    assert [math.exp(p.data) for p in gg.log_softmax(logits)] == pytest.approx(exact, rel=1e-14)
    total = gg.logsumexp(logits)
    total.backward()
    assert [x.grad for x in logits] == pytest.approx(exact, rel=1e-14)
    assert total.data == pytest.approx(shift + math.log(math.fsum(map(math.exp, moved))), rel=1e-15)


def test_one_logit_far_above_the_others_keeps_all_digits():
    """log p = −e^−40 and 1 − p = e^−40, which 1 − exp(log p) would make 0."""
    logits = [Value(40.0), Value(0.0)]
    loss = -gg.log_softmax(logits)[0]
    loss.backward()
    assert loss.data == pytest.approx(math.exp(-40), rel=1e-15)
    assert [x.grad for x in logits] == pytest.approx([-math.exp(-40), math.exp(-40)], rel=1e-15)


def test_log_probabilities_sum_to_zero_and_to_nothing_else():
    """The logarithm of a sum that is 1 up to rounding is that rounding, not the noise of computing it."""
    terms = [math.log(0.3), math.log(0.7)]
    from decimal import Decimal, localcontext

    with localcontext() as context:
        context.prec = 60
        exact = float(sum(Decimal(t).exp() for t in terms).ln())
    assert gg.logsumexp(terms) == exact
    assert gg.logaddexp(*terms) == exact


def test_empty_and_single():
    assert gg.sum([]) == 0.0
    assert gg.dot([], []) == 0.0
    assert gg.logsumexp([]) == -inf
    assert gg.softmax([]) == []
    assert gg.logsumexp([3.0]) == 3.0
    assert gg.softmax([-1e300]) == [1.0]
    assert gg.log_softmax([7.0]) == [0.0]


def test_sums_are_rounded_once():
    assert gg.sum([1e16, 1.0, -1e16]) == 1.0
    assert gg.sum([1e308, 1e308, -1e308]) == 1e308
    assert gg.sum([1e308, 1e308]) == inf
    assert math.isnan(gg.sum([inf, -inf]))
    assert gg.sum([0.1] * 10) == 1.0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: gg.mean([]), "at least one"),
        (lambda: gg.dot([1.0], [1.0, 2.0]), "1 and 2 values"),
    ],
)
def test_lengths_that_do_not_fit(call, words):
    with pytest.raises(ValueError, match=words):
        call()


# ── kinks and poles ──────────────────────────────────────────────────────────────────────────────────────────────────


KINKS = [(op, at, agreed) for op in ROWS for at, agreed in op.kinks]


@pytest.mark.parametrize(("op", "at", "agreed"), KINKS, ids=[f"{op.name}{at}" for op, at, _ in KINKS])
def test_every_convention_holds_in_numbers_and_in_graphs(op, at, agreed):
    _, gradient = slopes(op, *at)
    assert tuple(gradient) == agreed
    leaves = [Value(x) for x in at]
    assert tuple(g.data for g in gg.gradients(op(*leaves), leaves)) == agreed


PYTORCH = json.loads((HERE / "pytorch_numbers.json").read_text(encoding="utf-8"))["rows"]
BETTER = {  # where PyTorch has no number, and there is one; or has one outside of the domain, where there is none
    "hypot": lambda at: at == [0.0, 0.0] or any(map(math.isinf, at)),
    "atan2": lambda at: any(map(math.isinf, at)),
    "acosh": lambda at: at[0] < 1.0,
    "fmod": lambda at: math.isinf(at[0]),
    "gelu": lambda at: math.isinf(at[0]),
    "silu": lambda at: math.isinf(at[0]),
    "digamma": lambda at: at == [-1.0],
}
FEWER_DIGITS = {"digamma": 1e-9}  # PyTorch's derivative of digamma has ten digits (ours is measured against mpmath)


@pytest.mark.parametrize("row", PYTORCH, ids=lambda row: f"{row['op']}{row['at']}")
def test_pytorch_agrees(row):
    value, gradient = slopes(getattr(gg, row["op"]), *row["at"])
    theirs = [0.0 if g is None else g for g in row["gradient"]]
    assert value == pytest.approx(row["value"], rel=1e-13, nan_ok=True)
    if row["op"] in BETTER and BETTER[row["op"]](row["at"]):
        theirs = [g if math.isnan(value) or math.isnan(their) else their for g, their in zip(gradient, theirs)]
    assert gradient == pytest.approx(theirs, rel=FEWER_DIGITS.get(row["op"], 1e-13), nan_ok=True)


def test_pytorch_was_asked_about_every_kink():
    asked = {(row["op"], tuple(row["at"])) for row in PYTORCH}
    assert {(op.name, at) for op, at, _ in KINKS if not op.stands_for and _pytorch_has(op)} <= asked


def _pytorch_has(op):
    """Whether PyTorch has it as one function of its own: its row does not write it out by way of others."""
    return isinstance(op.frameworks, str)


LINEAR = ("add", "sub", "mul", "div", "neg", "identity", "where", "fmod", "mod", "selected")  # in one operand at least

# ── nan in, nan out ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", NAMED)
def test_nan_in_nan_out(name):
    function = getattr(gg, name)
    op = ops.TABLE.get(name)
    if op is not None and not any(op.partials):
        pytest.skip("comparisons with nan are false")
    for i in range(len(op.partials) if op else 1):
        if op is not None and op.partials[i] is None:
            continue
        at = [0.5] * (len(op.partials) if op else 1)
        at[i] = nan
        if name == "where":
            at[0] = float(i == 1)
        if name == "prelu" and i == 1:
            at[0] = -0.5
        value, gradient = slopes(function, *at)
        assert math.isnan(value)
        if name not in LINEAR and (name, i) not in (("prelu", 1), ("peak_plus_log", 0)):
            assert math.isnan(gradient[i])


@pytest.mark.parametrize("name", ["relu", "abs", "maximum", "minimum", "hardtanh", "prelu"])
def test_a_nan_is_not_hidden_by_a_kinked_op(name):
    function = getattr(gg, name)
    at = [nan, 1.0][: len(function.partials)]
    value, gradient = slopes(function, *at)
    assert math.isnan(value)
    assert math.isnan(gradient[0])
    first = gg.grad(function)
    assert math.isnan(gg.grad(first)(*at)), "the second derivative, too"
    assert math.isnan(gg.compile(gg.grad(first))(*at))


@pytest.mark.parametrize("name", ["sign", "floor", "ceil"])
def test_what_is_constant_piece_by_piece_passes_nothing(name):
    function = getattr(gg, name)
    for x in (nan, inf, 0.0, 1.5):
        assert same(function(Value(x)).data, x if name != "sign" or x != x else float(x > 0.0)) or x == 1.5
        assert function(Value(x)).local_derivatives == (None,)
        assert gg.grad(function)(x) == gg.grad(gg.grad(function))(x) == 0.0
    with pytest.raises(gg.NoGradientError, match=f"{name} jumps"):
        function(Value(1.5)).backward()


def test_nan_among_many():
    for function in (gg.sum, gg.logsumexp, lambda xs: gg.dot(xs, xs), lambda xs: gg.softmax(xs)[0], gg.mean):
        for values in ([nan, 1.0], [1.0, nan], [inf, nan], [-inf, nan]):
            assert math.isnan(function(values)), (function, values)


# ── the rows themselves ──────────────────────────────────────────────────────────────────────────────────────────────


def test_the_page_of_conventions_is_current():
    script = Path(__file__).parents[2] / "docs" / "conventions.py"
    page = runpy.run_path(script)["table"](ROWS)
    assert script.with_suffix(".md").read_text(encoding="utf-8") == page, "run python docs/conventions.py"


@pytest.mark.parametrize("op", FIXED, ids=lambda op: op.name)
def test_help_says_what_an_op_is(op):
    shown = pydoc.render_doc(getattr(gg, op.name), renderer=pydoc.plaintext)
    assert f"{op.name}(" in shown
    assert "frozen" not in shown
    for at, _ in op.kinks:
        assert f"At ({', '.join(f'{x:g}'.replace('-', '−') for x in at)})" in shown
    assert op.advice in shown


def test_help_says_where_an_op_is_defined():
    assert "Defined for 0 < x." in gg.log.__doc__
    assert "Defined for −1 < x < 1." in gg.atanh.__doc__
    assert "Defined for −1 < n." in gg.polygamma.__doc__
    assert not [op for op in (gg.fmod, gg.lgamma, gg.digamma) if "Defined" in op.__doc__]  # they go on below 0
    assert not math.isnan(gg.fmod(5.0, -3.0) + gg.lgamma(-1.5) + gg.digamma(-1.5) + gg.polygamma(1.0, -1.5))
    assert "Defined" not in gg.exp.__doc__


def test_help_prints_by_itself():
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        help(gg.sqrt)
    assert "The square root." in printed.getvalue()
    assert "At (0) the local derivative is ∞" in printed.getvalue()


@pytest.mark.parametrize("op", ROWS, ids=lambda op: op.name)
def test_a_row_is_whole(op):
    assert ops.TABLE[op.name] is op
    assert op.symbol
    assert op.latex
    assert len(op.domain) == len(op.partials)
    assert all(low < high for low, high in op.domain)
    assert repr(op) == f"<op {op.name}>"


@pytest.mark.parametrize("op", FIXED, ids=lambda op: op.name)
def test_every_op_is_a_function_and_a_method(op):
    assert getattr(gg, op.name) is op
    at = [0.4, 1.3, 2.1, 1.0][: len(op.partials)]
    first, *others = map(Value, at)
    if op is ops.where:
        first, others = Value(at[1]), [Value(at[0]), Value(at[2])]  # x.where(condition, other), as in PyTorch
    assert same(getattr(first, op.name)(*others).data, op(*at))


@pytest.mark.parametrize("name", ["elu", "leaky_relu", "logsigmoid", "reciprocal", "rsqrt", "square"])
def test_functions_are_methods_too(name):
    assert getattr(Value(0.4), name)().data == getattr(functions, name)(0.4)


@pytest.mark.parametrize("op", ROWS, ids=lambda op: op.name)
def test_rows_copy_and_pickle_as_themselves(op):
    assert copy.copy(op) is copy.deepcopy(op) is pickle.loads(pickle.dumps(op)) is op


def test_an_unknown_op_is_named():
    with pytest.raises(OpError, match="no op is called 'cube'.*gg.op"):
        ops.find("cube")


@pytest.mark.parametrize("operands", [(), (1.0, 2.0), (Value(1.0), 2.0)])
def test_a_wrong_number_of_operands(operands):
    with pytest.raises(TypeError, match=f"exp takes 1 operand, got {len(operands)}"):
        gg.exp(*operands)


def test_numbers_give_a_float_and_a_mixture_gives_a_value():
    assert type(gg.maximum(2, np.float32(3.5))) is float
    assert isinstance(gg.maximum(2, Value(3.5)), Value)
    assert type(gg.softmax([1, 2])[0]) is float


def test_no_derivative_by_structure_is_none_and_a_zero_is_a_number():
    c, a, b = Value(1.0), Value(2.0), Value(3.0)
    assert gg.where(c, a, b).local_derivatives == (None, 1.0, 0.0)
    assert gg.less(a, b).local_derivatives == (None, None)
    assert (a**3.0).local_derivatives == (12.0, None)


def test_partials_of_constants_are_never_evaluated():
    x = Value(-2.0)
    with gg.detect_anomaly():
        (x**3.0).backward()
    assert x.grad == 12.0


def test_as_float_takes_real_scalars_alone():
    assert floats.as_float(np.int8(3)) == 3.0
    with pytest.raises(TypeError, match="real number"):
        floats.as_float("3")
