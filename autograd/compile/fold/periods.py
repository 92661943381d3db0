"""Periods: how far apart a tape repeats. These are proposals only; ``reads`` compares every operand.

A window of the tape is a few codes in a row. For windows of 1, 2, 4, … codes, the commonest distances between a window
and the same window before it are voted for. Three codes see what one hides: the op alone; the op with the distance of
its nearest computed operand (by the op alone a recurrent net is "mul, add, mul, add, … tanh"); the op with how long ago
its operands were last read (by the nearest operand alone the rows of a stencil have no ends).
"""

from __future__ import annotations

import numpy as np

from .tape import Tape

MOST, A_WINDOW, SAMPLED = 24, 4, 1 << 14  # periods a code; votes a window; windows compared, at about
_MIX = np.uint64(0x9E3779B97F4A7C15)


def periods(tape: Tape, low: int, high: int) -> list[int]:
    """Distances at which nodes low … high may repeat, the shortest first."""
    kind = tape.kind[low:high]
    nearest = tape.nearest[low:high]
    touched = tape.touched[low:high]
    codes = (kind, kind * 0x10001 + nearest * 0x3D4D51, kind * 0x10001 + touched)
    found = {period for code in codes for period in _voted(code)}
    return sorted(period for period in found if 2 * period <= high - low)


def _voted(codes: np.ndarray) -> list[int]:
    """The distances between equal windows that have most votes."""
    votes: dict[int, int] = {}
    hashes = _mixed(codes.astype(np.uint64))
    width = 1
    while len(hashes) > 2:
        distances = _distances(hashes)
        if not len(distances):
            break
        value, count = np.unique(distances, return_counts=True)
        for k in np.argsort(-count, kind="stable")[:A_WINDOW].tolist():
            votes[int(value[k])] = max(votes.get(int(value[k]), 0), int(count[k]))
        if len(hashes) <= width:
            break
        hashes = _mixed(hashes[:-width] * _MIX + hashes[width:])
        width *= 2
    return sorted(votes, key=lambda period: (-votes[period], period))[:MOST]


def _mixed(x: np.ndarray) -> np.ndarray:
    x = (x ^ (x >> np.uint64(31))) * _MIX
    return x ^ (x >> np.uint64(29))


def _distances(hashes: np.ndarray) -> np.ndarray:
    """How far before each window the same one was last met. Of many windows a part is looked at, chosen by its hash."""
    at = np.arange(len(hashes))
    while len(at) > SAMPLED:  # equal windows stay or go together
        share = (hashes[at] >> np.uint64(58)).astype(np.int64) + 1
        counts = np.bincount(share, minlength=65)
        best = int(np.argmin(np.where(counts > 0, np.abs(counts - SAMPLED // 2), len(at) + 1)))
        if counts[best] == len(at):
            at = at[: 4 * SAMPLED]
            break
        at = at[share == best]
        hashes = _mixed(hashes + np.uint64(1))
    order = np.argsort(hashes[at], kind="stable")
    same = np.diff(hashes[at][order]) == 0
    return np.diff(at[order])[same]
