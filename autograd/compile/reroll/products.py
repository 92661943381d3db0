"""Sums of products with their terms in rows, as one group of the plan: matrix products where they form grids."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..layout import view_of
from ..plan import PARAMETERS, Access, Products, Segment
from . import grids
from .addresses import FIXED, Addresses

Rows = np.ndarray  # (members, terms) of nodes


def add_products(
    addresses: Addresses, members: np.ndarray, marks: list[int], coefficient: Rows, left: Rows, right: Rows
) -> None:
    """Add the group that computes ``members``.

    Args:
        members: the nodes; in each column, the terms of all members come from the same storages.
        marks: where the columns of each kind begin, and where the last kind ends.
        coefficient, left, right: the terms, each (members, terms).
    """
    spans = list(zip(marks, marks[1:]))
    widest = max(spans, key=lambda span: span[1] - span[0])
    found = _grid(addresses, left[:, slice(*widest)], right[:, slice(*widest)])
    order = found.order if found else _order(addresses, left, right)
    members, left, right = members[order], left[order], right[order]
    shape = found.shape if found else (len(members), 1, 1)
    segments = [
        _segment(addresses, shape if found else None, float(coefficient[0, a]), left[:, a:b], right[:, a:b])
        for a, b in spans
    ]
    offset = np.array([addresses.scalars.offset[i] for i in members.tolist()])
    segments = _with_bias(addresses, shape, segments)
    for factor in (x for segment in segments if segment.matrix for x in (segment.left, segment.right)):
        if isinstance(factor, Access) and addresses.plan.storages[factor.storage].kind == "argument":
            addresses.plan.storages[factor.storage].by_sample = True
    addresses.add(members, "dot" if any(s.right is not None for s in segments) else "sum",
               Products(shape, segments, offset, len(addresses.plan.storages)))  # fmt: skip


def _orders_of_terms(addresses: Addresses, left: Rows, right: Rows) -> Iterator[tuple[Rows, Rows]]:
    """The terms as they were written, then sorted by the positions of the right factors, then of the left ones."""
    yield left, right
    if left.shape[1] > 1:
        for side in (right, left):
            if addresses.storage[side[0, 0]] != FIXED:
                yield grids.sorted_terms(left, right, addresses.position[side])


def _grid(addresses: Addresses, left: Rows, right: Rows) -> grids.Grid | None:
    if addresses.scalars.exact or left.shape[1] == 1 and addresses.storage[right[0, 0]] == FIXED:
        return None
    found = [grids.find(a, b, lambda x: addresses.position[x]) for a, b in _orders_of_terms(addresses, left, right)]
    return min((g for g in found if g is not None), key=lambda g: g.rows, default=None)


def _order(addresses: Addresses, left: Rows, right: Rows) -> np.ndarray:
    """The order of members that form no grid: by the positions of their first factors that are not constants."""
    if addresses.storage[right[0, 0]] != FIXED:
        return np.lexsort((addresses.position[right[:, 0]], addresses.position[left[:, 0]]))
    return np.argsort(addresses.position[left[:, 0]], kind="stable")


def _segment(
    addresses: Addresses, shape: tuple[int, int, int] | None, coefficient: float, left: Rows, right: Rows
) -> Segment:
    """Terms of one kind, as a matrix product where they form one, else as rows."""
    ones = bool((right == addresses.scalars.one).all())
    if shape is not None and left.shape[1] > 1:
        for a, b in _orders_of_terms(addresses, left, right):
            a, b = a.reshape(*shape, -1), b.reshape(*shape, -1)
            if (a == a[:, :, :1]).all() and (b == b[:, :1]).all():
                lefts, rights = _aligned(addresses, a[:, :, 0], b[:, 0])
                return Segment(coefficient, addresses.operand(lefts), addresses.operand(rights), True)
    best = max(_orders_of_terms(addresses, left, right), key=lambda ab: _views(addresses, *ab))
    return Segment(coefficient, addresses.operand(best[0]), None if ones else addresses.operand(best[1]), False)


def _aligned(addresses: Addresses, left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The terms of a matrix product in the order in which the most factors are views (one order for all members)."""
    candidates = [(left, right)]
    for side in (left, right):  # of candidates with equally many views, the last one is taken
        if addresses.storage[side.flat[0]] != FIXED:
            order = np.argsort(addresses.position[side[0, 0]], kind="stable")
            candidates.append((left[:, :, order], right[:, :, order]))
    return max(reversed(candidates), key=lambda ab: _views(addresses, *ab))


def _views(addresses: Addresses, left: np.ndarray, right: np.ndarray) -> int:
    """How many of the two sides are fixed numbers or views."""
    fixed = [addresses.storage[side.flat[0]] == FIXED for side in (left, right)]
    views = [view_of(addresses.position[side]) is not None for side in (left, right)]
    return sum(a or b for a, b in zip(fixed, views))


def _with_bias(addresses: Addresses, shape: tuple[int, int, int], segments: list[Segment]) -> list[Segment]:
    """Weights × features + bias as (weights, bias) × (features above a row of ones), where the positions allow it."""
    bias = next((s for s in segments if s.right is None and _is_bias(s, shape)), None)
    if bias is None:
        return segments
    for segment in segments:
        merged = _merged(addresses, shape, segment, bias)
        if merged is not None:
            return [merged if s is segment else s for s in segments if s is not bias]
    return segments


def _is_bias(segment: Segment, shape: tuple[int, int, int]) -> bool:
    """Whether the segment is one plain parameter for each row of a single grid."""
    left = segment.left
    return (
        isinstance(left, Access) and left.storage == PARAMETERS and segment.coefficient == 1.0
        and left.positions.shape[1] == 1 and shape[0] == 1
        and bool((left.positions.reshape(shape) == left.positions.reshape(shape)[:, :, :1]).all())
    )  # fmt: skip


def _merged(addresses: Addresses, shape: tuple[int, int, int], segment: Segment, bias: Segment) -> Segment | None:
    left, right = segment.left, segment.right
    if not (segment.matrix and segment.coefficient == 1.0 and isinstance(left, Access) and isinstance(right, Access)):
        return None
    if left.storage != PARAMETERS or right.storage == PARAMETERS:
        return None
    storage, (_, i, j) = addresses.plan.storages[right.storage], shape
    k = left.positions.shape[2]
    whole = np.arange(storage.size).reshape(k, j).T if storage.size == k * j else None
    if whole is None or storage.ones not in (0, j) or not (right.positions[0] == whole).all():
        return None
    column = bias.left.positions.reshape(shape)[0, :, 0]  # type: ignore[union-attr]  # a bias is read, not fixed
    wide = np.concatenate([left.positions, column.reshape(1, i, 1)], axis=2)
    if view_of(wide) is None:
        return None
    storage.ones = j
    tall = np.concatenate([right.positions, (storage.size + np.arange(j)).reshape(1, j, 1)], axis=2)
    return Segment(1.0, Access(PARAMETERS, wide), Access(right.storage, tall), True)
