"""Graphs too deep for recursion, in every shape: each walk over them is a loop, linear in the nodes, and leaks nothing."""

from __future__ import annotations

import copy
import gc
import pickle
import signal
import subprocess
import sys
import threading
import weakref
from pathlib import Path

import pytest

import glassgrad as gg
from glassgrad import Value, gradients
from glassgrad.autograd import graph
from glassgrad.autograd.context import state
from glassgrad.autograd.node import link

DEEP = 10_000  # ten times what Python lets recurse
ROOT = Path(__file__).parents[2]


def chain(nodes):
    x = y = Value(1.0)
    for _ in range(nodes):
        y = y + x
    return y, [x], [nodes + 1.0]


def products(nodes):
    x, one = Value(3.0), Value(1.0)
    y = x
    for _ in range(nodes):
        y = y * one
    return y, [x, one], [1.0, 3.0 * nodes]


def tree(nodes):
    leaves = [Value(float(i % 3)) for i in range(nodes // 2)]
    level = leaves
    while len(level) > 1:
        level = [a + b for a, b in zip(level[::2], level[1::2])] + level[len(level) & ~1 :]
    return level[0], leaves, [1.0] * len(leaves)


def ladder(nodes):
    """2^(nodes/2) paths from the leaf to the root; the gradient is that of x."""
    x, half = Value(1.0), Value(0.5)
    y = x
    for _ in range(nodes // 2):
        y = (y + y) * half
    return y, [x], [1.0]


def fan(nodes):
    x = Value(0.5)
    return gg.sum([x * x for _ in range(nodes)]), [x], [float(nodes)]


def long_sum(nodes):
    leaves = [Value(1.0) for _ in range(nodes)]
    return gg.sum(leaves), leaves, [1.0] * nodes


def long_dot(nodes):
    left, right = [Value(float(i % 5)) for i in range(nodes // 2)], [Value(2.0) for _ in range(nodes // 2)]
    return gg.dot(left, right), left + right, [2.0] * len(left) + [float(i % 5) for i in range(len(left))]


SHAPES = (chain, products, tree, ladder, fan, long_sum, long_dot)
each_shape = pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)


@each_shape
def test_backward_and_a_second_backward(shape):
    root, leaves, expected = shape(DEEP)
    root.backward()
    assert [leaf.grad for leaf in leaves] == expected
    root.backward()
    assert [leaf.grad for leaf in leaves] == [2 * e for e in expected]
    root.zero_grad()
    assert {node.grad for node in graph.topological(root)} == {0.0}


@each_shape
def test_gradients_that_can_be_differentiated_again(shape):
    root, leaves, expected = shape(DEEP)
    assert [g.data for g in gradients(root, leaves)] == expected
    assert {leaf.grad for leaf in leaves} == {0.0}


def _facts(root):
    order = graph.topological(root)
    at = {node: i for i, node in enumerate(order)}
    return [
        (type(n), n.data, n.grad, n.op, [at[o] for o in n.operands], n.local_derivatives, n.label, n.scope)
        for n in order
    ]


@each_shape
@pytest.mark.parametrize(
    "duplicate", [copy.deepcopy, lambda root: pickle.loads(pickle.dumps(root))], ids=["copy", "pickle"]
)
def test_a_graph_is_copied_whole(shape, duplicate):
    root, leaves, _ = shape(DEEP)
    root.label, root.scope, leaves[0].label = "loss", "layers.0.neurons.0", "w"
    root.backward()
    twin = duplicate(root)
    assert _facts(twin) == _facts(root)
    assert not set(graph.topological(twin)) & set(graph.topological(root))
    twin.backward()
    assert [n.grad for n in graph.topological(twin) if n.op is None] == [
        2 * n.grad for n in graph.topological(root) if n.op is None
    ]


@each_shape
def test_a_graph_is_freed_without_the_collector(shape):
    gc.collect()
    gc.disable()
    try:
        root, leaves, _ = shape(DEEP)
        root.backward()
        pickle.dumps(root)
        copy.deepcopy(root)
        held = [weakref.ref(node) for node in graph.topological(root)]
        del root, leaves
        assert not [ref for ref in held if ref() is not None]
    finally:
        gc.enable()


@each_shape
def test_each_walk_visits_each_edge_once(shape, monkeypatch):
    """Linear, by count and not by the clock: ten times the nodes, ten times the visits."""
    visits = [_visits(shape(nodes)[0], monkeypatch) for nodes in (300, 3000)]
    assert 9 <= visits[1] / visits[0] <= 11


def _visits(root, monkeypatch):
    """How often the walk asks a set whether it has met a node, and how often a gradient is written."""
    writes = 0
    slot = type(root).grad

    class Counted(Value):
        __slots__ = ()

        @property
        def grad(self):
            return slot.__get__(self)

        @grad.setter
        def grad(self, number):
            nonlocal writes
            writes += 1
            slot.__set__(self, number)

        def __hash__(self):
            nonlocal writes
            writes += 1
            return id(self)

    twin = _retyped(root, Counted)
    writes = 0
    twin.backward()
    return writes


def _retyped(root, kind):
    copies = {}
    for node in graph.topological(root):
        copies[node] = twin = object.__new__(kind)
        for slot in ("_data", "op", "_stamp"):
            setattr(twin, slot, getattr(node, slot))
        twin.grad = 0.0
        link(twin, [copies[operand] for operand in node.operands], node.local_derivatives)
    return copies[root]


def test_the_order_is_depth_first_and_the_same_at_every_run():
    a, b = Value(1.0, label="a"), Value(2.0, label="b")
    c = a * b
    root = gg.sum([c, a + c, b])
    assert [node.label or node.op.name for node in graph.topological(root)] == ["a", "b", "mul", "add", "sum"]


def test_known_nodes_are_left_out():
    a = Value(1.0)
    b = a.exp()
    root = b * a
    assert graph.topological(root, known=lambda node: node is b) == [a, root]


# ── stamps ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def pickled_later(monkeypatch):
    """A leaf and a product of it, pickled in a process whose clock had come far; this one's begins again."""
    monkeypatch.setattr(state, "clock", 500)
    w = Value(3.0, label="w")
    monkeypatch.setattr(state, "clock", 1000)
    written = pickle.dumps(w), pickle.dumps(w * w)
    monkeypatch.setattr(state, "clock", 0)
    return written


def test_what_is_computed_from_an_unpickled_leaf_is_fresh(pickled_later):
    w = pickle.loads(pickled_later[0])
    assert [g.data for g in gradients(w * w, [w])] == [6.0]


def test_a_leaf_of_an_unpickled_graph_that_changes_makes_it_stale(pickled_later):
    root = pickle.loads(pickled_later[1])
    w = root.operands[0]
    w.data = 4.0
    with pytest.raises(gg.StaleGraphError, match="w = leaf 4"):
        gradients(root, [w])


# ── interruption ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("when", [0.0, 0.25, 0.5, 0.75, 1.0])
def test_an_interrupted_backward_leaves_the_leaves_as_they_were(when):
    root, leaves, expected = products(2000)
    root.backward()
    stop_at = int(when * (len(graph.topological(root)) - 1))
    seen = 0

    def interrupt(node):
        nonlocal seen
        seen += 1
        if seen > stop_at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        graph.backpropagate(root, watch=interrupt)
    assert [leaf.grad for leaf in leaves] == expected
    root.backward()
    assert [leaf.grad for leaf in leaves] == [2 * e for e in expected]


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no interval timer to send a signal with")
def test_ctrl_c_at_any_moment_of_backward():
    """Signals at odd times: before, during and after the walk; the gradient is the old one or the new one, whole."""
    done = _run(
        """
        import signal
        from glassgrad import Value

        def ring(*_):
            raise KeyboardInterrupt

        signal.signal(signal.SIGALRM, ring)
        leaves = [Value(1.0) for _ in range(5000)]
        root = Value(0.0)
        for leaf in leaves:
            root = root + leaf
        interrupted = 0
        for delay in range(1, 200):
            held = [leaf.grad for leaf in leaves]
            try:
                signal.setitimer(signal.ITIMER_REAL, delay * 1e-4)
                root.backward()
                signal.setitimer(signal.ITIMER_REAL, 0)
            except KeyboardInterrupt:
                interrupted += 1
            signal.setitimer(signal.ITIMER_REAL, 0)
            grads = {leaf.grad - old for leaf, old in zip(leaves, held)}
            assert grads in ({0.0}, {1.0}), grads
        print("ok" if interrupted else "never interrupted")
        """
    )
    assert done == "ok"


# ── a million ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("shape", ["chain", "tree", "ladder", "fan", "long_dot"])
def test_a_million_nodes_under_default_limits(shape):
    """Record, differentiate, delete the root; and leave the interpreter with a deep graph still alive."""
    done = _run(
        f"""
        import sys
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from test_large_graphs import {shape} as shape
        root, leaves, expected = shape(1_000_000)
        root.backward()
        assert [leaf.grad for leaf in leaves] == expected
        del root, leaves
        root, _, _ = shape(100_000)
        print("ok")
        """
    )
    assert done == "ok"


def test_a_very_deep_chain_is_copied_and_pickled_under_default_limits():
    done = _run(
        f"""
        import copy, pickle, sys
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from test_large_graphs import chain
        from glassgrad import gradients
        root, [x], [expected] = chain(300_000)
        [g] = gradients(root, [x])
        assert g.data == expected
        twin = copy.deepcopy(root)
        assert twin is not root and twin.data == root.data
        del twin, g
        data = pickle.dumps(root)
        assert len(data) < 100 * 300_000, len(data)
        twin = pickle.loads(data)
        twin.backward()
        assert x.grad == 0.0 and twin.data == root.data and twin.grad == 1.0
        print("ok")
        """
    )
    assert done == "ok"


def _run(code):
    """What a fresh Python prints for the code, once it has left with status 0."""
    lines = code.strip("\n").split("\n")
    indent = len(lines[0]) - len(lines[0].lstrip())
    script = "\n".join(line[indent:] for line in lines)
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# ── pickle: what belongs together stays together ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("order", ["hidden first", "loss first"])
@pytest.mark.parametrize(
    "duplicate", [copy.deepcopy, lambda things: pickle.loads(pickle.dumps(things))], ids=["copy", "pickle"]
)
def test_nodes_that_are_copied_together_stay_one_graph(order, duplicate):
    w = Value(2.0, label="w")
    hidden = w * w
    loss = hidden * hidden + w
    things = [w, hidden, loss, hidden] if order == "hidden first" else [loss, hidden, w, hidden]
    twins = duplicate(things)
    w2, hidden2, loss2 = (twins[things.index(x)] for x in (w, hidden, loss))
    assert twins[3] is hidden2
    assert {w2, hidden2, loss2} < set(graph.topological(loss2))
    loss2.backward()
    assert w2.grad == 4 * 2.0**3 + 1
    assert w.grad == 0.0


def test_a_list_of_all_nodes_of_a_chain_is_pickled_in_linear_space():
    sizes = []
    for nodes in (300, 3000):
        root, _, _ = chain(nodes)
        order = graph.topological(root)
        data = pickle.dumps(order)
        sizes.append(len(data))
        assert graph.topological(pickle.loads(data)[-1]) != order
    assert sizes[1] < 12 * sizes[0]


def test_pickled_state_is_that_of_the_moment():
    x = Value(3.0)
    y = x * x
    first = pickle.dumps(y)
    y.backward()
    assert pickle.loads(first).grad == 0.0
    assert pickle.loads(pickle.dumps(y)).grad == 1.0


def test_a_pickled_graph_knows_that_a_leaf_changed_later():
    x = Value(3.0)
    twin_x, twin_y = pickle.loads(pickle.dumps([x, x * x]))
    twin_x.data = 4.0
    with pytest.raises(gg.StaleGraphError):
        gradients(twin_y, [twin_x])


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_pickle_protocol(protocol):
    x = Value(3.0, label="x")
    twin = pickle.loads(pickle.dumps(x * 2.0 + x.exp(), protocol))
    assert twin.data == (x * 2.0 + x.exp()).data


# ── threads ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_threads_may_share_leaves():
    w = Value(2.0)
    rounds, workers = 200, 4

    def work():
        for _ in range(rounds):
            (w * w + w).backward()

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert w.grad == rounds * workers * 5.0


# ── subclasses ─────────────────────────────────────────────────────────────────────────────────────────────────────


class Noted(Value):
    """A subclass with attributes in a dict, and its own way of being made."""

    def __init__(self, data, note):
        super().__init__(data)
        self.note = note


class Slotted(Value):
    """A subclass with attributes in slots."""

    __slots__ = ("note", "never_set")

    def __init__(self, data, note):
        super().__init__(data)
        self.note = note


@pytest.mark.parametrize("kind", [Noted, Slotted])
@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))])
def test_a_subclass_keeps_what_it_added(kind, duplicate):
    leaf = kind(3.0, "from outside")
    (leaf * leaf).backward()
    twin = duplicate(leaf)
    assert (type(twin), twin.data, twin.grad, twin.note) == (kind, 3.0, 6.0, "from outside")
    assert not hasattr(twin, "never_set")
