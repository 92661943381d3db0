"""Record: run the function once on Values, and keep what happened.

A recording holds the graph, the leaves that the function was closed over (its parameters), and the guards: the
comparisons that Python branched on, each with the answer that the recorded path depends on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NoReturn

from ... import graph
from ...context.state import Observer, observing, outer_frame, recording, tick
from ...errors import CompileError
from ...functional import Nested, flatten, unflatten
from ...node import describe
from ...numerics.floats import as_float
from ...op import Op
from ...value import Constant, Value

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
    in the order in which they were made, which is the order of the loops that Python ran. ``made`` holds the leaves
    that the function makes at each run (``Value(x)`` around a number): they are fixed numbers, and no parameters.
    """

    inputs: list[list[Value]]
    result: object
    outs: list[Value]
    guards: list[Guard] = field(default_factory=list)
    origins: Origins = field(default_factory=dict)
    began: int = 0
    created: list[Value] = field(default_factory=list)
    made: set[Value] = field(default_factory=set)

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
    """Watches a function while it is recorded: it refuses reads of numbers, and notes guards and origins.

    Args:
        lines: whether to note the source line of each node.

    Attributes:
        refused: the first refusal; it counts even where the function catches it.
        lines: the source line that made each node, where these are asked for.
    """

    wants_comparisons = True
    hides_numbers = True  # a text of a Value says that it is recorded

    def __init__(self, lines: bool = False) -> None:
        self.refused: CompileError | None = None
        self.lines: dict[Value, str] = {}
        self._notes_lines = lines
        self.guards: list[Guard] = []
        self.origins: Origins = {}
        self.created: list[Value] = []

    def made(self, node: Value, op: Op, operands: Sequence[Value]) -> None:
        """Keep the node, and the origin of a constant whose operands may vary."""
        self.created.append(node)
        if type(node) is Constant and any(type(x) is not Constant or x in self.origins for x in operands):
            self.origins[node] = (op, tuple(operands))
        if self._notes_lines:
            self.lines[node] = _here()

    def read(self, value: Value) -> None:
        """Refuse: the number would be baked into the program."""
        if self._varies(value):
            self._refuse(
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
        self._refuse(
            f"{_here()} calls backward(), which writes numbers into .grad and leaves the graph: use gg.grad, "
            "gg.value_and_grad or gg.gradients inside a compiled function, or program.backward() outside of it"
        )

    def copied(self, node: Value) -> None:
        """Refuse: a copy is another leaf at every run."""
        self._refuse(
            f"{_here()} copies {describe(node)}, and a copy is a leaf of its own, with the number of this one run: "
            "compute with the Value itself, or with v.detach() where no gradient is to flow"
        )

    def wrote(self, value: Value) -> None:
        """Refuse: a replay would neither see the change nor make it."""
        self._refuse(
            f"{_here()} changes the .data of {describe(value)}, which a replay would not do: change it outside of the "
            "compiled function, or pass it as an argument"
        )

    def _refuse(self, reason: str) -> NoReturn:
        error = CompileError(reason)
        self.refused = self.refused or error
        raise error

    def _varies(self, value: Value) -> bool:
        return type(value) is not Constant or value in self.origins


def _here() -> str:
    file, line = outer_frame()
    return f"{file}, line {line}:"


def record(function: Callable[..., object], args: Sequence[Nested], recorder: Recorder | None = None) -> Recording:
    """Run ``function`` once on fresh Values with the numbers of ``args``, watched by a recorder.

    Raises:
        CompileError: a number left the graph, or a parameter was changed while the function ran.
        TypeError: an argument or a result is not made of numbers.
    """
    inputs = [[Value(as_float(x)) for x in flatten(arg)] for arg in args]
    recorder = recorder or Recorder()
    began = tick()
    try:
        with recording(), observing(recorder):
            result = function(*(unflatten(arg, flat) for arg, flat in zip(args, inputs)))
    except Exception:
        if recorder.refused is not None:
            raise recorder.refused from None
        raise
    if recorder.refused is not None:
        raise recorder.refused
    try:
        outs = [x if isinstance(x, Value) else Constant(x) for x in flatten(result)]  # type: ignore[arg-type]  # flatten leaves scalars
    except TypeError as error:
        raise TypeError(
            f"a compiled function returns numbers, or lists, tuples, dicts or arrays of them: {error}"
        ) from None
    if not outs:
        raise TypeError(f"the function returns no number, but {result!r:.60}: a program needs something to compute")
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
