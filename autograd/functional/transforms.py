"""Derivatives as functions: ``grad`` and its kin, each differentiable again, to any order.

Arguments may be numbers, Values, NumPy arrays, or lists, tuples and dicts of these to any depth; what comes back has
the same shape. Numbers come back where the result depends on nothing but numbers; Values where the function was given
Values, or reads some (a model's parameters), so that no dependence is ever lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import copy
from typing import TYPE_CHECKING, overload
from weakref import WeakSet

from .. import graph, ops
from ..context import leaving, state
from ..context.state import Differentiation
from ..errors import StaleGraphError
from ..node import describe, leaf_maker, require_gradient
from ..numerics.floats import as_float
from ..numerics.foreign import is_array
from ..op import Op
from ..value import Constant, Value
from .signatures import Nested, Scalar
from .tangents import push, times

if TYPE_CHECKING:
    import numpy as np

    from .signatures import (
        Gradient,
        GradientOfOne,
        GradientOfSeveral,
        Hessian,
        JacobianOfArray,
        JacobianOfList,
        Numbers,
        Scalars,
        T,
        U,
        ValueAndGradient,
        ValueAndGradientOfOne,
        ValueAndGradientOfSeveral,
    )


# ── nested arguments ───────────────────────────────────────────────────────────────────────────────────────────────


def flatten(nested: Nested) -> list[Scalar]:
    """The scalars of a nested argument, depth first, dicts in the order of their keys' insertion."""
    if type(nested) is float or type(nested) is Value:
        return [nested]
    flat: list[Scalar] = []
    stack = [nested]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            stack.extend(reversed(item.values()))
        elif isinstance(item, (list, tuple)):
            stack.extend(reversed(item))
        elif is_array(item):
            stack.extend(reversed(item.ravel().tolist()))
        else:
            flat.append(item if isinstance(item, Value) else as_float(item))
    return flat


def unflatten(like: Nested, scalars: Sequence[Scalar]) -> Nested:
    """``scalars`` in the shape of ``like``; the inverse of ``flatten``."""
    if type(like) is float or type(like) is Value:
        return scalars[0]
    return _filled(like, iter(scalars))


def _filled(like: Nested, scalars: Iterator[Nested]) -> Nested:  # recursion over an argument's shape, not a graph
    if isinstance(like, dict):
        items = {key: _filled(item, scalars) for key, item in like.items()}
        return items if type(like) is dict else _dict_filled(like, items)
    if isinstance(like, tuple) and hasattr(like, "_fields"):
        return type(like)(*(_filled(item, scalars) for item in like))  # type: ignore[arg-type]  # a namedtuple
    if isinstance(like, (list, tuple)):
        return type(like)(_filled(item, scalars) for item in like)
    return _array_filled(like, scalars) if is_array(like) else next(scalars)


def _dict_filled(like: dict[str, Nested], items: dict[str, Nested]) -> Nested:
    """A dict of the class of ``like``, with these items."""
    filled = copy(like)
    for key, item in items.items():
        filled[key] = item
    return filled


def _array_filled(like: np.ndarray, scalars: Iterator[Nested]) -> np.ndarray:
    import numpy as np  # whose array was given

    items = [next(scalars) for _ in range(like.size)]
    plain = all(type(item) is float for item in items)
    filled = np.empty(like.size, dtype=float if plain else object)
    filled[:] = items
    return filled.reshape(like.shape)


# ── graph level ────────────────────────────────────────────────────────────────────────────────────────────────────


def gradients(out: Value, inputs: Sequence[Value]) -> list[Value]:
    """d out / d input for each input, as Values that can be differentiated again; ``.grad`` is left alone.

    An input that ``out`` does not depend on gets a constant 0.

    Raises:
        NoGradientError: out is a constant.
        StaleGraphError: a leaf's .data was changed after the graph was recorded.
        LeavesGraphError: the rule of an op of the user's reads the number of a Value.

    >>> x = Value(3.0)
    >>> [dy] = gradients(x ** 3, [x]); dy.data
    27.0
    >>> [d2y] = gradients(dy, [x]); d2y.data
    18.0
    """
    if out.is_constant:
        require_gradient(out)
    with Differentiation("gradients"):
        return _gradients(out, list(inputs), graph.topological(out))


def _gradients(out: Value, inputs: Sequence[Value], order: Sequence[Value]) -> list[Value]:
    require_fresh(order)
    on_path = graph.dependents(order, inputs)
    bars: dict[Value, Value | float] = {out: 1.0}
    for node in reversed(order):
        op = node.op
        if node not in bars or op is None or node not in on_path:
            continue
        upstream, operands = bars[node], node.operands
        wanted = [i for i, operand in enumerate(operands) if operand in on_path]
        for i, local in zip(wanted, op.derivatives(operands, node, wanted)):
            if local is not None:
                operand, term = operands[i], _passed(op, i, local, upstream) if op.selects else times(local, upstream)
                bars[operand] = bars[operand] + term if operand in bars else term
    return [_as_value(bars.get(x, 0.0)) for x in inputs]


def _passed(op: Op, i: int, local: Scalar, upstream: Scalar) -> Scalar:
    """What passes to operand i: local × upstream, by selection where the op selects."""
    plain = not op.selecting(i) or type(local) is float or type(upstream) is float
    return times(local, upstream) if plain else ops.selected(local, upstream)


def _as_value(x: Value | float) -> Value:
    return x if isinstance(x, Value) else Constant(x)


def require_fresh(order: Sequence[Value]) -> None:
    """Raise StaleGraphError where a leaf of these nodes was changed after something was computed from it."""
    for node in order:
        for operand in node.operands:
            if operand._stamp > node._stamp:
                raise StaleGraphError(
                    f"the .data of {describe(operand)} was changed after {describe(node)} was computed from "
                    "it, so a new derivative would mix old numbers with new: compute the function again (backward() "
                    "still gives the gradient of the recorded pass)"
                )


# ── functions of functions ─────────────────────────────────────────────────────────────────────────────────────────


_SILENT = {"hessian", "jacobian", "hvp", "jvp"}  # within these a gradient that depends on nothing is none of a user's
_gradients_of_functions: WeakSet[Callable[..., object]] = WeakSet()  # what grad gave; a straight one's is no mistake
_leaf = leaf_maker(Value)
_FLOATS = {float}
_numbers: WeakSet[Value] = WeakSet()  # leaves that stood for numbers in calls that are over: to others, numbers again


class _Call:
    """One evaluation of a function on fresh copies of its arguments, so that nobody else's graph is meant by them."""

    def __init__(self, function: Callable[..., Nested], args: Sequence[Nested], argnums: int | Sequence[int]) -> None:
        self.function = function
        self.single = isinstance(argnums, int)
        self.argnums = [_position(i, args) for i in ((argnums,) if isinstance(argnums, int) else argnums)]
        given = [flatten(args[i]) for i in self.argnums]
        self.inputs = [[_leaf(x) if type(x) is float else ops.identity(x) for x in flat] for flat in given]
        self.numeric = {type(x) for flat in given for x in flat} <= _FLOATS
        self.args = list(args)
        for i, flat in zip(self.argnums, self.inputs):
            self.args[i] = unflatten(args[i], flat)
        self.result = function(*self.args)

    @property
    def flat_inputs(self) -> list[Value]:
        return [x for flat in self.inputs for x in flat]

    def out(self) -> Value:
        """The result, which must be one number."""
        result = self.result
        if not isinstance(result, Value) and is_array(result) and result.size == 1:
            result = result.item()
        if isinstance(result, Value):
            return result
        try:
            return Constant(as_float(result))
        except TypeError:
            raise TypeError(
                f"expected a function that returns one number, got {type(self.result).__name__}: "
                "return a sum or mean of them, or use jacobian"
            ) from None

    def warn_if_independent(self, out: Value, name: str) -> None:
        """Warn where a user's ``grad`` is of a result that depends on none of the inputs."""
        inputs = self.flat_inputs
        if self.function in _gradients_of_functions or any(d.name in _SILENT for d in state.differentiations()):
            return
        if inputs and not set(inputs).intersection(graph.topological(out)):
            leaving.nothing_depends(name, self.function)

    def differentiated(self, out: Value) -> tuple[Scalar, list[Scalar]]:
        """out and d out / d input for all inputs: floats if nothing else that can be differentiated is in the graph."""
        inputs, order = self.flat_inputs, graph.topological(out)
        if self.numeric and not self.reads_others(order):
            grads = graph.gradient_numbers(out, order)
            return out._data, [grads.get(x, 0.0) for x in inputs]
        if out.is_constant or (out not in inputs and all(x is None for x in out.local_derivatives)):
            return out, [0.0] * len(inputs)
        if self.numeric:
            _numbers.update(inputs)
        return out, list(_gradients(out, inputs, order))

    def reads_others(self, order: Sequence[Value]) -> bool:
        """Whether leaves that are none of the inputs are among these nodes."""
        leaves = {node for node in order if node.op is None and not node.is_constant}.difference(self.flat_inputs)
        return any(leaf not in _numbers for leaf in leaves)

    def shaped(self, scalars: Sequence[Scalar]) -> object:
        """The flat results in the shape of the arguments that were asked for."""
        shaped, start = [], 0
        for i, flat in zip(self.argnums, self.inputs):
            shaped.append(unflatten(self.args[i], scalars[start : start + len(flat)]))
            start += len(flat)
        return shaped[0] if self.single else tuple(shaped)


def _position(i: int, args: Sequence[object]) -> int:
    if not -len(args) <= i < len(args):
        raise ValueError(f"argnums={i}, but the function was called with {len(args)} positional arguments")
    return i % len(args)


@overload
def value_and_grad(function: Callable[..., Scalar]) -> ValueAndGradient: ...
@overload
def value_and_grad(function: Callable[..., Scalar], argnums: int) -> ValueAndGradientOfOne: ...
@overload
def value_and_grad(function: Callable[..., Scalar], argnums: Sequence[int]) -> ValueAndGradientOfSeveral: ...
def value_and_grad(
    function: Callable[..., Scalar], argnums: int | Sequence[int] = 0
) -> Callable[..., tuple[Scalar, object]]:
    """A function that returns what ``function`` returns and its gradient with respect to one or several arguments.

    Raises (when called):
        TypeError: the function does not return one number.
        ValueError: argnums names an argument that was not given.
        LeavesGraphError: the function reads the number of a Value that takes gradient, with ``float(v)``,
            ``math.sin(v)`` or the like; a TypeError. It is raised at the end if the function swallows it.

    Warns:
        NoDependenceWarning: the result depends on none of the arguments, so that the gradient is 0.

    >>> value_and_grad(lambda x, y: x * y)(3.0, 4.0)
    (12.0, 4.0)
    """

    def evaluated(*args: Nested) -> tuple[Scalar, object]:
        return _value_and_grad(function, args, argnums, "value_and_grad")

    return evaluated


def _value_and_grad(
    function: Callable[..., Scalar], args: Sequence[Nested], argnums: int | Sequence[int], name: str
) -> tuple[Scalar, object]:
    with Differentiation(name):
        return _of_call(_Call(function, args, argnums), name)


def _of_call(call: _Call, name: str) -> tuple[Scalar, object]:
    """Value and gradient, and a warning where the gradient is 0 because nothing depends on the inputs."""
    out = call.out()
    value, found = call.differentiated(out)
    if not any(x if type(x) is float else _as_value(x)._data for x in found):
        call.warn_if_independent(out, name)
    return value, call.shaped(found)


@overload
def grad(function: Callable[..., Scalar]) -> Gradient: ...
@overload
def grad(function: Callable[..., Scalar], argnums: int) -> GradientOfOne: ...
@overload
def grad(function: Callable[..., Scalar], argnums: Sequence[int]) -> GradientOfSeveral: ...
def grad(function: Callable[..., Scalar], argnums: int | Sequence[int] = 0) -> Callable[..., object]:
    """A function that returns the gradient of ``function`` with respect to one or several of its arguments.

    The gradient has the shape of the argument; for several arguments it is a tuple. The errors are those of
    ``value_and_grad``.

    >>> grad(lambda x: x ** 3)(2.0)
    12.0
    >>> grad(grad(lambda x: x ** 3))(2.0)
    12.0
    >>> grad(lambda p: p["w"] * p["x"])({"w": 2.0, "x": 5.0})
    {'w': 5.0, 'x': 2.0}
    """

    def differentiated(*args: Nested) -> object:
        return _value_and_grad(function, args, argnums, "grad")[1]

    _gradients_of_functions.add(differentiated)
    return differentiated


@overload
def jacobian(function: Callable[..., Scalar]) -> Gradient: ...
@overload
def jacobian(function: Callable[..., Scalars]) -> JacobianOfList: ...
@overload
def jacobian(function: Callable[..., np.ndarray]) -> JacobianOfArray: ...
@overload
def jacobian(function: Callable[..., Nested], argnums: int = 0) -> Callable[..., Nested]: ...
def jacobian(function: Callable[..., Nested], argnums: int = 0) -> Callable[..., object]:
    """A function that returns, in the shape of ``function``'s result, the gradient of each of its numbers.

    For an array of shape r and an argument of shape a it is an array of shape r + a.

    Raises (when called):
        TypeError: the function returns something else than numbers, nested or not.
        ValueError: argnums names an argument that was not given.

    >>> jacobian(lambda x: [x[0] * x[1], x[0] + x[1]])([2.0, 3.0])
    [[3.0, 2.0], [1.0, 1.0]]
    """

    def differentiated(*args: Nested) -> object:
        with Differentiation("jacobian"):
            return _rows(_Call(function, args, argnums))

    return differentiated


def _rows(call: _Call) -> object:
    rows = [call.shaped(call.differentiated(_as_value(out))[1]) for out in flatten(call.result)]
    return _stacked(call.result, rows)


def _stacked(like: object, rows: list[object]) -> object:
    """Rows in the shape of ``like``; arrays where both are arrays."""
    if is_array(like) and rows and is_array(rows[0]):
        import numpy as np  # whose arrays were given

        return np.array(rows).reshape(like.shape + rows[0].shape)
    return _filled(like.tolist() if is_array(like) else like, iter(rows))  # type: ignore[arg-type]  # rows are scalars here


@overload
def hessian(function: Callable[..., Scalar]) -> Hessian: ...
@overload
def hessian(function: Callable[..., Scalar], argnums: int) -> Callable[..., Nested]: ...
def hessian(function: Callable[..., Scalar], argnums: int = 0) -> Callable[..., object]:
    """A function that returns all second derivatives: the Jacobian of the gradient, and its errors.

    >>> hessian(lambda x: x[0] ** 2 * x[1])([2.0, 3.0])
    [[6.0, 4.0], [4.0, 0.0]]
    """
    second = jacobian(grad(function, argnums), argnums)

    def differentiated(*args: Nested) -> object:
        with Differentiation("hessian"):
            return second(*args)

    return differentiated


@overload
def jvp(
    function: Callable[..., Scalar], primals: Sequence[Numbers], tangents: Sequence[Numbers]
) -> tuple[float, float]: ...
@overload
def jvp(
    function: Callable[..., Scalar], primals: Sequence[Nested], tangents: Sequence[Nested]
) -> tuple[Scalar, Scalar]: ...
@overload
def jvp(
    function: Callable[..., Nested], primals: Sequence[Nested], tangents: Sequence[Nested]
) -> tuple[Nested, Nested]: ...
def jvp(
    function: Callable[..., Nested], primals: Sequence[Nested], tangents: Sequence[Nested]
) -> tuple[object, object]:
    """The value of ``function`` at ``primals`` and its derivative along ``tangents``, by forward mode (as in JAX).

    Raises:
        ValueError: primals and tangents differ in shape.

    >>> jvp(lambda x, y: x * y, (3.0, 4.0), (1.0, 0.0))
    (12.0, 4.0)
    """
    with Differentiation("jvp"):
        return _along(_Call(function, primals, range(len(primals))), tangents)


def _along(call: _Call, tangents: Sequence[Nested]) -> tuple[object, object]:
    directions = [x for tangent in tangents for x in flatten(tangent)]
    if len(directions) != len(call.flat_inputs):
        given = f"{len(call.flat_inputs)} numbers in primals, {len(directions)} in tangents"
        raise ValueError(f"{given}: give as many of each")
    outs = [_as_value(out) for out in flatten(call.result)]
    order = graph.topological(*outs)
    require_fresh(order)
    pushed = push(order, dict(zip(call.flat_inputs, directions)))
    derivatives = [pushed.get(out, 0.0) for out in outs]
    if call.numeric and not any(isinstance(x, Value) for x in directions) and not call.reads_others(order):
        values: Sequence[Scalar] = [out._data for out in outs]
        return unflatten(call.result, values), unflatten(call.result, [_as_value(d)._data for d in derivatives])
    return unflatten(call.result, outs), unflatten(call.result, derivatives)


@overload
def hvp(function: Callable[..., Scalar], primals: tuple[float], tangents: tuple[float]) -> float: ...
@overload
def hvp(function: Callable[..., Scalar], primals: tuple[T], tangents: tuple[T]) -> T: ...
@overload
def hvp(function: Callable[..., Scalar], primals: tuple[T, U], tangents: tuple[T, U]) -> tuple[T, U]: ...
@overload
def hvp(function: Callable[..., Scalar], primals: Sequence[Nested], tangents: Sequence[Nested]) -> Nested: ...
def hvp(function: Callable[..., Scalar], primals: Sequence[Nested], tangents: Sequence[Nested]) -> object:
    """The Hessian of ``function`` at ``primals`` times ``tangents``: forward mode over reverse mode, no matrix formed.

    It has the shape of ``primals``; of a single argument it is that argument's part alone. The errors are those of
    ``grad`` and ``jvp``.

    >>> hvp(lambda x: x[0] ** 2 * x[1], ([2.0, 3.0],), ([1.0, 0.0],))
    [6.0, 4.0]
    """
    gradient = grad(function) if len(primals) == 1 else grad(function, range(len(primals)))
    with Differentiation("hvp"):
        return jvp(gradient, primals, tangents)[1]
