"""Record: run the function once on Values, and keep what happened.

A recording holds the graph, the leaves that the function was closed over (its parameters), and the guards: the
comparisons that Python branched on, each with the answer that the recorded path depends on.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from .. import graph
from ..errors import CompileError
from ..functional import Nested, flatten, unflatten
from ..node import describe
from ..numerics.floats import as_float
from ..op import Op
from ..state import Observer, observing, outer_frame, recording, tick
from ..value import Constant, Value

Origins = dict[Value, tuple[Op, tuple[Value, ...]]]  # the op and the operands that a constant was made from


@dataclass
class Guard:
    """A comparison that the recorded path depends on: what was asked, the answer, and the source line."""

    condition: Value
    truth: bool
    line: str


@dataclass
class Recording:
    """One run of a function: its inputs (one list per argument), its result and its guards.

    ``origins`` holds the constants that were computed from an input (detached, or made under ``no_grad()``), with the
    op that made each: a replay computes them afresh, but passes no derivative through them. ``created`` holds the nodes
    in the order in which they were made, which is the order of the loops that Python ran.
    """

    inputs: list[list[Value]]
    result: object
    outs: list[Value]
    guards: list[Guard] = field(default_factory=list)
    origins: Origins = field(default_factory=dict)
    began: int = 0
    created: list[Value] = field(default_factory=list)

    def temporary(self) -> set[Value]:
        """Leaves that the function made and did not keep (``Value(x)`` around a number): they are fixed numbers.

        A leaf that something outside the graph refers to may be changed from there, so it is a parameter.
        """
        inputs = {x for flat in self.inputs for x in flat}
        fresh = {x: 0 for x in self.order if x.op is None and x._stamp >= self.began and x not in inputs}
        if not fresh or not hasattr(sys, "getrefcount"):
            return set()
        for node in self.order:
            for operand in self.operands(node):
                if operand in fresh:
                    fresh[operand] += 1
        operand = node = None  # type: ignore[assignment]  # these variables must refer to no leaf while we count
        control = Value(0.0)  # a leaf that nothing else refers to; this variable stands for its entry in the order
        fresh[control] = 0
        counts = {leaf: sys.getrefcount(leaf) - uses for leaf, uses in fresh.items()}
        return {leaf for leaf in fresh if counts[leaf] <= counts[control] and leaf not in self.outs}

    def operands(self, node: Value) -> Sequence[Value]:
        """What the node was computed from; for a constant, by its origin."""
        if node.op is not None:
            return node.operands
        made = self.origins.get(node) if self.origins else None
        return made[1] if made else ()

    @cached_property
    def order(self) -> list[Value]:
        """All nodes that the result and the guards depend on, operands first."""
        roots = [*self.outs, *(guard.condition for guard in self.guards)]
        if not self.origins:
            return graph.topological(*roots)
        order: list[Value] = []
        closed: dict[Value, bool] = {}
        stack = list(reversed(roots))
        while stack:
            node = stack.pop()
            state = closed.get(node)
            operands = self.operands(node) if state is None else ()
            if operands:
                closed[node] = False
                stack.append(node)
                stack.extend(reversed(operands))
            elif not state:
                closed[node] = True
                order.append(node)
        return order


class Recorder(Observer[Value, Op]):
    """Watches a function while it is recorded: it refuses reads of numbers, and notes guards and origins."""

    wants_comparisons = True

    def __init__(self) -> None:
        self.guards: list[Guard] = []
        self.origins: Origins = {}
        self.created: list[Value] = []

    def made(self, node: Value, op: Op, operands: Sequence[Value]) -> None:
        """Keep the node, and the origin of a constant whose operands may vary."""
        self.created.append(node)
        if type(node) is Constant and any(type(x) is not Constant or x in self.origins for x in operands):
            self.origins[node] = (op, tuple(operands))

    def read(self, value: Value) -> None:
        """Refuse: the number would be baked into the program."""
        if self._varies(value):
            raise CompileError(
                f"{_here()} reads the number of {describe(value)}, which would be baked into the program for good: "
                "compute with the Value itself; where a number decides something, compare Values (a < b), or use "
                "gg.where, gg.maximum or gg.floor, which stay in the graph"
            )

    def branched(self, value: Value) -> None:
        """Note a guard: Python took a branch because of this value, and the recording holds only for that branch."""
        if self._varies(value):
            self.guards.append(Guard(value, value._data != 0.0, _here()))

    def passed(self, node: Value) -> None:
        """Refuse: backward() writes numbers, which a recording cannot see."""
        raise CompileError(
            f"{_here()} calls backward(), which writes numbers into .grad and leaves the graph: use gg.grad, "
            "gg.value_and_grad or gg.gradients inside a compiled function, or program.backward() outside of it"
        )

    def _varies(self, value: Value) -> bool:
        return type(value) is not Constant or value in self.origins


def _here() -> str:
    file, line = outer_frame()
    return f"{file}, line {line}:"


def record(function: Callable[..., object], args: Sequence[Nested]) -> Recording:
    """Run ``function`` on fresh Values with the numbers of ``args``.

    Raises:
        CompileError: a number left the graph, or a parameter was changed while the function ran.
        TypeError: an argument or a result is not made of numbers.
    """
    inputs = [[Value(as_float(x)) for x in flatten(arg)] for arg in args]
    recorder = Recorder()
    began = tick()
    with recording(), observing(recorder):
        result = function(*(unflatten(arg, flat) for arg, flat in zip(args, inputs)))
    try:
        outs = [x if isinstance(x, Value) else Constant(x) for x in flatten(result)]  # type: ignore[arg-type]  # flatten leaves scalars
    except TypeError as error:
        raise TypeError(
            f"a compiled function returns numbers, or lists, tuples, dicts or arrays of them: {error}"
        ) from None
    return Recording(inputs, result, outs, recorder.guards, recorder.origins, began, recorder.created)


def require_fresh(order: Sequence[Value]) -> None:
    """Raise CompileError where a leaf was changed after something had been computed from it."""
    for node in order:
        stamp = node._stamp
        for operand in node.operands:
            if operand._stamp > stamp:
                raise CompileError(
                    f"the .data of {describe(operand)} was changed while the function ran, so a replay could not tell "
                    "which number to use: change parameters outside of the compiled function"
                )
