"""Optimizers and schedules are pickled, copied and sent to other processes, and go on from where they were."""

from __future__ import annotations

import copy
import io
import pickle

import pytest

from glassgrad import Value, nn
from glassgrad.nn.optim import optimizers, rate, schedules


def falling(step):
    return 0.1 * 0.9**step


def plateau():
    heard = schedules.reduce_on_plateau(0.1, factor=0.5, patience=0)
    heard.observe(1.0)
    heard.observe(1.0)
    return heard


SCHEDULES = {
    "constant": lambda: schedules.constant(0.1),
    "step_decay": lambda: schedules.step_decay(0.1, 2, 0.5),
    "exponential": lambda: schedules.exponential(0.1, 0.9),
    "inverse_time": lambda: schedules.inverse_time(0.1, 0.5),
    "warm_up": lambda: schedules.warm_up(plateau(), 2),
    "cosine": lambda: schedules.cosine(0.1, 20, final=0.01),
    "one_cycle": lambda: schedules.one_cycle(0.1, 20),
    "reduce_on_plateau": plateau,
    "a number": lambda: 0.1,
    "a function of one's own": lambda: falling,
}
COPIES = {
    "pickle": lambda thing: pickle.loads(pickle.dumps(thing)),
    "pickle 2": lambda thing: pickle.loads(pickle.dumps(thing, protocol=2)),
    "deepcopy": copy.deepcopy,
}


def moved(model, optimizer, steps=3):
    """The parameters after a few more steps."""
    for _ in range(steps):
        model.zero_grad()
        nn.mse(model([0.5, -0.5]), 1.0).backward()
        optimizer.step()
    return [p.data for p in model.parameters()]


def pair(kind="Adam", lr=0.1):
    model = nn.MLP(2, [3, 1], activation="tanh", seed=0)
    optimizer = optimizers.TABLE[kind](model.parameters(), lr=lr)
    moved(model, optimizer)
    return model, optimizer


def test_every_schedule_is_here():
    assert set(schedules.TABLE) <= set(SCHEDULES)


@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("make", SCHEDULES.values(), ids=SCHEDULES)
def test_a_copied_schedule_gives_the_same_rates_and_hears_for_itself(make, copied):
    first = rate.as_schedule(make())
    second = copied(first)
    assert [second(step) for step in range(30)] == [first(step) for step in range(30)]
    assert second.memory() == first.memory()
    if first.memory():
        second.observe(1.0)
        assert second.memory() != first.memory()


@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("kind", optimizers.TABLE)
def test_a_copied_optimizer_moves_the_model_that_is_copied_with_it(kind, copied):
    model, optimizer = pair(kind, plateau())
    twin, twins = copied((model, optimizer))
    assert [id(p) for p in twins.parameters] == [id(p) for p in twin.parameters()]
    before = [p.data for p in model.parameters()]
    after = moved(twin, twins)
    assert [p.data for p in model.parameters()] == before
    assert twins.iteration == optimizer.iteration + 3
    assert after == moved(model, optimizer) != before


@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
def test_an_optimizer_copied_alone_has_parameters_of_its_own(copied):
    model, optimizer = pair()
    before = [p.data for p in model.parameters()]
    twin = copied(optimizer)
    assert [p.data for p in twin.parameters] == before
    for parameter in twin.parameters:
        parameter.grad = 1.0
    twin.step()
    assert [p.data for p in model.parameters()] == before != [p.data for p in twin.parameters]


def test_a_schedule_that_pickle_cannot_find_again_says_what_to_do():
    model, optimizer = pair(lr=lambda step: 0.1)
    with pytest.raises(
        pickle.PicklingError, match=r"<lambda> cannot be pickled.*with def at the top of a module.*nn\.schedules"
    ):
        pickle.dumps(optimizer)
    twin, twins = copy.deepcopy((model, optimizer))
    assert moved(twin, twins) == moved(model, optimizer)


def test_joblib_and_its_processes_take_them():
    joblib = pytest.importorskip("joblib")
    cloudpickle = pytest.importorskip("cloudpickle")
    model, optimizer = pair(lr=schedules.cosine(0.1, 20))
    file = io.BytesIO()
    joblib.dump((model, optimizer), file)
    file.seek(0)
    assert moved(*joblib.load(file)) == moved(model, optimizer)
    anonymous = nn.SGD([Value(1.0)], lr=lambda step: 0.5**step)
    assert pickle.loads(cloudpickle.dumps(anonymous)).schedule(2) == 0.25
