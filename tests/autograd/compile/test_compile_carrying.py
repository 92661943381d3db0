"""Programs in copies, in pickles and in other processes: the function and the options, recorded anew."""

import copy
import functools
import importlib
import multiprocessing
import pickle
import threading
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import Value, nn

w = Value(2.0)


def square(x):
    return w * x * x


@gg.compile
def decorated(x):
    return w * x


class Model:
    """One parameter, and a program of a method."""

    def __init__(self):
        self.w = Value(3.0)
        self.program = gg.compile(self.loss)

    def loss(self, x):
        return self.w * x


def scaled(factor, x):
    return factor * x * w


PROGRAMS = {
    "function": lambda: gg.compile(square),
    "batch": lambda: gg.compile(square, batch=True, reduction="sum", sums="exact"),
    "static": lambda: gg.compile(scaled, static="factor"),
    "method": lambda: gg.compile(Model().loss),
    "partial": lambda: gg.compile(functools.partial(scaled, 3.0)),
    "module": lambda: gg.compile(nn.MLP(1, [2, 1], seed=0)),
    "decorated": lambda: decorated,
    "gradient": lambda: gg.compile(gg.grad(square)),
    "lambda": lambda: gg.compile(lambda x: w * x * x),
}
ARGUMENTS = {"batch": (np.array([1.0, 2.0, 4.0]),), "static": (2.0, 5.0), "module": ([0.5],)}
BY_PICKLE = [name for name in PROGRAMS if name not in ("gradient", "lambda")]


def pickled(program):
    return pickle.loads(pickle.dumps(program))


@pytest.mark.parametrize("warm", [0, 3])
@pytest.mark.parametrize(
    ("way", "name"),
    [(way, name) for way in (copy.copy, copy.deepcopy) for name in PROGRAMS] + [(pickled, name) for name in BY_PICKLE],
)
def test_a_copied_program_answers_the_same(way, name, warm):
    program, args = PROGRAMS[name](), ARGUMENTS.get(name, (1.5,))
    for _ in range(warm):
        program(*args)
    copied = way(program)
    assert type(copied) is type(program)
    for _ in range(3):
        assert copied(*args) == program(*args)


def test_options_travel():
    program = pickled(gg.compile(square, batch=True, reduction="sum"))
    assert program(np.array([1.0, 2.0])) == 10.0
    assert copy.deepcopy(gg.compile(scaled, static=("factor",)))(2.0, 1.0) == 4.0


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_protocol_and_picklers_in_python(protocol):
    program = gg.compile(square)
    assert pickle.loads(pickle.dumps(program, protocol))(3.0) == 18.0
    assert pickle._loads(pickle._dumps(program, protocol))(3.0) == 18.0


@pytest.mark.parametrize("inner", [lambda x: x * w, gg.grad(square), functools.partial(lambda k, x: k * x, 2.0)])
def test_a_function_without_a_name_says_what_to_do(inner):
    for write in (pickle.dumps, pickle._dumps):
        with pytest.raises(pickle.PicklingError, match=r"level of a module.*cloudpickle"):
            write(gg.compile(inner))


def test_a_decorated_function_is_found_by_its_name():
    assert pickled(decorated) is decorated


@pytest.mark.parametrize("way", [copy.deepcopy, pickled])
@pytest.mark.parametrize("first", ["model", "program"])
def test_a_model_and_its_program_are_copied_together(way, first):
    model = Model()
    model.program(1.0)
    if first == "model":
        copied = way(model)
        program = copied.program
    else:
        program = way(model.program)
        copied = program._function.__self__
        assert copied.program is program
    assert copied is not model
    assert program(2.0) == 6.0
    copied.w.data = 10.0
    assert program(2.0) == 20.0
    assert program.parameters == (copied.w,)
    assert model.program(2.0) == 6.0


def test_a_closure_is_copied_with_the_values_of_its_model():
    class Holder:
        pass

    model = Holder()
    model.w, model.lock = Value(3.0), None
    w, k = model.w, 2.0

    def helper(x, power=2.0, *, shift=model.w):
        return w * x**power + shift

    def loss(x):
        return helper(x) * k if x < 100.0 else loss(x / 2.0)  # it is in its own cell

    model.loss, model.program = helper, gg.compile(loss)
    copied = copy.deepcopy(model)
    assert copied.program(2.0) == model.program(2.0) == 30.0
    copied.w.data = 1.0
    assert copied.program(2.0) == 10.0
    assert copied.program.parameters == (copied.w,)
    assert model.program(2.0) == 30.0
    assert copied.program._function.__qualname__ == loss.__qualname__


def test_what_no_copy_can_have_is_an_error_and_modules_are_shared():
    lock, library = threading.Lock(), np
    assert copy.deepcopy(gg.compile(lambda x: library.sqrt(4.0) * x))(2.0) == 4.0
    with pytest.raises(TypeError, match="lock"):
        copy.deepcopy(gg.compile(lambda x: x if lock else -x))


OF_A_USER = """
import glassgrad as gg

w = gg.Value(2.0)

def square(x):
    return w * x * x

@gg.compile
def decorated(x):
    return w * x

def call(program, x):
    return program(x)
"""


def test_a_spawned_process(tmp_path, monkeypatch):
    (tmp_path / "of_a_user.py").write_text(OF_A_USER)  # the other process has to find the module
    monkeypatch.syspath_prepend(tmp_path)
    user = importlib.import_module("of_a_user")
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(user.call, gg.compile(user.square), 3.0).result(timeout=120) == 18.0
        assert pool.submit(user.call, user.decorated, 3.0).result(timeout=120) == 6.0


def test_cloudpickle_writes_lambdas_with_their_values():
    cloudpickle = pytest.importorskip("cloudpickle")
    v = Value(5.0)
    for program in (gg.compile(lambda x: v * x), gg.compile(gg.grad(lambda x: v * x * x / 2.0))):
        copied = pickle.loads(cloudpickle.dumps(program))
        assert copied(2.0) == 10.0
        assert copied.parameters[0] is not v


def test_joblib():
    joblib = pytest.importorskip("joblib")
    assert joblib.Parallel(n_jobs=2)(joblib.delayed(gg.compile(lambda x: w * x))(float(i)) for i in range(3)) == [
        0,
        2,
        4,
    ]
