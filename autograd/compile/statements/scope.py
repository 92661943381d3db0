"""Where statements are written: expressions become statements, equal ones once.

What a program computes by way of other ops is lowered here, by its row; sums of several terms become additions.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from ... import ops
from ...op import Op
from ..emit.expression import Expr, Literal
from .forms import Apply, Local, Number, Scalar, Statement


class Known(Expr):
    """An expression that is a local."""

    __slots__ = ("local",)

    def __init__(self, local: Local) -> None:
        super().__init__(f"v{local.name}", single=True)
        self.local = local

    def __lt__(self, other: Expr) -> bool:
        """By name: rows that lower an op take its operands in one order."""
        return isinstance(other, Literal) or isinstance(other, Known) and self.local.name < other.local.name


def expression(scalar: Scalar) -> Expr:
    """The scalar as an expression."""
    return Literal(scalar.value) if isinstance(scalar, Number) else Known(scalar)


class Scope:
    """The statements of a program, or of the body of a scan, as they are written.

    Args:
        count: how many locals the program has, as a list of one, which all scopes share.
    """

    def __init__(self, count: list[int]) -> None:
        self.count = count
        self.body: list[Statement] = []
        self._known: dict[object, Local] = {}

    def local(self) -> Local:
        """A new local."""
        self.count[0] += 1
        return Local(self.count[0] - 1)

    def applied(self, op: Op, operands: Sequence[Scalar]) -> Scalar:
        """An op of scalars, as a scalar."""
        return self.scalar(Expr.__apply_op__(op, [expression(x) for x in operands]))

    def scalar(self, expr: Expr) -> Scalar:
        """The expression as a scalar; writes the statements that compute it, unless that has been done."""
        if isinstance(expr, Known):
            return expr.local
        if isinstance(expr, Literal):
            return Number(expr.number)
        assert expr.op is not None
        operands = [self.scalar(x) for x in expr.operands]
        simpler = _lowered(expr.op, [expression(x) for x in operands])
        if simpler is not None:
            return self.scalar(simpler)
        key = (expr.op, *map(repr, operands))
        if key not in self._known:
            self._known[key] = out = self.local()
            self.body.append(Apply(out, expr.op, tuple(operands)))
        return self._known[key]


def _lowered(op: Op, operands: Sequence[Expr]) -> Expr | None:
    """The same by way of other ops; None if the op stays as it is."""
    found: Expr | None = op.lowered(*operands) if op.lowered else None
    if found is not None or op.terms is None or not op.variadic:
        return found
    terms = [coefficient * reduce(ops.mul, factors) for coefficient, *factors in op.terms(*operands)]
    return reduce(ops.add, terms)
