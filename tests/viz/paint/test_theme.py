"""One palette: a colour stands in the theme and nowhere else, and what is changed there changes everywhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import glassgrad.viz
from glassgrad import Value, nn, viz
from glassgrad.viz.paint.theme import DARK, LIGHT, SERIES

FOLDER = Path(glassgrad.viz.__file__).parent
THEME = FOLDER / "paint" / "theme.py"
FILES = [path for path in sorted(FOLDER.rglob("*")) if path.suffix in (".py", ".css", ".js", ".html") and path != THEME]
STYLE_SHEETS = [path for path in FILES if path.suffix == ".css"]
COLOUR = re.compile(r"#(?:[0-9a-fA-F]{8}|[0-9a-fA-F]{6}|[0-9a-fA-F]{3,4})\b|\b(?:rgba?|hsla?|hwb|oklch|color-mix)\(")
PAINTED = re.compile(
    r"(?:^|[;{\s])(?:color|background|fill|stroke|border(?:-(?:top|right|bottom|left))?|outline)(?:-color)?:([^;}]*)"
)
NO_COLOUR = re.compile(
    r"var\(--[\w-]+\)|[\d.]+(?:px|em|ch|%)?|none|solid|dashed|dotted|double|currentColor|ButtonText|CanvasText"
)
NAMED = re.compile(
    r"[\"'](?:white|black|gr[ae]y|red|green|blue|orange|yellow|purple|pink|brown|cyan|magenta|tab:\w+|C\d)[\"']"
)


def _name(path):
    return path.relative_to(FOLDER).as_posix()


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_no_colour_stands_outside_of_the_theme(path):
    text = path.read_text(encoding="utf-8")
    found = COLOUR.findall(text) + NAMED.findall(text)
    assert not found, f"{_name(path)} has a colour of its own: give it a name in viz/paint/theme.py"


@pytest.mark.parametrize("path", STYLE_SHEETS, ids=_name)
def test_style_sheets_paint_with_names_of_the_theme(path):
    text = path.read_text(encoding="utf-8")
    assert set(re.findall(r"var\(--([\w-]+)\)", text)) <= {*LIGHT, "mono"}
    words = {word for painted in PAINTED.findall(text) for word in painted.split() if not NO_COLOUR.fullmatch(word)}
    assert not words, f"{_name(path)} names colours: use var(--NAME) of viz/paint/theme.py"


def test_both_forms_have_the_same_names():
    apart = sorted(set(LIGHT) ^ set(DARK))
    assert not apart, f"viz/paint/theme.py has in one form only: {', '.join(apart)}"
    assert list(LIGHT) == list(DARK), "LIGHT and DARK of viz/paint/theme.py have their names in different orders"


@pytest.fixture(scope="module")
def history():
    X, y = nn.two_moons(20, seed=0)
    model = nn.MLP(2, [4, 1], activation="tanh", seed=0)
    return nn.fit(model, X, y, loss=nn.mse, epochs=2, snapshots=1, progress=False)


def _example():
    x = Value(2.0, label="x")
    root = x * x + 1.0
    root.backward()
    return root


WHERE = {
    "a graph": lambda history: viz.draw(_example()).svg,
    "the player": lambda history: viz.steps(_example()).html,
    "a step": lambda history: viz.steps(_example()).frame(2).svg,
    "a training page": lambda history: viz.training(history).html,
    "the picture of a run": lambda history: viz.training(history).picture.svg,
}


@pytest.mark.parametrize("made", WHERE.values(), ids=WHERE)
@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_a_colour_is_changed_in_one_place(made, colours, history, monkeypatch):
    old = colours["ink"]
    assert old in made(history)
    monkeypatch.setitem(colours, "ink", "#010203")
    new = made(history)
    assert "#010203" in new
    assert old not in new


def test_plots_have_the_colours_of_the_theme():
    to_hex = pytest.importorskip("matplotlib.colors").to_hex
    plot = viz.plots.loss({"a": [3.0, 2.0], "b": [2.0, 1.0]})
    assert [to_hex(line.get_color()) for line in plot.figure.axes[0].lines] == list(SERIES[:2])
