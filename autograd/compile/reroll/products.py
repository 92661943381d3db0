"""A group of sums of products, from its rows of factors to a step of the plan (a part of stage 3)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..layout import view_of
from ..plan import PARAMETERS, Access, Products, Segment
from . import grids as grid
from .places import FIXED, Places

Rows = np.ndarray  # (members, terms) of nodes


def add_products(
    places: Places, members: np.ndarray, marks: list[int], coefficient: Rows, left: Rows, right: Rows
) -> None:
    """Add the step that computes ``members``.

    Args:
        members: the nodes, all with the same kinds of terms in the same columns.
        marks: where the columns of each kind begin, and where the last one ends.
        coefficient, left, right: the terms, (members, terms).
    """
    spans = list(zip(marks, marks[1:]))
    widest = max(spans, key=lambda span: span[1] - span[0])
    found = _grid(places, left[:, slice(*widest)], right[:, slice(*widest)])
    order = found.order if found else _order(places, left, right)
    members, left, right = members[order], left[order], right[order]
    shape = found.shape if found else (len(members), 1, 1)
    segments = [
        _segment(places, shape if found else None, float(coefficient[0, a]), left[:, a:b], right[:, a:b])
        for a, b in spans
    ]
    offset = np.array([places.scalars.offset[i] for i in members.tolist()])
    segments = _with_bias(places, shape, segments)
    for factor in (x for segment in segments if segment.matrix for x in (segment.left, segment.right)):
        if isinstance(factor, Access) and places.plan.storages[factor.storage].kind == "argument":
            places.plan.storages[factor.storage].by_sample = True
    places.add(members, "dot" if any(s.right is not None for s in segments) else "sum",
               Products(shape, segments, offset, len(places.plan.storages)))  # fmt: skip


def _orders_of_terms(places: Places, left: Rows, right: Rows) -> Iterator[tuple[Rows, Rows]]:
    """The terms as they were written, then sorted by where the factors of one side or of the other lie."""
    yield left, right
    if left.shape[1] > 1:
        for side in (right, left):
            if places.group[side[0, 0]] != FIXED:
                yield grid.sorted_terms(left, right, places.position[side])


def _grid(places: Places, left: Rows, right: Rows) -> grid.Grid | None:
    if left.shape[1] == 1 and places.group[right[0, 0]] == FIXED:
        return None
    found = [grid.find(a, b, lambda x: places.position[x]) for a, b in _orders_of_terms(places, left, right)]
    return min((g for g in found if g is not None), key=lambda g: g.rows, default=None)


def _order(places: Places, left: Rows, right: Rows) -> np.ndarray:
    """Members that form no grid: by where the first factor lies that is not fixed."""
    if places.group[right[0, 0]] != FIXED:
        return np.lexsort((places.position[right[:, 0]], places.position[left[:, 0]]))
    return np.argsort(places.position[left[:, 0]], kind="stable")


def _segment(
    places: Places, shape: tuple[int, int, int] | None, coefficient: float, left: Rows, right: Rows
) -> Segment:
    """Terms of one kind as a matrix product where they are one, else as rows."""
    ones = bool((right == places.scalars.one).all())
    if shape is not None and left.shape[1] > 1:
        for a, b in _orders_of_terms(places, left, right):
            a, b = a.reshape(*shape, -1), b.reshape(*shape, -1)
            if (a == a[:, :, :1]).all() and (b == b[:, :1]).all():
                lefts, rights = _aligned(places, a[:, :, 0], b[:, 0])
                return Segment(coefficient, places.operand(lefts), places.operand(rights), True)
    best = max(_orders_of_terms(places, left, right), key=lambda ab: _views(places, *ab))
    return Segment(coefficient, places.operand(best[0]), None if ones else places.operand(best[1]), False)


def _aligned(places: Places, left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The terms of a matrix product in the order that makes views of the most factors (all members share it)."""
    candidates = [(left, right)]
    for side in (left, right):  # what comes last is taken first where views are equally many
        if places.group[side.flat[0]] != FIXED:
            order = np.argsort(places.position[side[0, 0]], kind="stable")
            candidates.append((left[:, :, order], right[:, :, order]))
    return max(reversed(candidates), key=lambda ab: _views(places, *ab))


def _views(places: Places, left: np.ndarray, right: np.ndarray) -> int:
    """How many of the two are fixed numbers or views."""
    return sum(
        places.group[side.flat[0]] == FIXED or view_of(places.position[side]) is not None for side in (left, right)
    )


def _with_bias(places: Places, shape: tuple[int, int, int], segments: list[Segment]) -> list[Segment]:
    """Weights × features + bias as (weights, bias) × (features above a row of ones), where the places allow it."""
    bias = next((s for s in segments if s.right is None and _is_bias(s, shape)), None)
    if bias is None:
        return segments
    for segment in segments:
        merged = _merged(places, shape, segment, bias)
        if merged is not None:
            return [merged if s is segment else s for s in segments if s is not bias]
    return segments


def _is_bias(segment: Segment, shape: tuple[int, int, int]) -> bool:
    """A plain parameter for each row of a single grid."""
    left = segment.left
    return (
        isinstance(left, Access) and left.storage == PARAMETERS and segment.coefficient == 1.0
        and left.positions.shape[1] == 1 and shape[0] == 1
        and bool((left.positions.reshape(shape) == left.positions.reshape(shape)[:, :, :1]).all())
    )  # fmt: skip


def _merged(places: Places, shape: tuple[int, int, int], segment: Segment, bias: Segment) -> Segment | None:
    left, right = segment.left, segment.right
    if not (segment.matrix and segment.coefficient == 1.0 and isinstance(left, Access) and isinstance(right, Access)):
        return None
    if left.storage != PARAMETERS or right.storage == PARAMETERS:
        return None
    storage, (_, i, j) = places.plan.storages[right.storage], shape
    k = left.positions.shape[2]
    whole = np.arange(storage.size).reshape(k, j).T if storage.size == k * j else None
    if whole is None or storage.ones not in (0, j) or not (right.positions[0] == whole).all():
        return None
    column = bias.left.positions.reshape(shape)[0, :, 0]  # type: ignore[union-attr]
    wide = np.concatenate([left.positions, column.reshape(1, i, 1)], axis=2)
    if view_of(wide) is None:
        return None
    storage.ones = j
    tall = np.concatenate([right.positions, (storage.size + np.arange(j)).reshape(1, j, 1)], axis=2)
    return Segment(1.0, Access(PARAMETERS, wide), Access(right.storage, tall), True)
