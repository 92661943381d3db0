"""The painted SVG: same bytes, hostile labels, contrast, and what a page can find in it."""

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import glassgrad as gg
from glassgrad import Value, viz
from glassgrad.viz.paint.stylesheet import KINDS, stylesheet
from glassgrad.viz.paint.theme import DARK, LIGHT
from glassgrad.viz.pipeline import picture_of
from glassgrad.viz.scene.scene import Box, Scene
from glassgrad.viz.scene.text import columns, visible

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = [
    "w_{1}", "x < y", "<script>alert(1)</script>", "a|b", "\"q\" 's'", "back\\slash\\n", "ctl\x00\x01\x1f\x7f\x9b",
    "权重", "😀👩‍👩‍👧", "<b>x</b>", "&amp; &lt;", "\ud800", "e\u0301\u0301", "\u202eevil", "a:b", "  two  spaces  ",
    "layers.0.neurons.3.w1", "مرحبا", "]]> -->", "\n", "</style>", "%s {0} $x$",
]  # fmt: skip


def example():
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    root = (a * b + a * a).tanh() + 10.0
    root.backward()
    return root


def parsed(picture):
    return ElementTree.fromstring(picture.svg)


def titles(picture):
    return [text.text for text in parsed(picture).iter(f"{SVG}text") if "title" in text.get("class")]


@pytest.mark.parametrize("label", HOSTILE)
def test_hostile_labels_are_drawn_as_typed(label):
    picture = viz.draw(Value(1.0, label=label) * 2.0)
    assert visible(label) in titles(picture)
    tags = {element.tag.removeprefix(SVG) for element in parsed(picture).iter()}
    assert tags <= {"svg", "title", "style", "rect", "g", "path", "text"}


def test_an_endless_label_is_cut():
    picture = viz.draw(Value(1.0, label="L" * 100_000))
    assert any(title.endswith("…") and columns(title) <= 40 for title in titles(picture))
    assert len(picture.svg) < 10_000


def test_an_unlabelled_value_gets_a_name():
    assert titles(viz.draw(Value(1.0, label="").exp())) == ["v1", "h1 = exp(v1)"]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(st.characters(codec=None, exclude_categories=()), max_size=30), min_size=1, max_size=4))
def test_any_labels_give_well_formed_svg_and_dot(labels):
    root = gg.sum([Value(1.0, label=label) for label in labels])
    picture = viz.draw(root, layout="layered")
    assert parsed(picture).tag == f"{SVG}svg"
    assert picture.dot.count("->") >= len(labels)


@pytest.mark.parametrize("layout", ["layered", None])
def test_the_same_graph_gives_the_same_bytes(layout):
    assert viz.draw(example(), layout=layout).svg == viz.draw(example(), layout=layout).svg


def test_bytes_do_not_depend_on_the_process():
    path = "import sys; sys.path.insert(0, 'tests/viz/paint')"
    code = f"{path}; from test_paint import example, viz; print(ascii(viz.draw(example()).svg))"
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True, cwd=os.fspath(root()),
                       env={**os.environ, "PYTHONHASHSEED": seed}).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert runs[0] == runs[1] == ascii(viz.draw(example()).svg) + "\n"


def root():
    return Path(__file__).parents[3]


def test_a_page_finds_every_card_edge_and_number():
    picture = viz.draw(example())
    tree = parsed(picture)
    nodes = {g.get("data-node"): g for g in tree.iter(f"{SVG}g") if g.get("data-node")}
    edges = [g.get("data-edge") for g in tree.iter(f"{SVG}g") if g.get("data-edge")]
    assert list(nodes) == [str(i) for i in range(8)]
    assert edges == ["2:0", "2:1", "3:0", "3:1", "4:0", "4:1", "5:0", "7:0", "7:1"]
    rows = {text.get("data-row"): text.text for text in nodes["0"].iter(f"{SVG}text") if text.get("data-row")}
    assert rows == {"value": "2", "grad": "0.07065"}


def test_local_derivatives_stand_on_the_edges():
    labels = {t.get("data-edge"): t.text for t in parsed(viz.draw(example())).iter(f"{SVG}text") if t.get("data-edge")}
    assert labels == {
        "2:0": "×−3", "2:1": "×2", "3:0": "×2", "3:1": "×2", "4:0": "×1", "4:1": "×1", "5:0": "×0.07065", "7:0": "×1",
    }  # fmt: skip


def test_nothing_in_the_svg_reaches_out_of_it():
    svg = viz.draw(example()).svg
    assert not re.search(r"href|url\(|<script|\bid=|@import", svg)
    rules = re.findall(r"([^{}]+)\{", re.sub(r"@media[^{]*\{", "", stylesheet("auto")))
    assert all(rule.lstrip("}").startswith(".glassgrad-auto ") for rule in rules)


def test_dark_colours_are_in_the_picture_and_plain_themes_have_no_media_rule():
    auto, light, dark = (viz.draw(example(), theme=theme).svg for theme in ("auto", "light", "dark"))
    assert "prefers-color-scheme:dark" in auto
    assert "@media" not in light + dark
    assert DARK["paper"] in auto
    assert DARK["paper"] in dark
    assert DARK["paper"] not in light


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    """WCAG 2.2, "contrast ratio"."""
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_contrast_is_that_of_wcag_aa(colours):
    heads = [f"{kind}-head" for kind in KINDS]
    text_on = {
        "ink": ["card", *heads],
        "muted": ["card", "paper", *heads],
        "gradient": ["card", "paper", "frame-head"],
        "frame": ["frame-head"],
    }
    for text in ("ink", "muted", "marked", "gradient", "root"):  # of pages, on what is set off there
        text_on[text] = [*text_on.get(text, ["paper"]), "soft"]  # fmt: skip
    for text, grounds in text_on.items():
        pale = [ground for ground in grounds if contrast(colours[text], colours[ground]) < 4.5]
        assert not pale, f"{text} has a contrast below 4.5 on {', '.join(pale)}: see viz/paint/theme.py"
    for line in ("line", "marked", "frame", *KINDS):
        assert all(contrast(colours[line], colours[ground]) >= 3 for ground in ("card", "paper", "frame-head")), line


def test_text_fits_its_card():
    wide = Box("0", "中文标题" * 6, (("value", "0" * 60), ("a very long name of a row", "1")), badge="constant")
    assert columns(wide.shown_title) * 7.9 + columns(wide.badge) * 6.7 < wide.size[0]
    assert all(columns(name + text) * 7.3 < wide.size[0] - 20 for name, text in wide.shown_rows)
    assert picture_of(Scene([wide], [])).svg.count("<text") == 6
