"""What a function closes over: every kind of change is seen and named, and nothing else is taken for one."""

import dataclasses
import functools
import operator
import sys
import types
from collections import deque

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import Value, nn
from glassgrad.autograd.compile.recording.closed_over import ClosedOver
from glassgrad.autograd.value import Constant

SCALE = 2.0
FLAGS = {"on": True}


class Config:
    rate = 0.5


@dataclasses.dataclass(slots=True)
class Slots:
    rate: float


class Net(nn.Module):
    def __init__(self):
        self.layers = [nn.MLP(2, [2, 1], seed=0)]
        self.training = True

    def __call__(self, x):
        return self.layers[0](x)


class Own:
    bias = 1.0

    def __init__(self):
        self.rate, self.log, self.inner = 3.0, [], {"w": [Value(1.0)]}

    def loss(self, x):
        return self.rate * x * self.bias * self.inner["w"][0] + helper(x)

    def step(self):
        self.log.append(1)


def helper(x):
    return SCALE * x if FLAGS["on"] else x


def _cell():
    scale = 1.0

    def f(x):
        return x * scale

    def change():
        nonlocal scale
        scale = 2.0

    return f, change


def _global():
    return helper, lambda: globals().update(SCALE=5.0)


def _nested_code():
    return (lambda xs: [SCALE * x for x in xs]), lambda: globals().update(SCALE=5.0)


def _of(container, change):
    return (lambda x: container), lambda: change(container)


def _own(change):
    own = Own()
    return own.loss, lambda: change(own)


def _model(change):
    model = Net()
    return (lambda x: model(x)), lambda: change(model)


def _default():
    def f(x, weights=[1.0, 2.0]):  # noqa: B006  # that it is shared is the point
        return weights[0] * x

    return f, lambda: f.__defaults__[0].append(1.0)


def _property():
    class Halved:
        part = 0.5

        @property
        def half(self):
            return self.part

    halved = Halved()
    return (lambda x: x * halved.half), lambda: setattr(halved, "part", 0.25)


def _constant():
    c = Constant(1.0)
    return (lambda x: x * c), lambda: setattr(c, "data", 2.0)


def _module():
    module = types.ModuleType("settings_of_mine")
    module.rate = 1.0
    return (lambda x: x * module.rate), lambda: setattr(module, "rate", 2.0)


CHANGES = {
    "cell": (_cell, "scale"),
    "global": (_global, "SCALE"),
    "code inside": (_nested_code, "SCALE"),
    "list item": (lambda: _of([1.5, 2.5], lambda c: c.__setitem__(1, 3.0)), "container[1]"),
    "list grown": (lambda: _of([1.5, 2.5], lambda c: c.append(3.0)), "container[2]"),
    "list shrunk": (lambda: _of([1.5, 2.5], lambda c: c.pop()), "container[1]"),
    "inner list": (lambda: _of([[1.5], [2.5]], lambda c: c[1].append(3.0)), "container[1][1]"),
    "tuple's list": (lambda: _of(([1.5],), lambda c: c[0].append(3.0)), "container[0][1]"),
    "equal list put in, then changed": (lambda: _of([[1.5]], lambda c: (c.__setitem__(0, [1.5]), c[0].append(1.0))), "container[0]"),
    "sign of zero": (lambda: _of([0.0], lambda c: c.__setitem__(0, -0.0)), "container[0]"),
    "int to bool": (lambda: _of([1], lambda c: c.__setitem__(0, True)), "container[0]"),
    "dict item": (lambda: _of({"a": 1.5}, lambda c: c.__setitem__("a", 2.0)), "container['a']"),
    "dict of flags": (lambda: _of({"a": 1}, lambda c: c.__setitem__("a", 2)), "container['a']"),
    "dict grown": (lambda: _of({"a": 1.5}, lambda c: c.__setitem__("b", 2.0)), "container"),
    "dict key": (lambda: _of({"a": 1.5}, lambda c: c.__setitem__("b", c.pop("a"))), "container"),
    "set": (lambda: _of({1.5}, lambda c: c.add(2.5)), None),
    "deque": (lambda: _of(deque([1.5]), lambda c: c.append(2.5)), "container[1]"),
    "array": (lambda: _of(np.arange(4.0), lambda c: c.__setitem__(1, 9.0)), "container"),
    "array of Values": (lambda: _of(np.array([Value(1.0)]), lambda c: c.__setitem__(0, Value(1.0))), "container[0]"),
    "dataclass with slots": (lambda: _of(Slots(1.0), lambda c: setattr(c, "rate", 2.0)), "container.rate"),
    "namespace": (lambda: _of(types.SimpleNamespace(rate=1.0), lambda c: setattr(c, "rate", 2.0)), None),
    "parameter replaced": (lambda: _of([Value(1.0)], lambda c: c.__setitem__(0, Value(1.0))), "container[0]"),
    "parameter by a number": (lambda: _of([Value(1.0)], lambda c: c.__setitem__(0, 1.0)), "container[0]"),
    "constant": (_constant, "c.data"),
    "class attribute": (lambda: (lambda x: Config.rate * x, lambda: setattr(Config, "rate", 0.75)), "Config.rate"),
    "module attribute": (_module, "module.rate"),
    "method's attribute": (lambda: _own(lambda own: setattr(own, "rate", 4.0)), "self.rate"),
    "method's class": (lambda: _own(lambda own: setattr(Own, "bias", 4.0)), "self.bias"),
    "deep in a method's data": (lambda: _own(lambda own: own.inner["w"].append(1.0)), "self.inner['w'][1]"),
    "helper's global": (lambda: _own(lambda own: FLAGS.__setitem__("on", False)), "FLAGS['on']"),
    "mode flag of a model": (lambda: _model(lambda m: setattr(m, "training", False)), "model.training"),
    "weight of a model": (
        lambda: _model(lambda m: m.layers[0].layers[0].neurons[1].w.append(Value(0.0))),
        "model.layers[0].layers[0].neurons[1].w[2]",
    ),
    "layer of a model": (lambda: _model(lambda m: m.layers[0].layers.pop()), "model.layers[0].layers[1]"),
    "default": (_default, "__defaults__[0][2]"),
    "property": (_property, "halved.part"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch):
    for owner, name in ((sys.modules[__name__], "SCALE"), (Config, "rate"), (Own, "bias")):
        monkeypatch.setattr(owner, name, getattr(owner, name))
    monkeypatch.setitem(FLAGS, "on", True)


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_seen_and_named(name):
    make, called = CHANGES[name]
    f, change = make()
    seen = ClosedOver(f)
    assert seen.changed() == ""
    change()
    assert seen.changed()
    if called is not None:
        assert seen.changed() == called
    assert ClosedOver(f).changed() == ""


def test_partials_are_followed():
    weights = [1.5]
    seen = ClosedOver(functools.partial(lambda w, x: w[0] * x, weights))
    weights[0] = 2.0
    assert seen.changed()


def test_nothing_is_watched_where_nothing_is_closed_over():
    assert len(ClosedOver(lambda x: x * x)) == 0


def test_a_parameters_number_is_no_change():
    model = nn.MLP(2, [3, 1], seed=0)
    seen = ClosedOver(lambda x: model(x))
    for p in model.parameters():
        p.data = 0.5
        p.grad = 1.0
    assert seen.changed() == ""


def test_an_equal_number_of_the_same_type_is_no_change():
    holder = [0.0, 1.5, float("nan")]
    seen = ClosedOver(lambda x: holder)
    holder[:] = [float("0"), float("1.5"), float("nan")]
    assert seen.changed() == ""
    holder[1] = 2.5
    assert seen.changed() == "holder[1]"


def test_what_the_code_does_not_read_is_no_change():
    own = Own()
    seen = ClosedOver(own.loss)
    own.step()
    assert seen.changed() == ""


def test_a_large_array_is_left_to_audits():
    large = np.zeros(513)
    seen = ClosedOver(lambda x: large[0] * x)
    large[0] = 1.0
    assert seen.changed() == ""


def test_of_a_program_only_its_function_counts():
    class Model:
        def __init__(self):
            self.w = Value(2.0)

    model = Model()
    inner = gg.compile(lambda x: model.w * x)
    seen = ClosedOver(lambda x: inner(x) + 1.0)
    for _ in range(3):  # its own runs leave numbers and recordings in it
        inner(2.0), inner.value_and_grad(2.0), inner.replay(2.0)
    assert seen.changed() == ""
    model.w = Value(3.0)
    assert "w" in seen.changed()


class _Named:
    """Equal to all of the same name, whatever its rate."""

    def __init__(self, name, rate):
        self.name, self.rate = name, rate

    def __eq__(self, other):
        return self.name == other.name

    __hash__ = None


class _Private:
    __slots__ = ("__rate",)

    def __init__(self, rate):
        self.__rate = rate

    def rate(self):
        return self.__rate

    def set(self, rate):
        self.__rate = rate


@pytest.mark.parametrize(("container", "key"), [([_Named("a", 2.0)], 0), ({"k": _Named("a", 2.0)}, "k")])
def test_an_object_replaced_by_one_that_calls_itself_equal_is_seen(container, key):
    seen = ClosedOver(lambda x: x * container[key].rate)
    container[key] = _Named("a", 3.0)
    assert seen.changed()


def test_a_private_slot_and_a_read_only_view_of_a_dict_are_seen():
    private, rates = _Private(2.0), {"a": 1.0}
    view = types.MappingProxyType(rates)
    of_slot, of_view = ClosedOver(lambda x: x * private.rate()), ClosedOver(lambda x: x * view["a"])
    private.set(3.0)
    rates["a"] = 5.0
    assert of_slot.changed() and of_view.changed()


class _Open:
    """Nothing in it yet."""


def _helper(x, *, k=2.0):
    return k * x


ORDER, OPEN, GET, HELD = {"a": 1.0, "b": 1.0}, _Open(), operator.attrgetter("rate"), types.SimpleNamespace(rate=1.0)


@pytest.mark.parametrize(
    ("function", "change"),
    [
        (lambda x: x * next(iter(ORDER)) == "a", lambda: ORDER.update(a=ORDER.pop("a"))),
        (lambda x: x if hasattr(OPEN, "flag") else -x, lambda: setattr(OPEN, "flag", True)),
        (lambda x: x * GET(HELD), lambda: setattr(HELD, "rate", 2.0)),
        (lambda x: _helper(x), lambda: setattr(_helper, "__kwdefaults__", {"k": 3.0})),
        (lambda x: _helper(x), lambda: setattr(_helper, "__code__", (lambda x, *, k=1.0: x).__code__)),
    ],
    ids=["order of a dict", "a first attribute", "attrgetter", "defaults of a helper", "code of a helper"],
)
def test_changes_that_hide(function, change):
    seen = ClosedOver(function)
    assert seen.changed() == ""
    change()
    assert seen.changed()
