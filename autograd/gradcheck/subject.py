"""What a gradient check looks at: a function of Values as a function of plain numbers, with its derivatives."""

from __future__ import annotations

import inspect
import math
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import product

from .. import functions, graph
from ..context import leaving, state
from ..errors import LeavesGraphError
from ..functional import Nested, flatten, gradients, unflatten
from ..numerics.foreign import is_array
from ..op import Op
from ..value import Constant, Value

Numbers = tuple[float, ...]


class Subject:
    """A function of Values, with the place at which it is to be checked.

    Attributes:
        at: the numbers of all inputs, then of all parameters.
        names: what to call each of them.
    """

    def __init__(self, function: Callable[..., object], inputs: Nested, parameters: Nested) -> None:
        self.function = function
        self.args = _arguments(function, inputs)
        given = flatten(self.args)
        self.parameters = [_parameter(p) for p in flatten(parameters)]
        self.at = tuple(number_of(x) for x in (*given, *self.parameters))
        self.labels = [x.label if isinstance(x, Value) else "" for x in given]
        arguments = _argument_names(function, len(self.args))
        own = [name for arg, argument in zip(self.args, arguments) for name in names_in(arg, argument)]
        read = [p.label or name for p, name in zip(self.parameters, names_in(parameters, "parameters"))]
        self.names = [label or name for label, name in zip(self.labels, own)] + read

    @contextmanager
    def run(self, numbers: Numbers) -> Iterator[tuple[list[Value], list[Value]]]:
        """The results of the function on these numbers and the leaves that hold them; parameters are put back after."""
        fresh = [Value(x, label=label) for x, label in zip(numbers, self.labels)]
        before = [p._data for p in self.parameters]
        try:
            for parameter, number in zip(self.parameters, numbers[len(fresh) :]):
                parameter._data = number
            with state.Differentiation("gradcheck"):
                results = flatten(self.function(*unflatten(self.args, fresh)))  # type: ignore[misc, arg-type]  # a tuple as args is; flatten refuses what is no number
                yield [x if isinstance(x, Value) else Constant(x) for x in results], fresh + self.parameters
        finally:
            for parameter, number in zip(self.parameters, before):
                parameter._data = number

    def values(self, numbers: Numbers) -> Numbers:
        """The results."""
        with self.run(numbers) as (outs, _):
            return tuple(out._data for out in outs)

    def backward(self, numbers: Numbers) -> list[Numbers]:
        """The gradient of each result, by ``backward()``."""
        with self.run(numbers) as (outs, leaves):
            return [_by_backward(out, leaves) for out in outs]

    def slopes(self, numbers: Numbers) -> Numbers:
        """The gradients of all results one after another, by ``gradients``."""
        with self.run(numbers) as (outs, leaves):
            return tuple(g._data for out in outs for g in _by_graph(out, leaves))

    def second(self, numbers: Numbers) -> list[Numbers]:
        """The gradient of each of ``slopes``, by ``gradients`` of ``gradients``."""
        with self.run(numbers) as (outs, leaves):
            slopes = [g for out in outs for g in _by_graph(out, leaves)]
            return [tuple(h._data for h in _by_graph(slope, leaves)) for slope in slopes]

    def work(self) -> int:
        """What one call of the function does: the edges that it records, thrown away or not; at least 1."""
        counter = _Edges()
        with state.observing(counter), self.run(self.at):
            return max(1, counter.count)

    def reads(self) -> tuple[str, ...]:
        """Where the function reads a number by ``.data``, which is no error; no gradient flows back through it."""
        reads = _Reads()
        with state.observing(reads), self.run(self.at):
            return tuple(reads.lines)

    def along(self, directions: Sequence[Numbers]) -> Slanted:
        """The derivatives along these directions, to be differentiated once more."""
        return Slanted(self, directions)

    def remarks(self) -> tuple[str, ...]:
        """What should be the same twice and is not."""
        with self.run(self.at) as (outs, leaves):
            twice = [[x for out in outs for x in _by_backward(out, leaves)] for _ in range(2)]
            values, slopes = [out._data for out in outs], [g._data for out in outs for g in _by_graph(out, leaves)]
        found = differing("backward pass", *twice) + differing("function", values, self.values(self.at))
        if not all(map(_same, twice[0], slopes)):
            found += (f"backward() gives {twice[0]}, but gradients() gives {slopes}",)
        return found


class _Edges(state.Observer[Value, Op]):
    """Counts edges as they are made."""

    count = 0

    def made(self, node: Value, op: Op, operands: Sequence[Value]) -> None:
        self.count += len(operands)


class _Reads(state.Observer[Value, Op]):
    """Notes the lines that read the number of a Value that takes gradient."""

    def __init__(self) -> None:
        self.lines: dict[str, None] = {}

    def read(self, value: Value) -> None:
        """Note the line."""
        if not value.is_constant:
            where = leaving.place(state.user_frame())
            self.lines[f"{where} reads the number of a Value, and no gradient flows back through a number"] = None


class Slanted:
    """The derivatives of a subject along some directions, as functions of its inputs.

    Attributes:
        titles: what stands before the name of each result's derivatives: "[2] / ", or nothing if there is one result.
    """

    def __init__(self, subject: Subject, directions: Sequence[Numbers]) -> None:
        self.subject, self.directions = subject, directions
        results = len(subject.values(subject.at))
        self.titles = [f"[{k}] / " for k in range(results)] if results > 1 else [""]

    def slopes(self, numbers: Numbers) -> Numbers:
        """The derivative of each result along each direction."""
        with self.subject.run(numbers) as (outs, leaves):
            return tuple(slope._data for slope in self._recorded(outs, leaves))

    def second(self, numbers: Numbers) -> list[Numbers]:
        """The gradient of each of ``slopes``."""
        with self.subject.run(numbers) as (outs, leaves):
            slopes = self._recorded(outs, leaves)
            return [tuple(h._data for h in _by_graph(slope, leaves)) for slope in slopes]

    def _recorded(self, outs: Sequence[Value], leaves: Sequence[Value]) -> list[Value]:
        found = []
        for out in outs:
            slopes = _by_graph(out, leaves)
            found += [functions.dot(slopes, map(Constant, direction)) for direction in self.directions]
        return found


def number_of(x: Value | float) -> float:
    """The bare number, for which nobody is to be warned."""
    return x._data if isinstance(x, Value) else float(x)


def _parameter(x: Value | float) -> Value:
    if isinstance(x, Value) and x.op is None and not x.is_constant:
        return x
    raise TypeError(f"parameters are the leaves that the function reads, e.g. model.parameters(), got {x!r:.60}")


def _same(a: float, b: float) -> bool:
    """Equal but for rounding, which sums in another order may bring."""
    return a == b or math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-12) or (a != a and b != b)


def is_still(out: Value) -> bool:
    """Whether there is nothing to differentiate; a check takes that as a gradient of 0, and differences judge it."""
    return out.is_constant or (out.op is not None and all(local is None for local in out.local_derivatives))


def _by_backward(out: Value, leaves: Sequence[Value]) -> Numbers:
    """What one call of ``backward()`` adds to the leaves; every leaf's ``.grad`` is put back after."""
    if is_still(out):
        return (0.0,) * len(leaves)
    touched = dict.fromkeys([*leaves, *(node for node in graph.topological(out) if node.op is None)])
    before = [leaf.grad for leaf in touched]
    try:
        for leaf in touched:
            leaf.grad = 0.0
        out.backward()
        return tuple(leaf.grad for leaf in leaves)
    finally:
        for leaf, gradient in zip(touched, before):
            leaf.grad = gradient


def _by_graph(out: Value, leaves: Sequence[Value]) -> list[Value]:
    return [Constant(0.0) for _ in leaves] if is_still(out) else gradients(out, leaves)


def differing(what: str, first: Sequence[float], second: Sequence[float]) -> tuple[str, ...]:
    """A remark if two runs did not give the same bits."""
    if [struct.pack("d", x) for x in first] == [struct.pack("d", x) for x in second]:
        return ()
    a, b = next((a, b) for a, b in zip(first, second) if struct.pack("d", a) != struct.pack("d", b))
    return (f"the {what} gave {a!r} at one call and {b!r} at the next: fix its seed, or what it keeps between calls",)


# ── names ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def names_in(nested: Nested, name: str) -> list[str]:
    """A name for each number of a nested argument, in the order of ``flatten``, as one would write it in Python.

    >>> names_in({"w": [1.0, 2.0], "b": 0.0}, "p")
    ["p['w'][0]", "p['w'][1]", "p['b']"]
    """
    if isinstance(nested, dict):
        return [inner for key, item in nested.items() for inner in names_in(item, f"{name}[{key!r}]")]
    if isinstance(nested, (list, tuple)):
        return [inner for i, item in enumerate(nested) for inner in names_in(item, f"{name}[{i}]")]
    if is_array(nested) and nested.ndim:
        return [f"{name}[{', '.join(map(str, index))}]" for index in product(*map(range, nested.shape))]
    return [name]


def _arguments(function: Callable[..., object], inputs: Nested) -> tuple[Nested, ...]:
    """A tuple is several arguments, and so is a list, unless the function wants the list itself."""
    if type(inputs) is tuple:
        return inputs
    required = [p for p in _positional(function) if p.default is inspect.Parameter.empty]
    if type(inputs) is not list or len(inputs) != len(required) or _takes(function, inputs):
        return (inputs,)
    return tuple(inputs)


def _takes(function: Callable[..., object], inputs: list[Nested]) -> bool:
    """Whether the function can be called with the list as its one argument."""
    if len(inputs) > 1:
        return False
    try:
        with state.Differentiation("gradcheck"):
            function(unflatten(inputs, [Value(number_of(x)) for x in flatten(inputs)]))
    except LeavesGraphError:
        return True  # the check itself will say so
    except TypeError:
        return False
    return True


def _argument_names(function: Callable[..., object], count: int) -> list[str]:
    """The names of the first positional parameters, or arg0, arg1, … where they cannot be told."""
    names = [p.name for p in _positional(function)]
    return names[:count] + [f"arg{i}" for i in range(len(names), count)]


def _positional(function: Callable[..., object]) -> list[inspect.Parameter]:
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    try:
        return [p for p in inspect.signature(function).parameters.values() if p.kind in kinds]
    except (TypeError, ValueError):
        return []
