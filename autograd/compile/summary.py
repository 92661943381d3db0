"""A program in a few lines: how many scalars became which array operations."""

from __future__ import annotations

from collections.abc import Sized

from autograd.compile.plan import Fold, Map, Operand, Plan, Products, Step
from autograd.compile.variant import Variant


def summary(variant: Variant, parameters: Sized) -> str:
    """The steps of a program as a table."""
    plan, calls = variant.plan, variant.shown().calls
    arrays = sum("np." in line or "arrays." in line for line in calls)
    head = (
        f"{plan.scalar_nodes:,} scalar nodes in {len(plan.steps):,} groups; {len(parameters):,} parameters; "
        f"{arrays:,} array calls and {len(calls) - arrays:,} lines of float arithmetic, forward and reverse"
    )
    rows = [(plan.storages[step.out].name, describe(step, plan), str(plan.storages[step.out].size)) for step in plan.steps]
    if len(rows) > 60:
        rows = [*rows[:30], ("…", f"{len(rows) - 60} more", ""), *rows[-30:]]
    wide = [max(len(row[i]) for row in rows) if rows else 0 for i in range(3)]
    return "\n".join([head, *(f"  {name:<{wide[0]}}  {what:<{wide[1]}}  {size:>{wide[2]}}" for name, what, size in rows)])


def describe(step: Step, plan: Plan) -> str:
    """A step in words, e.g. "matmul 16×17 by 17×100"."""
    batch = " × batch" if plan.storages[step.out].batched else ""
    if isinstance(step, Map):
        return f"{step.op.name}{batch}"
    if isinstance(step, Fold):
        return f"largest of {sum(_width(piece) for piece in step.pieces)}{batch}"
    widest = max(step.segments, key=lambda segment: _width(segment.left))
    width, (s, i, j) = _width(widest.left), step.shape
    if widest.matrix:
        return f"{f'{s} × ' if s > 1 else ''}matmul {i}×{width} by {width}×{j}{batch}"
    what = "sum" if widest.right is None else "sum of products"
    return f"{what} of {width} terms{batch}" if width > 1 else f"products and sums{batch}"


def _width(operand: Operand) -> int:
    return int((operand.positions if not hasattr(operand, "dtype") else operand).shape[-1])  # type: ignore[union-attr]
