"""Selecting ops: what goes down a branch that is not taken is 0, whatever comes from above, in every mode.

The table has PyTorch's numbers beside ours; where they differ, it says why. A test asks PyTorch itself where it is
installed.
"""

from __future__ import annotations

import copy
import importlib.util
import math
import pickle
import re
import subprocess
import sys

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import OpError, Value
from glassgrad.autograd.compile.export.script import LANGUAGES

inf, nan = math.inf, math.nan

# name, function of (gg or torch, operands), operands, our gradient, PyTorch's, why they differ
T = [
    ("sqrt(relu)", lambda m, x: m.sqrt(m.relu(x)), (-1.0,), (0.0,), (0.0,), ""),
    ("sqrt(relu) at 0", lambda m, x: m.sqrt(m.relu(x)), (0.0,), (0.0,), (0.0,), ""),
    ("log(relu)", lambda m, x: m.log(m.relu(x)), (-1.0,), (0.0,), (0.0,), ""),
    ("relu ** ½", lambda m, x: m.relu(x) ** 0.5, (-1.0,), (0.0,), (0.0,), ""),
    ("1 / relu", lambda m, x: 1.0 / m.relu(x), (-1.0,), (0.0,), (0.0,), ""),
    ("relu(relu)", lambda m, x: m.sqrt(m.relu(m.relu(x))), (-1.0,), (0.0,), (0.0,), ""),
    ("hardtanh", lambda m, x: m.sqrt(hardtanh(m)(x) - 1.0), (2.0,), (0.0,), (0.0,), ""),
    ("hardtanh at its edge", lambda m, x: m.sqrt(hardtanh(m)(x) + 1.0), (-1.0,), (0.0,), (0.0,), ""),
    ("maximum", lambda m, x, y: m.sqrt(m.maximum(x, y)), (-1.0, 0.0), (0.0, inf), (0.0, inf), ""),
    ("maximum, tied", lambda m, x, y: m.sqrt(m.maximum(x, y)), (0.0, 0.0), (inf, inf), (inf, inf), ""),
    ("minimum", lambda m, x, y: m.sqrt(m.minimum(x, y)), (1.0, 0.0), (0.0, inf), (0.0, inf), ""),
    ("where", lambda m, x, y: m.sqrt(m.where(x > 0.0, x, y)), (-1.0, 0.0), (0.0, inf), (0.0, inf), ""),
    ("where, taken", lambda m, x, y: m.sqrt(m.where(x >= 0.0, x, y)), (0.0, 3.0), (inf, 0.0), (inf, 0.0), ""),
    ("below a branch", lambda m, x, y: m.where(x > 0.0, m.sqrt(x), y), (-1.0, 2.0), (nan, 1.0), (nan, 1.0), ""),
    ("below a branch, at 0", lambda m, x, y: m.where(x > 0.0, m.sqrt(x), y), (0.0, 2.0), (nan, 1.0), (nan, 1.0), ""),
    ("prelu, slope 0", lambda m, x, s: m.sqrt(prelu(m)(x, s)), (-1.0, 0.0), (nan, inf), (nan, inf), ""),
    ("prelu, above 0", lambda m, x, s: m.log(prelu(m)(x, s) - x), (2.0, 0.5), (nan, 0.0), (nan, 0.0), ""),
    ("leaky relu, slope 0", lambda m, x: m.sqrt(leaky(m)(x, 0.0)), (-1.0,), (nan,), (nan,), ""),
    ("elu", lambda m, x: m.sqrt(elu(m)(x)), (0.0,), (inf,), (inf,), ""),
    ("abs multiplies", lambda m, x: m.sqrt(abs(x)), (0.0,), (nan,), (nan,), ""),
    ("x·x multiplies", lambda m, x: m.sqrt(x * x), (0.0,), (nan,), (nan,), ""),
    ("x·0 multiplies", lambda m, x: m.sqrt(x * 0.0), (2.0,), (nan,), (nan,), ""),
    ("floor passes nothing", lambda m, x: x + m.sqrt(m.floor(x)), (0.5,), (1.0,), (1.0,), ""),
    ("sign passes nothing", lambda m, x: x + m.sqrt(m.sign(x)), (0.0,), (1.0,), (1.0,), ""),
    ("floor passes nothing, ∞ below", lambda m, x: x + m.floor(1.0 / x), (0.0,), (1.0,), (nan,),
     "PyTorch sends zeros through floor, and 0·∞ is nan"),
    ("comparisons pass nothing", lambda m, x: m.where(1.0 / x > 5.0, 3.0 * x, x), (0.0,), (3.0,), (3.0,), ""),
    ("relu of nan", lambda m, x: 2.0 * m.relu(x), (nan,), (nan,), (2.0,), "nan in, nan out, gradients too"),
    ("prelu of nan", lambda m, x, s: prelu(m)(x, s), (nan, 0.5), (nan, nan), (0.5, nan), "as relu"),
    ("hardtanh of nan", lambda m, x: 2.0 * hardtanh(m)(x), (nan,), (nan,), (2.0,), "as relu"),
    ("maximum of nan", lambda m, x, y: m.maximum(x, y), (nan, 1.0), (nan, nan), (1.0, 1.0), "as relu"),
    ("where of nan", lambda m, x, y: 3.0 * m.where(y > 0.0, x, y), (nan, -1.0), (0.0, 3.0), (0.0, 3.0), ""),
]  # fmt: skip


def hardtanh(m):
    return m.hardtanh if m is gg else m.nn.functional.hardtanh


def prelu(m):
    return m.prelu if m is gg else lambda x, s: m.nn.functional.prelu(x.reshape(1), s.reshape(1)).reshape(())


def leaky(m):
    return m.leaky_relu if m is gg else m.nn.functional.leaky_relu


def elu(m):
    return m.elu if m is gg else m.nn.functional.elu


every = pytest.mark.parametrize(("f", "at", "expected"), [row[1:4] for row in T], ids=[row[0] for row in T])
NEEDS_TORCH = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is not installed")


def agree(found, expected):
    found, expected = np.atleast_1d(np.array(found, float)), np.array(expected, float)
    assert np.array_equal(found, expected, equal_nan=True), (found, expected)


def of(f):
    return lambda *operands: f(gg, *operands)


@NEEDS_TORCH
@pytest.mark.parametrize("row", T, ids=[row[0] for row in T])
def test_pytorch_gives_the_numbers_of_the_table(row):
    import torch

    _, f, at, ours, theirs, reason = row
    leaves = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in at]
    f(torch, *leaves).backward()
    agree([leaf.grad.item() for leaf in leaves], theirs)
    assert bool(reason) == (repr(ours) != repr(theirs))


# ── eager ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@every
def test_backward(f, at, expected):
    leaves = [Value(x) for x in at]
    f(gg, *leaves).backward()
    agree([leaf.grad for leaf in leaves], expected)
    agree(gg.grad(of(f), range(len(at)))(*at), expected)


@every
def test_copies_and_pickles_remember_which_branch_was_taken(f, at, expected):
    for again in (copy.deepcopy, lambda pair: pickle.loads(pickle.dumps(pair))):
        leaves = [Value(x) for x in at]
        out, copies = again((f(gg, *leaves), leaves))
        out.backward()
        agree([leaf.grad for leaf in copies], expected)


@every
def test_derivatives_that_can_be_differentiated_again(f, at, expected):
    leaves = [Value(x) for x in at]
    agree([g.data for g in gg.gradients(f(gg, *leaves), leaves)], expected)


@every
def test_forward_mode_agrees_with_reverse_mode(f, at, expected):
    for i, slope in enumerate(expected):
        agree(gg.jvp(lambda x, i=i: f(gg, *at[:i], x, *at[i + 1 :]), (at[i],), (1.0,))[1], [slope])


CUT = [row[:3] for row in T if row[3] == (0.0,)]


@pytest.mark.parametrize(("f", "at"), [row[1:] for row in CUT], ids=[row[0] for row in CUT])
def test_derivatives_of_any_order_of_what_is_cut_off_are_0(f, at):
    first = gg.grad(of(f))
    second = gg.grad(first)
    assert (first(*at), second(*at), gg.grad(second)(*at), gg.hvp(of(f), at, (1.0,))) == (0.0,) * 4
    assert gg.jvp(lambda x: gg.jvp(of(f), (x,), (1.0,))[1], at, (1.0,))[1] == 0.0
    program = gg.compile(lambda x: [second(x), gg.hvp(of(f), (x,), (1.0,)), gg.jvp(of(f), (x,), (1.0,))[1]])
    assert program(*at) == [0.0] * 3
    assert program.summary()


def test_a_branch_not_taken_has_the_local_derivative_0_and_one_may_start_backward_there():
    x = Value(-1.0)
    y = gg.relu(x)
    assert y.local_derivatives == gg.hardtanh(Value(2.0)).local_derivatives == (0.0,)
    assert gg.where(0.0, x, y).local_derivatives == (None, 0.0, 1.0)
    assert gg.prelu(x, 0.0).local_derivatives == (0.0, None)
    y.backward()
    assert x.grad == 0.0


def test_detect_anomaly_takes_what_is_cut_off_for_no_anomaly():
    x = Value(-1.0)
    y = gg.sqrt(gg.relu(x))
    with pytest.raises(gg.BadNumberError, match="sqrt"), gg.detect_anomaly():
        y.backward()  # √′(0) itself is infinite
    z = 1e200 * (1e200 * gg.relu(x) * 1e-200)
    with gg.detect_anomaly():
        z.backward()
    assert x.grad == 0.0


# ── compiled ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@every
def test_programs_in_floats(f, at, expected):
    agree(gg.compile(of(f)).value_and_grad(*at)[1], expected)
    agree(gg.compile(gg.grad(of(f), range(len(at))))(*at), expected)


def mixed(at):
    """Forty points, every second of them the one where a branch is not taken, the others ordinary."""
    return [np.where(np.arange(40) % 2, x, 1.75 + 0.01 * np.arange(40)).tolist() for x in at]


@every
def test_programs_in_arrays(f, at, expected):
    columns = mixed(at)

    def total(*columns):
        return gg.sum([f(gg, *point) for point in zip(*columns)])

    program = gg.compile(total)
    for _ in range(2):  # the second call replays
        found = program.value_and_grad(*columns)[1]
        for column, slope in zip(found if len(at) > 1 else [found], expected):
            agree(column[1::2], [slope] * 20)
    assert "np." in program.source
    eager = gg.grad(total, range(len(at)))(*columns)
    again = gg.compile(gg.grad(total, range(len(at))))(*columns)
    for one, other, third in zip(eager, again, found if len(at) > 1 else [found]):
        np.testing.assert_allclose(one, other, rtol=1e-13)
        np.testing.assert_allclose(one, third, rtol=1e-13)


@every
def test_programs_for_batches(f, at, expected):
    program = gg.compile(
        lambda xs: gg.sum([f(gg, *point) for point in zip(*[iter(xs)] * len(at))]), batch=True, reduction="sum"
    )
    columns = mixed(at)
    batch = np.array([[*point] * 6 for point in zip(*columns)])
    found = program.value_and_grad(batch)[1]
    agree(found[1::2], [[*expected] * 6] * 20)


def test_a_program_looks_for_branches_only_where_a_gradient_is_not_finite():
    w = [Value(0.5 + 0.1 * i) for i in range(40)]
    program = gg.compile(lambda xs: gg.sum([gg.sqrt(gg.relu(wi * x)) for wi, x in zip(w, xs)]))
    program.value_and_grad(np.linspace(1.0, 2.0, 40))
    assert "!= 0.0 and passed is np.multiply" in program.source
    smooth = gg.compile(lambda xs: gg.sum([gg.sqrt(wi * x) for wi, x in zip(w, xs)]))
    smooth.value_and_grad(np.linspace(1.0, 2.0, 40))
    assert "passed" not in smooth.source


# ── exported ─────────────────────────────────────────────────────────────────────────────────────────────────────────

INSTALLED = [
    pytest.param(name, marks=pytest.mark.skipif(name in ("torch", "jax") and importlib.util.find_spec(name) is None,
                                                reason=f"{name} is not installed"))
    for name in LANGUAGES
]  # fmt: skip


@pytest.mark.parametrize("language", INSTALLED)
def test_scripts(language, tmp_path):
    """All rows of one operand that is no nan, in one script."""
    rows = [row for row in T if not any(map(math.isnan, row[2]))]
    points = [x for row in rows for x in row[2]]

    def total(*xs):
        taken = iter(xs)
        return gg.sum([row[1](gg, *[next(taken) for _ in row[2]]) for row in rows])

    program = gg.compile(total)
    program.value_and_grad(*points)
    script = tmp_path / "script.py"
    script.write_text(program.to_source(language), encoding="utf-8")
    done = subprocess.run([sys.executable, "-I", script], capture_output=True, text=True, timeout=300, check=True)
    found = re.findall(r"^gradient of \w+ \[?([^\[\]\n]+)", done.stdout, re.MULTILINE)
    agree(list(map(float, found)), [slope for row in rows for slope in row[3]])


# ── ops of one's own ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_op_of_ones_own_selects():
    gate = gg.op("positive_part", lambda x: max(x, 0.0), [lambda x, out: gg.greater(x, 0.0)], selects=True,
                 smooth=lambda x: x != 0.0, replace=False)  # fmt: skip
    x = Value(-1.0)
    gg.sqrt(gate(x)).backward()
    assert x.grad == 0.0
    assert gg.compile(lambda x: gg.sqrt(gate(x))).value_and_grad(-1.0) == (0.0, 0.0)


@pytest.mark.parametrize("selects", [(1,), (-1,), (0, 1)])
def test_what_selects_names_operands_that_have_a_derivative(selects):
    with pytest.raises(OpError, match="selects"):
        gg.op("half_of", lambda x: 0.5 * x, [lambda x, out: 0.5], selects=selects)
