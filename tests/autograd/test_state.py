"""Blocks (no_grad, observers) count where they were opened and until they are closed, in whatever order that is."""

from __future__ import annotations

import asyncio
import gc
import threading

import pytest

from glassgrad import Value, detect_anomaly, no_grad
from glassgrad.autograd.context import state


def _records():
    x = Value(2.0)
    return not (x * x).is_constant


def _suspended():
    with no_grad():
        yield
        yield


@pytest.fixture(autouse=True)
def _all_blocks_are_closed_in_the_end():
    yield
    assert _records()
    assert state.watched == 0


def test_a_generator_that_is_closed_inside_of_another_block():
    generator = _suspended()
    next(generator)
    with no_grad():
        generator.close()
        assert not _records()


def test_a_generator_that_outlives_the_block_around_it():
    generator = _suspended()
    with no_grad():
        next(generator)
    assert not _records()
    generator.close()


def test_a_generator_that_is_closed_by_another_thread():
    generator = _suspended()
    next(generator)
    thread = threading.Thread(target=generator.close)
    thread.start()
    thread.join()
    assert _records()


def test_a_block_that_is_forgotten_ends_with_its_manager():
    manager = no_grad()
    manager.__enter__()
    assert not _records()
    del manager
    gc.collect()
    assert _records()


def test_an_exception_closes_the_block():
    with pytest.raises(ZeroDivisionError), no_grad(), detect_anomaly():
        raise ZeroDivisionError


def test_recording_inside_of_no_grad_inside_of_recording():
    with no_grad():
        with state.recording():
            assert _records()
            with no_grad():
                assert not _records()
            assert _records()
        assert not _records()


def test_other_threads_record_meanwhile():
    found = []
    with no_grad():
        thread = threading.Thread(target=lambda: found.append(_records()))
        thread.start()
        thread.join()
        assert not _records()
    assert found == [True]


def test_threads_that_open_and_close_blocks_all_the_time():
    wrong, stop = [], threading.Event()

    def plain():
        while not stop.is_set():
            if not _records():
                wrong.append("recorded nothing")

    def blocked():
        for _ in range(300):
            with no_grad():
                if _records():
                    wrong.append("recorded")
        stop.set()

    threads = [threading.Thread(target=work) for work in (plain, plain, blocked, blocked)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_backward_passes_of_two_threads_that_share_a_leaf_add_up():
    """The other thread begins when this one has read what the leaf holds, and is about to clear it."""
    slot, begun = Value.grad, []

    class Shared(Value):
        __slots__ = ()

        @property
        def grad(self):
            return slot.__get__(self)

        @grad.setter
        def grad(self, number):
            if armed and not begun:
                begun.append(threading.Thread(target=other.backward))
                begun[0].start()
                begun[0].join(0.1)  # it waits for its turn; without a lock it is through by now
            slot.__set__(self, number)

    armed = False
    x = Shared(3.0)
    x.grad = 100.0
    ours, other = x * 2.0, x * 5.0
    armed = True
    ours.backward()
    begun[0].join()
    assert x.grad == 107.0


def test_other_tasks_record_meanwhile():
    async def blocked():
        with no_grad():
            await asyncio.sleep(0.002)
            return _records()

    async def plain():
        await asyncio.sleep(0.001)
        return _records()

    async def all_of_them():
        return await asyncio.gather(blocked(), plain(), blocked(), plain())

    assert asyncio.run(all_of_them()) == [False, True, False, True]


def test_no_grad_decorates_a_function():
    @no_grad()
    def square(v):
        return v * v

    assert [square(Value(3.0)).is_constant for _ in range(2)] == [True, True]


def test_the_clock_never_goes_back():
    before = state.clock
    state.advance(before - 1)
    assert state.clock == before
    assert state.tick() == before + 1
