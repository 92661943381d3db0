"""predict: the eager numbers for each row, compiled where there are many, and eager where compiling would be wrong."""

from __future__ import annotations

import gc
import random
import weakref

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import Value, nn
from glassgrad.nn.metrics import plain

X = np.random.RandomState(0).standard_normal((300, 2))


def by_row(model):
    with gg.no_grad():
        return [plain(model(row)) for row in X.tolist()]


class Dropping(nn.Module):
    def __init__(self):
        self.w = Value(2.0)

    def __call__(self, x):
        return self.w * x[0] * random.random()


class Branching(nn.Module):
    def __init__(self):
        self.w = Value(2.0)

    def __call__(self, x):
        return self.w * x[0] if x[0] > 0.0 else x[1] - self.w


class Counting(nn.Module):
    calls = 0

    def __init__(self):
        self.w = Value(2.0)

    def __call__(self, x):
        self.calls += 1
        return self.w * x[0] + self.calls


class Flagged(nn.Module):
    doubled = False

    def __init__(self):
        self.w = Value(2.0)

    def __call__(self, x):
        return [self.w * x[0] * (2.0 if self.doubled else 1.0)]


MODELS = {
    "one output": lambda: nn.MLP(2, [4, 1], seed=0), "three outputs": lambda: nn.MLP(2, [4, 3], seed=0),
    "dropout": Dropping, "branches": Branching, "counts": Counting, "a list of one": Flagged,
    "a function": lambda: lambda x: 2.0 * Value(x[0]), "numbers": lambda: lambda x: 3.0, "reads": lambda: lambda x: float(x[0]) + 1.0,
}  # fmt: skip


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_many_rows_give_what_each_row_gives(make):
    model, twin = make(), make()
    for _ in range(2):
        random.seed(1)
        wanted = by_row(twin)
        random.seed(1)
        found = nn.predict(model, X)
        assert np.shape(found) == np.shape(wanted)
        np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-14)


def test_what_changes_between_two_calls_is_seen():
    model = Flagged()
    nn.predict(model, X)
    for change in (
        lambda: setattr(model.w, "data", 5.0),
        lambda: setattr(model, "doubled", True),
        lambda: setattr(model, "w", Value(-3.0)),
    ):
        change()
        np.testing.assert_allclose(nn.predict(model, X), by_row(model), rtol=1e-12)


def test_the_second_call_does_not_record(monkeypatch):
    model, calls = nn.MLP(2, [3, 1], seed=0), []
    nn.predict(model, X)
    fire = nn.MLP.__call__
    monkeypatch.setattr(nn.MLP, "__call__", lambda self, x: calls.append(1) or fire(self, x))
    nn.predict(model, X)
    assert len(calls) == 2  # the first row, to compare, and the audit of the program's second call


def test_a_model_is_not_kept_alive():
    model = nn.MLP(2, [3, 1], seed=0)
    nn.predict(model, X)
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None


def test_a_models_own_error_comes_out():
    with pytest.raises(ValueError, match="takes 3 inputs"):
        nn.predict(nn.MLP(3, [1], seed=0), X)
