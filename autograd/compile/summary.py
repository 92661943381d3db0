"""A program in a few lines: how many scalars became which array operations."""

from __future__ import annotations

from collections.abc import Sized
from dataclasses import dataclass

from .plan import Fold, Map, Operand, Plan, Step
from .variant import Variant


@dataclass(frozen=True)
class Stage:
    """One array of a program: the parameters, an argument, or what a step computes.

    Attributes:
        name: what the source calls it.
        what: in words, e.g. "matmul 16×17 by 17×100".
        size: how many numbers (of one sample).
        reads: the names of the arrays that it is computed from; () for parameters and arguments.
    """

    name: str
    what: str
    size: int
    reads: tuple[str, ...] = ()


def stages(plan: Plan) -> list[Stage]:
    """The arrays of a program in the order in which they are computed."""
    leaves = [Stage(s.name, s.kind, s.size) for s in plan.storages if s.kind != "group"]
    used = {access.storage for step in plan.steps for access in step.accesses()}
    steps = []
    for step in plan.steps:
        reads = dict.fromkeys(plan.storages[access.storage].name for access in step.accesses())
        out = plan.storages[step.out]
        steps.append(Stage(out.name, describe(step, plan), out.size, tuple(reads)))
    return [leaf for i, leaf in enumerate(leaves) if i in used] + steps


def summary(variant: Variant, parameters: Sized) -> str:
    """The steps of a program as a table."""
    plan, calls = variant.plan, variant.shown().calls
    arrays = sum("np." in line or "arrays." in line for line in calls)
    head = (
        f"{plan.scalar_nodes:,} scalar nodes in {len(plan.steps):,} groups; {len(parameters):,} parameters; "
        f"{arrays:,} array calls and {len(calls) - arrays:,} lines of float arithmetic, forward and reverse"
    )
    rows = [(stage.name, stage.what, str(stage.size)) for stage in stages(plan) if stage.reads]
    if len(rows) > 60:
        rows = [*rows[:30], ("…", f"{len(rows) - 60} more", ""), *rows[-30:]]
    wide = [max(len(row[i]) for row in rows) if rows else 0 for i in range(3)]
    return "\n".join(
        [head, *(f"  {name:<{wide[0]}}  {what:<{wide[1]}}  {size:>{wide[2]}}" for name, what, size in rows)]
    )


def describe(step: Step, plan: Plan) -> str:
    """A step in words, e.g. "matmul 16×17 by 17×100"."""
    batch = " × batch" if plan.storages[step.out].batched else ""
    if isinstance(step, Map):
        slow = "" if step.op.array is not None else ", float by float: its row has no array form"
        return f"{step.op.name}{batch}{slow}"
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
