"""Where everything in a scene goes: one function, ``lay_out``, in front of every layout.

Layouts only compute geometry, each under a time limit; the picture is painted by us, so it looks the same from all of
them. They are tried in this order: the one named by the user (``layout=`` or the environment variable
GLASSGRAD_LAYOUT), the wheel that pip installed with us, a system ``dot``, and a small layout of our own.
"""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
from pathlib import Path

from ..errors import LayoutError
from ..scene.scene import Scene
from . import dot
from .geometry import Geometry
from .layered import layered

LAYOUTS = ("graphviz-pure", "dot", "layered")
LAYOUT_VARIABLE = "GLASSGRAD_LAYOUT"
TIME_LIMIT = 10.0  # seconds for one layout; Graphviz can hang on small graphs too


def lay_out(scene: Scene, layout: str | None = None, time_limit: float = TIME_LIMIT) -> Geometry:
    """The geometry of a scene, from the first layout that answers.

    Args:
        layout: ``"graphviz-pure"``, ``"dot"``, ``"layered"``, or the path of a ``dot`` executable; by default the
            environment variable GLASSGRAD_LAYOUT, or else the first of the three that works.
        time_limit: seconds that one layout may take.

    Raises:
        LayoutError: the named layout is not there, fails, or takes too long. Without a name the next one is tried.
    """
    named = layout or os.environ.get(LAYOUT_VARIABLE)
    if named:
        return _run(named, scene, time_limit)
    for name in LAYOUTS[:-1]:
        try:
            return _run(name, scene, time_limit)
        except LayoutError:
            continue
    return layered(scene)


def _run(name: str, scene: Scene, time_limit: float) -> Geometry:
    if name == "layered":
        return layered(scene)
    executable = find(name)
    if executable is None:
        raise LayoutError(
            f"no layout {name!r} here; layout= takes {', '.join(map(repr, LAYOUTS))}, or the path of a dot"
        )
    if not scene.boxes:
        return layered(scene)
    answer = _ask(executable, dot.shapes(scene), name, time_limit)
    try:
        return dot.geometry(scene, answer, name)
    except (ValueError, KeyError, IndexError) as error:
        raise LayoutError(f"the layout {name!r} gave an answer that places nothing: {error!r}") from error


def find(name: str) -> Path | None:
    """The executable of a layout: of the installed wheel, on PATH, or at the path given."""
    if name == "graphviz-pure":
        return _of_wheel()
    found = shutil.which(name)
    return Path(found) if found else None


def _of_wheel() -> Path | None:
    """The program in the wheel ``graphviz-pure``, by its metadata, as a notebook's PATH often lacks its folder."""
    try:
        files = importlib.metadata.files("graphviz-pure") or []
    except importlib.metadata.PackageNotFoundError:
        return None
    paths = (Path(str(file.locate())) for file in files if file.stem == "graphviz-pure")
    return next((path.resolve() for path in paths if path.is_file()), None)


def _ask(executable: Path, shapes: str, name: str, time_limit: float) -> str:
    no_window: int = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # on Windows a console would flash up
    try:
        done = subprocess.run(
            [str(executable), "-Tjson0"],
            input=shapes.encode("ascii"),
            capture_output=True,
            timeout=time_limit,
            check=False,
            creationflags=no_window,
        )
    except subprocess.TimeoutExpired:
        raise LayoutError(
            f"the layout {name!r} took more than {time_limit:g} s: draw less (fold=, depth=),"
            " give it longer (time_limit=), or take layout='layered'"
        ) from None
    except OSError as error:
        raise LayoutError(f"the layout {name!r} at {executable} does not start: {error}") from error
    if done.returncode or not done.stdout.strip():
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise LayoutError(f"the layout {name!r} failed: {said[0] if said else 'it said nothing'}")
    return done.stdout.decode("utf-8", "replace")
