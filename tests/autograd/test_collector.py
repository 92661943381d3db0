"""The cyclic collector pauses while graphs are recorded, and is as it was on every way out."""

from __future__ import annotations

import contextlib
import gc
import threading
import weakref

import pytest

import glassgrad as gg
from glassgrad import Value, collector_paused, nn
from glassgrad.autograd.context import collector

USUAL = (700, 10, 10)


@pytest.fixture(autouse=True)
def _thresholds():
    before = gc.get_threshold()
    gc.set_threshold(*USUAL)
    yield
    assert gc.get_threshold() == USUAL
    gc.set_threshold(*before)


def _paused():
    return gc.get_threshold()[0] == collector.OBJECTS


WAYS = {
    "grad": lambda f: gg.grad(f)(2.0),
    "value_and_grad": lambda f: gg.value_and_grad(f)(2.0),
    "jacobian": lambda f: gg.jacobian(f)(2.0),
    "hessian": lambda f: gg.hessian(f)(2.0),
    "hvp": lambda f: gg.hvp(f, (2.0,), (1.0,)),
    "jvp": lambda f: gg.jvp(f, (2.0,), (1.0,)),
    "gradcheck": lambda f: gg.gradcheck(f, 2.0),
    "compile": lambda f: gg.compile(f)(2.0),
    "fit": lambda f: nn.fit(
        nn.MLP(1, [1], seed=0), [[1.0]], [1.0], loss=lambda out, y: f(out), epochs=1, engine="eager"
    ),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_paused_while_a_function_is_differentiated(way):
    seen = []

    def function(x):
        seen.append(_paused())
        return x * x

    way(function)
    assert seen[0] or seen[1]  # gradcheck and fit try the function once before


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_as_it_was_after_an_error(way, error):
    def function(x):
        raise error

    with contextlib.suppress(error):
        way(function)
    gc.collect()
    assert gc.get_threshold() == USUAL


def test_callbacks_of_fit_run_with_it_on():
    seen = []
    model = nn.MLP(1, [1], seed=0)
    for engine in ("eager", "compiled"):
        nn.fit(
            model, [[1.0]], [1.0], loss=nn.mse, epochs=2, engine=engine, callbacks=[lambda h: seen.append(_paused())]
        )
    assert seen == [False] * len(seen)
    assert len(seen) == 4


def test_nested_blocks_are_one():
    with collector_paused():
        with collector_paused():
            assert _paused()
        assert _paused()
        gg.grad(lambda x: x * x)(1.0)
        assert _paused()
    assert not _paused()


def test_blocks_that_end_in_another_order():
    first, second = collector_paused(), collector_paused()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert _paused()
    second.__exit__(None, None, None)
    assert not _paused()


def test_blocks_of_several_threads():
    opened, go_on = threading.Barrier(5), threading.Event()

    def work():
        with collector_paused():
            opened.wait(timeout=30)
            go_on.wait(timeout=30)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    opened.wait(timeout=30)
    with collector_paused():
        assert _paused()
    assert _paused()
    go_on.set()
    for thread in threads:
        thread.join()
    assert not _paused()


def test_a_pause_that_is_forgotten_ends_with_the_object():
    pause = collector.Pause()
    assert _paused()
    del pause
    gc.collect()
    assert not _paused()


def test_what_somebody_sets_meanwhile_stays():
    with collector_paused():
        gc.set_threshold(500, 5, 5)
    assert gc.get_threshold() == (500, 5, 5)
    gc.set_threshold(*USUAL)


def test_a_collector_that_is_off_stays_off():
    gc.set_threshold(0, 10, 10)
    with collector_paused():
        assert gc.get_threshold() == (0, 10, 10)
    gc.set_threshold(*USUAL)
    gc.disable()
    try:
        with collector_paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_young_collection_runs_each_million_objects(monkeypatch):
    class Cycle:
        def __init__(self):
            self.me = self

    with collector_paused():
        gone = weakref.ref(Cycle())
        assert gone() is not None
        kept = [[] for _ in range(collector.OBJECTS + 1000)]
        assert gone() is None
    assert kept


def test_no_graph_is_a_cycle():
    gc.collect()
    with collector_paused():
        x = Value(2.0)
        node = weakref.ref(x * x)
        assert node() is None
        gg.hvp(lambda x: gg.sin(x * x), (2.0,), (1.0,))
        assert not [thing for thing in gc.get_objects() if isinstance(thing, Value) and thing.op is gg.sin]


def test_a_pause_that_has_ended_leaves_nothing_to_run():
    pause = collector.Pause()
    pause.end()
    assert not hasattr(type(pause), "__del__")  # which an interrupt could hit
    pause.end()
    assert not _paused()
