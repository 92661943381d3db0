"""engine="auto": the numbers of engine="eager" whatever changes while a run goes on, and a warning that says why."""

from __future__ import annotations

import random
import time
import warnings

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import Value, nn
from glassgrad.nn.training.auto import AutoEngine
from glassgrad.nn.training.surroundings import Surroundings

X, Y = nn.two_moons(24, noise=0.1, seed=0)
TEMPERATURE = 1.0


class Net(nn.Module):
    """A network with what people add to networks."""

    drops = False

    def __init__(self):
        self.hidden = nn.Layer(2, 5, activation="tanh", seed=0)
        self.out = nn.Layer(5, 1, activation="linear", seed=1)
        self.scale, self.scales = 1.0, [1.0, np.ones(3)]

    def __call__(self, x):
        hidden = self.hidden(x)
        if self.drops:
            hidden = [v * random.choice([0.0, 2.0]) for v in hidden]
        return self.scale * self.scales[0] * float(self.scales[1][0]) * self.out(hidden)


class Dropout(Net):
    drops = True


class NumpyDropout(Net):
    def __call__(self, x):
        return super().__call__(x) * np.random.uniform(0.5, 1.5)  # as people write it


class OwnSource(Net):
    def __init__(self):
        super().__init__()
        self.source = np.random.default_rng(0)

    def __call__(self, x):
        return super().__call__(x) * float(self.source.normal())


class Counting(Net):
    calls = 0

    def __call__(self, x):
        self.calls += 1
        return super().__call__(x) * (1.0 + self.calls / 1000)


def tempered(output, target):
    return TEMPERATURE * nn.binary_cross_entropy(output, target)


def indexing(output, target):
    return nn.binary_cross_entropy(output, [0.0, 1.0][int(target)])


def anneal_global(training):
    global TEMPERATURE
    TEMPERATURE = 0.5**training.epoch


def anneal(training):
    training.model.scale *= 0.9


def anneal_list(training):
    training.model.scales[0] *= 0.9


def anneal_array(training):
    training.model.scales[1] *= 0.9


def anneal_late(training):
    if training.iteration == 5:
        training.model.scale = 0.25


def flip(training):
    training.model.drops = training.epoch >= 2


def replace(training):
    if training.epoch == 2:
        training.model.out.neurons[0].w[0] = Value(0.25)


# what changes, and whether it shows from the first batch on, so that all bits are those of an eager run
CHANGES = {
    "dropout": ({"make": Dropout}, "draws random numbers", True),
    "dropout by NumPy": ({"make": NumpyDropout}, "draws random numbers", True),
    "a source of one's own": ({"make": OwnSource}, "draws random numbers", True),
    "a counter": ({"make": Counting}, r"model\.calls changes whenever", True),
    "a target that is read": ({"loss": indexing}, "cannot be compiled", True),
    "an attribute": ({"callbacks": anneal}, r"model\.scale has changed", False),
    "an attribute, at each iteration": ({"on_iteration": anneal}, r"model\.scale has changed", False),
    "an attribute, in the middle of an epoch": ({"on_iteration": anneal_late}, r"model\.scale has changed", False),
    "an item": ({"callbacks": anneal_list}, r"model\.scales\[0\] has changed", False),
    "an array's content": ({"callbacks": anneal_array}, r"model\.scales\[1\] has changed", False),
    "a global": ({"callbacks": anneal_global, "loss": tempered}, "TEMPERATURE has changed", False),
    "a mode flag": ({"callbacks": flip}, "draws random numbers", False),
    "a parameter": ({"callbacks": replace}, r"model\.out\.neurons\[0\]\.w\[0\] has changed", False),
}  # fmt: skip


def trained(engine, make=Net, loss=nn.binary_cross_entropy, **how):
    global TEMPERATURE
    TEMPERATURE = 1.0
    random.seed(5)
    np.random.seed(3)
    model = make()
    optimizer = nn.SGD(model.parameters(), lr=0.1, momentum=0.9)
    history = nn.fit(model, X, Y, loss=loss, optimizer=optimizer, epochs=4, batch_size=7, engine=engine, **how)
    return history, [p.data for p in model.parameters()], random.random(), np.random.uniform()


@pytest.mark.parametrize(("how", "why", "from_the_start"), CHANGES.values(), ids=CHANGES)
def test_auto_and_eager_give_the_same_numbers(how, why, from_the_start):
    wanted, numbers, *draws = trained("eager", **how)
    with pytest.warns(nn.EagerTrainingWarning, match=why) as caught:
        history, found, *drawn = trained("auto", **how)
    assert len(caught) == 1 and caught[0].filename == __file__
    assert history.engine == "eager" and history.why_eager
    assert drawn == draws
    if from_the_start:
        assert history.loss == wanted.loss and found == numbers
    else:
        assert history.loss == pytest.approx(wanted.loss, rel=1e-9)
        assert found == pytest.approx(numbers, rel=1e-9)


NO_CHANGES = {
    "nothing": {}, "a callback that looks": {"callbacks": lambda training: training.model.parameters()[0].data},
    "a callback that moves parameters": {"callbacks": lambda training: training.optimizer.zero_grad()},
}  # fmt: skip


@pytest.mark.parametrize("how", NO_CHANGES.values(), ids=NO_CHANGES)
def test_what_does_not_change_stays_compiled(how):
    assert trained("auto", **how)[0].engine == "compiled"


def test_compiled_records_anew_where_something_has_moved():
    wanted, history = (trained(engine, callbacks=anneal)[0] for engine in ("eager", "compiled"))
    assert history.engine == "compiled"
    assert history.loss == pytest.approx(wanted.loss, rel=1e-9)


def test_a_run_that_had_become_eager_resumes_eager(tmp_path):
    path = tmp_path / "run.json"
    with pytest.warns(nn.EagerTrainingWarning):
        trained("auto", callbacks=anneal_list, checkpoint=path)
    model = Net()
    history = nn.fit(model, X, Y, loss=nn.binary_cross_entropy, epochs=5, batch_size=7, resume=path,
                     optimizer=nn.SGD(model.parameters(), lr=0.1, momentum=0.9))  # fmt: skip
    assert history.engine == "eager"
    assert "has changed" in history.why_eager


def test_samples_come_at_epochs_that_are_powers_of_2_while_they_cost_little(monkeypatch):
    seen, clock = [], [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])
    compare = AutoEngine._compare
    monkeypatch.setattr(AutoEngine, "_compare", lambda self, *args: seen.append(clock[0]) or compare(self, *args))

    def tick(training):
        clock[0] += 1.0

    trained("auto", callbacks=tick)
    assert seen == [0.0, 1.0, 2.0, 4.0]
    seen.clear()
    clock[0] = 0.0
    monkeypatch.setattr(AutoEngine, "_can_afford", lambda self, seconds: False)
    trained("auto", callbacks=tick)
    assert seen == [0.0]


ZERO = {
    "a loss that reads numbers": (Net, lambda output, target: (Value(output.data) - target) ** 2),
    "a loss without the model": (Net, lambda output, target: Value(2.0) * Value(3.0)),
}


@pytest.mark.parametrize(("make", "loss"), ZERO.values(), ids=ZERO)
def test_a_first_gradient_of_zeros_warns(make, loss):
    with pytest.warns(nn.ZeroGradientWarning, match="nothing is learnt"):
        trained("eager", make=make, loss=loss)


def test_a_minimum_does_not_warn():
    model = nn.MLP(1, [1], seed=0)
    for value in model.parameters():
        value.data = 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nn.fit(model, [1.0, 2.0], [0.0, 0.0], loss=nn.mse, epochs=1)


def test_numbers_of_outputs_in_the_loss_are_an_error():
    for engine in ("auto", "eager"):
        with pytest.raises(gg.LeavesGraphError, match="loss of fit"):
            trained(engine, loss=lambda output, target: (float(output) - target) ** 2)


def test_what_is_put_back_is_as_before():
    options = {"list": [1, 2], "deep": {"rate": 0.5}, "array": np.zeros(2)}
    closed = Surroundings({"options": options})
    assert closed.moved() == ""
    options["list"].append(3)
    options["deep"]["rate"] = 1.0
    options["array"][0] = 7.0
    assert closed.moved() == "options['list']"
    closed.put_back()
    assert options["list"] == [1, 2] and options["deep"] == {"rate": 0.5} and options["array"].tolist() == [0.0, 0.0]
    assert closed.moved() == ""


class Config:
    factor = 1.0


class Slotted:
    __slots__ = ("factor",)

    def __init__(self):
        self.factor = 1.0


class Factors(Net):
    def __init__(self):
        super().__init__()
        self.slotted = Slotted()

    def __call__(self, x):
        return super().__call__(x) * Config.factor * self.slotted.factor


def _of_class(training):
    Config.factor = 2.0


def _of_slot(training):
    training.model.slotted.factor = 2.0


def _targets(training):
    training.settings.samples.y[:] = 3


@pytest.mark.filterwarnings("ignore::glassgrad.nn.EagerTrainingWarning")
@pytest.mark.parametrize("change", [_of_class, _of_slot, _targets])
@pytest.mark.parametrize("engine", ["auto", "compiled"])
def test_attributes_of_classes_slots_and_targets_may_change(monkeypatch, change, engine):
    losses = []
    for name in ("eager", engine):
        monkeypatch.setattr(Config, "factor", 1.0)
        model = Factors()
        optimizer = nn.SGD(model.parameters(), lr=0.01)
        how = {"optimizer": optimizer, "epochs": 4, "engine": name, "callbacks": change}
        losses.append(nn.fit(model, X, Y, loss=nn.mse, **how).loss)
    assert losses[0] == pytest.approx(losses[1], rel=1e-9)
