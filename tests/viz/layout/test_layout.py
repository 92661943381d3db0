"""Every layout, by the same properties; and what happens when one is missing, hangs or fails."""

import itertools
import sys
from dataclasses import replace

import pytest

from glassgrad import Value, viz
from glassgrad.autograd.graph import topological
from glassgrad.viz.errors import LayoutError
from glassgrad.viz.layout import extent, layouts
from glassgrad.viz.layout.layered import layered
from glassgrad.viz.layout.layouts import LAYOUTS, lay_out
from glassgrad.viz.scene.cards import value_scene
from glassgrad.viz.scene.scene import Box, Edge, Scene


def neuron(inputs=2):
    """A neuron with a squared error: its formula's every shape, x*x, constants and a value used twice included."""
    total = Value(0.5, label="b")
    for i in range(inputs):
        total = total + Value(i - 0.5, label=f"w{i}") * Value(2.0 - i, label=f"x{i}")
    out = total.tanh()
    return out * out + (out - 1.0) ** 2


def scene_of(root):
    root.backward()
    return value_scene([root], topological(root))


def net(sizes):
    """Full layers in outlines."""
    boxes, edges, before = [], [], []
    for k, size in enumerate(sizes):
        here = range(len(boxes), len(boxes) + size)
        boxes += [Box(f"{k}.{i}", f"neuron {i}", (("value", "1"),), group=f"layer {k}") for i in range(size)]
        edges += [Edge(f"{head}:{tail}", tail, head) for tail, head in itertools.product(before, here)]
        before = here
    return Scene(boxes, edges, net=True)


CYCLE = Scene([Box(str(i), f"box {i}") for i in range(3)], [Edge(f"{i}", i, (i + 1) % 3, "round") for i in range(3)])
LONG = Scene([Box(str(i), f"{i}") for i in range(9)], [Edge(f"{i}", i, i + 1) for i in range(8)] + [Edge("x", 0, 8)])
GROUPED = Scene(
    [Box(str(i), f"box {i}", group="abc"[i // 3]) for i in range(9)], [Edge(f"{i}", i, i + 3) for i in range(6)]
)
SCENES = {
    "neuron": scene_of(neuron()),
    "upright": replace(scene_of(neuron(4)), direction="TB"),
    "leaf": scene_of(Value(2.0, label="x")),
    "net": net([2, 3, 1]),
    "dense net": net([2, 9, 9, 1]),
    "cycle": CYCLE,
    "long edge": LONG,
    "groups": GROUPED,
    "nothing": Scene([], []),
}
each_scene = pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES.keys())


@pytest.fixture(params=LAYOUTS)
def layout(request):
    if request.param != "layered" and layouts.find(request.param) is None:
        pytest.skip(f"no layout {request.param!r} on this machine")
    return request.param


def rect(scene, geometry, i):
    (x, y), (width, height) = geometry.centres[i], scene.boxes[i].size
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


@each_scene
def test_cards_do_not_overlap_and_lie_within(scene, layout):
    geometry = lay_out(scene, layout)
    rects = [rect(scene, geometry, i) for i in range(len(scene.boxes))]
    for a, b in itertools.combinations(rects, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
    for left, top, right, bottom in [*rects, *geometry.outlines.values()]:
        assert left >= -0.01
        assert top >= -0.01
        assert right <= geometry.width + 0.01
        assert bottom <= geometry.height + 0.01


@each_scene
def test_edges_run_from_operand_to_out(scene, layout):
    geometry = lay_out(scene, layout)
    assert len(geometry.curves) == len(scene.edges)
    for edge, curve in zip(scene.edges, geometry.curves):
        assert len(curve) % 3 == 2
        for point, box in ((curve[0], edge.tail), (curve[-1], edge.head)):
            left, top, right, bottom = rect(scene, geometry, box)
            assert left - 2 <= point[0] <= right + 2
            assert top - 2 <= point[1] <= bottom + 2


@each_scene
def test_every_label_has_its_place_within_the_picture(scene, layout):
    geometry = lay_out(scene, layout)
    for edge, label in zip(scene.edges, geometry.labels):
        assert (label is not None) == bool(edge.label)
        if label is not None:
            assert 0 <= label[0] <= geometry.width
            assert 0 <= label[1] <= geometry.height


@each_scene
def test_outlines_hold_their_group_and_no_stranger(scene, layout):
    geometry = lay_out(scene, layout)
    for name, (left, top, right, bottom) in geometry.outlines.items():
        for i in range(len(scene.boxes)):
            x, y = geometry.centres[i]
            assert (left < x < right and top < y < bottom) == (i in scene.groups[name])


@pytest.mark.parametrize("name", ["net", "dense net"])
def test_a_nets_layers_keep_their_order(name, layout):
    scene = SCENES[name]
    geometry = lay_out(scene, layout)
    for members in scene.groups.values():
        heights = [geometry.centres[i][1] for i in members]
        assert heights == sorted(heights)


def test_our_own_layout_has_a_rank_for_each_box_of_a_cycle():
    assert len({x for x, _ in layered(CYCLE).centres}) == 3


def test_our_own_layout_uncrosses_edges():
    boxes = [Box(str(i), f"box {i}") for i in range(8)]
    geometry = layered(Scene(boxes, [Edge(f"{i}", i, 7 - i) for i in range(4)]))
    tails, heads = ([geometry.centres[i][1] for i in at] for at in (range(4), range(7, 3, -1)))
    assert [sorted(tails).index(y) for y in tails] == [sorted(heads).index(y) for y in heads]


def test_our_own_layouts_edges_arrive_in_the_order_of_their_tails():
    edges = [Edge(f"{i}", i, 4) for i in (2, 0, 3, 1)]
    curves = layered(Scene([Box(str(i), f"box {i}") for i in range(5)], edges)).curves
    assert len({curve[-1][1] for curve in curves}) == 4
    assert sorted(curves, key=lambda curve: curve[0][1]) == sorted(curves, key=lambda curve: curve[-1][1])


@pytest.mark.parametrize(("stranger", "outlined"), [((100.0, 0.0), False), ((100.0, 500.0), True)])
def test_a_group_with_a_stranger_in_it_gets_no_outline(stranger, outlined):
    scene = Scene([Box("a", "a", group="g"), Box("b", "b", group="g"), Box("c", "c")], [])
    assert ("g" in extent.outlines(scene, [(0.0, 0.0), (200.0, 0.0), stranger])) == outlined


@each_scene
def test_the_same_scene_gets_the_same_geometry(scene, layout):
    assert lay_out(scene, layout) == lay_out(scene, layout)


def test_no_users_text_reaches_a_layout(monkeypatch):
    asked = []
    monkeypatch.setattr(layouts, "_ask", lambda executable, shapes, name, limit: asked.append(shapes) or "{}")
    x = Value(1.0, label="secret<b>")
    with pytest.raises(LayoutError, match="places nothing"):
        viz.draw(x.exp(), layout=sys.executable)
    assert asked
    assert "secret" not in asked[0]
    assert asked[0].isascii()


@pytest.mark.parametrize("name", ["no-such-layout", "/no/such/dot"])
def test_a_named_layout_that_is_not_there(name):
    with pytest.raises(LayoutError, match="no layout") as caught:
        viz.draw(Value(1.0).exp(), layout=name)
    assert "'layered'" in str(caught.value)


def test_the_environment_names_a_layout(monkeypatch):
    monkeypatch.setenv(layouts.LAYOUT_VARIABLE, "layered")
    assert viz.draw(Value(1.0).exp()).geometry.layout == "layered"


def test_without_graphviz_the_layout_is_our_own(monkeypatch):
    monkeypatch.setattr(layouts, "find", lambda name: None)
    assert viz.draw(neuron()).geometry.layout == "layered"


PROGRAMS = {
    "hangs": "import time; time.sleep(60)",
    "fails": "import sys; sys.exit('no')",
    "is silent": "",
    "lies": "print(1)",
}


@pytest.fixture(params=PROGRAMS.items(), ids=PROGRAMS.keys())
def broken_layout(request, tmp_path):
    if sys.platform == "win32":
        pytest.skip("a script is no program on Windows")
    program = tmp_path / "dot"
    program.write_text(f"#!{sys.executable} -S\n{request.param[1]}\n", encoding="utf-8")
    program.chmod(0o755)
    return program


def test_a_broken_layout_is_an_error_if_named_and_else_passed_over(broken_layout, monkeypatch):
    x = Value(1.0, label="x").exp()
    with pytest.raises(LayoutError, match=r"took more than 0\.5 s|failed|places nothing"):
        viz.draw(x, layout=str(broken_layout), time_limit=0.5)
    monkeypatch.setattr(layouts, "find", lambda name: broken_layout)
    assert viz.draw(x, time_limit=0.5).geometry.layout == "layered"
