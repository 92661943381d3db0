"""fit on compiled programs: the numbers of eager graphs, and eager graphs where compiling cannot be done."""

from __future__ import annotations

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import Value, nn
from glassgrad.nn.losses import TABLE as LOSSES
from glassgrad.nn.models.activations import TABLE as ACTIVATIONS
from glassgrad.nn.training.compiled import _ParameterMap

X, Y = nn.two_moons(40, noise=0.1, seed=0)
TARGETS = {"hinge": 2 * Y - 1, "binary_cross_entropy": Y, "cross_entropy": Y}


def numbers(model):
    return [p.data for p in model.parameters()]


def both(make, loss, y=Y, **how):
    """The same run on both engines: their histories, and the models' parameters."""
    found = []
    for engine in ("compiled", "eager"):
        model = make()
        optimizer = how.pop("optimizer", None) or nn.Adam(model.parameters(), lr=0.02)
        history = nn.fit(
            model, X, y, loss=loss, optimizer=optimizer, engine=engine, **{"epochs": 4, "batch_size": 16, **how}
        )
        found.append((history, numbers(model)))
    return found


def assert_equal(found):
    (one, first), (two, second) = found
    assert (one.engine, two.engine) == ("compiled", "eager")
    for name in ("loss", "gradient_norm", "epoch_loss", "validation_loss", "learning_rate", "starts"):
        assert getattr(one, name) == pytest.approx(getattr(two, name), rel=1e-10, abs=1e-13), name
    assert first == pytest.approx(second, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("fused", [True, False])
def test_every_loss_gives_the_eager_history(loss, fused):
    outputs = 2 if loss == "cross_entropy" else 1
    y = TARGETS.get(loss, Y.astype(float))
    assert_equal(both(lambda: nn.MLP(2, [5, outputs], seed=0, fused=fused), loss, y))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_gives_the_eager_history(activation):
    assert_equal(both(lambda: nn.MLP(2, [4, 1, 3, 1], activation=activation, init="xavier_uniform", seed=0), nn.mse))


def test_validation_metrics_clipping_penalty_and_restarts_too():
    how = {"validation": 0.25, "metrics": nn.accuracy, "clip_norm": 0.5, "l2": 1e-3, "restarts": 2, "early_stopping": 3}
    found = both(lambda: nn.MLP(2, [5, 1], seed=0), nn.binary_cross_entropy, **how)
    assert_equal(found)
    assert found[0][0].metric("accuracy") == found[1][0].metric("accuracy")
    found = both(lambda: nn.MLP(2, [5, 3], seed=0), nn.cross_entropy, metrics=nn.accuracy)
    assert_equal(found)
    assert found[0][0].metric("accuracy") == found[1][0].metric("accuracy")


class Partly(nn.Module):
    """One parameter that the output never depends on, one that two places share."""

    def __init__(self):
        self.unused, self.shared = Value(3.0), Value(0.5)
        self.neuron = nn.Neuron(2, activation="tanh", seed=0)

    def __call__(self, x):
        return self.shared * self.neuron(x) + self.shared


def test_parameters_that_the_loss_does_not_reach_only_decay():
    found = []
    for engine in ("compiled", "eager"):
        model = Partly()
        optimizer = nn.SGD(model.parameters(), lr=0.1, weight_decay=0.5)
        history = nn.fit(model, X, Y, loss=nn.binary_cross_entropy, optimizer=optimizer, epochs=3, engine=engine)
        found.append((history, numbers(model)))
        assert model.unused.data == pytest.approx(3.0 * 0.95 ** len(history.loss))
    assert_equal(found)


def test_frozen_parameters_are_read_afresh():
    found = []
    for engine in ("compiled", "eager"):
        model = nn.MLP(2, [4, 1], seed=0)
        optimizer = nn.SGD(list(reversed(model.layers[1].parameters())), lr=0.1)

        def nudge(training):
            training.model.layers[0].neurons[0].b.data += 0.1

        history = nn.fit(model, X, Y, loss=nn.mse, optimizer=optimizer, epochs=3, callbacks=nudge, engine=engine)
        found.append((history, numbers(model)))
    assert_equal(found)


def test_it_is_the_default():
    history = nn.fit(nn.MLP(2, [3, 1], seed=0), X, Y, loss=nn.mse, epochs=1)
    assert (history.engine, history.why_eager) == ("compiled", "")


def picked(output, k):
    """A loss that needs a plain number to index with, which a compiled program has not."""
    return -gg.log_softmax(output)[k]


class Branching(nn.Module):
    """A model that asks which way to go."""

    def __init__(self):
        self.neuron = nn.Neuron(2, activation="linear", seed=0)

    def __call__(self, x):
        out = self.neuron(x)
        return 2.0 * out if out > 0.0 else out


WAYS = {
    "a loss that indexes": (lambda: nn.MLP(2, [3, 2], seed=0), picked),
    "a model that reads a number": (lambda: nn.MLP(2, [1], activation=[lambda v: v * v.data], seed=0), nn.mse),
}


@pytest.mark.parametrize(("make", "loss"), WAYS.values(), ids=WAYS)
def test_what_cannot_be_compiled_trains_eagerly_and_says_why(make, loss):
    model, twin = make(), make()
    with pytest.warns(nn.EagerTrainingWarning, match="cannot be compiled"):
        history = nn.fit(model, X, Y, loss=loss, epochs=2)
    assert history.engine == "eager"
    assert history.why_eager
    wanted = nn.fit(twin, X, Y, loss=loss, epochs=2, engine="eager")
    assert history.loss == wanted.loss
    assert numbers(model) == numbers(twin)
    with pytest.raises((gg.CompileError, TypeError)):
        nn.fit(make(), X, Y, loss=loss, epochs=2, engine="compiled")


def test_a_model_that_branches_is_compiled_with_each_batch_split_by_way():
    found = []
    for engine in ("auto", "eager"):
        model = Branching()
        history = nn.fit(model, X, Y, loss=nn.mse, epochs=2, engine=engine)
        assert history.engine == ("compiled" if engine == "auto" else "eager")
        found.append((history, numbers(model)))
    assert found[0][0].loss == pytest.approx(found[1][0].loss, rel=1e-12)
    assert found[0][1] == pytest.approx(found[1][1], rel=1e-12)


def test_images_and_their_like_keep_their_shape():
    class Rows(nn.Module):
        def __init__(self):
            self.neuron = nn.Neuron(4, activation="tanh", seed=0)

        def __call__(self, x):
            return self.neuron([pixel for row in x for pixel in row])

    images = np.random.RandomState(0).standard_normal((10, 2, 2))
    histories = [
        nn.fit(Rows(), images, Y[:10], loss="mse", epochs=2, engine=engine) for engine in ("compiled", "eager")
    ]
    assert histories[0].loss == pytest.approx(histories[1].loss, rel=1e-12)


def test_the_map_of_parameters_follows_those_of_the_program():
    held = {"w": Value(2.0)}
    program = gg.compile(lambda x: held["w"] * x)
    program.value_and_grad(3.0)
    of_old = _ParameterMap(program, [held["w"]])
    of_old.write(np.array([5.0]))
    assert program.replay(3.0) == 15.0
    held["w"] = Value(7.0)
    assert program(3.0) == 21.0  # recorded anew, with another parameter
    of_old.write(np.array([5.0]))
    assert program.replay(3.0) == 21.0
    assert of_old.gradient().tolist() == [0.0]
