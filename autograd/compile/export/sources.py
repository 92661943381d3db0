"""The text of a function with all that it needs and nothing else, so that a script can stand by itself."""

from __future__ import annotations

import ast
import importlib
import inspect
from types import ModuleType


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
        for needed in sorted({node.id for node in ast.walk(statement) if isinstance(node, ast.Name)} - {name}):
            _collect(module, needed, found, under_way)
        if not isinstance(statement, ast.ImportFrom) or statement.module not in ("__future__", "typing"):
            found[(module.__name__, statement.lineno)] = _bare(statement)


def _defined(statement: ast.stmt) -> set[str]:
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        return {statement.name}
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return {(alias.asname or alias.name).split(".")[0] for alias in statement.names}
    if isinstance(statement, (ast.Assign, ast.AnnAssign)):
        names = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
        return {node.id for node in names if isinstance(node.ctx, ast.Store)}
    return set()


def _bare(statement: ast.stmt) -> str:
    """A statement without annotations, whose names a script need not have."""
    for node in ast.walk(statement):
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        if isinstance(node, ast.arg):
            node.annotation = None
    return ast.unparse(statement)
