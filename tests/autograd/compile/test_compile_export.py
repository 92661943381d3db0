"""Scripts that a program is written out as: they need nothing of ours, and print the same numbers."""

from __future__ import annotations

import importlib.util
import json
import math
import re
import subprocess
import sys

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import Value
from glassgrad.autograd import custom
from glassgrad.autograd.compile.export import languages, script, spellings
from glassgrad.autograd.compile.normal_form.normalise import STOP
from glassgrad.autograd.errors import CompileError, OpError
from glassgrad.autograd.gradcheck.rows import sample_points
from glassgrad.autograd.op import TABLE

LANGUAGES = [
    pytest.param(
        name,
        marks=pytest.mark.skipif(
            name not in ("numpy", "python") and importlib.util.find_spec(name) is None,
            reason=f"{name} is not installed",
        ),
    )
    for name in script.LANGUAGES
]
each_language = pytest.mark.parametrize("language", LANGUAGES)
RUNNER = """
import contextlib, io, json, runpy, sys, traceback
printed = {}
for name, file in json.loads(sys.argv[1]).items():
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        try:
            runpy.run_path(file)
        except Exception:
            text.write("\\nraised " + traceback.format_exc(limit=-1))
    printed[name] = text.getvalue()
print(json.dumps(printed))
"""


def printed(scripts, tmp_path):
    """What each script prints, and what it raises. They run where none of our packages can be imported."""
    files = {}
    for i, (name, text) in enumerate(scripts.items()):
        assert "glassgrad" not in text
        files[name] = str(tmp_path / f"script{i}.py")
        (tmp_path / f"script{i}.py").write_text(text, encoding="utf-8")
    (tmp_path / "runner.py").write_text(RUNNER, encoding="utf-8")
    command = [sys.executable, "-I", "-W", "error", tmp_path / "runner.py", json.dumps(files)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=300, check=False)
    assert not done.returncode, done.stderr[-2000:]
    return json.loads(done.stdout)


def numbers(text):
    """The numbers that a script printed, by what it says before them."""
    lines = re.findall(r"^(value|gradient of \w+) (.*)$", text, re.MULTILINE)
    return {name: [float(x) for x in re.findall(r"-?(?:inf|nan|\d[\d.]*(?:e[-+]?\d+)?)", said)] for name, said in lines}


def flat(nested):
    return (
        np.concatenate([np.ravel(x) for x in nested] or [[]]).tolist()
        if isinstance(nested, tuple)
        else np.ravel(nested).tolist()
    )


def answers(program, args):
    """What a script of the program should print."""
    if len(np.ravel(program(*args))) != 1:
        return {"value": flat(program(*args))}
    value, (by_argument, by_parameter) = program.value_and_grad(*args, wrt="both")
    by_argument = by_argument if len(args) > 1 else (by_argument,)
    found = {f"gradient of arg{i}": flat(np.asarray(g).T if np.ndim(g) == 2 else g) for i, g in enumerate(by_argument)}
    return {"value": [value], "gradient of theta": by_parameter.tolist(), **found}


def differences(text, expected, tolerance=1e-12):
    """What a script prints that it should not; "" if all is as expected."""
    found = numbers(text)
    if found.keys() != expected.keys():
        return text[-500:]
    for name, wanted in expected.items():
        scale = max([abs(x) for x in wanted if math.isfinite(x)], default=1.0)
        if found[name] != pytest.approx(wanted, rel=tolerance, abs=tolerance * scale, nan_ok=True):
            return f"{name}: {found[name][:5]} instead of {wanted[:5]}"
    return ""


# ── programs ───────────────────────────────────────────────────────────────────────────────────────────────────────

ROWS = [[Value(v) for v in row] for row in np.random.default_rng(0).normal(size=(4, 4)).tolist()]
GATES = [[[Value(v) for v in row] for row in gate] for gate in np.random.default_rng(1).normal(size=(4, 3, 6)).tolist()]
KNOTS = np.linspace(-1, 1, 30).tolist()


def net(x):
    hidden = [gg.gelu(sum((w * v for w, v in zip(row, x)), row[-1])) for row in ROWS]
    return -gg.log_softmax(hidden)[1] + 0.1 * gg.sum(w * w for row in ROWS for w in row)


def rosenbrock(x):
    return sum(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(len(x) - 1))


def many_ops(x):
    y = [gg.softplus(v) + gg.maximum(v, 0.3) * gg.sigmoid(v) + gg.where(gg.less(v, 0.2), v, v * v) for v in x]
    return gg.logsumexp(y) + gg.hypot(y[0], y[1]) + gg.sqrt(y[2]) / gg.exp(y[1]) + abs(y[0]) ** 1.5 + y[1].erf()


def linear(x):
    return [2.0 * x[0] + x[1], x[2] - x[0], 1.0]


def chain(x):
    state = 0.1
    for v in x:
        state = gg.tanh(state * 0.5 + v)
    return state


def overflowing_softmax(x):
    """exp of these logits is inf, and of their negatives 0: the largest must be taken away first."""
    return gg.dot(gg.softmax([1000.0 * v for v in x]), [v * v for v in x]) + gg.logsumexp(
        [800.0 + 900.0 * v for v in x]
    )


def lstm(x):
    """Unrolled: input, forget and output gates and the candidate, each of (x, h, 1)."""
    h = c = [0.0, 0.0, 0.0]
    for a, b in zip(x[::2], x[1::2]):
        i, f, o, g = ([gg.dot(row, [a, b, *h, 1.0]) for row in gate] for gate in GATES)
        c = [gg.sigmoid(f[k]) * c[k] + gg.sigmoid(i[k]) * gg.tanh(g[k]) for k in range(3)]
        h = [gg.sigmoid(o[k]) * gg.tanh(c[k]) for k in range(3)]
    return gg.sum(v * v for v in h)


def powers(x):
    return gg.sum(gg.exp(a) ** b for a, b in zip(x, x[1:]))


def kinked(x):
    return gg.sum(gg.prelu(v, 0.25 + 0.1 * v) * gg.hardtanh(2.0 * v) + gg.leaky_relu(v) for v in x)


def branching(x):
    return sum((v * v if v > 0 else -3 * v for v in x), 0.0)


FUNCTIONS = {
    "net": (net, [0.3, -0.2, 0.8]),
    "rosenbrock in 3": (rosenbrock, [0.5, 0.4, 0.3]),
    "rosenbrock in 40": (rosenbrock, np.linspace(-1, 1, 40).tolist()),
    "many ops": (many_ops, [0.1, 0.5, 0.9]),
    "many ops, many times": (lambda x: gg.sum(many_ops(x[i : i + 3]) for i in range(20)), KNOTS),
    "several results": (linear, [0.1, 0.5, 0.9]),
    "chain": (chain, KNOTS),
    "overflowing softmax": (overflowing_softmax, [1.0, 0.999, -1.0]),
    "overflowing softmax, downwards": (overflowing_softmax, [-1.0, -0.999, -1.001]),
    "lstm": (lstm, KNOTS[:12]),
    "x**y": (powers, [0.1, 0.5, 0.9]),
    "x**y, many times": (powers, KNOTS),
    "prelu, hardtanh": (kinked, [0.7, -0.2]),
    "prelu, hardtanh, many times": (kinked, KNOTS),
    "guards": (branching, [0.5, -0.25]),
    "guards, many": (branching, KNOTS),
}


@each_language
def test_scripts_print_the_same_numbers(language, tmp_path):
    scripts, expected = {}, {}
    for name, (function, x) in FUNCTIONS.items():
        program = gg.compile(function)
        expected[name] = answers(program, [x])
        scripts[name] = program.to_source(language)
    found = printed(scripts, tmp_path)
    wrong = {name: differences(text, expected[name], 1e-11) for name, text in found.items()}
    assert not {name: said for name, said in wrong.items() if said}


def classifier(x, y):
    weights = [row[:3] for row in ROWS[:3]]
    return -gg.dot(y, gg.log_softmax([gg.tanh(sum(w * v for w, v in zip(row, x)) + row[2]) for row in weights]))


BATCHES = {
    "classifier": (classifier, [np.random.default_rng(0).normal(size=(5, 2)), np.eye(3)[[0, 1, 2, 1, 0]]]),
    "lstm": (lstm, [np.random.default_rng(0).normal(size=(5, 6))]),
    "overflowing softmax": (overflowing_softmax, [np.random.default_rng(0).normal(size=(5, 3))]),
    "guards": (branching, [np.array([[0.5, -0.5], [0.7, -0.1]])]),
}


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("language", [x for x in LANGUAGES if x.values != ("python",)])
def test_batches_travel_too(language, reduction, tmp_path):
    scripts, expected = {}, {}
    for name, (function, args) in BATCHES.items():
        program = gg.compile(function, batch=True, reduction=reduction)
        expected[name] = answers(program, args)
        scripts[name] = program.to_source(language)
    found = printed(scripts, tmp_path)
    wrong = {name: differences(text, expected[name], 1e-11) for name, text in found.items()}
    assert not {name: said for name, said in wrong.items() if said}


# ── every op in every language ─────────────────────────────────────────────────────────────────────────────────────

OURS = {name: op for name, op in TABLE.items() if name not in custom._added}
WITHOUT_FORM = {  # by language: what it refuses. peak is written by Language.largest
    "torch": {"power_derivative", "peak", "round_to"},
    "jax": {"power_derivative", "peak", "round_to"},
}
# PyTorch computes ψ′, the derivative of digamma and of polygamma(0, x), to about 1e-9.
LESS_ACCURATE = {("torch", "digamma"): 1e-8, ("torch", "polygamma"): 1e-8}


def at_points(op):
    """A function of all sample points of an op, laid out one after another, and those points."""
    points = [point for point in sample_points(op) if all(abs(x) < 10.0 for x in point)][:6]
    arity = len(points[0])

    def function(x):
        return gg.sum((0.5 + i) * op(*x[i * arity : (i + 1) * arity]) for i in range(len(points)))

    return function, [float(x) for point in points for x in point]


@each_language
def test_every_op_has_a_form_in_every_language(language, tmp_path):
    scripts, expected = {}, {}
    for name, op in OURS.items():
        if name in WITHOUT_FORM.get(language, ()):
            continue
        function, x = at_points(op)
        program = gg.compile(function)
        expected[name] = answers(program, [x])
        scripts[name] = program.to_source(language)
    found = printed(scripts, tmp_path)
    wrong = {
        name: differences(text, expected[name], LESS_ACCURATE.get((language, name), 1e-12))
        for name, text in found.items()
    }
    assert not {name: said for name, said in wrong.items() if said}


def templates(language):
    """How that language writes each op of a fixed number of operands; None where it has no form."""
    ops = {name: op for name, op in OURS.items() if not op.variadic}
    return {name: spellings.template(op, language) for name, op in ops.items()}


@pytest.mark.parametrize("language", languages.FRAMEWORKS.values(), ids=lambda language: language.name)
def test_an_op_without_a_form_is_refused_with_a_sentence(language):
    found = {name for name, written in templates(language).items() if written is None}
    listed = {name for name in WITHOUT_FORM.get(language.name, ()) if not OURS[name].variadic}
    assert found == listed, (
        f"{language.name} has no form of {', '.join(sorted(found))}: spell what it can do in the `frameworks` of the op's "
        f"row, or by a name in Language.numpy; what it cannot do goes into WITHOUT_FORM"
    )
    for name in found:
        with pytest.raises(CompileError, match=f"op {name} has no form in {language.name}: export to 'numpy' or"):
            spellings.spelled(OURS[name], ["a", "b", "c", "d"][: len(OURS[name].partials)], language)


@pytest.mark.parametrize("language", languages.FRAMEWORKS.values(), ids=lambda language: language.name)
def test_a_spelling_uses_all_operands(language):
    for name, written in templates(language).items():
        operands = ["a", "b", "c", "d"][: len(OURS[name].partials)]
        said = "" if written is None else spellings.spelled(OURS[name], operands, language)
        assert written is None or all(re.search(rf"\b{operand}\b", said) for operand in operands), (name, said)


@pytest.mark.parametrize("language", languages.FRAMEWORKS.values(), ids=lambda language: language.name)
def test_a_language_s_modules_are_words_that_the_spellings_use(language):
    said = [STOP.frameworks, *(op.frameworks for op in OURS.values())]
    written = [x for each in said for x in ([each] if isinstance(each, str) else (each or {}).values()) if x]
    words = set(re.findall(r"\{([a-z]+)\}", " ".join(written)))
    assert language.modules.keys() <= words, "no spelling uses this word: a slip of the pen?"
    assert {"np", "stop"} <= language.modules.keys(), "every program needs these two"


# ── guards ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@each_language
def test_a_script_raises_where_a_guard_fails(language, tmp_path):
    scripts = {}
    for x in ([0.5], [0.5, 0.25, -0.5], KNOTS):
        program = gg.compile(branching)
        program.value_and_grad(x)
        text = program.to_source(language)
        assert repr(x) in text
        scripts[f"{len(x)} as recorded"] = text
        scripts[f"{len(x)} turned"] = text.replace(repr(x), repr([-v for v in x]))
    for name, said in printed(scripts, tmp_path).items():
        assert ("value" in numbers(said)) is ("recorded" in name)
        raised = re.search(r"ValueError: .*test_compile_export.py, line \d+: Python branched on a Value here", said)
        assert bool(raised) is ("turned" in name)


# ── ops of one's own ───────────────────────────────────────────────────────────────────────────────────────────────

TWO = 2.0


def double(x):
    return TWO * x


def bent_line(x):
    return x / (1.0 + math.fabs(x)) if x < 1e6 else double(0.5)


def fails_below_zero(x):
    return math.sqrt(x) * math.sqrt(x)


@pytest.fixture
def added():
    """Adds ops for one test."""
    names = []

    def add(name, *args, **options):
        names.append(name)
        return gg.op(name, *args, **options)

    yield add
    for name in names:
        custom._added.discard(name)
        TABLE.pop(name, None)
        if name in vars(Value):
            delattr(Value, name)


def slope(x, out):
    return 1.0 / gg.square(1.0 + abs(x))


@pytest.mark.parametrize("language", ["numpy", "python"])
def test_a_script_has_the_text_of_a_users_op(language, added, tmp_path):
    scripts, expected = {}, {}
    for name in ("bent_line", "len", "exec", "run", "theta", "e", "g", "p", "t", "v", "w", "result", "x0_"):
        op = added(name, bent_line, [slope])

        def function(x, op=op):  # whose code has many names with numbers, of views and buffers and floats
            for _ in range(4):
                x = [op(2.0 * a) * gg.tanh(b) for a, b in zip(x, [*x[1:], x[0]])]
            return gg.sum(x) + op(x[0])

        for x in (KNOTS[:2], KNOTS):
            program = gg.compile(function)
            case = f"{name} of {len(x)}"
            expected[case] = answers(program, [x])
            value, gradient = gg.value_and_grad(function)(x)
            assert expected[case]["value"] == pytest.approx([value], rel=1e-13)
            assert expected[case]["gradient of arg0"] == pytest.approx(gradient, rel=1e-13)
            scripts[case] = program.to_source(language)
    wrong = {name: differences(text, expected[name]) for name, text in printed(scripts, tmp_path).items()}
    assert not {name: said for name, said in wrong.items() if said}


@pytest.mark.parametrize("language", ["numpy", "python"])
def test_a_users_op_is_nan_in_a_script_where_its_value_raises(language, added, tmp_path):
    op = added("fails_below_zero", fails_below_zero, [lambda x, out: 1.0 + 0.0 * x], domain=[(0.1, 2.0)])
    program = gg.compile(lambda x: op(x[0]) + x[1])
    program.value_and_grad([-1.0, 1.0])
    assert numbers(printed({"op": program.to_source(language)}, tmp_path)["op"])["value"] == [
        pytest.approx(math.nan, nan_ok=True)
    ]


def closed_over():
    table = {"half": 0.5}

    def value(x):
        return table["half"] * x

    return value


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (lambda x: 0.5 * x, "a plain def"),
        (closed_over(), "it uses table"),
        (type("Half", (), {"__call__": lambda self, x: 0.5 * x})(), "it uses"),
    ],
)
def test_a_users_op_whose_text_cannot_be_had_is_refused(value, says, added):
    op = added("half", value, [lambda x, out: 0.5 + 0.0 * x])
    program = gg.compile(lambda x: op(x[0]) * x[1])
    program.value_and_grad([1.0, 2.0])
    with pytest.raises(CompileError, match=f"function of op half cannot be copied into a script: .*{says}"):
        program.to_source("python")


@pytest.mark.parametrize("language", list(languages.FRAMEWORKS))
def test_a_users_op_has_no_form_in_a_framework(language, added):
    op = added("bent_line", bent_line, [slope])
    program = gg.compile(lambda x: op(x[0]) * x[1])
    program.value_and_grad([1.0, 2.0])
    with pytest.raises(CompileError, match=f"op bent_line has no form in {language}: export to 'numpy' or 'python'"):
        program.to_source(language)


def test_the_name_of_an_op_is_read_as_python_reads_identifiers(added):
    micro, mu = "\N{MICRO SIGN}", "\N{GREEK SMALL LETTER MU}"
    op = added(micro, bent_line, [slope])
    assert op.name == mu
    program = gg.compile(lambda x: op(x[0]) * x[1])
    assert program([1.0, 2.0]) == 1.0
    added(mu, bent_line, [slope], replace=True)
    with pytest.raises(OpError, match="was added before"):
        gg.op(micro, bent_line, [slope])


def test_summary_names_ops_without_an_array_form(added):
    op = added("bent_line", bent_line, [slope])
    program = gg.compile(lambda x: gg.sum(op(v) for v in x))
    program(KNOTS)
    assert "no array form, so Python computes each element: bent_line" in program.summary()
    other = gg.compile(lambda x: gg.sum(gg.sin(v) for v in x))
    other(KNOTS)
    assert "no array form" not in other.summary()


# ── what cannot be written ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", ["numpy", "fortran"])
def test_scripts_need_a_call_first(language):
    with pytest.raises(CompileError, match="first call"):
        gg.compile(lambda x: x * x).to_source(language)


def test_what_cannot_be_written_says_so():
    program = gg.compile(lambda x: x * x, batch=True)
    program(np.ones(3))
    with pytest.raises(CompileError, match="no batches"):
        program.to_source("python")
    with pytest.raises(ValueError, match="expected one of"):
        program.to_source("fortran")
