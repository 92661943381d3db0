"""Sums whose terms cancel: what is left of them is what rounding left, so they are computed as they were written.

(s − a) − b for s = a + b is the rounding error of s. Compensated sums (Kahan's, Neumaier's, TwoSum) live on such terms,
and in any other order they would be lost. So is a number c in (x + c) − c, which rounds x to a grid.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .scalars import Scalars, Term

_LOOKED_INTO = 16  # sums among the terms that are looked into, beside as many as there are terms


def delicate_sums(scalars: Scalars, sums: Iterable[tuple[int, Sequence[Term]]]) -> set[int]:
    """Those sums of which terms cancel, and those that add up what came of such.

    Args:
        scalars: the graph.
        sums: each sum with its terms, operands first.
    """
    delicate: set[int] = set()
    for i, terms in sums:
        if any(left in delicate or right in delicate for _, left, right in terms) or _cancels(scalars, terms):
            delicate.add(i)
    return delicate


def _cancels(scalars: Scalars, terms: Sequence[Term]) -> bool:
    """Whether something is added and taken away, in the terms or in the sums that are terms."""
    positive: dict[object, bool] = {}
    left_to_look_into = len(terms) + _LOOKED_INTO
    stack = list(terms)
    while stack:
        coefficient, left, right = stack.pop()
        what, sign = _signed(scalars, coefficient, left, right)
        if sign and positive.setdefault(what, sign > 0.0) is not (sign > 0.0):
            return True
        op = scalars.op[left]
        if right == scalars.one and op is not None and op.terms is not None and left_to_look_into > 0:
            inner = op.terms(*scalars.args[left])
            left_to_look_into -= len(inner)
            stack += [(coefficient * c, x[0], x[1] if len(x) > 1 else scalars.one) for c, *x in inner]
    return False


def _signed(scalars: Scalars, coefficient: float, left: int, right: int) -> tuple[object, float]:
    """What a term is a multiple of, and a number that has the multiple's sign."""
    numbers = scalars.numbers
    varying = tuple(sorted(x for x in (left, right) if x not in numbers))
    for x in (left, right):
        coefficient *= numbers.get(x, 1.0)
    return varying or abs(coefficient), coefficient
