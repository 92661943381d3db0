"""gradcheck and check_gradient: right gradients pass, each slip is caught and named."""

from __future__ import annotations

import math
import random
import subprocess
import sys

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import GradcheckError, Value, check_gradient
from glassgrad import gradcheck as check
from glassgrad.autograd import graph, ops
from glassgrad.autograd.gradcheck import check as check_module
from glassgrad.autograd.gradcheck.rows import first_derivatives, locals_at, sample_points, second_derivatives
from glassgrad.autograd.text.text_width import columns

ROWS = [op for op in ops.TABLE.values() if op is not ops.peak_of]  # whose derivative is left out: it cancels


@pytest.mark.parametrize("op", ROWS, ids=lambda op: op.name)
def test_every_row_of_the_table(op):
    entries = [e for point in sample_points(op) for e in first_derivatives(op, point) + second_derivatives(op, point)]
    assert entries
    assert not [entry for entry in entries if not entry.ok]


KINKS = [(op, at, agreed) for op in ROWS for at, agreed in op.kinks if math.isfinite(op.value(*at))]


@pytest.mark.parametrize(("op", "at", "agreed"), KINKS, ids=lambda x: getattr(x, "name", None))
def test_derivatives_that_are_agreed_on_lie_between_left_and_right(op, at, agreed):
    assert locals_at(op, at) == list(agreed)
    entries = first_derivatives(op, at)
    assert all(entry.verdict != "WRONG" or math.isinf(entry.numeric) for entry in entries)  # inf where the value jumps


# ── what passes ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_inputs_of_every_shape_are_named():
    report = check(lambda p, m, v: p["w"][0] * v + m.sum(), ({"w": [2.0]}, np.ones((1, 2)), Value(3.0, label="speed")))
    assert [e.name for e in report.entries] == ["p['w'][0]", "m[0, 0]", "m[0, 1]", "speed"]
    assert report
    assert report.ok


def test_a_list_is_one_argument_and_a_tuple_several():
    assert check(lambda xs: xs[0] * xs[1], [2.0, 3.0]).ok
    assert check(lambda x, y: x * y, (2.0, 3.0)).ok


def test_results_of_every_shape_are_checked():
    names = [e.name for e in check(lambda x: {"a": x * x, "b": [gg.exp(x), 1.0]}, 0.5).entries]
    assert names == ["[0] / x", "[1] / x", "[2] / x"]


def test_parameters_are_checked_and_left_as_they_were():
    w, b, other = Value(2.0, label="w"), Value(1.0), Value(5.0)
    w.grad, b.grad, other.grad = 7.0, 8.0, 9.0
    recorded = w * b
    report = check(lambda x: w * x + b * other, 3.0, parameters=[w, b])
    assert [(e.name, e.analytic) for e in report.entries] == [("x", 2.0), ("w", 3.0), ("parameters[1]", 5.0)]
    assert (w.data, b.data, w.grad, b.grad, other.grad) == (2.0, 1.0, 7.0, 8.0, 9.0)
    assert gg.gradients(recorded, [w])[0].data == 1.0  # graphs of theirs are not stale


@pytest.mark.parametrize("parameters", [[Value(1.0) * 2.0], [3.0], [Value(1.0).detach()]])
def test_parameters_must_be_leaves(parameters):
    with pytest.raises(TypeError, match="parameters are the leaves"):
        check(lambda x: x, 1.0, parameters=parameters)


def test_second_derivatives():
    report = check(lambda x, y: x * x * gg.exp(y), (3.0, 0.0), order=2)
    assert {e.name: e.analytic for e in report.entries} == {
        "x": 6.0, "y": 9.0, "x, x": 2.0, "x, y": 6.0, "y, x": 6.0, "y, y": 9.0
    }  # fmt: skip


VERDICTS = {
    "relu at 0": (gg.relu, 0.0, "kink"),
    "abs at 0": (abs, 0.0, "kink"),
    "tie": (lambda x: gg.maximum(x, 1.0), 1.0, "kink"),
    "sqrt at 0": (gg.sqrt, 0.0, "edge"),
    "x^1.5 at 0": (lambda x: x**1.5, 0.0, "edge"),
    "x log x next to 0": (lambda x: x * x.log(), 1e-10, "ok"),
    "logit next to 1": (lambda x: (x / (1.0 - x)).log(), 1 - 1e-9, "ok"),
    "tanh in its tail": (gg.tanh, 20.0, "ok"),
    "sin at 1e8": (gg.sin, 1e8, "ok"),
    "sin at 1e200, which no difference can see": (gg.sin, 1e200, "unsure"),
}


@pytest.mark.parametrize(("function", "at", "verdict"), VERDICTS.values(), ids=VERDICTS)
def test_verdicts(function, at, verdict):
    [entry] = check(function, at, raise_error=False).entries
    assert entry.verdict == verdict


def test_a_net_with_its_parameters():
    random.seed(3)
    weights = [[Value(random.gauss(0, 1)) for _ in range(3)] for _ in range(4)]

    def loss(xs):
        hidden = [gg.tanh(gg.dot(row[:2], xs) + row[2]) for row in weights]
        return gg.logsumexp(hidden) ** 2

    assert len(check(loss, [0.3, -0.8], parameters=weights).entries) == 14


def test_report_is_a_table():
    text = str(check(lambda x: gg.relu(x), 0.0))
    assert text.splitlines()[0] == "1 derivative checked against differences: all agree"
    assert text.splitlines()[1].split() == ["input", "analytic", "numeric", "error", "verdict"]
    assert text.splitlines()[2].split() == ["x", "0", "0", "|", "1", "0.0e+00", "kink"]


def test_a_long_table_is_cut_but_shows_what_fails():
    x = np.linspace(1.0, 2.0, 100)
    gradient = 2 * x
    gradient[97] = 0.0
    text = str(check_gradient(lambda x: np.sum(x**2), lambda x: gradient, x, raise_error=False))
    assert "x[97]" in text
    assert "x[80]" not in text
    assert "… and 39 more that pass" in text


@pytest.mark.parametrize(("order", "at", "message"), [(3, 1.0, "order=3"), (1, -1.0, "finite")])
def test_what_cannot_be_checked(order, at, message):
    with pytest.raises(ValueError, match=message):
        check(gg.log, at, order=order)


# ── strict ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("off", [1.001, 0.999, 1.00001, 1.000001, 0.999999])
@pytest.mark.parametrize("x", [1e-8, 0.3, 1e8])
def test_a_gradient_that_is_a_little_wrong(off, x):
    with pytest.raises(GradcheckError, match=f"factor of {off}"):
        check_gradient(lambda x: x**3, lambda x: off * 3 * x**2, x)


@pytest.mark.parametrize("slope", [1e-6, 1e-9])
def test_a_small_gradient_reported_as_nothing(slope):
    report = check_gradient(
        lambda x: slope * x[0] + math.sin(x[1]), lambda x: [0.0, math.cos(x[1])], [0.4, 0.7], raise_error=False
    )
    assert [e.verdict for e in report.entries] == ["WRONG", "ok"]
    assert report.slips[0].startswith("an operand missed: nothing flows back to x[0]")


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_gradient_that_is_no_number(bad):
    assert not check_gradient(lambda x: x * x, lambda x: bad, 2.0, raise_error=False)


def test_a_point_without_numbers_beside_it_proves_nothing():
    report = check(lambda y: Value(-2.0) ** y, 2.0, raise_error=False)
    assert [e.verdict for e in report.entries] == ["unsure"]
    assert "no numbers beside the point" in str(report)
    assert not report.slips


def test_a_convention_is_not_called_a_slip_of_the_rule():
    report = check(lambda x, y: x**y, (0.0, 0.0), raise_error=False)
    assert [e.verdict for e in report.entries] == ["ok", "WRONG"]
    assert report.slips == (
        "none: pow has no derivative there for operand 1, only what is agreed on; at (0.0, 0.0) it gives 0, differences -inf",
    )


def test_a_function_that_draws_lots():
    with pytest.raises(GradcheckError, match="at the next"):
        check(lambda x: x * random.random(), 1.0)


def test_a_backward_pass_that_gives_other_bits(monkeypatch):
    walk, calls = graph.backpropagate, []

    def unsteady(root, **keywords):
        walk(root, **keywords)
        calls.append(root)
        for node in graph.topological(root):
            node.grad *= 1.0 + 1e-15 * (len(calls) % 2)

    monkeypatch.setattr(graph, "backpropagate", unsteady)
    with pytest.raises(GradcheckError, match="the backward pass gave .* at one call"):
        check(lambda x: x * x * x, 0.7)


def test_backward_and_gradients_that_disagree(monkeypatch):
    monkeypatch.setattr(graph, "backpropagate", _slipping(_flip))
    [remark] = check(lambda x: x * x, 3.0, raise_error=False).remarks
    assert remark == "backward() gives [-6.0], but gradients() gives [6.0]"


# ── slips in rules: an op whose row is wrong ───────────────────────────────────────────────────────────────────────

RULES = {
    "wrong sign": ("sin", [lambda x, out: -ops.cos(x)], "wrong sign"),
    "taken at the output": ("exp", [lambda x, out: ops.exp(out)], "derivative taken at the output"),
    "a factor": ("mul", [lambda a, b, out: 2.0 * b, lambda a, b, out: a], "operand 0: a factor of 2"),
    "0.1 %": ("tanh", [lambda x, out: 1.001 * ops.sech(x) ** 2], "a factor of 1.001"),
    "operand missed": ("mul", [lambda a, b, out: b, None], "operand 1: an operand missed"),
    "changed places": (
        "atan2",
        [lambda y, x, out: -ops.over_squared_norm(y, x), lambda y, x, out: ops.over_squared_norm(x, y)],
        "changed places",
    ),
    "nothing known": ("log", [lambda x, out: 1.0 / (x * x + 0.3)], "the rule of log for operand 0 is wrong"),
}


@pytest.mark.parametrize(("name", "partials", "slip"), RULES.values(), ids=RULES)
def test_a_wrong_rule_is_named(name, partials, slip, with_rules):
    op = with_rules(name, partials)
    operands = (0.7, 1.9)[: len(partials)]
    report = check(lambda *xs: gg.square(op(*xs)) * 0.9, operands, raise_error=False)
    assert any(entry.verdict == "WRONG" for entry in report.entries)
    assert f"the rule of {name}" in report.slips[0]
    assert slip in report.slips[0]


def test_a_rule_that_cannot_be_differentiated_again(with_rules):
    exp = with_rules("exp", [lambda x, out: math.exp(x.data if isinstance(x, Value) else x)])
    assert check(exp, 0.5).ok
    with pytest.raises(GradcheckError, match="a rule of exp is right in number but cannot be differentiated again"):
        check(exp, 0.5, order=2)


@pytest.fixture
def with_rules():
    """Give an op other rules for the time of a test."""
    changed = {}

    def change(name, partials):
        op = ops.TABLE[name]
        changed[op] = op.partials
        object.__setattr__(op, "partials", tuple(partials))
        return op

    yield change
    for op, partials in changed.items():
        object.__setattr__(op, "partials", partials)


def test_a_detached_operand_is_missed():
    with pytest.raises(GradcheckError, match="an operand missed: nothing flows back to y"):
        check(lambda x, y: x * y.detach(), (2.0, 3.0))


# ── slips in the backward pass ─────────────────────────────────────────────────────────────────────────────────────


def _slipping(wrong):
    """A backward pass in which ``wrong(operand, local, upstream)`` says what is done with each edge."""

    def walk(root, watch=None):
        order = graph.topological(root)
        for node in order:
            node.grad = 0.0
        root.grad = 1.0
        for node in reversed(order):
            for operand, local in zip(node.operands, node.local_derivatives):
                if local is not None:
                    wrong(operand, local, node.grad)

    return walk


def _assign(operand, local, upstream):
    operand.grad = local * upstream


def _forget_upstream(operand, local, upstream):
    operand.grad += local


def _flip(operand, local, upstream):
    operand.grad -= local * upstream if operand.op is None else -local * upstream


WALKS = {"`=` for `+=`": _assign, "upstream forgotten": _forget_upstream, "wrong sign": _flip}


@pytest.mark.parametrize(("slip", "wrong"), WALKS.items(), ids=WALKS)
def test_a_wrong_backward_pass_is_named(slip, wrong, monkeypatch):
    monkeypatch.setattr(graph, "backpropagate", _slipping(wrong))
    report = check(lambda x, y: (x * y + x).tanh() * (x - y).exp(), (0.4, -0.9), raise_error=False)
    assert report.slips[0].startswith(slip)


# ── slips in gradients written by hand ─────────────────────────────────────────────────────────────────────────────

X = np.random.default_rng(0).normal(size=(5, 3))
Y = np.array([0.2, -0.4, 0.1, 0.9, -0.3])
AT = np.array([0.3, -0.7, 0.5])


def loss(w):
    return np.sum((np.tanh(X @ w) - Y) ** 2) + 0.1 * np.sum(w**2)


def loss_gradient(w, upstream=True, inner=True, at_output=False, decay=0.2):
    t = np.tanh(X @ w)
    slope = 1 - np.tanh(t if at_output else X @ w) ** 2 if inner else 1.0
    return X.T @ ((2 * (t - Y) if upstream else 1.0) * slope) + decay * w


HANDS = {
    "wrong sign": (lambda w: -loss_gradient(w), "wrong sign in every entry"),
    "wrong sign of a term": (lambda w: loss_gradient(w, decay=-0.2), "wrong sign in"),
    "a mean for a sum": (lambda w: loss_gradient(w) / 5, "a factor of 1/5 in every entry"),
    "upstream": (lambda w: loss_gradient(w, upstream=False), "upstream forgotten in tanh"),
    "at the output": (lambda w: loss_gradient(w, at_output=True), "derivative taken at the output in tanh"),
    "no tanh′": (lambda w: loss_gradient(w, inner=False), "the derivative of tanh left out"),
    "a term missed": (lambda w: loss_gradient(w, decay=0.0), "an operand missed"),
    "an entry missed": (lambda w: loss_gradient(w) * [1, 0, 1], "an operand missed: nothing flows back to x[1]"),
    "backwards": (lambda w: loss_gradient(w)[::-1], "the right numbers in another order"),
    "twice the wrong sign": (lambda w: -2.0 * loss_gradient(w), "a factor of -2 in every entry"),
    "a forgotten 2": (lambda w: 0.5 * loss_gradient(w), "a factor of 1/2 in every entry"),
    "no number": (lambda w: loss_gradient(w) * [1, math.inf, 1], "no number: "),
    "an entry of it": (lambda w: loss_gradient(w) * [1, 1, 3], "a factor of 3 in x[2]"),
}


def test_a_right_gradient_by_hand():
    before = AT.copy()
    report = check_gradient(loss, loss_gradient, AT)
    assert max(e.error for e in report.entries) < 1e-12
    np.testing.assert_array_equal(AT, before)


@pytest.mark.parametrize(("gradient", "slip"), HANDS.values(), ids=HANDS)
def test_a_slip_by_hand_is_named(gradient, slip):
    with pytest.raises(GradcheckError, match="not confirmed") as caught:
        check_gradient(loss, gradient, AT)
    assert f"likely slip: {slip}" in str(caught.value)


ONE_ENTRY = {
    "1/n": (lambda x: (x * x + 3 * x) / 4, lambda x: 2 * x + 3, "a factor of 4 in x"),
    "½": (lambda x: x * x / 2, lambda x: 2 * x, "a factor of 2 in x"),
    "2": (lambda x: x * x, lambda x: x, "a factor of 1/2 in x"),
    "sign": (lambda x: x * x, lambda x: -2 * x, "wrong sign in x"),
    "sign and factor": (lambda x: x * x, lambda x: -4 * x, "a factor of -2 in x"),
    "inf": (lambda x: x * x, lambda x: math.inf, "no number: inf in the gradient of x"),
}


@pytest.mark.parametrize(("function", "gradient", "slip"), ONE_ENTRY.values(), ids=ONE_ENTRY)
def test_a_constant_ratio_is_named_first(function, gradient, slip):
    assert check_gradient(function, gradient, 1.3, raise_error=False).slips[0].startswith(slip)


@pytest.mark.parametrize("kept", [lambda x: math.e, lambda x: x * x], ids=["last", "first"])
def test_equals_for_plus_equals_by_hand(kept):
    report = check_gradient(lambda x: x * math.e + x * x * x, kept, 1.3, raise_error=False)
    assert report.slips[0].startswith("`=` for `+=`")


def test_a_slip_is_named_where_the_function_cannot_be_traced():
    report = check_gradient(
        lambda a: float(np.linalg.det(a)),
        lambda a: -np.linalg.det(a) * np.linalg.inv(a).T,
        np.eye(2) + 0.3,
        raise_error=False,
    )
    assert report.slips == ("wrong sign in every entry",)


def test_no_slip_is_named_where_none_fits():
    report = check_gradient(loss, lambda w: loss_gradient(w) + np.array([0.1, 0.23, -0.3]), AT, raise_error=False)
    assert report.slips == ()


def test_single_precision_is_judged_by_its_own_rounding():
    assert check_gradient(lambda x: np.sum(np.float32(x) ** 2), lambda x: 2 * x, np.array([0.3, 0.7])).ok
    assert not check_gradient(
        lambda x: np.sum(np.float32(x) ** 2), lambda x: 2.02 * x, np.array([0.3]), raise_error=False
    )


@pytest.mark.parametrize("gradient", [lambda x: np.ones((3, 2)), lambda x: [1.0] * 6, lambda x: 1.0])
def test_a_gradient_of_another_shape(gradient):
    with pytest.raises(ValueError, match=r"expected an array of shape \(2, 3\)"):
        check_gradient(np.sum, gradient, np.ones((2, 3)))


def test_a_function_of_many_results_has_no_gradient():
    with pytest.raises(TypeError, match=r"one number, got ndarray of shape \(2,\)"):
        check_gradient(lambda x: x * 2, lambda x: x, np.ones(2))


def test_hand_written_gradients_of_nested_arguments():
    at = {"w": np.array([1.0, 2.0]), "b": 3.0}
    report = check_gradient(lambda p: p["w"].sum() * p["b"], lambda p: {"w": np.full(2, p["b"]), "b": p["w"].sum()}, at)
    assert [e.name for e in report.entries] == ["x['w'][0]", "x['w'][1]", "x['b']"]


# ── in pytest ──────────────────────────────────────────────────────────────────────────────────────────────────────


pytest_plugins = ["pytester"]


def test_fixtures(pytester):
    pytester.makepyfile(
        """
        def test_right(gradcheck): gradcheck(lambda x: x * x, 3.0)
        def test_wrong(check_gradient): check_gradient(lambda x: x * x, lambda x: x, 3.0)
        """
    )
    # where glassgrad is installed, its entry point would bring the plugin a second time
    result = pytester.runpytest_inprocess(
        "-p", "no:glassgrad", "-p", "glassgrad.pytest_plugin", "-p", "no:cacheprovider"
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*likely slip: `=` for `+=`*"])


def test_an_unrelated_suite_starts_without_the_engine(tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n", encoding="utf-8")
    (tmp_path / "test_other.py").write_text(
        "import sys\n"
        "def test_imports():\n"
        "    assert 'glassgrad.pytest_plugin' in sys.modules\n"
        "    assert not {'glassgrad.autograd', 'glassgrad.nn', 'glassgrad.viz', 'numpy'} & set(sys.modules)\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_list_is_several_arguments_for_a_function_that_needs_as_many():
    assert len(check(lambda x, y: x * y, [2.0, 3.0]).entries) == 2
    assert len(check(lambda xs: xs[0] * xs[1], [2.0, 3.0]).entries) == 2
    assert len(check(lambda x: x * x, [2.0]).entries) == len(check(lambda xs: xs[0] ** 2, [2.0]).entries) == 1


# ── many inputs ────────────────────────────────────────────────────────────────────────────────────────────────────

MANY = [math.sin(i) for i in range(60)]


def bowl(xs):
    return gg.sum([x * x * (1.0 + 0.1 * i) + x.sin() for i, x in enumerate(xs)])


@pytest.mark.parametrize("order", [1, 2])
def test_directions_confirm_what_is_right(order):
    report = check(bowl, (MANY,), order=order, directions=2)
    assert [e.name for e in report.entries[:2]] == ["direction 1", "direction 2"]
    assert len(report.entries) == (2 if order == 1 else 6)


@pytest.mark.parametrize("missed", [(17,), (0, 59), (3, 4, 5)])
def test_directions_find_the_wrong_entries(missed):
    def leaky(xs):
        return bowl([x.detach() if i in missed else x for i, x in enumerate(xs)])

    report = check(leaky, (MANY,), directions=3, raise_error=False)
    assert [e.name for e in report.failures[3:]] == [f"xs[{i}]" for i in missed]
    assert report.slips[0].startswith("an operand missed")


def test_directions_find_a_wrong_second_derivative():
    def bent(xs):  # value and slopes are right; of the curvature along x₇ a tenth of a thousandth is missing
        return bowl(xs) - 1e-4 * 0.85 * (xs[7] - xs[7].data) ** 2

    report = check(bent, (MANY,), order=2, directions=2, raise_error=False)
    assert {"x" + e.name.split("x")[-1] for e in report.failures if "xs" in e.name} == {"xs[7]"}


def test_directions_of_a_gradient_by_hand():
    at = np.array(MANY)

    def wrong(x):
        return np.cos(x) * np.where(np.arange(60) == 41, 1.001, 1.0)

    assert check_gradient(lambda x: np.sum(np.sin(x)), np.cos, at, directions=3).ok
    report = check_gradient(lambda x: np.sum(np.sin(x)), wrong, at, directions=3, raise_error=False)
    assert report.failures[-1].name == "x[41]"
    assert report.slips[0] == "a factor of 1001/1000 in x[41]" or report.slips[0].startswith("a factor of 1.001")


def test_too_much_work_is_bounded_and_told(monkeypatch):
    monkeypatch.setattr(check_module, "MOST_WORK", 1e4)
    report = check(bowl, (MANY,))
    assert all(e.name.startswith("direction") for e in report.entries)
    assert "60 inputs, each by itself, would take" in str(report)
    assert len(check(bowl, (MANY,), directions=0).entries) == 60


@pytest.mark.parametrize("directions", [-1, 1.5, True, "3"])
def test_directions_are_a_whole_number(directions):
    with pytest.raises(ValueError, match="whole number"):
        check(bowl, (MANY,), directions=directions)
    with pytest.raises(ValueError, match="whole number"):
        check_gradient(lambda x: np.sum(x * x), lambda x: 3.0 * x, np.array(MANY), directions=directions)


def test_a_table_is_padded_by_what_a_name_takes_on_the_screen():
    w, x = Value(2.0, label="权重"), Value(3.0, label="w")
    lines = str(check(lambda a, b: a * b, (w, x))).splitlines()[1:]
    starts = {columns(line[: line.index(number)]) + len(number) for line, number in zip(lines[1:], ("3", "2"))}
    assert len(starts) == 1


SIDES_BY_HAND = {
    "a jump": (lambda x: gg.floor(x) + x, 2.0, "jump"),
    "a kink": (lambda x: gg.relu(x) + x, 0.0, "kink"),
    "a cusp": (lambda x: gg.sqrt(abs(x)), 0.0, "jump"),
    "a ripple that the steps do not see": (lambda x: 1e-3 * gg.sin(2**20 * math.pi * x), 0.5, "ok"),
}


@pytest.mark.parametrize(("function", "at", "verdict"), SIDES_BY_HAND.values(), ids=SIDES_BY_HAND)
def test_jumps_are_no_kinks(function, at, verdict):
    assert check(function, (at,), raise_error=False).entries[0].verdict == verdict


def test_a_gradient_that_rounding_hides_is_no_error():
    def loss(z):
        return float(np.log(np.exp(z - z.max()).sum()) + z.max() - z[2])

    def slope(z):
        e = np.exp(z - z.max())
        return e / e.sum() - (np.arange(len(z)) == 2)

    assert check_gradient(loss, slope, np.array([-13.0, -3.5, 33.25, 13.2, -32.8, -0.1])).ok
    assert not check_gradient(lambda z: 3.0, lambda z: 1e-12, 2.0, raise_error=False).ok
    assert not check_gradient(lambda z: 1e-20 * z, lambda z: 5e-21, 2.0, raise_error=False).ok
