"""What belongs to no neuron is folded by where it stands: before all neurons it is an input, else another operation."""

from __future__ import annotations

import pytest

import glassgrad as gg
from glassgrad import Value, nn
from glassgrad.autograd.graph import topological
from glassgrad.viz.scene.choose import scene_of
from glassgrad.viz.scene.folded_cards import INPUTS, OTHERS

MANY = 20  # more than may stand by themselves


def _layer(nin, nout, name):
    return nn.Layer(nin, nout, activation="tanh", seed=0, scope=name)


def _listed(out):
    return out if isinstance(out, list) else [out]


def before():
    """Leaves that feed neurons."""
    given = [Value(0.01 * i, label=f"given{i}") for i in range(MANY)]
    return gg.sum(_listed(_layer(MANY, 2, "first")(given))), given


def made_before():
    """Operations on inputs that feed neurons: they are inputs too."""
    leaves = [Value(0.01 * i, label=f"leaf{i}") for i in range(MANY)]
    made = [leaf.exp() for leaf in leaves]
    return gg.sum(_listed(_layer(MANY, 2, "first")(made))), [*leaves, *made]


def between():
    """What neurons feed, and what feeds neurons in turn."""
    first = _listed(_layer(1, MANY, "first")([Value(0.5, label="x")]))
    given = [out * out for out in first]
    return gg.sum(_listed(_layer(MANY, 2, "second")(given))), given


def far_between():
    """Two operations away from the neurons on either side."""
    first = _listed(_layer(1, MANY, "first")([Value(0.5, label="x")]))
    given = [(out * out).exp() for out in first]
    return gg.sum(_listed(_layer(MANY, 2, "second")([value * value for value in given]))), given


def after():
    """What neurons feed, and nothing but the root after it."""
    given = [out * out for out in _listed(_layer(1, MANY, "first")([Value(0.5, label="x")]))]
    return gg.sum(given), given


def beside():
    """A part of the graph without any neuron."""
    given = [Value(0.01 * i, label=f"given{i}") for i in range(MANY)]
    return gg.sum([*_listed(_layer(1, 2, "first")([Value(0.5, label="x")])), *given]), given


CASES = {before: INPUTS, made_before: INPUTS, between: OTHERS, far_between: OTHERS, after: OTHERS, beside: OTHERS}


@pytest.mark.parametrize("fold", ["neuron", "layer"])
@pytest.mark.parametrize(("make", "card"), CASES.items(), ids=[make.__name__ for make in CASES])
def test_what_belongs_to_no_neuron(make, card, fold):
    root, given = make()
    scene = scene_of([root], fold)
    position = {node: i for i, node in enumerate(topological(root))}
    assert {scene.boxes[scene.box_of[position[value]]].key for value in given} == {card}
    assert (INPUTS in {box.key for box in scene.boxes}) == (card == INPUTS)
