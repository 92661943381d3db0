"""A child that is forked while another thread is in backward() works, and has whole gradients."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import warnings

import pytest

from glassgrad import Value, collector_paused, gradcheck
from glassgrad.autograd.context import collector, state

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
SECONDS = 30  # after which a child is taken to hang


def _in_a_child(work):
    """The exit status of a forked child that does this; it is killed if it hangs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of every fork beside threads
        child = os.fork()
    if not child:
        signal.alarm(SECONDS)
        status = 1
        try:
            status = 0 if work() else 2
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.fixture
def busy():
    """A thread that calls backward() all the time, on a graph of one leaf whose gradient is 3 each time."""
    leaf, stop = Value(2.0), threading.Event()
    root = leaf * 3.0
    for _ in range(2000):
        root = root * 1.0

    def work():
        while not stop.is_set():
            root.backward()

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    thread = threading.Thread(target=work)
    thread.start()
    yield leaf
    stop.set()
    thread.join()
    sys.setswitchinterval(before)


def test_a_child_can_call_backward(busy):
    def work():
        x = Value(3.0)
        (x * x).backward()
        x.data = 4.0
        return x.grad == 6.0 and gradcheck(lambda x: x * x, 2.0).ok

    assert [_in_a_child(work) for _ in range(20)] == [0] * 20


def test_a_child_has_whole_gradients(busy):
    assert [_in_a_child(lambda: busy.grad % 3.0 == 0.0) for _ in range(20)] == [0] * 20


def test_a_fork_inside_of_backward():
    """An observer may fork: it holds the lock itself."""
    statuses = []

    class Forks(state.Observer):
        def passed(self, node):
            if not statuses:
                statuses.append(_in_a_child(lambda: (Value(1.0) * 2.0).backward() is None))

    x = Value(2.0)
    with state.observing(Forks()):
        (x * x).backward()
    assert (statuses, x.grad) == ([0], 4.0)
    thread = threading.Thread(target=(x * x).backward)  # the lock is free again
    thread.start()
    thread.join(timeout=SECONDS)
    assert not thread.is_alive()


def test_another_threads_pause_of_the_collector_ends_with_the_thread():
    opened, stop = threading.Event(), threading.Event()

    def work():
        with collector_paused():
            opened.set()
            stop.wait()

    before = gc.get_threshold()
    thread = threading.Thread(target=work)
    thread.start()
    opened.wait()
    try:
        assert _in_a_child(lambda: gc.get_threshold() == before and not collector._pauses) == 0
    finally:
        stop.set()
        thread.join()
