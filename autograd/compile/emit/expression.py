"""Elementwise expressions. The rules of the op table are run on them, which gives local derivatives as code.

So there is no second table of derivatives. A fixed number is a ``Literal``; ops on literals alone are computed at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Union

from ... import ops
from ...op import Op

Number = Union["Expr", float]
# d·g in a reverse pass; only a second run, after a nan or an infinity, looks for branches that were not taken. It is no
# row of the table: see ``finished`` in build.
PASSED = Op("passed", "×", ops.selected.value, ops.selected.partials, "passed", python=ops.selected.python)
BATCH = 1 << 60  # stands for the number of samples, in shapes


class Expr:
    """An op on operands, or (without an op) code that names an array or a Python float.

    ``shape`` is () for a number; axes of length 1 are broadcast, and an axis of length ``BATCH`` holds the samples of a
    batch. ``single`` says that it is a Python float.
    """

    __slots__ = ("code", "op", "operands", "shape", "single")

    is_constant = False

    def __init__(self, code: str = "", op: Op | None = None, operands: tuple[Expr, ...] = (),
                 shape: tuple[int, ...] = (), single: bool = False) -> None:  # fmt: skip
        self.code = code
        self.op = op
        self.operands = operands
        self.shape = shape
        self.single = single

    @classmethod
    def __apply_op__(cls, op: Op, operands: Sequence[Number]) -> Expr:
        """Apply an op to expressions; on literals alone it gives a literal."""
        exprs = tuple([x if isinstance(x, Expr) else Literal(float(x)) for x in operands])
        for x in exprs:
            if type(x) is not Literal:
                return _simplified(op, exprs) or _applied(op, exprs)
        return Literal(op.value(*[x.number for x in exprs]))  # type: ignore[attr-defined]  # all are literals

    def __add__(self, other: Number) -> Expr:
        return ops.add(self, other)

    def __sub__(self, other: Number) -> Expr:
        return ops.sub(self, other)

    def __mul__(self, other: Number) -> Expr:
        return ops.mul(self, other)

    def __truediv__(self, other: Number) -> Expr:
        return ops.div(self, other)

    def __pow__(self, other: Number) -> Expr:
        return ops.pow(self, other)

    def __radd__(self, other: float) -> Expr:
        return ops.add(other, self)

    def __rsub__(self, other: float) -> Expr:
        return ops.sub(other, self)

    def __rmul__(self, other: float) -> Expr:
        return ops.mul(other, self)

    def __rtruediv__(self, other: float) -> Expr:
        return ops.div(other, self)

    def __rpow__(self, other: float) -> Expr:
        return ops.pow(other, self)

    def __neg__(self) -> Expr:
        return ops.neg(self)

    def __pos__(self) -> Expr:
        return self

    def __abs__(self) -> Expr:
        return ops.absolute(self)


class Literal(Expr):
    """A fixed number."""

    __slots__ = ("number",)

    is_constant = True

    def __init__(self, number: float) -> None:
        super().__init__(_spelled(number), single=True)
        self.number = number

    def __bool__(self) -> bool:
        return self.number != 0.0

    def __lt__(self, other: Expr) -> bool:
        """Numbers come last, by size: rows that lower an op take its operands in one order."""
        return type(other) is Literal and self.number < other.number

    def __float__(self) -> float:
        return self.number


def _spelled(number: float) -> str:
    return repr(number) if number - number == 0.0 else "nan" if number != number else "inf" if number > 0 else "-inf"


def literal(expr: Expr) -> float | None:
    """The number of a literal; None for other expressions."""
    return expr.number if type(expr) is Literal else None


def _applied(op: Op, operands: tuple[Expr, ...]) -> Expr:
    shape = broadcast([x.shape for x in operands])
    return Expr(op=op, operands=operands, shape=shape, single=all(x.single for x in operands))


def broadcast(shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """The broadcast of these shapes; () fits any, all others have equal rank.

    >>> broadcast([(3, 1), (1, 4), ()])
    (3, 4)
    """
    full = [shape for shape in shapes if shape]
    return tuple(max(axis) for axis in zip(*full)) if full else ()


def negated(expr: Expr) -> Expr | None:
    """x where the expression is −x, or else None."""
    return expr.operands[0] if expr.op is ops.neg else None


def factors(expr: Expr) -> tuple[Expr, ...]:
    """The two factors of a product; () for anything else."""
    return expr.operands if expr.op is ops.mul else ()


def _simplified(op: Op, operands: tuple[Expr, ...]) -> Expr | None:
    """What is the same with fewer operations, exactly: 1·x, −1·x, −(−x), c·(d·x) for c = ±1, x − (−y), x¹, x²."""
    rule = _SIMPLER.get(op)
    return rule(*operands) if rule else None


def _simplified_negation(x: Expr) -> Expr | None:
    product = factors(x)
    if product and product[0].single and not x.single:
        return -product[0] * product[1]
    return negated(x)


def _simplified_sum(x: Expr, y: Expr) -> Expr | None:
    for one, other in ((x, y), (y, x)):
        less = negated(other)
        if less is not None:
            return one - less
    return None


def _simplified_difference(x: Expr, y: Expr) -> Expr | None:
    less = negated(y)
    return None if less is None else x + less


def _simplified_quotient(x: Expr, y: Expr) -> Expr | None:
    return x if literal(y) == 1.0 else None


def _simplified_power(x: Expr, y: Expr) -> Expr | None:
    return x if literal(y) == 1.0 else x * x if literal(y) == 2.0 else None


def _simplified_product(x: Expr, y: Expr) -> Expr | None:
    operands = (x, y)
    for number, other in ((literal(x), y), (literal(y), x)):
        if number == 1.0:
            return other
        if number == -1.0:
            return ops.neg(other)
        less = negated(other)
        if less is not None and number is not None:
            return -number * less
    if y.single and not x.single:
        return y * x
    inner = factors(y)
    if x.single and inner and inner[0].single and not y.single and (_moderate(x) or _moderate(inner[0])):
        return (x * inner[0]) * inner[1]
    for mine, other in (operands, reversed(operands)):
        less = negated(mine)
        if less is not None and mine.single == other.single:
            return ops.neg(less * other)
    return None


def _simplified_passing(d: Expr, g: Expr) -> Expr | None:
    number, less = literal(g), negated(g)
    if literal(d) is not None or (number is not None and number - number == 0.0):
        return d * g if literal(d) != 0.0 else Literal(0.0)
    return None if less is None else -PASSED(d, less)


_SIMPLER: dict[Op, Callable[..., Expr | None]] = {
    ops.neg: _simplified_negation, ops.add: _simplified_sum, ops.sub: _simplified_difference,
    ops.mul: _simplified_product, ops.div: _simplified_quotient, ops.pow: _simplified_power,
    PASSED: _simplified_passing,
}  # fmt: skip


def _moderate(expr: Expr) -> bool:
    """Whether the product with another factor cannot overflow or underflow early: its magnitude is near 1."""
    number = literal(expr)
    return number is not None and 1e-9 < abs(number) < 1e9
