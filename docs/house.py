"""The rooms of the house and which way imports go, read from the imports themselves; drawn by ``docs/pictures.py``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from glassgrad.viz.pipeline import picture_of
from glassgrad.viz.scene.scene import Box, Edge, Scene

ROOT = Path(__file__).parents[1]
HALLS = ("autograd", "nn", "viz")  # the top-level folders: a card for each folder in them, and for each file
CORE = ("op", "ops", "node", "graph", "value")  # what is to be read first
ASIDE = (
    "autograd/errors",
    "autograd/whole_file",
    "autograd/text_width",
    "viz/errors",
    "nn/checks",
)  # small, used everywhere


def house() -> str:
    """A card for each room, an arrow for each import that no longer way stands for."""
    wanted: dict[str, set[str]] = {}
    for path in sorted(path for hall in HALLS for path in (ROOT / hall).rglob("*.py")):
        room = _room(path.relative_to(ROOT).with_suffix("").parts)
        wanted.setdefault(room, set()).update(set(_imports(path)) - {room})
    names = [name for name in wanted if name not in ASIDE and not name.endswith("__init__")]
    at = {name: i for i, name in enumerate(names)}
    kept = {(used, user) for user in names for used in wanted[user] if used in at}
    arrows = sorted((a, b) for a, b in kept if not _goes_round(a, b, kept))
    boxes = [Box(name, name, kind="leaf" if name.split("/")[-1] in CORE else "op") for name in names]
    edges = [Edge(f"{a}-{b}", at[a], at[b], tip=f"{b} imports {a}") for a, b in arrows]
    return picture_of(Scene(boxes, edges, title="glassgrad", direction="LR"), theme="light").svg


def _room(parts: tuple[str, ...]) -> str:
    """The folder inside a hall that a module stands in, or the module itself if it stands in none."""
    return "/".join(parts[:2])


def _imports(path: Path) -> Iterator[str]:
    """The rooms that a module imports from; the door of each hall, which gathers names, counts for none."""
    if path.name == "__init__.py":
        return
    home = path.relative_to(ROOT).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level and (node.module or len(home) >= node.level):
            base = (*home[: len(home) - node.level + 1], *(node.module.split(".") if node.module else ()))
            for alias in node.names:
                whole = (*base, alias.name)
                yield _room(whole if len(base) == 1 and ROOT.joinpath(*whole).with_suffix(".py").exists() else base)


def _goes_round(a: str, b: str, arrows: set[tuple[str, str]]) -> bool:
    """Whether another way leads from a to b, over more than one arrow."""
    waiting, met = [after for before, after in arrows if before == a and after != b], set()
    while waiting:
        room = waiting.pop()
        if room == b:
            return True
        if room not in met:
            met.add(room)
            waiting += [after for before, after in arrows if before == room]
    return False
