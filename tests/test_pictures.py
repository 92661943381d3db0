"""The pictures of the README and the docs are what the script beside them makes, and speak of what is run."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from glassgrad.viz.layout import layouts

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "pictures"
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
LARGEST = 100_000  # bytes of a picture in a page that is read over a network
SAME_BYTES = ("graph", "player", "neurons", "program", "house")


def _script():
    spec = importlib.util.spec_from_file_location("pictures", ROOT / "docs" / "pictures.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PICTURES = _script().PICTURES
needs_our_layout = pytest.mark.skipif(layouts.find("graphviz-pure") is None, reason="made with the wheel graphviz-pure")


def _stored(name):
    return (FOLDER / f"{name}.svg").read_text(encoding="utf-8")


def _stale(name):
    return (
        f"docs/pictures/{name}.svg is not what the code draws now: run python docs/pictures.py {name}, and look at it"
    )


def test_there_are_no_others():
    assert sorted(path.stem for path in FOLDER.iterdir()) == sorted(PICTURES)
    assert sorted(PICTURES) == sorted([*SAME_BYTES, "training"])
    assert not list((ROOT / "docs").glob("*.svg"))


@needs_our_layout
@pytest.mark.parametrize("name", SAME_BYTES)
def test_pictures_of_graphs_are_the_same_bytes(name):
    same = PICTURES[name]() == _stored(name)
    assert same, _stale(name)


def test_the_picture_of_training_has_the_same_parts_and_colours():
    """Its last digits are those of the machine's BLAS."""
    made, kept = PICTURES["training"](), _stored("training")
    parts = [[element for element in re.findall(r"<(\w+)", svg) if element != "rect"] for svg in (made, kept)]
    colours = [sorted(set(re.findall(r"#\w{6}", svg))) for svg in (made, kept)]
    same = parts[0] == parts[1] and colours[0] == colours[1]
    assert same, _stale("training")


@pytest.mark.parametrize("name", PICTURES)
def test_they_are_small_and_a_page_shows_them(name):
    assert len(_stored(name)) < LARGEST
    assert f'<img src="docs/pictures/{name}.svg"' in README or f"](pictures/{name}.svg)" in ARCHITECTURE


def test_the_picture_of_the_program_counts_what_the_readme_counts():
    [nodes] = re.findall(r"([\d,]+) scalar nodes", _stored("program"))
    assert re.findall(r"([\d,]+) (?:scalar )?nodes", README)[:2] == [nodes, nodes]
