"""Matrix products, found in groups of sums of products.

Every member is Σ left·right, with factors from the same storages. If the left rows and the right rows form a full grid,
the group is one matrix product. If they fall into several full grids of equal size (attention: one for each sample), it
is a stack of matrix products. If every member has rows of its own, it is an elementwise product and a sum.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .addresses import distinct

Rows = np.ndarray  # (members, terms) of nodes


@dataclass
class Grid:
    """Members as s grids of i left rows by j right rows; ``order`` sorts the members row-major."""

    shape: tuple[int, int, int]
    order: np.ndarray

    @property
    def rows(self) -> int:
        """How many distinct rows there are on both sides: the fewer, the more is shared."""
        s, i, j = self.shape
        return s * (i + j)


def find(left: Rows, right: Rows, position: Callable[[np.ndarray], np.ndarray]) -> Grid | None:
    """The grid that the members form, or None.

    Args:
        left: the left factors of each member, in the same order of terms for all members.
        right: the right factors.
        position: gives the positions of nodes, to sort them by.
    """
    members = len(left)
    left_first, a = distinct(left)
    right_first, b = distinct(right)
    if members == 1 or len(left_first) == members and len(right_first) == members:
        return None
    a = _ranked(position(left[left_first, 0]))[a]
    b = _ranked(position(right[right_first, 0]))[b]
    if members == len(left_first) * len(right_first):
        order = np.lexsort((b, a))
        full = len(np.unique(a * len(right_first) + b)) == members
        return Grid((1, len(left_first), len(right_first)), order) if full else None
    return _stack(a, b)


def _ranked(keys: np.ndarray) -> np.ndarray:
    """Rank of each key; equal keys in the order given."""
    rank = np.empty(len(keys), int)
    rank[np.argsort(keys, kind="stable")] = np.arange(len(keys))
    return rank


def _stack(a: np.ndarray, b: np.ndarray) -> Grid | None:
    """Several full grids of equal size that share no row; None if the members do not form such a stack."""
    order = np.lexsort((b, a))
    a, b = a[order], b[order]
    starts = np.flatnonzero(np.r_[True, a[1:] != a[:-1]])
    partners = [tuple(part.tolist()) for part in np.split(b, starts[1:])]
    grids: dict[tuple[int, ...], int] = {}
    which = [grids.setdefault(p, len(grids)) for p in partners]
    j = len(partners[0])
    together = [x for p in grids for x in p]
    sizes = np.bincount(which)
    if any(len(p) != j for p in grids) or len(set(together)) != len(together) or len(set(sizes.tolist())) != 1:
        return None
    grid_of = np.repeat(which, j)
    return Grid((len(grids), int(sizes[0]), j), order[np.lexsort((b, a, grid_of))])


def sorted_terms(left: Rows, right: Rows, keys: np.ndarray) -> tuple[Rows, Rows]:
    """The terms of each member in the order of their keys."""
    order = np.argsort(keys, axis=1, kind="stable")
    return np.take_along_axis(left, order, 1), np.take_along_axis(right, order, 1)
