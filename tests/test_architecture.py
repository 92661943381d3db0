"""The shape of the code: which way imports go, what is public, and how large a piece may grow."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
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

# What a layer imports stands in the same layer or to the left of it. A package counts for all modules in it.
LAYERS = [
    {f"glassgrad{name}" for name in layer.split()}
    for layer in (
        ".autograd.errors .autograd.text .autograd.numerics",
        ".autograd.context.collector .autograd.context.reloaded .autograd.context.state",
        ".autograd.op",
        ".autograd.ops .autograd.context.leaving",
        ".autograd.node .autograd.functions",
        ".autograd.graph .autograd.copies .autograd.ufuncs",
        ".autograd.value .autograd.methods",  # methods is a stub: the base of Value that checkers see
        ".autograd.functional.signatures .autograd.functional.tangents",
        ".autograd.functional",
        ".autograd.gradcheck .autograd.custom .autograd.anomaly",
        ".autograd",
        ".autograd.compile.carrying",
        ".autograd.compile.recording.reach .autograd.compile.recording.random_states",
        ".autograd.compile.recording.closed_over .autograd.compile.recording.record .autograd.compile.layout",
        ".autograd.compile.array_forms .autograd.compile.normal_form.scalars",
        ".autograd.compile.normal_form.cancelling",
        ".autograd.compile.recording.twice",
        ".autograd.compile.normal_form.normalise .autograd.compile.plan",
        ".autograd.compile.fold .autograd.compile.reroll .autograd.compile.emit",
        ".autograd.compile.check .autograd.compile.statements .autograd.compile.looped .autograd.compile.export",
        ".autograd.compile.variant",
        ".autograd.compile.calling.arguments .autograd.compile.summary .autograd.compile.calling.calls",
        ".autograd.compile.calling .autograd.compile.vectors",
        ".autograd.compile.calling.audits .autograd.compile.calling.choices .autograd.compile.described",
        ".autograd.compile.program",
        ".autograd.compile.entry",
        ".autograd.compile",
        ".nn.checks .nn.mistakes",
        ".nn.data .nn.datasets",
        ".nn.parameters",
        ".nn.losses .nn.metrics",
        ".nn.models",
        ".nn.optim",
        ".nn.training",
        ".nn.saving",
        ".nn.fit .nn.predict",
        ".nn",
        ".viz.words",
        ".viz.scene .viz.errors",
        ".viz.layout",
        ".viz.paint",
        ".viz.pipeline",
        ".viz.page .viz.explaining .viz.draw",
        ".viz.player",
        ".viz.run_page",
        ".viz",
    )
] + [{"glassgrad"}, {"glassgrad.viz.command", "glassgrad.__main__", "glassgrad.pytest_plugin"}]


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


def _dependencies(name: str) -> set[str]:
    """What a module imports of this project, for a type checker alone or at run time."""
    return {found for node in ast.walk(TREES[name]) for found in _imported(node, name)} - {name}


@each_module
def test_imports_go_one_way(name):
    upwards = sorted(other for other in _dependencies(name) if _layer(other) > _layer(name))
    assert not upwards, f"{name} imports {upwards}, which stand above it"


def test_glassgrad_alone_does_not_import_what_is_lazy():
    code = "import sys, glassgrad; print([name for name in sys.modules if name.startswith(('glassgrad.nn', 'glassgrad.viz'))])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout.strip() == "[]"


def test_imports_make_no_ring():
    tuple(TopologicalSorter({name: _dependencies(name) for name in MODULES}).static_order())


HOUSES = sorted(name for name, path in MODULES.items() if path.name == "__init__.py")


def _room(module: str, house: str = "glassgrad.viz") -> str:
    """The room of a house that the module is in: a sub-package, or a file beside them; "" outside of the house."""
    inside = module.removeprefix(f"{house}.")
    return "" if inside == module else f"{house}.{inside.partition('.')[0]}"


@pytest.mark.parametrize("house", HOUSES)
def test_no_two_rooms_of_a_house_import_each_other_for_types_neither(house):
    rooms: dict[str, set[str]] = {}
    for name in MODULES:
        room = _room(name, house)
        if room and room != "glassgrad.pytest_plugin":
            others = {_room(found, house) for found in _dependencies(name)} - {room, ""}
            rooms.setdefault(room, set()).update(others)
    tuple(TopologicalSorter(rooms).static_order())


def _is_shown_by_the_pipeline(name: str) -> bool:
    return _room(name).removeprefix("glassgrad.viz.") in ("explaining", "player", "run_page", "page", "command")


@pytest.mark.parametrize("name", [*filter(_is_shown_by_the_pipeline, MODULES)])
def test_only_the_pipeline_lays_out_and_paints(name):
    """Players, explanations and pages know what a picture is and what colours there are, and nothing else of the two."""
    known = {f"glassgrad.viz.paint.{inside}" for inside in ("graph_picture", "picture", "theme", "whole_file")}
    rooms = ("glassgrad.viz.layout", "glassgrad.viz.paint")
    assert not {found for found in _dependencies(name) if _room(found) in rooms} - known


@each_module
def test_one_file_knows_how_edges_are_held(name):
    read = {node.attr for node in ast.walk(TREES[name]) if isinstance(node, ast.Attribute)}
    assert name == "glassgrad.autograd.node" or not read & {"_a", "_da", "_b", "_db"}


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
