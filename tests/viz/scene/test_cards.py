"""Names and the order of cards are those in which the operands are written, however many an op has."""

from __future__ import annotations

import pytest

import glassgrad as gg
from glassgrad import Value
from glassgrad.autograd.graph import topological
from glassgrad.viz.scene.cards import names
from glassgrad.viz.scene.choose import scene_of

N_ARY = {
    "sum of 3": (gg.sum, 3, "Σ(v1, v2, v3)"),
    "sum of 5": (gg.sum, 5, "Σ(v1, v2, v3, v4, v5)"),
    "where": (lambda v: gg.where(*v), 3, "where(v1, v2, v3)"),
    "dot": (lambda v: gg.dot(v[:2], v[2:]), 4, "dot(v1, v2, v3, v4)"),
    "sum of 2": (gg.sum, 2, "Σ(v1, v2)"),
}  # fmt: skip


@pytest.mark.parametrize(("op", "count", "made"), N_ARY.values(), ids=N_ARY)
def test_leaves_are_named_in_the_order_of_the_operands(op, count, made):
    leaves = [Value(0.5 + i) for i in range(count)]
    root = op(leaves)
    assert topological(root) == [*leaves, root]
    assert [box.title for box in scene_of([root]).boxes] == [*(f"v{i + 1}" for i in range(count)), f"h1 = {made}"]


@pytest.mark.parametrize(("op", "count", "made"), N_ARY.values(), ids=N_ARY)
def test_operations_are_numbered_in_the_order_of_the_operands(op, count, made):
    leaves = [Value(0.5 + i, label="abcde"[i]) for i in range(count)]
    root = op([leaf.exp() for leaf in leaves])
    titles = [box.title for box in scene_of([root]).boxes]
    inner = [title for leaf, i in zip("abcde"[:count], range(count)) for title in (leaf, f"h{i + 1} = exp({leaf})")]
    assert titles == [*inner, f"h{count + 1} = {made.replace('v', 'h')}"]


def test_a_value_that_is_used_before_keeps_its_place():
    a, b, c = Value(1.0), Value(2.0), Value(3.0)
    inner = gg.sum([c, b, a])
    root = gg.sum([a, inner, b])
    assert topological(root) == [a, c, b, inner, root]
    assert names(topological(root)) == ["v1", "v2", "v3", "h1", "h2"]
