"""Forward mode: tangents pushed along the topological order, with branches that are not taken cut off.

What goes through a branch that is not taken is the number 0, and stays 0 whatever it is multiplied by above: in
sqrt(relu(x)) at −1 the tangent of x ends at relu, so that √′(0) = ∞ never meets it, as in reverse mode.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .. import ops
from ..context import state
from ..op import Op
from ..value import Value

Scalar = float | Value


def push(order: Sequence[Value], tangents: Mapping[Value, Scalar]) -> dict[Value, Scalar]:
    """The tangents, and those of the nodes of ``order``: the sum of local derivative × tangent over the operands."""
    tangents = dict(tangents)
    gates = _Gates() if _a_program_is_recorded() else None
    for node in order:
        operands, op = node.operands, node.op
        moving = [i for i, operand in enumerate(operands) if operand in tangents]
        if op is None or not moving:
            continue
        for i, local in zip(moving, op.derivatives(operands, node, moving)):
            if local is None:
                continue
            term = times(local, tangents[operands[i]])
            if gates is not None:
                term = gates.gated(node, op, i, local, term)
            elif op.selects and op.selecting(i) and _number(local) == _number(term) == 0.0:
                continue
            tangents[node] = tangents[node] + term if node in tangents else term
    return tangents


def times(local: Scalar, other: Scalar) -> Scalar:
    """The product; a plain 1 is structure (an edge of a sum), not a number that happens to be 1: left out."""
    if type(local) is float and local == 1.0:
        return other
    if type(other) is float and other == 1.0:
        return local
    return local * other


def _number(x: Scalar) -> float:
    return x._data if isinstance(x, Value) else x


def _a_program_is_recorded() -> bool:
    """Whether what is recorded must hold for other numbers, which may take other branches."""
    return bool(state.watched) and any(observer.wants_comparisons for observer in state.observers())


class _Gates:
    """Says of nodes above a selecting op, in a program, whether a tangent has come through: not 0 where one has."""

    def __init__(self) -> None:
        self.gates: dict[Value, Scalar | None] = {}  # None: one comes through whatever the numbers are

    def gated(self, node: Value, op: Op, i: int, local: Scalar, term: Scalar) -> Scalar:
        """The term that operand i gives to the node, cut off where nothing came through."""
        gate = self.gates.get(node.operands[i])
        if gate is not None:
            term = ops.where(gate, term, 0.0)
        if op.selecting(i):
            taken = ops.not_equal(local, 0.0) + ops.not_equal(term, term)  # 0 × ∞ from below is nan, as in reverse
            gate = taken if gate is None else taken * gate
        if node not in self.gates:
            self.gates[node] = gate
        else:
            before = self.gates[node]
            self.gates[node] = None if gate is None or before is None else before + gate
        return term
