"""The README's pictures are what the script beside them makes."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"


def script():
    spec = importlib.util.spec_from_file_location("pictures", DOCS / "pictures.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def stored(name):
    return (DOCS / "pictures" / f"{name}.svg").read_text(encoding="utf-8")


def test_there_are_no_others():
    assert sorted(path.stem for path in (DOCS / "pictures").iterdir()) == sorted(script().PICTURES)


@pytest.mark.parametrize("name", ["graph", "player"])
def test_pictures_of_graphs_are_the_same_bytes(name):
    assert script().PICTURES[name]() == stored(name)


def test_the_picture_of_training_has_the_same_parts():
    """Its last digits are those of the machine's BLAS."""
    made, kept = (re.sub(r"[-\d.,−]+", "#", svg) for svg in (script().training(), stored("training")))
    parts = [[element for element in re.findall(r"<(\w+)", svg) if element != "rect"] for svg in (made, kept)]
    assert parts[0] == parts[1]


def test_they_are_small_and_the_readme_shows_them():
    readme = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    for name in script().PICTURES:
        assert len(stored(name)) < 60_000
        assert f"docs/pictures/{name}.svg" in readme
