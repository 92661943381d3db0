"""Value: a number that remembers how it was made.

Every operator and method below is a row of ``ops.TABLE``. The six operators that scalar loops spend their time in have
a hand-tuned float path; everything else goes through ``record``, which reads the row.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from math import pow as _c_pow
from typing import TYPE_CHECKING, NoReturn, final

import numpy as np

from autograd import copies, functions, graph, ops, state
from autograd.errors import NoGradientError
from autograd.floats import ACCEPTED, as_float
from autograd.ops import Op

_new = object.__new__


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

    __slots__ = (
        "_data", "grad", "op", "_a", "_da", "_b", "_db", "_stamp", "_label", "_scope", "_source", "__weakref__"
    )  # fmt: skip

    _data: float
    grad: float
    op: Op | None
    _a: Value | tuple[Value, ...] | None  # how _a, _da, _b and _db hold the edges: see ``graph``
    _da: float | tuple[float | None, ...] | None
    _b: Value | None
    _db: float | None
    _stamp: int

    def __init__(self, data: float, *, label: str = "") -> None:
        self._data = data if type(data) is float else as_float(data)
        self.grad = 0.0
        self.op = self._a = self._da = self._b = self._db = None
        self._stamp = state.clock
        if label:
            self.label = label

    if TYPE_CHECKING:
        # The methods made from the table below: exp, sigmoid, relu, softplus, …

        def __getattr__(self, name: str) -> Callable[..., Value]: ...

    # ── what it holds ──────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def data(self) -> float:
        """The number. Assigning to a leaf changes it for the next forward pass; graphs already recorded keep theirs."""
        if state.watched:
            _notify("read", self)
        return self._data

    @data.setter
    def data(self, number: float) -> None:
        number = as_float(number)
        if self.op is not None:
            raise AttributeError(
                f"{describe(self)} was computed; change the leaves that it depends on and compute it again"
            )
        self._data = number
        self._stamp = state.tick()

    @property
    def operands(self) -> tuple[Value, ...]:
        """What the op was applied to, in order; () for a leaf or a constant."""
        if type(self._a) is tuple:
            return self._a
        return () if self._a is None else (self._a,) if self._b is None else (self._a, self._b)  # type: ignore[return-value]

    @property
    def local_derivatives(self) -> tuple[float | None, ...]:
        """d self / d operand for each operand; None where there is none by structure (a constant, a condition)."""
        if type(self._da) is tuple:
            return self._da
        return () if self._a is None else (self._da,) if self._b is None else (self._da, self._db)  # type: ignore[return-value]

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
        observers = state.observers() if state.watched else []

        def watch(node: Value) -> None:
            for observer in observers:
                observer.passed(node)

        graph.backpropagate(self, watch=watch if observers else None)

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
        constant = Constant(self._data, label=self.label)
        if state.watched:
            _tell_made(constant, ops.identity, (self,))
        return constant

    # ── operators with a float path of their own: the same numbers as their rows, without the detour ────────────────

    def __add__(self, other: Value | float) -> Value:
        if not state.watched:
            if type(other) is Value:
                return _node(self._data + other._data, ops.add, self, 1.0, other, 1.0)
            if type(other) in _PLAIN:
                c = _as_constant(other)
                return _node(self._data + c._data, ops.add, self, 1.0, c)
        return _binary(ops.add, self, other)

    def __sub__(self, other: Value | float) -> Value:
        if not state.watched:
            if type(other) is Value:
                return _node(self._data - other._data, ops.sub, self, 1.0, other, -1.0)
            if type(other) in _PLAIN:
                c = _as_constant(other)
                return _node(self._data - c._data, ops.sub, self, 1.0, c)
        return _binary(ops.sub, self, other)

    def __mul__(self, other: Value | float) -> Value:
        if not state.watched:
            a = self._data
            if type(other) is Value:
                b = other._data
                return _node(a * b, ops.mul, self, b, other, a)
            if type(other) in _PLAIN:
                c = _as_constant(other)
                return _node(a * c._data, ops.mul, self, c._data, c)
        return _binary(ops.mul, self, other)

    def __pow__(self, other: Value | float) -> Value:
        if type(other) is int and 1 <= other <= 64 and not state.watched:
            try:
                data, local = _c_pow(self._data, other), other * _c_pow(self._data, other - 1)
            except OverflowError:
                return record(ops.pow, (self, other))
            return _node(data, ops.pow, self, local, _as_constant(other))
        return _binary(ops.pow, self, other)

    def __neg__(self) -> Value:
        if not state.watched:
            return _node(-self._data, ops.neg, self, -1.0)
        return record(ops.neg, (self,))

    def relu(self) -> Value:
        """max(self, 0); the derivative at 0 is 0."""
        x = self._data
        if x == x and not state.watched:
            return _node(x, ops.relu, self, 1.0) if x > 0.0 else _node(0.0, ops.relu, self, 0.0)
        return record(ops.relu, (self,))

    # ── the other operators ────────────────────────────────────────────────────────────────────────────────────────

    def __truediv__(self, other: Value | float) -> Value:
        return _binary(ops.div, self, other)

    def __radd__(self, other: float) -> Value:
        if type(other) in _PLAIN and type(self) is not Constant and not state.watched:
            c = _as_constant(other)
            return _node(c._data + self._data, ops.add, c, None, self, 1.0)
        return _binary(ops.add, other, self)

    def __rsub__(self, other: float) -> Value:
        if type(other) in _PLAIN and type(self) is not Constant and not state.watched:
            c = _as_constant(other)
            return _node(c._data - self._data, ops.sub, c, None, self, -1.0)
        return _binary(ops.sub, other, self)

    def __rmul__(self, other: float) -> Value:
        if type(other) in _PLAIN and type(self) is not Constant and not state.watched:
            c = _as_constant(other)
            return _node(c._data * self._data, ops.mul, c, None, self, c._data)
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
        if state.watched:
            _notify("branched", self)
        return self._data != 0.0

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else repr(self)

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        return f"{type(self).__name__}({self._data!r}, grad={self.grad!r}{label})"

    # ── copying; pickling without recursion ────────────────────────────────────────────────────────────────────────

    def __copy__(self) -> Value:
        return copies.shallow(self)

    def __deepcopy__(self, memo: dict[int, object]) -> Value:
        return copies.deep(self, memo)

    def __reduce__(self) -> copies.Reduced:
        return copies.reduced(self)

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


@final
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
        return other.__radd__(self) if type(other) is Value else _binary(ops.add, self, other)

    def __sub__(self, other: Value | float) -> Value:
        return other.__rsub__(self) if type(other) is Value else _binary(ops.sub, self, other)

    def __mul__(self, other: Value | float) -> Value:
        return other.__rmul__(self) if type(other) is Value else _binary(ops.mul, self, other)

    def __pow__(self, other: Value | float) -> Value:
        return _binary(ops.pow, self, other)

    def __neg__(self) -> Value:
        return record(ops.neg, (self,))

    def relu(self) -> Value:
        """max(self, 0), a constant."""
        return record(ops.relu, (self,))


# ── recording ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _node(
    data: float, op: Op, a: Value, da: float | None, b: Value | None = None, db: float | None = None
) -> Value:
    """A new node of one or two operands, with none of the checks."""
    node = _new(Value)
    node._data = data
    node.grad = 0.0
    node.op = op
    node._a = a
    node._da = da
    node._b = b
    node._db = db
    node._stamp = state.clock
    return node


def _as_constant(number: float | Constant) -> Constant:
    if type(number) is Constant:
        return number
    constant = _new(Constant)
    constant._data = number if type(number) is float else as_float(number)
    constant.grad = 0.0
    constant.op = constant._a = constant._da = constant._b = constant._db = None
    constant._stamp = state.clock
    return constant


_PLAIN = frozenset({float, int, Constant})  # what the operators' float paths take; the general path knows the rest
_NODES = frozenset({Value, Constant})
_CONSTANTS = frozenset({Constant})


def record(op: Op, operands: Sequence[Value | float]) -> Value:
    """Apply an op to Values and numbers: the general path, which reads the op's row.

    On constants alone, and under ``no_grad()``, a constant comes of it and no local derivative is evaluated.
    """
    values: Sequence = operands
    kinds = set(map(type, operands))
    if not kinds <= _NODES:
        values = [x if isinstance(x, Value) else _as_constant(x) for x in operands]
        kinds = set(map(type, values))
    numbers = [v._data for v in values]
    data = op.value(*numbers)
    if kinds <= _CONSTANTS or (state.watched and not state.records()):
        node: Value = _as_constant(data)
    else:
        node = _new(Value)
        node._data, node.grad, node.op, node._stamp = data, 0.0, op, state.clock
        locals_ = _local_derivatives(op, numbers, data, values if Constant in kinds else None)
        graph.link(node, values, locals_)
    if state.watched:
        _tell_made(node, op, values)
    return node


def _local_derivatives(
    op: Op, numbers: Sequence[float], out: float, some_constant: Sequence[Value] | None
) -> Sequence[float | None]:
    """The row's rules on floats; None for a constant, whose rule is not evaluated."""
    if some_constant is None:
        return _derivatives(op, numbers, out, None)
    if op.variadic:
        found = _derivatives(op, numbers, out, None)
        return [None if type(value) is Constant else local for value, local in zip(some_constant, found)]
    wanted = [i for i, value in enumerate(some_constant) if type(value) is not Constant]
    locals_: list[float | None] = [None] * len(numbers)
    for i, local in zip(wanted, _derivatives(op, numbers, out, wanted)):
        locals_[i] = local
    return locals_


def _derivatives(
    op: Op, numbers: Sequence[float], out: float, wanted: Sequence[int] | None
) -> Sequence[float | None]:
    """By way of constants, whose arithmetic is IEEE's, where Python's own would raise."""
    try:
        return op.derivatives(numbers, out, wanted)
    except ZeroDivisionError:
        found = op.derivatives([Constant(x) for x in numbers], Constant(out), wanted)
        return [None if local is None else float(local) for local in found]


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
    if state.watched:
        for observer in state.observers():
            if observer.wants_comparisons:
                return record(op, (left, right))  # type: ignore[return-value]
    return bool(op.value(left._data, other))


def _notify(event: str, value: Value) -> None:
    for observer in state.observers():
        getattr(observer, event)(value)


def _tell_made(node: Value, op: Op, operands: Sequence[Value]) -> None:
    for observer in state.observers():
        observer.made(node, op, operands)


# ── words for messages ───────────────────────────────────────────────────────────


def describe(value: Value) -> str:
    """A value in words, for messages: "w = mul(2.0, 3.0) = 6.0"."""
    name = f"{value.label} = " if value.label else ""
    if value.op is None:
        return f"{name}{'constant' if value.is_constant else 'leaf'} {value._data!r}"
    shown = ", ".join(f"{o.label}={o._data!r}" if o.label else f"{o._data!r}" for o in value.operands[:4])
    return f"{name}{value.op.name}({shown}{', …' if len(value.operands) > 4 else ''}) = {value._data!r}"


def require_gradient(root: Value) -> None:
    """Raise NoGradientError where there is nothing to differentiate, saying why."""
    if root.is_constant:
        raise NoGradientError(
            f"{describe(root)} takes no gradient: it is a number, was detached, was computed from constants alone, or "
            "was made under no_grad(). Compute it from a Value, outside no_grad()"
        )
    if root.op is not None and all(local is None for local in root.local_derivatives):
        raise NoGradientError(f"{describe(root)} has no derivative by structure: {root.op} compares, it does not compute")


def outer_frame() -> tuple[str, int]:
    """File and line of the user's code that is running, outside of this package."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").split(".")[0] == "autograd":
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


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
