"""Value: a number that remembers how it was made.

Every operator and method below is a row of ``ops.TABLE``. The six operators that scalar loops spend their time in have
a hand-tuned float path; everything else goes through ``record``, which reads the row.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import pow as _c_pow
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from autograd import functions, graph, ops
from autograd.errors import NoGradientError
from autograd.floats import ACCEPTED, as_float
from autograd.ops import Op

_new = object.__new__
_clock = 0  # counts the changes of any .data; a leaf changed at a later time than a node was made is stale for that node
_watched = 0  # how many no_grad() blocks and observers are active in all threads; 0 keeps the fast paths fast


class _Thread(threading.local):
    """What is active in this thread."""

    recording = True
    observers: tuple[Observer, ...] = ()


_thread = _Thread()


class Value:
    """A float, the op and operands that it came from, and its gradient.

    Args:
        data: any real number; held as a Python float.
        label: a name for pictures and error messages.

    Raises:
        TypeError: data is not a real number.
        OverflowError: data is an int beyond the range of a float.

    >>> w, x, b = Value(2.0, label="w"), Value(3.0, label="x"), Value(1.0, label="b")
    >>> loss = (w * x + b).tanh()
    >>> loss.backward()
    >>> f"{w.grad:.3e}"
    '9.978e-06'
    """

    __slots__ = ("_data", "grad", "op", "_edges", "_stamp", "_label", "_scope", "_source", "__weakref__")

    _data: float
    grad: float
    op: Op | None
    _edges: tuple
    _stamp: int

    def __init__(self, data: float, *, label: str = "") -> None:
        self._data = as_float(data)
        self.grad = 0.0
        self.op = None
        self._edges = ()
        self._stamp = _clock
        if label:
            self.label = label

    if TYPE_CHECKING:
        # The methods made from the table below: exp, sigmoid, relu, softplus, …

        def __getattr__(self, name: str) -> Callable[..., Value]: ...

    # ── what it holds ──────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def data(self) -> float:
        """The number. Assigning to a leaf changes it for the next forward pass; graphs already recorded keep theirs."""
        if _watched:
            _notify("read", self)
        return self._data

    @data.setter
    def data(self, number: float) -> None:
        global _clock
        number = as_float(number)
        if self._edges:
            raise AttributeError(
                f"{describe(self)} was computed; change the leaves that it depends on and compute it again"
            )
        _clock += 1
        self._data = number
        self._stamp = _clock

    @property
    def operands(self) -> tuple[Value, ...]:
        """What the op was applied to, in order; () for a leaf or a constant."""
        return self._edges[::2]

    @property
    def local_derivatives(self) -> tuple[float | None, ...]:
        """d self / d operand for each operand; None where there is none by structure (a constant, a condition)."""
        return self._edges[1::2]

    @property
    def is_constant(self) -> bool:
        """Whether it takes no gradient."""
        return False

    @property
    def label(self) -> str:
        """A name for pictures and messages; "" for none."""
        try:
            return self._label
        except AttributeError:
            return ""

    @label.setter
    def label(self, text: str) -> None:
        if not isinstance(text, str):
            raise TypeError(f"a label is a str, got {type(text).__name__}: {text!r:.60}")
        self._label = text

    @property
    def scope(self) -> str:
        """The neuron whose output this is, e.g. "layers.0.neurons.3"; "" for none. Set by ``nn``, read by ``viz``."""
        try:
            return self._scope
        except AttributeError:
            return ""

    @scope.setter
    def scope(self, name: str) -> None:
        self._scope = name

    # ── gradients ──────────────────────────────────────────────────────────────────────────────────────────────────

    def backward(self) -> None:
        """Write d self / d node into ``.grad`` of every node that self depends on.

        Leaves add it to what they hold (so zero them before each update), inner nodes start afresh: a second call
        doubles the leaves and nothing else.

        Raises:
            NoGradientError: self is a constant, or was made under ``no_grad()``.

        >>> x = Value(3.0)
        >>> y = x * x
        >>> y.backward(); x.grad
        6.0
        >>> y.backward(); x.grad
        12.0
        """
        require_gradient(self)
        observers = _thread.observers if _watched else ()
        watch = None
        if observers:

            def watch(node: Value) -> None:
                for observer in observers:
                    observer.passed(node)

        graph.backpropagate(self, watch=watch)

    def zero_grad(self) -> None:
        """Set the gradient of self, and of every value that it was computed from, to 0.

        >>> x = Value(3.0)
        >>> y = x * x; y.backward(); y.zero_grad(); x.grad
        0.0
        """
        for node in graph.topological(self):
            node.grad = 0.0

    def detach(self) -> Constant:
        """A constant with the same number.

        >>> x = Value(3.0)
        >>> (x * x.detach()).local_derivatives
        (3.0, None)
        """
        return Constant(self._data, label=self.label)

    # ── operators with a float path of their own: the same numbers as their rows, without the detour ────────────────

    def __add__(self, other: Value | float) -> Value:
        if type(other) is Value and not _watched:
            return _node(self._data + other._data, ops.add, (self, 1.0, other, 1.0))
        return _binary(ops.add, self, other)

    def __sub__(self, other: Value | float) -> Value:
        if type(other) is Value and not _watched:
            return _node(self._data - other._data, ops.sub, (self, 1.0, other, -1.0))
        return _binary(ops.sub, self, other)

    def __mul__(self, other: Value | float) -> Value:
        if type(other) is Value and not _watched:
            a, b = self._data, other._data
            return _node(a * b, ops.mul, (self, b, other, a))
        return _binary(ops.mul, self, other)

    def __pow__(self, other: Value | float) -> Value:
        if type(other) is int and 1 <= other <= 64 and not _watched:
            try:
                data, local = _c_pow(self._data, other), other * _c_pow(self._data, other - 1)
            except OverflowError:
                return record(ops.pow, (self, other))
            return _node(data, ops.pow, (self, local, Constant(other), None))
        return _binary(ops.pow, self, other)

    def __neg__(self) -> Value:
        if not _watched:
            return _node(-self._data, ops.neg, (self, -1.0))
        return record(ops.neg, (self,))

    def relu(self) -> Value:
        """max(self, 0); the derivative at 0 is 0."""
        x = self._data
        if x == x and not _watched:
            return _node(x, ops.relu, (self, 1.0)) if x > 0.0 else _node(0.0, ops.relu, (self, 0.0))
        return record(ops.relu, (self,))

    # ── the other operators ────────────────────────────────────────────────────────────────────────────────────────

    def __truediv__(self, other: Value | float) -> Value:
        return _binary(ops.div, self, other)

    def __radd__(self, other: float) -> Value:
        return _binary(ops.add, other, self)

    def __rsub__(self, other: float) -> Value:
        return _binary(ops.sub, other, self)

    def __rmul__(self, other: float) -> Value:
        return _binary(ops.mul, other, self)

    def __rtruediv__(self, other: float) -> Value:
        return _binary(ops.div, other, self)

    def __rpow__(self, other: float) -> Value:
        return _binary(ops.pow, other, self)

    def __pos__(self) -> Value:
        return record(ops.identity, (self,))

    def __abs__(self) -> Value:
        return record(ops.absolute, (self,))

    def __lt__(self, other: Value | float) -> bool:
        return _compare(ops.less, self, other)

    def __le__(self, other: Value | float) -> bool:
        return _compare(ops.less_equal, self, other)

    def __gt__(self, other: Value | float) -> bool:
        return _compare(ops.greater, self, other)

    def __ge__(self, other: Value | float) -> bool:
        return _compare(ops.greater_equal, self, other)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Value):
            return self is other
        if isinstance(other, (int, float, np.number)):
            raise TypeError(
                "a Value is a node, equal only to itself: compare numbers with v.data == number, or use ag.equal(v, number)"
            )
        return NotImplemented

    __hash__ = object.__hash__

    # ── leaving the graph ──────────────────────────────────────────────────────────────────────────────────────────

    def __float__(self) -> float:
        return self.data

    def __int__(self) -> int:
        return int(self.data)

    def __bool__(self) -> bool:
        if _watched:
            _notify("branched", self)
        return self._data != 0.0

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else repr(self)

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        return f"{type(self).__name__}({self._data!r}, grad={self.grad!r}{label})"

    # ── copying; pickling without recursion ────────────────────────────────────────────────────────────────────────

    def __copy__(self) -> Value:
        return _restored(type(self), self)

    def __deepcopy__(self, memo: dict[int, object]) -> Value:
        for node in graph.topological(self):
            if id(node) not in memo:
                memo[id(node)] = copied = _restored(type(node), node)
                copied._edges = tuple(memo.get(id(x), x) if i % 2 == 0 else x for i, x in enumerate(node._edges))
        return memo[id(self)]  # type: ignore[return-value]

    def __reduce__(self) -> tuple[object, ...]:
        if not self._edges:
            return _leaf, (type(self), self._data, self.grad, self._stamp, self.label, self.scope)
        flat, position = graph.Flat.holding(self)
        return _unpickled, (flat, position)

    # ── how micrograd's users look at a node ───────────────────────────────────────────────────────────────────────

    @property
    def _prev(self) -> set[Value]:
        """The operands as micrograd has them, for the ``draw_dot`` that its users copy around."""
        return set(self.operands)

    @property
    def _op(self) -> str:
        """The op's symbol as micrograd has it."""
        if self.op is ops.pow and self.operands[1].is_constant:
            return f"**{self.operands[1]._data:g}"
        return _MICROGRAD.get(self.op.name, self.op.symbol) if self.op else ""

    @classmethod
    def __apply_op__(cls, op: Op, operands: Sequence[Value | float]) -> Value:
        """What an op does when one of its operands is a Value."""
        op.check_arity(operands)
        return record(op, operands)


_MICROGRAD = {"mul": "*", "div": "/", "sub": "-", "neg": "-"}


class Constant(Value):
    """A value that takes no gradient: a number in an expression, a detached value, or what was made under no_grad().

    >>> (Value(2.0) * 3.0).operands[1].is_constant
    True
    """

    __slots__ = ()

    @property
    def is_constant(self) -> bool:
        """True."""
        return True

    def __add__(self, other: Value | float) -> Value:
        return _binary(ops.add, self, other)

    def __sub__(self, other: Value | float) -> Value:
        return _binary(ops.sub, self, other)

    def __mul__(self, other: Value | float) -> Value:
        return _binary(ops.mul, self, other)

    def __pow__(self, other: Value | float) -> Value:
        return _binary(ops.pow, self, other)

    def __neg__(self) -> Value:
        return record(ops.neg, (self,))

    def relu(self) -> Value:
        """max(self, 0), a constant."""
        return record(ops.relu, (self,))


# ── recording ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _node(data: float, op: Op, edges: tuple) -> Value:
    """A new node, with none of the checks."""
    node = _new(Value)
    node._data = data
    node.grad = 0.0
    node.op = op
    node._edges = edges
    node._stamp = _clock
    return node


def record(op: Op, operands: Sequence[Value | float]) -> Value:
    """Apply an op to Values and numbers: the general path, which reads the op's row.

    On constants alone, and under ``no_grad()``, a constant comes of it and no local derivative is evaluated.
    """
    values = [x if isinstance(x, Value) else Constant(as_float(x)) for x in operands]
    numbers = [v._data for v in values]
    data = op.value(*numbers)
    if not _thread.recording or all(type(v) is Constant for v in values):
        node: Value = Constant(data)
    else:
        edges: list[Value | float | None] = []
        for i, value in enumerate(values):
            edges += value, None if type(value) is Constant else _local_derivative(op, i, numbers, data)
        node = _node(data, op, tuple(edges))
    if _watched:
        for observer in _thread.observers:
            observer.made(node, op, values)
    return node


def _local_derivative(op: Op, i: int, numbers: Sequence[float], out: float) -> float | None:
    """The row's rule on floats; by way of constants, whose arithmetic is IEEE's, where Python's own would raise."""
    try:
        return op.partial(i, numbers, out)
    except ZeroDivisionError:
        constants = [Constant(x) for x in numbers]
        return float(op.partial(i, constants, Constant(out)))  # type: ignore[type-var, arg-type]


def _binary(op: Op, left: Value | float, right: Value | float) -> Value:
    """The operators' way into ``record``: a foreign class has its turn, what can never be a number is named."""
    for x in (left, right):
        if not isinstance(x, Value):
            try:
                as_float(x)
            except TypeError:
                if x is None or isinstance(x, (str, bytes, complex, list, tuple, dict, set)):
                    raise TypeError(f"{op.name} of a Value and {x!r:.60} ({type(x).__name__}): expected {ACCEPTED}") from None
                return NotImplemented
    return record(op, (left, right))


def _compare(op: Op, left: Value, right: Value | float) -> bool:
    """Compare data; an observer (compile) may want the comparison as a node instead."""
    try:
        other = right._data if isinstance(right, Value) else as_float(right)
    except TypeError:
        return NotImplemented
    if _watched:
        for observer in _thread.observers:
            if observer.wants_comparisons:
                return record(op, (left, right))  # type: ignore[return-value]
    return bool(op.value(left._data, other))


# ── modes ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class Observer:
    """Is told of what happens to Values in its thread while it is active (``with observing(observer):``)."""

    wants_comparisons = False

    def made(self, node: Value, op: Op, operands: Sequence[Value]) -> None:
        """``op`` was applied to ``operands`` and ``node`` came of it."""

    def read(self, value: Value) -> None:
        """The number of ``value`` was read out, through .data, float() or int()."""

    def branched(self, value: Value) -> None:
        """Python asked whether ``value`` is true."""

    def passed(self, node: Value) -> None:
        """backward() has completed the gradient of ``node``."""


def _notify(event: str, value: Value) -> None:
    for observer in _thread.observers:
        getattr(observer, event)(value)


@contextmanager
def observing(observer: Observer) -> Iterator[Observer]:
    """Have ``observer`` told of everything that happens to Values in this thread inside the block."""
    global _watched
    before = _thread.observers
    _thread.observers = (*before, observer)
    _watched += 1
    try:
        yield observer
    finally:
        _watched -= 1
        _thread.observers = before


@contextmanager
def no_grad() -> Iterator[None]:
    """Record nothing inside the block (in this thread): every op gives a constant.

    >>> x = Value(2.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.is_constant
    True
    """
    global _watched
    before = _thread.recording
    _thread.recording = False
    _watched += 1
    try:
        yield
    finally:
        _watched -= 1
        _thread.recording = before


# ── words for messages, and the odds and ends of copying ───────────────────────────────────────────────────────────


def describe(value: Value) -> str:
    """A value in words, for messages: "w = mul(2.0, 3.0) = 6.0"."""
    name = f"{value.label} = " if value.label else ""
    if value.op is None:
        return f"{name}{'constant' if value.is_constant else 'leaf'} {value._data!r}"
    shown = ", ".join(f"{o.label}={o._data!r}" if o.label else f"{o._data!r}" for o in value.operands[:4])
    return f"{name}{value.op.name}({shown}{', …' if len(value._edges) > 8 else ''}) = {value._data!r}"


def require_gradient(root: Value) -> None:
    """Raise NoGradientError where there is nothing to differentiate, saying why."""
    if root.is_constant:
        raise NoGradientError(
            f"{describe(root)} takes no gradient: it is a number, was detached, was computed from constants alone, or "
            "was made under no_grad(). Compute it from a Value, outside no_grad()"
        )
    if root._edges and all(local is None for local in root._edges[1::2]):
        raise NoGradientError(f"{describe(root)} has no derivative by structure: {root.op} compares, it does not compute")


def outer_frame() -> tuple[str, int]:
    """File and line of the user's code that is running, outside of this package."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").split(".")[0] == "autograd":
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


def _unpickled(flat: graph.Flat, position: int) -> Value:
    """A node of an unpickled graph; the clock is set past its stamp, so that later changes of its leaves are later."""
    global _clock
    node = flat.nodes[position]
    _clock = max(_clock, node._stamp)  # type: ignore[attr-defined]
    return node  # type: ignore[return-value]


def _leaf(kind: type[Value], data: float, grad: float, stamp: int, label: str, scope: str) -> Value:
    global _clock
    _clock = max(_clock, stamp)
    leaf = kind(data, label=label)
    leaf.grad, leaf._stamp = grad, stamp
    if scope:
        leaf.scope = scope
    return leaf


def _restored(kind: type[Value], node: Value) -> Value:
    """A node with the same numbers, names, op and operands."""
    copied = _new(kind)
    for slot in ("_data", "grad", "op", "_edges", "_stamp", "_label", "_scope"):
        if hasattr(node, slot):
            setattr(copied, slot, getattr(node, slot))
    return copied


def _method(function: Callable[..., Value]) -> Callable[..., Value]:
    def method(self: Value, *args: Value | float) -> Value:
        return function(self, *args)

    method.__name__ = function.__name__
    method.__doc__ = f"``autograd.{function.__name__}`` with self as its first operand."
    return method


def add_method(op: Op) -> None:
    """Make the op a method of Value, unless Value has one of that name."""
    if not op.variadic and op.name not in vars(Value):
        setattr(Value, op.name, _method(op))


for _row in ops.TABLE.values():
    add_method(_row)
for _name in ("elu", "gelu", "hardtanh", "leaky_relu", "logsigmoid", "reciprocal", "rsqrt", "silu", "square"):
    setattr(Value, _name, _method(getattr(functions, _name)))
