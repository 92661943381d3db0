"""Value: a number that remembers how it was made.

Every operator and method below is a row of ``ops.TABLE``. The six operators that scalar loops spend their time in have
a hand-tuned float path; everything else goes through ``record``, which reads the row.

What a value holds (its number, gradient and edges) is in ``node``, the walk of ``backward`` in ``graph``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import pow as _c_pow
from typing import TYPE_CHECKING, final

from . import copies, functions, graph, ops, ufuncs
from .context import leaving, state
from .context.reloaded import Dated, two_classes
from .node import Node, edges, leaf_maker, link, node_maker, require_gradient, topological
from .numerics.floats import ACCEPTED, as_float
from .op import Op, summary

if TYPE_CHECKING:
    from .methods import Methods  # what add_method adds below, written out
else:
    Methods = object

_new = object.__new__


class Value(Node, Dated, Methods):
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

    __slots__ = ()

    def detach(self) -> Constant:
        """A constant with the same number.

        >>> x = Value(3.0)
        >>> (x * x.detach()).local_derivatives
        (3.0, None)
        """
        constant = Constant(self._data, label=self.label)
        if state.watched:
            state.notify("made", constant, ops.identity, (self,))
        return constant

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
        for node in topological(self):
            node.grad = 0.0

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
            return _node(x, ops.relu, self, 1.0) if x > 0.0 else _node(0.0, ops.relu, self, None)
        return record(ops.relu, (self,))

    # ── the other operators ────────────────────────────────────────────────────────────────────────────────────────

    def __truediv__(self, other: Value | float) -> Value:
        return _binary(ops.div, self, other)

    def __radd__(self, other: Value | float) -> Value:
        if type(other) in _PLAIN and type(self) is not Constant and not state.watched:
            c = _as_constant(other)
            return _node(c._data + self._data, ops.add, c, None, self, 1.0)
        return _binary(ops.add, other, self)

    def __rsub__(self, other: Value | float) -> Value:
        if type(other) in _PLAIN and type(self) is not Constant and not state.watched:
            c = _as_constant(other)
            return _node(c._data - self._data, ops.sub, c, None, self, -1.0)
        return _binary(ops.sub, other, self)

    def __rmul__(self, other: Value | float) -> Value:
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

    def __mod__(self, other: Value | float) -> Value:
        return _binary(ops.mod, self, other)

    def __rmod__(self, other: float) -> Value:
        return _binary(ops.mod, other, self)

    def __floordiv__(self, other: Value | float) -> Value:
        return _binary(ops.floor_divide, self, other)

    def __rfloordiv__(self, other: float) -> Value:
        return _binary(ops.floor_divide, other, self)

    def __divmod__(self, other: Value | float) -> tuple[Value, Value]:
        return self // other, self % other

    def __rdivmod__(self, other: float) -> tuple[Value, Value]:
        return other // self, other % self

    def __round__(self, digits: int | None = None) -> Value:
        return record(ops.round, (self,)) if digits is None else record(ops.round_to, (self, digits))

    def where(self, condition: Value | float, other: Value | float) -> Value:
        """self where the condition holds, else other, as in PyTorch (the function takes the condition first).

        >>> x = Value(-2.0)
        >>> x.where(x > 0.0, 0.1 * x).data
        -0.2
        """
        return record(ops.where, (condition, self, other))

    def __lt__(self, other: Value | float) -> bool:
        return _compare(ops.less, self, other)

    def __le__(self, other: Value | float) -> bool:
        return _compare(ops.less_equal, self, other)

    def __gt__(self, other: Value | float) -> bool:
        return _compare(ops.greater, self, other)

    def __ge__(self, other: Value | float) -> bool:
        return _compare(ops.greater_equal, self, other)

    @classmethod
    def __apply_op__(cls, op: Op, operands: Sequence[Value | float]) -> Value:
        """Apply an op to Values and numbers, which gives a Value."""
        op.check_arity(operands)
        return record(op, operands)

    def __array_ufunc__(self, ufunc: object, method: str, *inputs: object, **named: object) -> object:
        return ufuncs.applied(ufunc, method, inputs, named)

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

    def _backward(self) -> None:
        """The one step of the chain rule that micrograd's nodes do: adds what passes to the operands' gradients."""
        for operand, local in edges(self):
            if local is not None:
                operand.grad += local * self.grad

    @property
    def _op(self) -> str:
        """The op's symbol as micrograd has it."""
        if self.op is ops.pow and self.operands[1].is_constant:
            return f"**{self.operands[1]._data:g}"
        return _MICROGRAD.get(self.op.name, self.op.symbol) if self.op else ""


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

_node = node_maker(Value)
_as_constant = leaf_maker(Constant)
_PLAIN = frozenset({float, int, Constant})  # what the operators' float paths take; the general path knows the rest
_NODES = frozenset({Value, Constant})
_CONSTANTS = frozenset({Constant})


def record(op: Op, operands: Sequence[Value | float]) -> Value:
    """Apply an op to Values and numbers: the general path, which reads the op's row.

    On constants alone, and under ``no_grad()``, a constant comes of it and no local derivative is evaluated.
    """
    if len(operands) == 1 and type(operands[0]) is Value and not state.watched and not op.variadic:
        return _unary(op, operands[0])
    values: Sequence[Value] = operands  # type: ignore[assignment]  # unless some are numbers
    kinds = list(map(type, operands))
    present = set(kinds)
    if not present <= _NODES:
        values = [x if isinstance(x, Value) else _constant_of(x) for x in operands]
        kinds = list(map(type, values))
        present = set(kinds)
    numbers = [v._data for v in values]
    data = op.value(*numbers)
    if present <= _CONSTANTS or (state.watched and not state.records()):
        node: Value = _as_constant(data)
    else:
        node = _new(Value)
        node._data, node.grad, node.op, node._stamp = data, 0.0, op, state.clock
        some_constant = Constant in present
        found = _local_derivatives(op, numbers, data, kinds) if some_constant else _derivatives(op, numbers, data)
        link(node, values, op.passing(found) if op.selects else found)
    if state.watched:
        state.notify("made", node, op, values)
    return node


def _constant_of(x: object) -> Constant:
    try:
        return _as_constant(x)  # type: ignore[arg-type]  # what is no number is refused
    except TypeError:
        told = two_classes(x, Value)
        if told:
            raise TypeError(told) from None
        raise


def _unary(op: Op, operand: Value) -> Value:
    """An op of one operand, which is no constant: most of what networks and formulas do beside arithmetic."""
    x = operand._data
    data, rule = op.value(x), op.partials[0]
    try:
        local = None if rule is None else rule(x, data)
    except ZeroDivisionError:
        [local] = _derivatives(op, (x,), data)
    return _node(data, op, operand, None if local == 0.0 and op.selects else local)


def _local_derivatives(op: Op, numbers: Sequence[float], out: float, kinds: list[type]) -> Sequence[float | None]:
    """The row's rules on floats; None for a constant, whose rule is not evaluated."""
    if op.variadic:
        every = _derivatives(op, numbers, out)
        return [None if kind is Constant else local for kind, local in zip(kinds, every)]
    wanted = [i for i, kind in enumerate(kinds) if kind is not Constant]
    found = dict(zip(wanted, _derivatives(op, numbers, out, wanted)))
    return [found.get(i) for i in range(len(kinds))]


def _derivatives(
    op: Op, numbers: Sequence[float], out: float, wanted: Sequence[int] | None = None
) -> Sequence[float | None]:
    """By way of constants, whose arithmetic is IEEE's, where Python's own would raise."""
    try:
        return op.derivatives(numbers, out, wanted)
    except ZeroDivisionError:
        with state.unobserved():
            found = op.derivatives([Constant(x) for x in numbers], Constant(out), wanted)
            return [None if local is None else float(local) for local in found]


_NEVER_NUMBERS = frozenset({type(None), str, bytes, complex, list, tuple, dict, set})  # a subclass is a foreign class


def _binary(op: Op, left: Value | float, right: Value | float) -> Value:
    """The operators' way into ``record``: a foreign class has its turn, what can never be a number is named."""
    for x in (left, right):
        if not isinstance(x, Value):
            try:
                as_float(x)
            except TypeError:
                if type(x) in _NEVER_NUMBERS:
                    given = f"{x!r:.60} ({type(x).__name__})"
                    raise TypeError(f"{op.name} of a Value and {given}: expected {ACCEPTED}") from None
                told = two_classes(x, Value)
                if told:
                    raise TypeError(f"{op.name}: {told}") from None
                return NotImplemented  # type: ignore[no-any-return]  # as Python asks of operators
    return record(op, (left, right))


def _compare(op: Op, left: Value, right: Value | float) -> bool:
    """Compare data; an observer (compile) may want the comparison as a node instead."""
    try:
        other = right._data if isinstance(right, Value) else as_float(right)
    except TypeError:
        return NotImplemented  # type: ignore[no-any-return]  # as Python asks of operators
    if type(right) is int and right == 0 and type(left) is not Constant:
        leaving.sign_taken()
    if state.watched:
        for observer in state.observers():
            if observer.wants_comparisons:
                return record(op, (left, right))  # type: ignore[return-value]  # bool() of it leaves a guard
    return bool(op.value(left._data, other))


def _method(op: Op, text: str) -> Callable[..., Value]:
    def method(self: Value, *operands: Value | float) -> Value:
        return op(self, *operands)

    method.__name__ = op.name
    method.__doc__ = f"{text}\n\nThe same as ``gg.{op.name}`` with self as its first operand."
    method.__wrapped__ = op  # type: ignore[attr-defined]  # inspect.signature reads it
    return method


def add_method(op: Op) -> None:
    """Make the op a method of Value, unless Value has one of that name."""
    method = _method(op, summary(op))  # help(gg.exp) has the rest
    if not op.variadic and op.name not in vars(Value):
        setattr(Value, op.name, method)
    if op.numpy_name.startswith("arc"):  # np.arctan of an array of Values asks each of them for its method arctan
        setattr(Value, op.numpy_name, method)


for _row in ops.TABLE.values():
    add_method(_row)
for _name in ("deg2rad", "elu", "leaky_relu", "logsigmoid", "rad2deg", "reciprocal", "rsqrt", "square"):
    setattr(Value, _name, getattr(functions, _name))  # a function of x is a method of x
for _name, _as in {"radians": "deg2rad", "degrees": "rad2deg", "fabs": "abs", "rint": "round",
                   "__floor__": "floor", "__ceil__": "ceil", "__trunc__": "trunc"}.items():  # fmt: skip
    setattr(Value, _name, getattr(Value, _as))  # np.fabs of an array of Values asks each of them for its method fabs
