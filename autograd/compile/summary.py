"""What a program computes, in words: its arrays, and how many scalars became which array operations."""

from __future__ import annotations

from collections.abc import Sized
from dataclasses import dataclass

from .plan import Group, Map, Plan, Reduce, width
from .variant import Variant


@dataclass(frozen=True)
class ArraySummary:
    """One array of a program: the parameters, an argument, or the results of a group.

    Attributes:
        name: its name in the source.
        what: how it is computed, in words, e.g. "matmul 16×17 by 17×100".
        size: how many numbers it has (for one sample).
        reads: the names of the arrays that it is computed from; () for parameters and arguments.
    """

    name: str
    what: str
    size: int
    reads: tuple[str, ...] = ()


def arrays(plan: Plan) -> list[ArraySummary]:
    """The arrays of a program in the order in which they are computed."""
    leaves = [ArraySummary(s.name, s.kind, s.size) for s in plan.storages if s.kind != "group"]
    used = {access.storage for group in plan.groups for access in group.accesses()}
    computed = []
    for group in plan.groups:
        reads = dict.fromkeys(plan.storages[access.storage].name for access in group.accesses())
        out = plan.storages[group.out]
        computed.append(ArraySummary(out.name, describe(group, plan), out.size, tuple(reads)))
    return [leaf for i, leaf in enumerate(leaves) if i in used] + computed


def summary(variant: Variant, parameters: Sized) -> str:
    """The groups of a program as a table, with the ops that run in Python for each element."""
    if variant.looped is not None:
        return variant.looped.summary(len(parameters))
    plan, emitted = variant.plan, variant.shown()
    calls = sum(any(word in line for word in ("np.", "arrays.", "passed(")) for line in emitted.lines)
    head = (
        f"{plan.scalar_nodes:,} scalar nodes in {len(plan.groups):,} groups; {len(parameters):,} parameters; "
        f"{calls:,} array calls and {len(emitted.lines) - calls:,} lines of float arithmetic, forward and reverse"
    )
    slow = ", ".join(sorted(op.name for op in emitted.array_forms.values() if op.array is None))
    if slow:
        head += f"\nno array form, so Python computes each element: {slow}"
    rows = [(array.name, array.what, str(array.size)) for array in arrays(plan) if array.reads]
    if len(rows) > 60:
        rows = [*rows[:30], ("…", f"{len(rows) - 60} more", ""), *rows[-30:]]
    wide = [max(len(row[i]) for row in rows) if rows else 0 for i in range(3)]
    return "\n".join(
        [head, *(f"  {name:<{wide[0]}}  {what:<{wide[1]}}  {size:>{wide[2]}}" for name, what, size in rows)]
    )


def describe(group: Group, plan: Plan) -> str:
    """A group in words, e.g. "matmul 16×17 by 17×100"."""
    batch = " × batch" if plan.storages[group.out].batched else ""
    if isinstance(group, Map):
        return f"{group.op.name}{batch}"
    if isinstance(group, Reduce):
        return f"largest of {sum(width(piece) for piece in group.pieces)}{batch}"
    widest = max(group.segments, key=lambda segment: width(segment.left))
    terms, (s, i, j) = width(widest.left), group.shape
    if widest.matrix:
        stack = f"{s} × " if s > 1 else ""
        return f"{stack}matmul {i}×{terms} by {terms}×{j}{batch}"
    what = "sum" if widest.right is None else "sum of products"
    return f"{what} of {terms} terms{batch}" if terms > 1 else f"products and sums{batch}"
