"""Node: what a value is, apart from what one can do with it: its number, its gradient, where it came from."""

from __future__ import annotations

import numbers
from typing import TYPE_CHECKING, Any

import numpy as np

from . import copies, graph, ops, state
from .errors import NoGradientError
from .numerics.floats import as_float
from .op import Op

if TYPE_CHECKING:
    from .value import Value


class Node:
    """A float, the op and operands that it came from, and its gradient. ``Value`` adds the operators."""

    __slots__ = (
        "_data", "grad", "op", "_a", "_da", "_b", "_db", "_stamp", "_label", "_scope", "_source", "__weakref__"
    )  # fmt: skip

    _data: float
    grad: float
    op: Op | None
    _a: Any  # how _a, _da, _b and _db hold the edges: see ``graph``
    _da: Any
    _b: Any
    _db: Any
    _stamp: int
    _source: tuple[str, int]  # the line that made it; only known under detect_anomaly()

    # ── what it holds ──────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def data(self) -> float:
        """The number. Assigning to a leaf changes it for the next forward pass; graphs already recorded keep theirs."""
        if state.watched:
            state.notify("read", self)
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
        return () if self._a is None else (self._a,) if self._b is None else (self._a, self._b)

    @property
    def local_derivatives(self) -> tuple[float | None, ...]:
        """d self / d operand for each operand; None where there is none by structure (a constant, a condition)."""
        if type(self._da) is tuple:
            return self._da
        return () if self._a is None else (self._da,) if self._b is None else (self._da, self._db)

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

        >>> from glassgrad import Value
        >>> x = Value(3.0)
        >>> y = x * x
        >>> y.backward(); x.grad
        6.0
        >>> y.backward(); x.grad
        12.0
        """
        require_gradient(self)
        observers = state.observers() if state.watched else []

        def watch(node: Node) -> None:
            for observer in observers:
                observer.passed(node)  # type: ignore[arg-type]

        graph.backpropagate(self, watch=watch if observers else None)

    def zero_grad(self) -> None:
        """Set the gradient of self, and of every value that it was computed from, to 0.

        >>> from glassgrad import Value
        >>> x = Value(3.0)
        >>> y = x * x; y.backward(); y.zero_grad(); x.grad
        0.0
        """
        for node in graph.topological(self):
            node.grad = 0.0

    # ── identity, and leaving the graph ────────────────────────────────────────────────────────────────────────────

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Node):
            return self is other
        if isinstance(other, (numbers.Number, np.bool_)):
            raise TypeError(
                "a Value is a node, equal only to itself: compare numbers with v.data == number, or use "
                "gg.equal(v, number)"
            )
        return NotImplemented

    __hash__ = object.__hash__

    def __float__(self) -> float:
        return self.data

    def __int__(self) -> int:
        return int(self.data)

    def __bool__(self) -> bool:
        if state.watched:
            state.notify("branched", self)
        return self._data != 0.0

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else repr(self)

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        return f"{type(self).__name__}({self._data!r}, grad={self.grad!r}{label})"

    # ── copying; pickling without recursion ────────────────────────────────────────────────────────────────────────

    def __copy__(self) -> Node:
        return copies.shallow(self)

    def __deepcopy__(self, memo: dict[int, object]) -> Node:
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


_MICROGRAD = {"mul": "*", "div": "/", "sub": "-", "neg": "-"}


def describe(value: Node) -> str:
    """A value in words, for messages: "w = mul(2.0, 3.0) = 6.0"."""
    name = f"{value.label} = " if value.label else ""
    if value.op is None:
        return f"{name}{'constant' if value.is_constant else 'leaf'} {value._data!r}"
    shown = ", ".join(f"{o.label}={o._data!r}" if o.label else f"{o._data!r}" for o in value.operands[:4])
    return f"{name}{value.op.name}({shown}{', …' if len(value.operands) > 4 else ''}) = {value._data!r}"


def require_gradient(root: Node) -> None:
    """Raise NoGradientError where there is nothing to differentiate, saying why."""
    if root.is_constant:
        raise NoGradientError(
            f"{describe(root)} takes no gradient: it is a number, was detached, was computed from constants alone, or "
            "was made under no_grad(). Compute it from a Value, outside no_grad()"
        )
    if root.op is not None and all(local is None for local in root.local_derivatives):
        raise NoGradientError(f"{describe(root)} has no derivative by structure: {root.op} compares")
