"""Value among the types around it: numbers of every kind, NumPy, foreign classes, comparisons, and code for micrograd."""

from __future__ import annotations

import copy
import enum
import math
import pickle
import re
from decimal import Decimal
from fractions import Fraction

import graphviz
import micrograd.engine
import micrograd.nn
import numpy as np
import pytest

import glassgrad as gg
from glassgrad import Value, nn
from glassgrad.autograd import graph

# ── data ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

REAL_SCALARS = [np.float64, np.float32, np.float16, np.longdouble, np.int8, np.int16, np.int32, np.int64, np.uint8,
                np.uint16, np.uint32, np.uint64, np.bool_, float, int, bool, Fraction]  # fmt: skip


class Level(enum.IntEnum):
    ONE = 1


@pytest.mark.parametrize("number", [kind(1) for kind in REAL_SCALARS] + [Level.ONE], ids=lambda x: type(x).__name__)
def test_real_scalars_of_every_type(number):
    v = Value(2.0)
    assert type(Value(number).data) is float
    results = [number + v, v + number, number - v, v - number, number * v, v * number, number / v, v / number,
               number**v, v**number, gg.maximum(number, v), gg.hypot(v, number)]  # fmt: skip
    assert [type(r) for r in results] == [Value] * len(results)
    assert [r.data for r in results] == [3, 3, -1, 1, 2, 2, 0.5, 2, 1, 2, 2, math.sqrt(5)]
    assert [number < v, v < number, number <= v, v >= number, v > number] == [True, False, True, True, True]
    assert all(type(operand.data) is float for r in results for operand in r.operands)


def test_data_is_a_float_from_the_start_and_stays_one():
    x = Value(3)
    assert (x.data, type(x.data)) == (3.0, float)
    x.data = np.float32(0.5)
    assert (x.data, type(x.data)) == (0.5, float)
    assert type((x * 2).data) is float
    (x * 2).backward()
    assert type(x.grad) is float


NOT_NUMBERS = ["a", b"a", None, 1j, np.complex64(1), [1.0], (1.0,), {}, {1.0}, object(), Decimal(1), np.array([1.0]),
               np.array(1.0), np.array(["1"])[0], np.datetime64("2026-01-01"), Value(1.0), float]  # fmt: skip


@pytest.mark.parametrize("thing", NOT_NUMBERS, ids=lambda x: type(x).__name__)
def test_what_is_not_a_real_scalar_is_refused_by_name(thing):
    words = f"expected a real number .*got {type(thing).__name__}: {re.escape(f'{thing!r:.60}')}"
    with pytest.raises(TypeError, match=words):
        Value(thing)
    x = Value(1.0)
    with pytest.raises(TypeError, match=words):
        x.data = thing
    assert x.data == 1.0


def test_an_int_beyond_float():
    for make in (
        lambda: Value(10**400),
        lambda: Value(1.0) * 10**400,
        lambda: 10**400 - Value(1.0),
        lambda: gg.exp(-(10**400)),
    ):
        with pytest.raises(OverflowError, match="int of 1329 bits is beyond the range of a float"):
            make()


@pytest.mark.parametrize("thing", ["a", b"a", None, 1j, [1.0], (1.0,), {}, {1.0}], ids=lambda x: type(x).__name__)
@pytest.mark.parametrize(
    "use", [lambda v, t: v + t, lambda v, t: t - v, lambda v, t: v * t, lambda v, t: v / t, lambda v, t: t**v]
)
def test_operators_name_what_they_cannot_take(use, thing):
    with pytest.raises(TypeError, match=f"of a Value and .*{type(thing).__name__}.*expected a real number"):
        use(Value(1.0), thing)


def test_data_of_what_was_computed_cannot_be_set():
    y = Value(2.0, label="x") * 3.0
    with pytest.raises(AttributeError, match=re.escape("mul(x=2.0, 3.0) = 6.0 was computed; change the leaves")):
        y.data = 1.0


@pytest.mark.parametrize("label", [3, None, b"x"])
def test_a_label_is_a_string(label):
    with pytest.raises(TypeError, match="a label is a str"):
        Value(1.0).label = label


# ── foreign classes ──────────────────────────────────────────────────────────────────────────────────────────────────


class Interval:
    def __init__(self, low, high):
        self.low, self.high = low, high

    def __radd__(self, other):
        return Interval(other + self.low, other + self.high)

    __rsub__ = __rmul__ = __rtruediv__ = __rpow__ = __radd__

    def __gt__(self, other):
        return "asked"


class Matrix(list):
    def __rmul__(self, factor):
        return [factor * x for x in self]


def test_a_foreign_class_has_its_turn():
    x = Value(1.0)
    for result in (x + Interval(2.0, 3.0), x - Interval(2.0, 3.0), x * Interval(2.0, 3.0), x / Interval(2.0, 3.0),
                   x ** Interval(2.0, 3.0)):  # fmt: skip
        assert (result.low.data, result.high.data) == (3.0, 4.0)
    assert (x < Interval(0.0, 1.0)) == "asked"
    assert [y.data for y in x * Matrix([2.0, 3.0])] == [2.0, 3.0]


def test_a_foreign_class_that_knows_nothing_either():
    with pytest.raises(TypeError, match=re.escape("unsupported operand type(s) for +: 'Value' and 'object'")):
        Value(1.0) + object()
    with pytest.raises(TypeError, match="not supported between instances of 'Value' and 'str'"):
        Value(1.0) < "a"  # noqa: B015


def test_not_implemented_is_what_it_says():
    assert Value(1.0).__add__(object()) is NotImplemented
    assert Value(1.0).__lt__(object()) is NotImplemented
    assert Value(1.0).__eq__(object()) is NotImplemented


# ── NumPy ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def vector():
    return np.array([Value(0.5), Value(-0.25), Value(2.0)])


def numbers(array):
    return [x.data for x in np.ravel(array)]


@pytest.mark.parametrize("use", [lambda v, a: v * a, lambda v, a: a * v, lambda v, a: v + a, lambda v, a: a - v,
                                 lambda v, a: v / a, lambda v, a: a**v, lambda v, a: v**a])  # fmt: skip
def test_a_value_and_an_array_give_an_array_of_values(use):
    v, array = Value(2.0), np.array([[1.0, 2.0], [3.0, 4.0]])
    result = use(v, array)
    assert (type(result), result.dtype, result.shape) == (np.ndarray, object, (2, 2))
    assert [type(x) for x in result.ravel()] == [Value] * 4
    assert numbers(result) == numbers(np.array([use(Value(2.0), x) for x in array.ravel()]))


def test_arrays_of_values_in_matrix_products_and_sums(vector):
    matrix = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    plain = np.array(numbers(vector))
    assert numbers(matrix @ vector) == pytest.approx(matrix @ plain)
    assert (vector @ vector).data == pytest.approx(plain @ plain)
    assert np.sum(vector).data == plain.sum()
    assert np.mean(vector).data == plain.mean()
    assert numbers(vector + plain) == list(plain + plain)
    assert numbers(np.maximum(vector, 0.0)[::2]) == [0.5, 2.0]
    np.sum(np.exp(matrix @ vector)).backward()
    exact = matrix.T @ np.exp(matrix @ plain)
    assert [x.grad for x in vector] == pytest.approx(exact)


UFUNCS = ["exp", "expm1", "exp2", "log1p", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan",
          "arcsinh", "arctanh", "log", "log2", "log10", "abs", "square", "negative", "reciprocal"]  # fmt: skip


@pytest.mark.parametrize("name", UFUNCS)
def test_ufuncs_of_arrays_of_values(name):
    ufunc = getattr(np, name)
    array = np.array([Value(0.5), Value(0.25)])
    result = ufunc(array)
    assert numbers(result) == pytest.approx(list(ufunc(np.array([0.5, 0.25]))), rel=1e-15)
    assert result[0].op is not None


def test_a_ufunc_of_one_value_is_a_value():
    x = Value(0.5)
    np.exp(x).backward()
    assert x.grad == math.exp(0.5)


# ── comparisons, equality, hashing ───────────────────────────────────────────────────────────────────────────────────


def test_comparisons_compare_data():
    a, b = Value(1.0), Value(2.0)
    assert (a < b, a <= b, a > b, a >= b, b >= 2, 1 <= a, a > 1.5) == (True, True, False, False, True, True, False)
    assert type(a < b) is bool
    nan = Value(math.nan)
    assert not (nan < a or nan > a or nan <= nan or nan >= nan)
    assert sorted([b, a], key=lambda v: v.data) == [a, b] == sorted([b, a])
    assert max(a, b) is b


def test_a_value_is_equal_to_itself_alone():
    a, twin = Value(1.0), Value(1.0)
    assert a == a
    assert a != twin
    assert a not in [twin]
    assert len({a, twin, a}) == 2
    assert hash(a) == hash(a)
    assert a != "a"
    assert a is not None


@pytest.mark.parametrize(
    "number", [1.0, 1, True, np.float32(1), np.int8(1), np.bool_(True), Fraction(1), Decimal(1), 1j]
)
def test_equality_with_a_number_raises_and_says_what_to_do(number):
    for compare in (lambda v: v == number, lambda v: v != number, lambda v: number == v):
        with pytest.raises(TypeError, match=r"compare numbers with v\.data == number"):
            compare(Value(1.0))


def test_truth_float_int_and_format():
    assert Value(0.5)
    assert not Value(0.0)
    assert (float(Value(2.5).detach()), int(Value(2.5).detach())) == (2.5, 2)
    assert f"{Value(2.0):.3f} {Value(1e6):,}" == "2.000 1,000,000.0"
    assert f"{Value(2.0, label='w')}" == "Value(2.0, grad=0.0, label='w')"


# ── copies ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def shared_graph():
    x, y = Value(2.0, label="x"), Value(3.0, label="y")
    root = (x * x - y) * x ** y.detach() + gg.sum([x, y, x])
    root.backward()
    return root


@pytest.mark.parametrize(
    "duplicate", [copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))], ids=["deepcopy", "pickle"]
)
def test_a_copy_is_the_same_graph_of_other_nodes(duplicate):
    def outline(root):
        order = graph.topological(root)
        at = {node: i for i, node in enumerate(order)}
        return [
            (n.data, n.grad, n.op, n.label, n.is_constant, [at[o] for o in n.operands], n.local_derivatives)
            for n in order
        ]

    root = shared_graph()
    twin = duplicate(root)
    assert outline(twin) == outline(root)
    assert not set(graph.topological(twin)) & set(graph.topological(root))
    twin.backward()
    x, y = (n for n in graph.topological(twin) if n.label and not n.is_constant)
    assert [x.grad, y.grad] == [2 * n.grad for n in graph.topological(root) if n.label and not n.is_constant]
    assert gg.gradients(twin, [x])[0].data == x.grad / 2


def test_what_shares_a_leaf_still_does_in_a_copy():
    w = Value(2.0, label="w")
    model = {"w": w, "loss": w * w, "other": [w + 1.0, w]}
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert twin["w"] is not w
        assert twin["loss"].operands == (twin["w"], twin["w"])
        assert twin["other"][0].operands[0] is twin["w"] is twin["other"][1]


def test_a_shallow_copy_shares_its_operands():
    root = shared_graph()
    twin = copy.copy(root)
    assert twin is not root
    assert twin.operands == root.operands


# ── code written for micrograd ───────────────────────────────────────────────────────────────────────────────────────


def demo(value):
    """The kind of expression that micrograd's users write: every operator, numbers on either side, nodes used twice."""
    a, b = value(-3.5), value(1.25)
    c = a + b * 2
    d = (c**2 + b**3 - 4) / (1 + a**2)
    e = -d + (b - a).relu() + 0.5 * c - c / 7 + 2 / b
    e += e + 3 - (e * d).relu()
    f = sum([a, b, c, d, e]) * e**-1
    f.backward()
    return [f.data, a.grad, b.grad, c.grad, d.grad, e.grad]


def test_the_same_numbers_as_micrograd():
    assert demo(Value) == pytest.approx(demo(micrograd.engine.Value), rel=1e-14)


def test_a_training_loop_for_micrograd():
    def trained(value, model):
        points = [([0.5, -1.0], 1.0), ([1.5, 2.0], -1.0), ([-0.3, 0.4], 1.0)]
        for p, w in zip(model.parameters(), np.random.RandomState(1).uniform(-1, 1, 99)):
            p.data = float(w)
        for step in range(5):
            scores = [model(list(map(value, x))) for x, _ in points]
            losses = [(1 + -y * score).relu() for (_, y), score in zip(points, scores)]
            loss = sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in model.parameters())
            model.zero_grad()
            loss.backward()
            for p in model.parameters():
                p.data -= (1.0 - 0.9 * step / 100) * p.grad
        return [loss.data, *(p.data for p in model.parameters())]

    theirs = trained(micrograd.engine.Value, micrograd.nn.MLP(2, [4, 4, 1]))
    assert trained(Value, nn.MLP(2, [4, 4, 1])) == pytest.approx(theirs, rel=1e-12)


def draw_dot(root):
    """A drawer of the kind that goes round among micrograd's users: it walks ``_prev`` and shows ``_op``."""
    nodes, edges = set(), set()

    def visit(node):
        if node not in nodes:
            nodes.add(node)
            for child in node._prev:
                edges.add((child, node))
                visit(child)

    visit(root)
    dot = graphviz.Digraph(format="svg", graph_attr={"rankdir": "LR"})
    for node in nodes:
        dot.node(str(id(node)), label=f"{{ data {node.data:.4f} | grad {node.grad:.4f} }}", shape="record")
        if node._op:
            dot.node(str(id(node)) + node._op, label=node._op)
            dot.edge(str(id(node)) + node._op, str(id(node)))
    for child, node in edges:
        dot.edge(str(id(child)), str(id(node)) + node._op)
    return dot


@pytest.mark.parametrize("value", [Value, micrograd.engine.Value])
def test_their_drawing_works(value):
    a, b = value(2.0), value(-3.0)
    out = ((a * b + a).relu() + b**2) / a - b
    out.backward()
    source = draw_dot(out).source
    labels = set(re.findall(r"label=(\S+?)[ \]\n]", source)) - {"{"}
    assert {"ReLU", '"+"', '"*"', '"**2"'} <= {
        label if label == "ReLU" else f'"{label.strip(chr(34))}"' for label in labels
    }


def test_operators_are_written_as_micrograd_writes_them():
    a, b = Value(2.0), Value(3.0)
    assert [(a + b)._op, (a * b)._op, (a**2)._op, (a**-0.5)._op, a.relu()._op, a._op, (a / b)._op] == [
        "+", "*", "**2", "**-0.5", "ReLU", "", "/"]  # fmt: skip
    assert (a * b)._prev == {a, b}
    assert (a * a)._prev == {a}
    assert a._prev == set()
