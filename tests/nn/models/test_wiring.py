"""Networks whose parts no longer fit say so in a sentence, wherever they are used; so do sums of odd products."""

from __future__ import annotations

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import Value, nn
from glassgrad.autograd import ops


def without_layer(i):
    def change(model):
        del model.layers[i]

    return change


def other_fan_in(model):
    model.layers[1].neurons[0] = nn.Neuron(2, seed=0)


def more_fan_in(model):
    model.layers[2].neurons[0] = nn.Neuron(9, seed=0)


def neuron_lost(model):
    del model.layers[1].neurons[2]


def neuron_added(model):
    model.layers[0].neurons.append(nn.Neuron(3, seed=0))


def weight_lost(model):
    del model.layers[0].neurons[1].w[2]


def other_inputs(model):
    model.nin = 4


def layer_added(model):
    model.layers.append(nn.Layer(1, 1, seed=0))


def layer_replaced(model):
    model.layers[1] = nn.Layer(4, 2, seed=0)


def layers_swapped(model):
    model.layers[0], model.layers[1] = model.layers[1], model.layers[0]


MISTAKES = {  # and what the sentence names: the place, what is there, what should be
    without_layer(0): "built with 3 layers and has 2",
    without_layer(1): r"built with 3 layers and has 2: build nn\.MLP\(3, \[4, 1\]\)",
    without_layer(-1): "built with 3 layers and has 2",
    other_fan_in: r"layers\[1\]\.neurons\[0\] takes 2 inputs, and layers\[0\] has 4 neurons",
    more_fan_in: r"layers\[2\]\.neurons\[0\] takes 9 inputs, and layers\[1\] has 4 neurons",
    neuron_lost: r"layers\[1\] was built with 4 neurons and has 3",
    neuron_added: r"layers\[0\] was built with 4 neurons and has 5",
    weight_lost: r"layers\[0\]\.neurons\[1\] takes 2 inputs, and the MLP takes 3",
    other_inputs: r"layers\[0\]\.neurons\[0\] takes 3 inputs, and the MLP takes 4",
    layer_added: "built with 3 layers and has 4",
    layer_replaced: r"layers\[1\] was built with 4 neurons and has 2",
    layers_swapped: r"layers\[0\]\.neurons\[0\] takes 4 inputs, and the MLP takes 3",
}
X, Y = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [1.0, 2.0]


@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize(("mistake", "match"), MISTAKES.items(), ids=lambda item: getattr(item, "__name__", ""))
def test_wrong_wiring_is_told_at_call_at_fit_and_at_save(mistake, match, fused, tmp_path):
    model = nn.MLP(3, [4, 4, 1], seed=0, fused=fused)
    mistake(model)
    path = tmp_path / "m.json"
    for use in (
        lambda: model([1.0, 2.0, 3.0]),
        lambda: nn.predict(model, X),
        lambda: nn.fit(model, X, Y, loss=nn.mse),
        lambda: gg.compile(lambda x: model(x))([1.0, 2.0, 3.0]),
        lambda: nn.save(model, path),
    ):
        with pytest.raises(nn.ArgumentError, match=match):
            use()
    assert not path.exists()


@pytest.mark.parametrize("fused", [False, True])
def test_a_layer_with_an_odd_neuron_says_so(fused):
    layer = nn.Layer(3, 2, seed=0, fused=fused, scope="hidden")
    layer.neurons[1].w.pop()
    with pytest.raises(nn.ArgumentError, match=r"hidden\.neurons\.1 takes 2 inputs, and gets 3"):
        layer([1.0, 2.0, 3.0])


def test_sizes_that_are_changed_on_purpose_are_no_mistake():
    model = nn.MLP(3, [4, 4, 1], seed=0)
    del model.layers[1]
    model.nouts = [4, 1]
    assert isinstance(model([1.0, 2.0, 3.0]), Value)


# ── dot ────────────────────────────────────────────────────────────────────────────────────────────────────────────

A, B = [Value(1.0), Value(2.0)], [3.0, 4.0, 5.0]
DOTS = {
    "gg.dot": lambda: gg.dot(A, B),
    "gg.dot of numbers": lambda: gg.dot([1.0, 2.0], B),
    "gg.dot of arrays": lambda: gg.dot(np.array([1.0, 2.0]), np.array(B)),
    "gg.dot of an array of Values": lambda: gg.dot(np.array(A), B),
    "gg.dot of none and one": lambda: gg.dot([], [A[0]]),
    "the op": lambda: ops.dot_of(*A, *B),
    "the op on numbers": lambda: ops.dot_of(1.0, 2.0, *B),
    "under no_grad": lambda: _silent(lambda: ops.dot_of(*A, *B)),
    "np.dot": lambda: np.dot(np.array(A), np.array(B)),
    "@": lambda: np.array(A) @ np.array(B),
    "compiled": lambda: gg.compile(lambda a, b: gg.dot(a, b))([1.0, 2.0], B),
    "the op, compiled": lambda: gg.compile(lambda a, b: ops.dot_of(*a, *b))([1.0, 2.0], B),
    "differentiated": lambda: gg.grad(lambda a: ops.dot_of(*a, *B))([1.0, 2.0]),
    "in a batch": lambda: gg.compile(lambda a, b: ops.dot_of(*a, *b), batch=True)([[1.0, 2.0]], [B]),
}


def _silent(f):
    with gg.no_grad():
        return f()


@pytest.mark.parametrize("dot", DOTS.values(), ids=DOTS)
def test_a_dot_of_unequal_lengths_is_an_error_everywhere(dot):
    with pytest.raises((ValueError, gg.CompileError)):
        dot()
