"""Modules, neurons, layers and networks; and micrograd's, with only the import lines changed."""

from __future__ import annotations

import copy
import importlib
import math
import pickle
import random

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import Value, nn
from glassgrad.autograd.graph import topological


def training_loop(value, net):
    """micrograd's demo, its notebook's lines; the loss of each step and the last gradients."""
    random.seed(1337)
    X, y = nn.two_moons(20, noise=0.1, seed=3)
    y = y * 2 - 1
    model = net.MLP(2, [6, 4, 1])
    found = []
    for k in range(5):
        inputs = [list(map(value.Value, xrow)) for xrow in X]
        scores = list(map(model, inputs))
        losses = [(1 + -yi * scorei).relu() for yi, scorei in zip(y, scores)]
        data_loss = sum(losses) * (1.0 / len(losses))
        reg_loss = 1e-4 * sum(p * p for p in model.parameters())
        total_loss = data_loss + reg_loss
        model.zero_grad()
        total_loss.backward()
        learning_rate = 1.0 - 0.9 * k / 100
        for p in model.parameters():
            p.data -= learning_rate * p.grad
        found.append(total_loss.data)
    return str(model), found, [p.grad for p in model.parameters()]


def test_micrograd_code_gives_the_same_numbers():
    theirs = training_loop(importlib.import_module("micrograd.engine"), importlib.import_module("micrograd.nn"))
    ours = training_loop(gg, nn)
    assert ours[0] == theirs[0]
    assert ours[1] == pytest.approx(theirs[1], rel=1e-12)
    assert ours[2] == pytest.approx(theirs[2], rel=1e-9, abs=1e-14)


def test_micrograd_constructors():
    net = importlib.import_module("micrograd.nn")
    for make in (lambda m: m.Neuron(3), lambda m: m.Neuron(3, False), lambda m: m.Layer(2, 2, nonlin=False)):
        assert repr(make(nn)) == repr(make(net))
    assert nn.Neuron(3).nonlin
    assert not nn.Neuron(3, nonlin=False).nonlin


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_fused_neurons_compute_the_same(activation):
    plain, fused = (nn.MLP(3, [4, 2], activation=activation, seed=1, fused=f) for f in (False, True))
    x = [0.3, -1.2, 2.0]
    outs = [sum(model(x)) for model in (plain, fused)]
    for out in outs:
        out.backward()
    assert outs[0].data == pytest.approx(outs[1].data, rel=1e-14)
    grads = [[p.grad for p in model.parameters()] for model in (plain, fused)]
    assert grads[0] == pytest.approx(grads[1], rel=1e-13)
    ops = [node.op.name for node in topological(outs[1]) if node.op]
    assert ops.count("dot") == 6
    assert not {"mul"} & set(ops)


def test_a_hidden_layer_of_one_neuron_is_a_layer():
    model = nn.MLP(2, [3, 1, 3], seed=0)
    out = model([1.0, 2.0])
    assert len(out) == 3
    assert [len(layer.neurons) for layer in model.layers] == [3, 1, 3]
    x = [Value(1.0), Value(2.0)]
    for layer in model.layers:
        x = layer(x)
    assert [v.data for v in x] == [v.data for v in out]


def test_every_value_knows_its_neuron_and_every_parameter_its_name():
    model = nn.MLP(2, [3, 1], seed=0)
    out = model([1.0, 2.0])
    scopes = [node.scope for node in topological(out) if node.scope]
    assert sorted(scopes) == sorted([f"layers.0.neurons.{i}" for i in range(3)] + ["layers.1.neurons.0"])
    assert out.scope == "layers.1.neurons.0"
    names = [name for name, _ in model.named_parameters()]
    assert names == [value.label for value in model.parameters()]
    assert names[:3] == ["layers.0.neurons.0.w0", "layers.0.neurons.0.w1", "layers.0.neurons.0.b"]
    assert names[-1] == "layers.1.neurons.0.b"


def test_activations_by_layer_name_and_function():
    model = nn.MLP(1, [2, 2, 2], activation=["tanh", gg.sigmoid, lambda v: v * v], seed=0)
    assert model.activations == ["tanh", "sigmoid", "<lambda>"]
    assert [n.is_portable for layer in model.layers for n in layer.neurons] == [True] * 4 + [False] * 2
    assert nn.MLP(1, [2, 2], activation="tanh").activations == ["tanh", "linear"]
    assert nn.MLP(1, [2, 2]).activations == ["relu", "linear"]


def test_any_op_of_one_operand_is_an_activation():
    neuron = nn.Neuron(1, activation="sin", seed=0)
    assert neuron([0.7]).data == math.sin(neuron.w[0].data * 0.7)


def test_seeds_decide_the_start():
    def weights(**how):
        return [p.data for p in nn.MLP(3, [4, 2], **how).parameters()]

    assert weights(seed=5) == weights(seed=5) == weights(seed=random.Random(5)) == weights(seed=np.int64(5))
    assert weights(seed=5) != weights(seed=6)
    random.seed(5)
    assert weights() == weights(seed=5)
    model = nn.MLP(3, [4, 2], seed=6)
    model.reset(5)
    assert [p.data for p in model.parameters()] == weights(seed=5)
    layers = nn.MLP(3, [4, 4], seed=0).layers
    assert len({p.data for layer in layers for n in layer.neurons for p in n.w}) == 3 * 4 + 4 * 4


def test_an_initializer_of_ones_own():
    neuron = nn.Neuron(2, init=lambda source, inputs, outputs: inputs + outputs, outputs=5)
    assert [w.data for w in neuron.w] == [7.0, 7.0]


class Residual(nn.Module):
    """Parameters in every kind of place, one of them twice."""

    def __init__(self):
        self.scale = Value(2.0)
        self.blocks = {"in": nn.Neuron(1, seed=0), "out": [nn.Neuron(1, seed=1)]}
        self.table = [[Value(0.5)], (Value(0.25), self.scale)]
        self.fixed = Value(3.0).detach()
        self.name = "residual"
        self.outer = self

    def __call__(self, x):
        return x[0] + self.scale * self.blocks["in"](x) + self.table[0][0]


def test_parameters_are_found_wherever_a_module_keeps_them():
    model = Residual()
    names = ["scale", "blocks.in.w0", "blocks.in.b", "blocks.out.0.w0", "blocks.out.0.b", "table.0.0", "table.1.0"]
    assert [name for name, _ in model.named_parameters()] == names
    model([1.0]).backward()
    assert model.scale.grad != 0.0
    model.zero_grad()
    assert [p.grad for p in model.parameters()] == [0.0] * 7
    with pytest.raises(TypeError, match=r"Residual.*initialize\(source\)"):
        model.reset(0)


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))], ids=["copy", "pickle"]
)
def test_models_copy_and_pickle(copied):
    model = nn.MLP(2, [3, 1], activation=["tanh", "gelu"], seed=0)
    twin = copied(model)
    assert twin([1.0, 2.0]).data == model([1.0, 2.0]).data
    twin.parameters()[0].data += 1.0
    assert twin([1.0, 2.0]).data != model([1.0, 2.0]).data
    assert [p.label for p in twin.parameters()] == [p.label for p in model.parameters()]


def test_inputs_may_be_any_numbers():
    model = nn.MLP(2, [3, 1], seed=0)
    forms = [[1, 2], (1.0, 2.0), np.array([1, 2]), np.array([1.0, 2.0], dtype=np.float32), map(Value, (1, 2)),
             np.array([Value(1), Value(2)])]  # fmt: skip
    assert len({model(x).data for x in forms}) == 1
    assert nn.MLP(1, [1], seed=0)(3.0).data == nn.MLP(1, [1], seed=0)([3.0]).data
    with gg.no_grad():
        assert model([1.0, 2.0]).is_constant


MODEL = nn.MLP(2, [3, 1], seed=0)
BAD = {
    "too few inputs": (lambda: MODEL([1.0]), ValueError, "MLP takes 2 inputs, got 1"),
    "too many inputs": (lambda: MODEL.layers[0]([1.0, 2.0, 3.0]), ValueError, "Layer takes 2 inputs, got 3"),
    "too many for a neuron": (lambda: nn.Neuron(1)([1.0, 2.0]), ValueError, "Neuron takes 1 input, got 2"),
    "a batch": (lambda: MODEL([[1.0, 2.0], [3.0, 4.0]]), ValueError, "one sample"),
    "an array of a batch": (lambda: MODEL(np.zeros((2, 2))), ValueError, "one sample"),
    "text": (lambda: MODEL(["a", "b"]), TypeError, "'a'"),
    "a string": (lambda: MODEL("ab"), ValueError, "2 inputs, got 1"),
    "None": (lambda: MODEL([None, 1.0]), TypeError, "NoneType"),
    "complex": (lambda: MODEL([1j, 1.0]), TypeError, "complex"),
    "no layer": (lambda: nn.MLP(2, []), ValueError, "at least one layer"),
    "a size for sizes": (lambda: nn.MLP(2, 3), TypeError, r"\[16, 1\]"),
    "no neuron": (lambda: nn.MLP(2, [0, 1]), ValueError, "at least 1, got 0"),
    "no input": (lambda: nn.MLP(0, [1]), ValueError, "nin must be at least 1"),
    "half a neuron": (lambda: nn.MLP(2, [1.5]), TypeError, "1.5"),
    "true neurons": (lambda: nn.Layer(2, True), TypeError, "whole number"),
    "an unknown activation": (lambda: nn.MLP(2, [1], activation=["tahn"]), ValueError, "the nearest is 'tanh'"),
    "an unknown activation of no layer": (
        lambda: nn.MLP(2, [1], activation="tahn"),
        ValueError,
        "the nearest is 'tanh'",
    ),
    "an unknown initializer": (lambda: nn.MLP(2, [1], init="xavier"), ValueError, "the nearest is 'xavier_"),
    "activations for other layers": (
        lambda: nn.MLP(2, [1], activation=["relu", "relu"]),
        ValueError,
        "2 activations for 1",
    ),
    "a number as activation": (lambda: nn.Neuron(2, activation=3), TypeError, "int"),
    "text as seed": (lambda: nn.MLP(2, [1], seed="0"), TypeError, "seed"),
    "a module without __call__": (lambda: nn.Module()([1.0]), NotImplementedError, "__call__"),
}


@pytest.mark.parametrize(("call", "error", "names"), BAD.values(), ids=BAD)
def test_bad_arguments_are_named(call, error, names):
    with pytest.raises(error, match=names):
        call()


def test_nan_goes_through_a_network_unhidden():
    assert math.isnan(MODEL([math.nan, 1.0]).data)
