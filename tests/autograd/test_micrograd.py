"""Code written for micrograd runs with nothing but its import lines changed, and gives the same numbers.

Each program below is run twice: as it stands, on the micrograd of PyPI, and with its import lines changed, on ours.
"""

from __future__ import annotations

import importlib.util
import math
import re

import pytest

from glassgrad import Value, nn

needs_micrograd = pytest.mark.skipif(
    importlib.util.find_spec("micrograd") is None, reason="micrograd is not installed: pip install 'glassgrad[test]'"
)

README = """
from micrograd.engine import Value

a = Value(-4.0)
b = Value(2.0)
c = a + b
d = a * b + b**3
c += c + 1
c += 1 + c + (-a)
d += d * 2 + (b + a).relu()
d += 3 * d + (b - a).relu()
e = c - d
f = e**2
g = f / 2.0
g += 10.0 / f
out = [g.data, f'{g.data:.4f}']
g.backward()
out += [a.grad, b.grad, g.grad, f'{a.grad:.4f}', f'{b.grad:.4f}']
"""

SANITY = """
from micrograd.engine import Value

x = Value(-4.0)
z = 2 * x + 2 + x
q = z.relu() + z * x
h = (z * z).relu()
y = h + q + q * x
y.backward()
out = [x.data, y.data, x.grad, z.grad, q.grad, h.grad]
"""

OPERATORS = """
from micrograd.engine import Value

out = []
for number in (-3.5, -1, 0.25, 1, 2, 7.5):
    for make in (
        lambda v: v + 2, lambda v: 2 + v, lambda v: v - 2, lambda v: 2 - v, lambda v: v * 3, lambda v: 3 * v,
        lambda v: v / 4, lambda v: 4 / v, lambda v: -v, lambda v: v**2, lambda v: v**3, lambda v: v**-1, lambda v: v**-2,
        lambda v: v**2.0, lambda v: v.relu(), lambda v: v * v, lambda v: v + v, lambda v: v / v, lambda v: v - v * v,
        lambda v: sum([v, v * 2, v * v]), lambda v: ((v + 1) * (v + v * v)).relu() ** 2 / (v * v + 1),
    ):
        v = Value(number)
        y = make(v)
        y.backward()
        out += [y.data, v.grad]
"""

NETWORK = """
import random
from micrograd.engine import Value
from micrograd.nn import MLP, Layer, Neuron

random.seed(3)
n, layer, model = Neuron(3), Layer(3, 2), MLP(3, [4, 4, 1])
x = [Value(2.0), Value(3.0), Value(-1.0)]
out = [str(n), str(layer), str(model), len(model.parameters())]
out += [p.data for m in (n, layer, model) for p in m.parameters()]
out += [n(x).data, *(o.data for o in layer(x)), model(x).data, model([1.0, -2, 0.5]).data]
y = model(x)
y.backward()
out += [p.grad for p in model.parameters()] + [xi.grad for xi in x]
model.zero_grad()
out += [p.grad for p in model.parameters()]
"""

OWN_MODULE = """
import random
from micrograd.engine import Value
from micrograd.nn import Module, Neuron

class Twice(Module):
    def __init__(self):
        self.first, self.scale = Neuron(2, nonlin=False), Value(0.5)

    def __call__(self, x):
        return self.first(x) * self.scale

    def parameters(self):
        return self.first.parameters() + [self.scale]

random.seed(0)
model = Twice()
for _ in range(2):
    loss = (model([1.0, 2.0]) - 3.0) ** 2
    model.zero_grad()
    loss.backward()
    out = [loss.data, *(p.grad for p in model.parameters())]
    for p in model.parameters():
        p.data += -0.1 * p.grad
"""

MOONS = """
import random
import numpy as np
from micrograd.engine import Value
from micrograd.nn import Neuron, Layer, MLP

np.random.seed(1337)
random.seed(1337)
turn = np.linspace(0, np.pi, 10)
X = np.concatenate([np.c_[np.cos(turn), np.sin(turn)], np.c_[1 - np.cos(turn), 0.5 - np.sin(turn)]])
X += np.random.normal(scale=0.1, size=X.shape)
y = np.repeat([0, 1], 10)
y = y * 2 - 1  # make y be -1 or 1
model = MLP(2, [16, 16, 1])

def loss(batch_size=None):
    if batch_size is None:
        Xb, yb = X, y
    else:
        ri = np.random.permutation(X.shape[0])[:batch_size]
        Xb, yb = X[ri], y[ri]
    inputs = [list(map(Value, xrow)) for xrow in Xb]
    scores = list(map(model, inputs))
    losses = [(1 + -yi*scorei).relu() for yi, scorei in zip(yb, scores)]
    data_loss = sum(losses) * (1.0 / len(losses))
    alpha = 1e-4
    reg_loss = alpha * sum((p*p for p in model.parameters()))
    total_loss = data_loss + reg_loss
    accuracy = [(yi > 0) == (scorei.data > 0) for yi, scorei in zip(yb, scores)]
    return total_loss, sum(accuracy) / len(accuracy)

out = []
for k in range(6):
    total_loss, acc = loss(batch_size=None if k % 2 else 12)
    model.zero_grad()
    total_loss.backward()
    learning_rate = 1.0 - 0.9*k/100
    for p in model.parameters():
        p.data -= learning_rate * p.grad
    out += [total_loss.data, acc]
out += [p.data for p in model.parameters()]
h = 0.5
xx, yy = np.meshgrid(np.arange(-1, 2, h), np.arange(-1, 1.5, h))
Xmesh = np.c_[xx.ravel(), yy.ravel()]
scores = list(map(model, [list(map(Value, xrow)) for xrow in Xmesh]))
Z = np.array([s.data > 0 for s in scores]).reshape(xx.shape)
out += Z.ravel().tolist()
"""

DRAW_DOT = """
import random
from graphviz import Digraph
from micrograd.engine import Value
from micrograd import nn

def trace(root):
    nodes, edges = set(), set()
    def build(v):
        if v not in nodes:
            nodes.add(v)
            for child in v._prev:
                edges.add((child, v))
                build(child)
    build(root)
    return nodes, edges

def draw_dot(root, format='svg', rankdir='LR'):
    assert rankdir in ['LR', 'TB']
    nodes, edges = trace(root)
    dot = Digraph(format=format, graph_attr={'rankdir': rankdir})
    for n in nodes:
        dot.node(name=str(id(n)), label="{ data %.4f | grad %.4f }" % (n.data, n.grad), shape='record')
        if n._op:
            dot.node(name=str(id(n)) + n._op, label=n._op)
            dot.edge(str(id(n)) + n._op, str(id(n)))
    for n1, n2 in edges:
        dot.edge(str(id(n1)), str(id(n2)) + n2._op)
    return dot

random.seed(1337)
n = nn.Neuron(2)
x = [Value(1.0), Value(-2.0)]
y = n(x)
y.backward()
lines = draw_dot(y).source.splitlines()
labels = sorted(line.split('label=')[1] for line in lines if 'label=' in line)
out = labels + [sum('->' in line for line in lines)]
"""

PROGRAMS = {
    "readme": README, "sanity": SANITY, "operators": OPERATORS, "network": NETWORK, "own module": OWN_MODULE,
    "moons": MOONS, "draw_dot": DRAW_DOT,
}  # fmt: skip
IMPORTS = {
    "from micrograd.engine import": "from glassgrad import",
    "from micrograd.nn import": "from glassgrad.nn import",
    "from micrograd import nn": "from glassgrad import nn",
}


def _run(program):
    names = {"__name__": "program"}
    exec(compile(program, "<program>", "exec"), names)
    return names["out"]


def _ours(program):
    lines = program.split("\n")
    changed = [next((line.replace(a, b) for a, b in IMPORTS.items() if line.startswith(a)), line) for line in lines]
    assert "micrograd" not in "\n".join(changed)
    return _run("\n".join(changed))


@needs_micrograd
@pytest.mark.parametrize("name", PROGRAMS)
def test_same_numbers_with_other_import_lines(name):
    theirs, ours = _run(PROGRAMS[name]), _ours(PROGRAMS[name])
    assert len(ours) == len(theirs)
    for mine, reference in zip(ours, theirs):
        if isinstance(reference, str):
            assert mine == reference
        else:
            assert math.isclose(mine, reference, rel_tol=1e-12, abs_tol=1e-12)


def test_the_readme_prints_what_micrograd_promises():
    assert [text for text in _ours(README) if isinstance(text, str)] == ["24.7041", "138.8338", "645.5773"]


@pytest.mark.parametrize(
    ("make", "op"),
    [
        (lambda a, b: a + b, "+"), (lambda a, b: a * b, "*"), (lambda a, b: a**2, "**2"), (lambda a, b: a**-0.5, "**-0.5"),
        (lambda a, b: a.relu(), "ReLU"), (lambda a, b: a, ""), (lambda a, b: a - b, "-"), (lambda a, b: a / b, "/"),
        (lambda a, b: a.tanh(), "tanh"), (lambda a, b: a.exp(), "exp"),
    ],
)  # fmt: skip
def test_op_and_prev_as_draw_dot_reads_them(make, op):
    a, b = Value(2.0), Value(3.0)
    out = make(a, b)
    assert out._op == op
    assert out._prev == set(out.operands)


def test_the_lectures_labels():
    """The lecture's Value takes a label, and its draw_dot reads one."""
    a = Value(2.0, label="a")
    e = a * a
    e.label = "e"
    assert [v.label for v in (a, e, e + 1.0)] == ["a", "e", ""]
    assert re.fullmatch(r"Value\(.*label='a'\)", repr(a))


def manual_walk():
    """The neuron of the lecture, and its nodes from the out down: each does its own step."""
    x1, x2 = Value(2.0, label="x1"), Value(0.0, label="x2")
    w1, w2 = Value(-3.0, label="w1"), Value(1.0, label="w2")
    b = Value(6.8813735870195432, label="b")
    x1w1, x2w2 = x1 * w1, x2 * w2
    both = x1w1 + x2w2
    n = both + b
    o = n.tanh()
    return (x1, w1, x2, w2, b), (o, n, b, both, x2w2, x1w1)


def test_the_lectures_manual_walk():
    leaves, walk = manual_walk()
    walk[0].grad = 1.0
    for node in walk:
        node._backward()
    assert [round(leaf.grad, 4) for leaf in leaves] == [-1.5, 1.0, 0.5, 0.0, 0.5]
    again, (o, *_) = manual_walk()
    o.backward()
    assert [leaf.grad for leaf in leaves] == [leaf.grad for leaf in again]


def test_the_lectures_own_backward():
    """Its topological sort, with ``_prev`` and ``_backward``, and the sum of a value with itself."""
    a = Value(3.0)
    b = a + a
    topo, visited = [], set()

    def build_topo(v):
        if v not in visited:
            visited.add(v)
            for child in v._prev:
                build_topo(child)
            topo.append(v)

    build_topo(b)
    b.grad = 1.0
    for node in reversed(topo):
        node._backward()
    assert a.grad == 2.0
    relu = Value(-1.0).relu()
    relu._backward()
    assert relu.operands[0].grad == 0.0


def test_fused_neurons_give_the_same_numbers():
    plain, fused = nn.MLP(2, [8, 1], seed=1), nn.MLP(2, [8, 1], seed=1, fused=True)
    for model in (plain, fused):
        (model([0.3, -0.7]) ** 2).backward()
    for p, q in zip(plain.parameters(), fused.parameters(), strict=True):
        assert math.isclose(p.grad, q.grad, rel_tol=1e-12, abs_tol=1e-15)
