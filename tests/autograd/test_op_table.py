"""One row is the only place: what stands in a row is true, is whole, and is said nowhere else."""

from __future__ import annotations

import ast
import inspect
import itertools
import math
import re
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import OpError, Value
from glassgrad.autograd import ops
from glassgrad.autograd.compile.array_forms import array_form
from glassgrad.autograd.compile.export.languages import FRAMEWORKS
from glassgrad.autograd.compile.export.spellings import spelled, template
from glassgrad.autograd.errors import CompileError
from glassgrad.autograd.gradcheck.rows import sample_points
from glassgrad.autograd.numerics import arrays, floats
from glassgrad.autograd.op import Op, row

ROOT = Path(__file__).parents[2]
ROWS = list(ops.TABLE.values())
FIXED = [op for op in ROWS if not op.variadic]
named = pytest.mark.parametrize("op", ROWS, ids=lambda op: op.name)


# ── the schoolbook's derivatives ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("op", [op for op in ROWS if any(op.schoolbook)], ids=lambda op: op.name)
def test_what_schools_write_is_what_the_engine_computes(op):
    for point in sample_points(op):
        out = op(*point)
        for i in range(len(point)):
            shown, computed = (rule(i, point, out) for rule in (op.schoolbook_partial, op.partial))
            assert (shown or 0.0) == pytest.approx(computed or 0.0, rel=1e-9, abs=1e-15), (point, i)


def test_the_engine_keeps_the_digits_that_the_schoolbook_loses():
    assert gg.tanh.partial(0, (20.0,), 1.0) == pytest.approx(4.0 * math.exp(-40.0))
    assert gg.tanh.schoolbook_partial(0, (20.0,), 1.0) == 0.0


# ── arrays ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("array", ["arrays.softplux", "np.tahn", "scipy.erf", "softplus"])
def test_a_row_that_names_no_function_of_arrays_is_named(array):
    with pytest.raises(OpError, match=f"array='{array}' in the row of op 'softplux'.*None"):
        array_form(Op("softplux", "s", floats.softplus, [lambda x, out: gg.sigmoid(x)], array))


def test_a_row_without_its_derivatives_is_named():
    with pytest.raises(OpError, match="row of op 'softplux' has no local derivatives"):
        row("softplux", "s", floats.softplus, "arrays.softplus", r"\log\left({0}\right)")
    assert "softplux" not in ops.TABLE


def test_rows_without_an_array_form_say_so_and_programs_too():
    assert ops.power_derivative.array is None
    program = gg.compile(lambda xs: gg.sum([ops.power_derivative(x, 2.5, 1.0, 1.0) for x in xs]))
    program(np.linspace(0.1, 2.0, 40))
    assert "no array form, so Python computes each element: power_derivative" in program.summary()
    softplus = gg.compile(lambda xs: gg.sum([gg.softplus(x) for x in xs]))
    softplus(np.linspace(0.1, 2.0, 40))
    assert "no array form" not in softplus.summary()


# ── other languages ──────────────────────────────────────────────────────────────────────────────────────────────────


SPECIAL = SimpleNamespace(erf=arrays.erf, erfc=arrays.erfc, ndtr=arrays.normal_cdf, gammaln=arrays.lgamma,
                          digamma=arrays.digamma, polygamma=arrays.polygamma)  # fmt: skip
NN = {"sigmoid": arrays.sigmoid, "relu": arrays.relu}
STAND_INS = {
    "jax": {
        "jnp": np,
        "jax": SimpleNamespace(
            nn=SimpleNamespace(**NN),
            scipy=SimpleNamespace(special=SPECIAL),
            lax=SimpleNamespace(stop_gradient=np.positive),
        ),
    },
    "torch": {
        "torch": SimpleNamespace(
            **{name: getattr(np, name) for name in np.__all__} | NN, special=SPECIAL, detach=np.positive
        )
    },
}


@pytest.mark.parametrize("language", FRAMEWORKS)
def test_each_framework_has_something_that_stands_in_for_it(language):
    assert language in STAND_INS, (
        f"give STAND_INS a row for {language}: by each name that its scripts import, an object with NumPy's functions "
        f"(np does, where the names are NumPy's), and NN and SPECIAL where it has these"
    )


@pytest.mark.parametrize("language", STAND_INS)
@named
def test_other_frameworks_say_the_same(op, language):
    """Their modules are stood in for by NumPy's functions, which have the same names."""
    spelling = FRAMEWORKS[language]
    if template(op, spelling) is None:
        assert op.frameworks != "" or any(template(op, other) for other in FRAMEWORKS.values()), (
            f"{op.name} has no form in {language}: give its row frameworks={{{language!r}: …}}, None for no form anywhere"
        )
        with pytest.raises(CompileError, match=f"op {op.name} has no form in {language}"):
            spelled(op, ["a"], spelling)
        return
    for point in sample_points(op):
        names = ["a", "b", "c"][: len(point)]
        operands = dict(zip(names, (np.array([x]) for x in point)))
        [found] = eval(spelled(op, names, spelling), {**STAND_INS[language], **operands})
        assert found == pytest.approx(op(*point), rel=1e-12), point


ENDS = [0.0, -0.0, 1.0, -2.5, 1e300, math.inf, -math.inf, math.nan]


@pytest.mark.parametrize("op", [op for op in ROWS if op.python], ids=lambda op: op.name)
def test_the_python_form_is_the_value(op):
    for point in itertools.product(ENDS, repeat=len(op.partials)):
        found = eval(op.python.format("a", "b"), {"divide": floats.divide}, dict(zip("ab", point)))
        assert type(found) is float
        assert repr(found) == repr(op(*point)), point


# ── rows of one's own ────────────────────────────────────────────────────────────────────────────────────────────────


def test_users_rows_have_every_column():
    ours = {column.name for column in fields(Op) if column.init}
    assert set(inspect.signature(gg.op).parameters) - {"replace"} == ours
    for column in ours:
        assert re.search(rf"\b{column}\b", inspect.getdoc(gg.op)), column
        assert re.search(rf"^\s+{column}: ", Op.__doc__, re.MULTILINE), column


def test_a_row_of_ones_own_is_shown_compiled_and_exported_like_ours():
    taken = []

    def cubes(x):
        taken.append(len(x))
        return x * x * x

    cube = gg.op("cube", lambda x: x * x * x, [lambda x, out: 3.0 * x * x], array=cubes, frameworks="{0} ** 3",
                 schoolbook=[lambda x, out: 3.0 * x**2.0], binds=4, latex="{0}^3")  # fmt: skip
    x = Value(2.0, label="x")
    assert r"3 \cdot x^{2}" in gg.viz.explain(cube(x), wrt=x).latex
    program = gg.compile(lambda xs: gg.sum([cube(x) for x in xs]))
    assert program(np.arange(40.0)) == sum(i**3 for i in range(40))
    assert 40 in taken
    assert "no array form" not in program.summary()
    assert "arg0 ** 3" in program.to_source("torch")


def test_a_schoolbook_derivative_of_ones_own_is_checked():
    with pytest.raises(OpError, match="schoolbook derivative by operand 0"):
        gg.op("cube", lambda x: x * x * x, [lambda x, out: 3.0 * x * x], schoolbook=[lambda x, out: 2.0 * x])


# ── the page, and what is not on it ──────────────────────────────────────────────────────────────────────────────────


def test_the_table_can_be_read():
    lines = Path(inspect.getfile(ops)).read_text(encoding="utf-8").splitlines()
    assert not [line for line in lines if len(line) > 110]
    helpers = [bool(op.stands_for) for op in ROWS]
    assert helpers == sorted(helpers), "helper rows stand at the end"


ALLOWED = {  # where a module asks which op it has before it, and why no column could answer
    "autograd/value.py": (1, "micrograd writes x**2 as **2"),
    "autograd/compile/normal_form/normalise.py": (
        3,
        "a product of two factors, and a square, are what terms are made of",
    ),
    "autograd/compile/reroll/groups.py": (2, "a peak is a reduction; x**2 for many x is a group of its own"),
    "autograd/compile/emit/expression.py": (2, "negations and products, which sums are written with"),
    "autograd/compile/emit/gradients.py": (1, "a sum of gradients that is waiting is not made longer"),
    "autograd/compile/emit/writer.py": (1, "x·x has a function of its own in NumPy, np.square"),
}


def _asks_which_op(comparison: ast.Compare) -> bool:
    sides = [ast.unparse(side) for side in (comparison.left, *comparison.comparators)]
    names = {op.name for op in ROWS}
    literal = any(isinstance(n, ast.Constant) and n.value in names for n in ast.walk(comparison))
    by_name = literal and any(re.search(r"\bop\.name$|\brow\.name$", side) for side in sides)
    return by_name or any(re.search(r"\bops\.[a-z]\w*$", side) for side in sides)


def test_no_module_asks_which_op_it_has_before_it():
    found = {}
    for folder in ("autograd", "nn", "viz"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            count = sum(isinstance(node, ast.Compare) and _asks_which_op(node) for node in ast.walk(tree))
            if count:
                found[path.relative_to(ROOT).as_posix()] = count
    assert found == {path: count for path, (count, _) in ALLOWED.items()}, "a column of the row should answer this"
