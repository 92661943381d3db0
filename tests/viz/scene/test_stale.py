"""A picture marks the numbers that do not fit together any more: a leaf that was changed, and what came of the old one."""

from __future__ import annotations

from glassgrad import Value, nn, viz
from glassgrad.autograd import graph
from glassgrad.viz.scene.choose import scene_of


def _stale(*roots, **options):
    return {box.title.partition(" ")[0] for box in scene_of(list(roots), **options).boxes if "stale" in box.badge}


def test_the_leaf_and_all_that_was_computed_from_it_is_marked():
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    c = a * b
    d = c + 1.0
    fresh = b * 2.0
    a.data = 10.0
    after = a + fresh
    assert _stale(d + after) == {"a", "h1", "h2", "h5"}
    svg = viz.draw(d).svg
    assert svg.count(">leaf · stale<") == 1
    assert "compute the graph again" in svg
    assert "changed since others were computed" in svg


def test_nothing_is_marked_before_nor_after_the_graph_is_computed_again():
    a = Value(2.0, label="a")
    for _ in range(2):
        assert _stale(a * a + 1.0) == set()
        assert "stale" not in viz.draw(a * a + 1.0).svg
        a.data = 5.0


def test_a_group_is_marked_if_one_of_its_numbers_is_stale():
    model = nn.MLP(2, [2, 1], seed=0)
    out = model([1.0, 2.0])
    assert _stale(out, fold="neuron") == set()
    model.layers[0].neurons[1].w[0].data = 3.0
    assert _stale(out, fold="neuron") == {"neurons.1", "neurons.0"}  # each in the frame of its layer


def test_the_walk_is_a_loop():
    x = Value(1.0)
    y = x
    for _ in range(20_000):
        y = y + 1.0
    x.data = 2.0
    assert len(graph.stale(graph.topological(y))) == 20_001
