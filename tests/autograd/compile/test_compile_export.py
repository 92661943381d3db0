"""Scripts that a program is written out as: they need nothing of ours, and print the same numbers."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import Value
from glassgrad.autograd.errors import CompileError

LANGUAGES = [
    "numpy",
    "python",
    *(pytest.param(name, marks=pytest.mark.skipif(importlib.util.find_spec(name) is None, reason=f"{name} is not installed"))
      for name in ("torch", "jax")),
]  # fmt: skip


ROWS = [[Value(v) for v in row] for row in np.random.default_rng(0).normal(size=(4, 4)).tolist()]


def _net(x):
    hidden = [gg.gelu(sum((w * v for w, v in zip(row, x)), row[-1])) for row in ROWS]
    return -gg.log_softmax(hidden)[1] + 0.1 * gg.sum(w * w for row in ROWS for w in row)


def _rosenbrock(x):
    return sum(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(len(x) - 1))


def _many_ops(x):
    y = [gg.softplus(v) + gg.maximum(v, 0.3) * gg.sigmoid(v) + gg.where(gg.less(v, 0.2), v, v * v) for v in x]
    return gg.logsumexp(y) + gg.hypot(y[0], y[1]) + gg.sqrt(y[2]) / gg.exp(y[1]) + abs(y[0]) ** 1.5 + y[1].erf()


def _linear(x):
    return [2.0 * x[0] + x[1], x[2] - x[0], 1.0]


def _chain(x):
    state = 0.1
    for v in x:
        state = gg.tanh(state * 0.5 + v)
    return state


FUNCTIONS = {
    "net": (_net, [0.3, -0.2, 0.8]),
    "rosenbrock in 3": (_rosenbrock, [0.5, 0.4, 0.3]),
    "rosenbrock in 40": (_rosenbrock, np.linspace(-1, 1, 40).tolist()),
    "many ops": (_many_ops, [0.1, 0.5, 0.9]),
    "several results": (_linear, [0.1, 0.5, 0.9]),
    "chain": (_chain, np.linspace(-1, 1, 30).tolist()),
}


def printed(script, tmp_path):
    """Every number that the script prints, by line. It runs where none of our packages can be imported."""
    file = tmp_path / "program.py"
    file.write_text(script, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-I", file], capture_output=True, text=True, cwd=tmp_path, timeout=120, check=False
    )
    assert not done.stderr, done.stderr[-2000:]
    lines = dict(line.rsplit(" [", 1) if "[" in line else line.split(" ") for line in done.stdout.splitlines())
    return {name: [float(x) for x in re.findall(r"[-\d.e+]+", text)] for name, text in lines.items()}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_scripts_print_the_same_numbers(name, language, tmp_path):
    function, x = FUNCTIONS[name]
    program = gg.compile(function)
    several = name == "several results"
    value = program(x) if several else program.value_and_grad(x, wrt="both")[0]
    script = program.to_source(language)
    assert "autograd" not in script.replace("torch.autograd", "")
    answers = printed(script, tmp_path)
    assert answers["value"] == pytest.approx(np.ravel(value).tolist(), rel=1e-12)
    if not several:
        _, (by_argument, by_parameter) = program.value_and_grad(x, wrt="both")
        assert answers["gradient of arg0"] == pytest.approx(by_argument, rel=1e-11, abs=1e-13)
        assert answers["gradient of theta"] == pytest.approx(by_parameter.tolist(), rel=1e-11, abs=1e-13)


@pytest.mark.parametrize("language", [x for x in LANGUAGES if x != "python"])
def test_batches_travel_too(language, tmp_path):
    weights = [[Value(0.1 * i - 0.3 * j) for i in range(4)] for j in range(3)]
    program = gg.compile(
        lambda x, y: (
            -gg.dot(y, gg.log_softmax([gg.tanh(sum(w * v for w, v in zip(row, x)) + row[3]) for row in weights]))
        ),
        batch=True,
    )
    X, Y = np.random.default_rng(0).normal(size=(5, 3)), np.eye(3)[[0, 1, 2, 1, 0]]
    value, (_, by_parameter) = program.value_and_grad(X, Y, wrt="both")
    answers = printed(program.to_source(language), tmp_path)
    assert answers["value"] == pytest.approx([value], rel=1e-12)
    assert answers["gradient of theta"] == pytest.approx(by_parameter.tolist(), rel=1e-11, abs=1e-14)


@pytest.mark.parametrize(
    ("program", "language", "error", "says"),
    [
        (gg.compile(lambda x: x * x), "numpy", CompileError, "first call"),
        (gg.compile(lambda x: x * x), "fortran", CompileError, "first call"),
    ],
)
def test_scripts_need_a_call_first(program, language, error, says):
    with pytest.raises(error, match=says):
        program.to_source(language)


def test_what_cannot_be_written_says_so():
    program = gg.compile(lambda x: x * x, batch=True)
    program(np.ones(3))
    with pytest.raises(CompileError, match="no batches"):
        program.to_source("python")
    with pytest.raises(ValueError, match="expected one of"):
        program.to_source("fortran")
