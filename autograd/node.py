"""Node: what a value is, apart from what one can do with it: its number, its gradient, where it came from.

This is the one file that knows how edges are held. A node with one or two operands has them in ``_a`` and ``_b``, and
its local derivatives in ``_da`` and ``_db``: no tuple that the cyclic collector would have to look at beside the node
(on a large graph it takes longer than the arithmetic). A node with more has a tuple of its operands in ``_a``, and one
of its local derivatives in ``_da``. A leaf has None in ``_a``. Where nothing passes, because there is no derivative by
structure or because the op selects and did not take that branch, the local derivative is None. What makes nodes, and
the two loops that visit every node, read these fields for speed's sake, and so stand here; all else asks ``edges``.
"""

from __future__ import annotations

import numbers
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from typing import Any, Protocol, TypeVar

from .context import leaving, state
from .errors import NoGradientError
from .numerics import foreign
from .numerics.floats import as_float
from .op import Op

N = TypeVar("N", bound="Node")


class Node:
    """A float, the op and operands that it came from, and its gradient. ``Value`` adds what one can do with it."""

    __slots__ = (
        "_data", "grad", "op", "_a", "_da", "_b", "_db", "_stamp", "_label", "_scope", "_source", "__weakref__"
    )  # fmt: skip

    _data: float
    grad: float
    op: Op | None
    _a: Any
    _da: Any
    _b: Any
    _db: Any
    _stamp: int
    _source: tuple[str, int]  # the line that made it; only known under detect_anomaly()

    def __init__(self, data: float, *, label: str = "") -> None:
        self._data = data if type(data) is float else as_float(data)
        self.grad = 0.0
        self.op = self._a = self._da = self._b = self._db = None
        self._stamp = state.clock
        if label:
            self.label = label

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
        if state.watched:
            state.notify("wrote", self)
        self._data = number
        self._stamp = state.tick()

    @property
    def operands(self: N) -> tuple[N, ...]:
        """What the op was applied to, in order; () for a leaf or a constant."""
        if type(self._a) is tuple:
            return self._a
        return () if self._a is None else (self._a,) if self._b is None else (self._a, self._b)

    @property
    def local_derivatives(self) -> tuple[float | None, ...]:
        """d self / d operand for each operand; None where there is none by structure (a constant, a condition)."""
        op, passed = self.op, passing(self)
        if op is None or not op.selects:
            return passed
        return tuple(
            0.0 if local is None and op.selecting(i) and not operand.is_constant else local
            for i, (operand, local) in enumerate(zip(self.operands, passed))
        )

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

    # ── what NumPy asks the numbers of an array of objects for: np.std, np.var and np.vdot conjugate ─────────────────

    @property
    def real(self: N) -> N:
        """self: it is a real number."""
        return self

    @property
    def imag(self) -> float:
        """0.0: it is a real number."""
        return 0.0

    def conjugate(self: N) -> N:
        """self: it is a real number."""
        return self

    def item(self) -> float:
        """The number, as ``data``: what a PyTorch tensor and a NumPy array of one number call it.

        >>> from glassgrad import Value
        >>> Value(2.0).item()
        2.0
        """
        return self.data

    # ── identity, and leaving the graph ────────────────────────────────────────────────────────────────────────────

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Node):
            return self is other
        if isinstance(other, numbers.Number) or foreign.is_bool(other):
            raise TypeError(
                "a Value is a node, equal only to itself: compare numbers with v.data == number, or use "
                "gg.equal(v, number)"
            )
        return NotImplemented

    __hash__ = object.__hash__

    def __float__(self) -> float:
        number = self.data
        if not self.is_constant:
            leaving.left()
        return number

    def __int__(self) -> int:
        return int(float(self))

    def __bool__(self) -> bool:
        if state.watched:
            state.notify("branched", self)
        return self._data != 0.0

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else repr(self)

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        if state.watched and state.hides_numbers():
            return f"{type(self).__name__}(recorded{label})"
        return f"{type(self).__name__}({self._data!r}, grad={self.grad!r}{label})"


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
        raise NoGradientError(
            f"{describe(root)} has no derivative by structure: {root.op.name} jumps from one number to the next and is "
            "constant between"
        )


# ── edges ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def link(node: N, operands: Sequence[N], locals_: Sequence[float | None]) -> None:
    """Make these the operands and local derivatives of the node; none make it a leaf."""
    node._a = node._da = node._b = node._db = None
    if len(operands) > 2:
        node._a, node._da = tuple(operands), tuple(locals_)
    elif operands:
        node._a, node._da = operands[0], locals_[0]
        if len(operands) == 2:
            node._b, node._db = operands[1], locals_[1]


def passing(node: Node) -> tuple[float | None, ...]:
    """The local derivatives as the chain rule takes them: None also for a branch that was not taken."""
    if type(node._da) is tuple:
        return node._da
    return () if node._a is None else (node._da,) if node._b is None else (node._da, node._db)


def edges(node: N) -> Iterable[tuple[N, float | None]]:
    """Each operand, in order, with the local derivative that passes what comes from above; None: nothing passes."""
    return zip(node.operands, passing(node))


# ── making nodes, for the operators' float paths ───────────────────────────────────────────────────────────────────


class NodeMaker(Protocol[N]):
    """Makes a node of one or two operands, with none of the checks."""

    def __call__(
        self, data: float, op: Op, a: N, da: float | None, b: N | None = None, db: float | None = None, /
    ) -> N: ...


def node_maker(kind: type[N]) -> NodeMaker[N]:
    """What makes nodes of this kind."""
    new = object.__new__

    def made(data: float, op: Op, a: N, da: float | None, b: N | None = None, db: float | None = None, /) -> N:
        node = new(kind)
        node._data = data
        node.grad = 0.0
        node.op = op
        node._a = a
        node._da = da
        node._b = b
        node._db = db
        node._stamp = state.clock
        return node

    return made


def leaf_maker(kind: type[N]) -> Callable[[float | Node], N]:
    """What makes leaves of this kind from numbers, and passes on what is one already."""
    new = object.__new__

    def made(number: Any) -> N:
        if type(number) is kind:
            return number
        leaf = new(kind)
        leaf._data = number if type(number) is float else as_float(number)
        leaf.grad = 0.0
        leaf.op = leaf._a = leaf._da = leaf._b = leaf._db = None
        leaf._stamp = state.clock
        return leaf

    return made


# ── many leaves at once ────────────────────────────────────────────────────────────────────────────────────────────


def write_numbers(leaves: Sequence[Node], numbers: Iterable[float]) -> None:
    """Set each leaf's number, as ``.data = number`` does: in C, so that no signal handler can break in half-way."""
    if state.watched:
        for leaf in leaves:
            state.notify("wrote", leaf)
    deque(map(vars(Node)["_stamp"].__set__, leaves, repeat(state.tick())), maxlen=0)
    deque(map(vars(Node)["_data"].__set__, leaves, numbers), maxlen=0)


def write_grads(leaves: Sequence[Node], grads: Iterable[float]) -> None:
    """Set the gradient of each leaf, in C likewise."""
    deque(map(vars(Node)["grad"].__set__, leaves, grads), maxlen=0)


# ── the two loops that visit every node ────────────────────────────────────────────────────────────────────────────


def topological(*roots: N, known: Callable[[N], bool] | None = None) -> list[N]:
    """All nodes that the roots depend on, operands before outs, each once; in the same order at every run.

    Nodes that are ``known`` are left out, with all that only they depend on.
    """
    order: list[N] = []
    met: set[N] = set()
    stack: list[Any] = list(reversed(roots))  # nodes to visit; None above a node whose operands have all been listed
    push, pop, meet, settle = stack.append, stack.pop, met.add, order.append
    while stack:
        node = pop()
        if node is None:
            settle(pop())
            continue
        while node not in met:  # down along the first operands, while the others wait
            meet(node)
            if known is not None and known(node):
                break
            a = node._a
            if a is None:
                settle(node)
                break
            push(node)
            push(None)
            if type(a) is tuple:
                stack.extend(a[:0:-1])
                node = a[0]
            else:
                if node._b is not None:
                    push(node._b)
                node = a
    return order


def chain_rule(order: Sequence[N], root: N) -> None:
    """Write d root / d node into ``.grad`` of each node of ``order`` (topological, from the root down), from 0 on."""
    for node in order:
        node.grad = 0.0
    root.grad = 1.0
    for node in reversed(order):
        a = node._a
        if a is None:
            continue
        gradient, da = node.grad, node._da
        if type(a) is tuple:
            for operand, local in zip(a, da):
                if local is not None:
                    operand.grad += local * gradient
        else:
            if da is not None:
                a.grad += da * gradient
            db = node._db
            if db is not None:
                node._b.grad += db * gradient
