"""The shape of the code: which way imports go, what is public, and how large a piece may grow."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from types import ModuleType

import pytest

import glassgrad as gg
from glassgrad import nn, viz

ROOT = Path(__file__).parents[1]
PACKAGES = (gg, gg.autograd, nn, viz)
FOLDERS = {"glassgrad": "src/glassgrad", **{f"glassgrad.{name}": name for name in ("autograd", "nn", "viz")}}
TABLES = {"glassgrad.autograd.ops"}  # as long as there are ops: three lines each
LONGEST_FILE, LONGEST_FUNCTION = 450, 40  # lines; a function's without its signature and docstring

# numerics ← op ← ops ← node ← graph ← {copies, value} ← {functional, gradcheck} ← compile ← nn ← viz ← the door ← the command
LAYERS = (
    {
        "glassgrad.autograd.errors",
        "glassgrad.autograd.state",
        "glassgrad.autograd.numerics",
        "glassgrad.autograd.conventions",
        "glassgrad.autograd.op",
        "glassgrad.autograd.ops",
        "glassgrad.autograd.graph",
        "glassgrad.autograd.copies",
        "glassgrad.autograd.functions",
    },
    {"glassgrad.autograd.node"},
    {"glassgrad.autograd.value"},
    {"glassgrad.autograd"},
    {"glassgrad.autograd.compile"},
    {"glassgrad.nn"},
    {"glassgrad.viz"},
    {"glassgrad"},
    {"glassgrad.viz.command", "glassgrad.__main__"},
)


def _modules() -> dict[str, Path]:
    found = {}
    for package, folder in FOLDERS.items():
        for path in sorted((ROOT / folder).rglob("*.py")):
            inside = path.relative_to(ROOT / folder).with_suffix("").parts
            found[".".join((package, *inside)).removesuffix(".__init__")] = path
    return found


MODULES = _modules()
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}
each_module = pytest.mark.parametrize("name", MODULES)


def _layer(module: str) -> int:
    """The number of the layer that names the module, or the nearest package around it."""
    while True:
        for number, layer in enumerate(LAYERS):
            if module in layer:
                return number
        module = module.rpartition(".")[0]


def _imported(node: ast.AST, importer: str) -> Iterator[str]:
    """The modules of this project that an import statement brings in."""
    if not isinstance(node, ast.ImportFrom) or not node.level:
        return
    steps = importer.split(".") if MODULES[importer].name == "__init__.py" else importer.split(".")[:-1]
    base = ".".join([*steps[: len(steps) - node.level + 1], *(node.module or "").split(".")]).rstrip(".")
    for alias in node.names:
        submodule = f"{base}.{alias.name}"
        yield submodule if submodule in MODULES else base


def _at_run_time(tree: ast.Module) -> Iterator[ast.AST]:
    """The nodes of a module, without what only a type checker reads."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            yield node
            waiting.extend(ast.iter_child_nodes(node))


def _dependencies(name: str) -> set[str]:
    return {found for node in _at_run_time(TREES[name]) for found in _imported(node, name)} - {name}


@each_module
def test_imports_go_one_way(name):
    upwards = sorted(other for other in _dependencies(name) if _layer(other) > _layer(name))
    assert not upwards, f"{name} imports {upwards}, which stand above it"


def test_no_two_modules_import_each_other():
    tuple(TopologicalSorter({name: _dependencies(name) for name in MODULES}).static_order())


@each_module
def test_imports_of_our_own_stand_at_the_top(name):
    functions = [node for node in ast.walk(TREES[name]) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    inside = [found for function in functions for node in ast.walk(function) for found in _imported(node, name)]
    assert not inside, f"{name} imports {inside} inside a function"


@each_module
def test_imports_of_our_own_are_relative(name):
    tree = TREES[name]
    imports = {
        module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and not node.level
        for module in [node.module]
    }
    imports |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert not [module for module in imports if module.split(".")[0] in ("glassgrad", "autograd", "nn", "viz")]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_public_names_are_those_of_all(package):
    public = {name for name in dir(package) if not name.startswith("_") and name != "annotations"}
    modules = {name for name in public if isinstance(getattr(package, name), ModuleType)}
    listed = {name for name in package.__all__ if not name.startswith("_")}
    assert public - modules == listed - modules
    assert len(package.__all__) == len(set(package.__all__))


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_public_names_say_what_they_are(package):
    things = {name: getattr(package, name) for name in package.__all__ if not name.startswith("_")}
    assert not [name for name, thing in things.items() if callable(thing) and not (thing.__doc__ or "").strip()]


@each_module
def test_files_have_one_subject_and_functions_fit_in_the_eye(name):
    lines = len(MODULES[name].read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST_FILE or name in TABLES, f"{name} has {lines} lines"
    too_long = {function.name: size for function, size in _function_sizes(TREES[name]) if size > LONGEST_FUNCTION}
    assert not too_long, f"{name} has functions of more than {LONGEST_FUNCTION} lines: {too_long}"


def _function_sizes(tree: ast.Module) -> Iterator[tuple[ast.FunctionDef, int]]:
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        statements = function.body[ast.get_docstring(function) is not None :]
        yield function, (statements[-1].end_lineno or 0) - statements[0].lineno + 1 if statements else 0


@each_module
def test_modules_say_what_they_are_for(name):
    assert ast.get_docstring(TREES[name])


@pytest.mark.parametrize("name", [name for name, path in MODULES.items() if path.name == "__init__.py"])
def test_a_package_says_where_everything_is(name):
    said = set(re.findall(r"\w+", importlib.import_module(name).__doc__))
    inside = {module.removeprefix(f"{name}.") for module in MODULES if module.startswith(f"{name}.")}
    assert not {module for module in inside if "." not in module} - said - {"__main__"}


def test_the_package_is_typed():
    assert Path(gg.__file__).with_name("py.typed").exists()


@each_module
def test_every_module_can_be_imported_by_itself(name):
    assert importlib.import_module(name).__name__ == name
