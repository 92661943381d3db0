"""What checkers and editors are told: good programs pass, slips are found, and completion knows every name.

The tables below are read twice: mypy reads them as one strict program, and Python runs each line.
"""

from __future__ import annotations

import inspect
import os
import pydoc
import re
import shutil
import subprocess
import sys
from pathlib import Path

import jedi
import numpy as np
import pytest

import glassgrad as gg
from glassgrad import Value, nn, viz
from glassgrad.autograd.op import TABLE

ROOT = Path(__file__).parents[1]
FOLDERS = {"": "src/glassgrad", "autograd": "autograd", "nn": "nn", "viz": "viz"}

PROGRAM = """\
from __future__ import annotations
import numpy as np
import glassgrad as gg
from glassgrad import Value, nn, viz
from typing_extensions import assert_type
v = Value(0.5, label="v")
def square(x: Value) -> Value: return x * x
def product(x: Value, y: Value) -> Value: return x * y
def first(x: list[Value]) -> Value: return x[0] * x[0]
def weight(p: dict[str, Value]) -> Value: return p["w"] ** 2
def twice(x: list[Value]) -> list[Value]: return [2.0 * a for a in x]
numbers: dict[str, float] = {"w": 1.0}
cube = gg.op("cube", lambda x: x**3, [lambda x, out: 3.0 * x * x])
"""

# an expression, its type for checkers, and what Python makes of it where that is written otherwise
GOOD = [
    ("gg.exp(1.0)", "float"),
    ("gg.exp(1)", "float"),
    ("gg.exp(np.float64(1.0))", "float"),
    ("gg.exp(v)", "Value"),
    ("v.exp()", "Value"),
    ("v.atan2(2.0)", "Value"),
    ("v.elu(alpha=2.0)", "Value"),
    ("v.arctan()", "Value"),
    ("gg.atan2(1.0, v)", "Value"),
    ("gg.maximum(v, 1.0)", "Value"),
    ("gg.maximum(2, 1.0)", "float"),
    ("gg.where(v > 0, v, 0.0)", "Value"),
    ("gg.leaky_relu(1.0, slope=v)", "Value"),
    ("gg.leaky_relu(1.0)", "float"),
    ("cube(2.0)", "float"),
    ("cube(v)", "Value"),
    ("v + 1.0", "Value"),
    ("1 - v", "Value"),
    ("v * v", "Value"),
    ("2.0 / v", "Value"),
    ("v ** 2", "Value"),
    ("-v", "Value"),
    ("abs(v)", "Value"),
    ("v < 1.0", "bool"),
    ("v.data", "float"),
    ("gg.sum([v, v])", "Value"),
    ("gg.sum(v * i for i in range(3))", "Value"),
    ("gg.sum([1, 2.5])", "float"),
    ("gg.sum([v, 2.5])", "Value | float", "Value"),
    ("gg.mean([v, v])", "Value"),
    ("gg.logsumexp([v, v])", "Value"),
    ("gg.dot([v], [1.0])", "Value"),
    ("gg.dot([1.0], [v])", "Value"),
    ("gg.dot([1.0], [2.0])", "float"),
    ("gg.softmax([v, v])", "list[Value]"),
    ("gg.softmax([1.0, 2.0])", "list[float]"),
    ("gg.grad(square)(1.0)", "float"),
    ("gg.grad(square)(1)", "float"),
    ("gg.grad(square)(v)", "Value"),
    ("gg.grad(gg.grad(square))(1.0)", "float"),
    ("gg.grad(lambda x: x**2)(1.0)", "float"),
    ("gg.grad(first)([1.0, 2.0])", "list[float]"),
    ("gg.grad(first)((1.0, [2.0]))", "tuple[float, list[float]]"),
    ("gg.grad(weight)(numbers)", "dict[str, float]"),
    ("gg.grad(product, 1)(1.0, 2.0)", "float"),
    ("gg.grad(product, (0, 1))(1.0, 2.0)", "tuple[float, ...]", "tuple[float, float]"),
    ("gg.value_and_grad(square)(1.0)", "tuple[float, float]"),
    ("gg.value_and_grad(square)(v)", "tuple[Value, Value]"),
    ("gg.value_and_grad(first)([1.0])", "tuple[float, list[float]]"),
    (
        "gg.value_and_grad(product, (0, 1))(1.0, 2.0)",
        "tuple[float, tuple[float, ...]]",
        "tuple[float, tuple[float, float]]",
    ),
    ("gg.gradients(v * v, [v])", "list[Value]"),
    ("gg.jacobian(twice)([1.0])", "list[list[float]]"),
    ("gg.jacobian(square)(1.0)", "float"),
    ("gg.hessian(square)(1.0)", "float"),
    ("gg.hessian(first)([1, 2])", "list[list[float]]"),
    ("gg.hessian(first)(np.zeros(2))", "np.ndarray"),
    ("gg.hessian(weight)(numbers)", "dict[str, dict[str, float]]"),
    ("gg.jvp(square, (1.0,), (1.0,))", "tuple[float, float]"),
    ("gg.hvp(first, ([1.0],), ([2.0],))", "list[float]"),
    ("gg.hvp(square, (1.0,), (2.0,))", "float"),
    ("gg.hvp(product, (1.0, 2.0), (1.0, 0.0))", "tuple[float, float]"),
    ("gg.gradcheck(square, 1.0).ok", "bool"),
    ("gg.compile(square)(1.0)", "float"),
    ("gg.compile(twice)([1.0])", "list[float]"),
    ("gg.compile(first).value_and_grad([1.0])", "tuple[float, list[float]]"),
    ("gg.compile(square, batch=True)(np.ones(3))", "float"),
    ("gg.nn.MLP(2, [1])", "nn.MLP"),
    ("nn.mse([v], [1.0])", "Value"),
    ("viz.draw(v).svg", "str"),
    ("gg.viz.draw(v).svg", "str"),
    ("gg.__version__", "str"),
]

# a slip, and how mypy calls it
BAD = [
    ("v.expp()", "attr-defined"),
    ("gg.sigmoidd(v)", "attr-defined"),
    ("gg.nn.MLPP(2, [1])", "attr-defined"),
    ("viz.drawn(v)", "attr-defined"),
    ("gg.exp('a')", "call-overload"),
    ("gg.exp(1.0, 2.0)", "call-overload"),
    ("gg.exp(x=1.0)", "call-overload"),
    ("gg.atan2(v)", "call-overload"),
    ("gg.square('a')", "call-overload"),
    ("cube('a')", "call-overload"),
    ("v.exp(2.0)", "call-arg"),
    ("v.atan2()", "call-arg"),
    ("v + 'a'", "operator"),
    ("gg.sum(v)", "call-overload"),
    ("gg.softmax(1.0)", "call-overload"),
    ("gg.grad(twice)([1.0])", "arg-type"),
    ("gg.grad(square, 'x')(1.0)", "arg-type"),
    ("gg.compile(square, reduction='most')", "call-overload"),
    ("gg.gradients(v * v, v)", "arg-type"),
    ("gg.gradcheck(square, 1.0, 2)", "call-arg"),
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """The package as it is installed, for tools that read files and run nothing."""
    folder = tmp_path_factory.mktemp("tree")
    for name, source in FOLDERS.items():
        shutil.copytree(ROOT / source, folder / "glassgrad" / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture(scope="module")
def complaints(tree):
    """What ``mypy --strict`` says of the program and of the whole package, with the program's lines in their places."""
    lines = PROGRAM.splitlines()
    lines += [f"assert_type({expression}, {kind})" for expression, kind, *_ in GOOD] + [line for line, _ in BAD]
    (tree / "program.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "-p", "glassgrad", "-m", "program"]
    command += ["--config-file", ROOT / "pyproject.toml", "--cache-dir", tree / "cache", "--no-error-summary"]
    command += ["--python-version", f"{sys.version_info.major}.{sys.version_info.minor}"]  # NumPy's stubs are for it
    environment = {**os.environ, "MYPYPATH": str(tree)}
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode < 2, done.stdout + done.stderr
    return [line for line in done.stdout.splitlines() if " error: " in line]


def _said_of(complaints, line):
    return [said for said in complaints if said.startswith(f"program.py:{line}:")]


def test_the_package_is_strict(complaints):
    assert not [said for said in complaints if not said.startswith("program.py:")]


def test_the_program_begins_well(complaints):
    count = len(PROGRAM.splitlines())
    assert not [said for line in range(1, count + 1) for said in _said_of(complaints, line)]


@pytest.mark.parametrize("at", range(len(GOOD)), ids=[row[0] for row in GOOD])
def test_good_programs_pass(complaints, at):
    assert not _said_of(complaints, len(PROGRAM.splitlines()) + 1 + at)


@pytest.mark.parametrize("at", range(len(BAD)), ids=[row[0] for row in BAD])
def test_slips_are_found(complaints, at):
    [said] = _said_of(complaints, len(PROGRAM.splitlines()) + len(GOOD) + 1 + at)
    assert said.endswith(f"[{BAD[at][1]}]")


# ── the same lines, run ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def names():
    found = {}
    exec(PROGRAM.replace("from typing_extensions import assert_type\n", ""), found)
    return found


def _kind(thing):
    """The type of a thing as one writes it, by what it holds."""
    if isinstance(thing, Value):
        return "Value"
    if isinstance(thing, np.ndarray):
        return "np.ndarray"
    if isinstance(thing, nn.MLP):
        return "nn.MLP"
    if isinstance(thing, list):
        return f"list[{_kind(thing[0])}]"
    if isinstance(thing, tuple):
        return f"tuple[{', '.join(map(_kind, thing))}]"
    if isinstance(thing, dict):
        return f"dict[str, {_kind(next(iter(thing.values())))}]"
    return type(thing).__name__


@pytest.mark.parametrize("row", GOOD, ids=[row[0] for row in GOOD])
def test_what_checkers_are_told_is_so(row, names):
    assert _kind(eval(row[0], names)) == row[-1]


@pytest.mark.parametrize("line", [line for line, _ in BAD])
def test_what_checkers_refuse_fails(line, names):
    with pytest.raises((AttributeError, TypeError, ValueError)):
        eval(line, names)


# ── names ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_stubs_are_current():
    done = subprocess.run([sys.executable, ROOT / "docs/stubs.py", "--check"], capture_output=True, text=True)
    assert not done.returncode, done.stderr


def _completions(tree, code):
    script = jedi.Script(f"import glassgrad as gg\n{code}", project=jedi.Project(tree, added_sys_path=[str(tree)]))
    return {found.name for found in script.complete()}


@pytest.mark.parametrize(
    ("code", "thing"),
    [("gg.", gg), ("gg.nn.", nn), ("gg.viz.", viz), ("gg.Value(1.0).", Value), ("gg.exp(gg.Value(1.0)).", Value)],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_completion_offers_every_public_name(tree, code, thing):
    public = {name for name in getattr(thing, "__all__", dir(thing)) if not name.startswith("_")}
    assert "exp" in public or thing not in (gg, Value)
    assert not public - _completions(tree, code)


@pytest.mark.parametrize(("call", "operands"), [("gg.atan2(", ["y", "x"]), ("gg.Value(1.0).atan2(", ["x"])])
def test_an_editor_names_the_operands(tree, call, operands):
    script = jedi.Script(f"import glassgrad as gg\n{call}", project=jedi.Project(tree, added_sys_path=[str(tree)]))
    found = [[p.name for p in signature.params] for signature in script.get_signatures()]
    assert operands in [[name for name in names if name not in ("/", "self")] for names in found]


def test_help_and_dir_list_every_name():
    said = set(re.findall(r"\w+", pydoc.render_doc(gg, renderer=pydoc.plaintext)))
    assert not set(gg.__all__) - said
    assert not set(gg.__all__) - set(dir(gg))


@pytest.mark.parametrize(
    ("name", "operands"),
    [
        ("exp", "x"),
        ("atan2", "y x"),
        ("hypot", "x y"),
        ("where", "condition a b"),
        ("prelu", "x slope"),
        ("less", "a b"),
    ],
)
def test_signatures_name_the_operands(name, operands):
    assert list(inspect.signature(getattr(gg, name)).parameters) == operands.split()


@pytest.mark.parametrize("op", [op for op in TABLE.values() if not op.variadic], ids=lambda op: op.name)
def test_signatures_have_as_many_operands_as_the_row(op):
    assert len(inspect.signature(op).parameters) == len(op.partials)
    assert len(inspect.signature(getattr(Value, op.name)).parameters) == len(op.partials)


def test_the_signature_of_an_op_of_ones_own_names_its_operands():
    added = gg.op("shifted", lambda far, near: far - near, [lambda far, near, out: 1.0, lambda far, near, out: -1.0])
    assert list(inspect.signature(added).parameters) == ["far", "near"]
    assert list(inspect.signature(Value.shifted).parameters) == ["far", "near"]


def test_public_signatures_say_what_they_take():
    functions = [getattr(gg, name) for name in gg.__all__]
    annotations = [
        f"{function.__name__}: {annotation}"
        for function in functions
        if inspect.isfunction(function)
        for annotation in function.__annotations__.values()
    ]
    assert not [said for said in annotations if re.search(r"\bAny\b", said)]


SOURCES = sorted(path.relative_to(ROOT).as_posix() for name in FOLDERS.values() for path in (ROOT / name).rglob("*.py"))


@pytest.mark.parametrize("source", SOURCES)
def test_what_checkers_are_told_to_ignore_has_a_reason(source):
    lines = (ROOT / source).read_text(encoding="utf-8").splitlines()
    ignored = [f"{n}: {line.strip()}" for n, line in enumerate(lines, 1) if "# type: ignore" in line]
    assert not [line for line in ignored if not re.search(r"# type: ignore\[[\w, -]+\]  # \w", line)]
