"""The text of a function with everything that it needs and nothing else, so that a script can stand by itself."""

from __future__ import annotations

import ast
import importlib
import inspect
import textwrap
from collections.abc import Callable
from types import FunctionType, ModuleType

from ...errors import CompileError


def sources(module: ModuleType, names: list[str]) -> str:
    """The statements of a module, and of its siblings that it imports from, that define ``names``, in working order."""
    found: dict[tuple[str, int], str] = {}
    for name in names:
        _collect(module, name, found, set())
    return "\n\n".join(dict.fromkeys(found.values()))


def _collect(module: ModuleType, name: str, found: dict[tuple[str, int], str], under_way: set[tuple[str, str]]) -> None:
    key = (module.__name__, name)
    if key in under_way:
        return
    under_way.add(key)
    text = inspect.getsource(module)
    for statement in ast.parse(text).body:
        if name not in _defined(statement) or (module.__name__, statement.lineno) in found:
            continue
        if isinstance(statement, ast.ImportFrom) and statement.level:
            origin = "." * statement.level + (statement.module or "")
            _collect(importlib.import_module(origin, module.__package__), name, found, under_way)
            return
        bare = _bare(statement)
        for needed in _names(bare):
            _collect(module, needed, found, under_way)
        if not isinstance(statement, ast.ImportFrom) or statement.module not in ("__future__", "typing"):
            found[(module.__name__, statement.lineno)] = ast.unparse(bare)


def _defined(statement: ast.stmt) -> set[str]:
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        return {statement.name}
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return {(alias.asname or alias.name).split(".")[0] for alias in statement.names}
    if isinstance(statement, (ast.Assign, ast.AnnAssign)):
        names = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
        return {node.id for node in names if isinstance(node.ctx, ast.Store)}
    return set()


def _bare(statement: ast.stmt) -> ast.stmt:
    """The statement without annotations, whose names a script need not have."""
    for node in ast.walk(statement):
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        if isinstance(node, ast.arg):
            node.annotation = None
    return statement


def _names(statement: ast.stmt) -> list[str]:
    return sorted({node.id for node in ast.walk(statement) if isinstance(node, ast.Name)})


# ── a user's function ──────────────────────────────────────────────────────────────────────────────────────────────


def definition(function: Callable[..., object]) -> str:
    """The text that defines a user's function under its own name, with the functions, modules and numbers it uses.

    Raises:
        CompileError: the text cannot be had, or the function uses something else; says what.
    """
    found: dict[str, str] = {}
    _define(getattr(function, "__name__", ""), function, found)
    return "\n\n".join(found.values())


def _define(name: str, thing: object, found: dict[str, str]) -> None:
    """Add the statement that gives ``thing`` that name, after those that it needs."""
    if name in found:
        return
    home = getattr(thing, "__module__", None)
    if isinstance(thing, ModuleType) and not _is_ours(thing.__name__):
        found[name] = f"import {thing.__name__} as {name}"
    elif isinstance(thing, (bool, int, float, str)):
        found[name] = f"{name} = float({str(thing)!r})" if isinstance(thing, float) else f"{name} = {thing!r}"
    elif isinstance(thing, FunctionType) and thing.__name__ == name and not _is_ours(home):
        found[name] = ""  # a function may call itself
        statement = _function(thing)
        for needed in _names(statement):
            used = {**thing.__globals__, **inspect.getclosurevars(thing).nonlocals}
            if needed in used and needed not in thing.__code__.co_varnames:
                _define(needed, used[needed], found)
        del found[name]
        found[name] = ast.unparse(statement)
    elif inspect.isbuiltin(thing) and home and not _is_ours(home):
        found[name] = f"from {home} import {thing.__name__} as {name}"
    else:
        raise CompileError(f"it uses {name or 'a function without a name'}, {thing!r:.60}")


def _is_ours(module: str | None) -> bool:
    return module is not None and module.split(".")[0] == __name__.split(".")[0]


def _function(function: FunctionType) -> ast.stmt:
    try:
        statement = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    except (OSError, SyntaxError, IndexError):
        statement = ast.Pass()
    if not isinstance(statement, ast.FunctionDef) or statement.decorator_list:
        raise CompileError(f"{function.__name__} is no function that was written with a plain def")
    return _bare(statement)
