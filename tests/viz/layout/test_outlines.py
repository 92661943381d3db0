"""The outline around a group: as far from its cards on every side, with room for its name in it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from glassgrad import Value, nn, viz
from glassgrad.viz.layout import layouts
from glassgrad.viz.layout.extent import outlines
from glassgrad.viz.scene.choose import scene_of
from glassgrad.viz.scene.scene import Box, Edge, Scene

MARGIN = 18  # px: a name of 11 px, its baseline 13 px under the outline's edge, and a little
NAME = 13 + 3  # px from the outline's edge to the feet of its name


def opened(fold, name):
    out = nn.MLP(2, [2, 1], seed=0)([Value(0.5, label="x0"), Value(-1.0, label="x1")])
    return scene_of([out], fold, (name,))


PAIR = Scene([Box("a", "a", group="g"), Box("b", "b", group="g"), Box("c", "c")], [Edge("e", 0, 1), Edge("f", 1, 2)])
SCENES = {
    "a pair": PAIR,
    "a pair, upright": replace(PAIR, direction="TB"),
    "a neuron opened": opened("neuron", "layers.0.neurons.1"),
    "a layer opened": opened("layer", "layers.0"),
}


@pytest.mark.parametrize("layout", layouts.LAYOUTS)
@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_an_outline_is_as_far_from_its_cards_on_every_side(scene, layout):
    if layout != "layered" and layouts.find(layout) is None:
        pytest.skip(f"no layout {layout!r} on this machine")
    geometry = layouts.lay_out(scene, layout)
    assert geometry.outlines or layout == "layered"
    for name, outline in geometry.outlines.items():
        for side, distance in _distances(scene, geometry.centres, scene.groups[name], outline).items():
            assert distance == pytest.approx(MARGIN, abs=0.6), (name, side)


def _distances(scene, centres, inside, outline):
    halves = [(scene.boxes[i].size[0] / 2, scene.boxes[i].size[1] / 2) for i in inside]
    x, y = ([centres[i][k] for i in inside] for k in (0, 1))
    left, top, right, bottom = outline
    return {
        "left": min(a - w for a, (w, _) in zip(x, halves)) - left,
        "top": min(a - h for a, (_, h) in zip(y, halves)) - top,
        "right": right - max(a + w for a, (w, _) in zip(x, halves)),
        "bottom": bottom - max(a + h for a, (_, h) in zip(y, halves)),
    }


def test_a_stranger_is_outside_by_less_than_the_margin():
    centres = [(0.0, 0.0), (200.0, 0.0)]
    half = (PAIR.boxes[0].size[1] + PAIR.boxes[2].size[1]) / 2
    for gap, outlined in ((MARGIN + 1, True), (MARGIN - 1, False)):
        assert ("g" in outlines(PAIR, [*centres, (100.0, half + gap)])) == outlined


def test_a_name_stands_above_the_cards():
    picture = viz.draw(nn.MLP(2, [2, 1], seed=0))
    for name, outline in picture.geometry.outlines.items():
        inside = picture.scene.groups[name]
        assert _distances(picture.scene, picture.geometry.centres, inside, outline)["top"] >= NAME
