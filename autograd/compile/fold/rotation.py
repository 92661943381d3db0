"""Rotation: a stretch may begin anywhere in its step. Best is where the fewest values are carried to the next step.

A batch cut in the middle of a sample would look like a recurrence; cut between samples, nothing is carried.
"""

from __future__ import annotations

import numpy as np

from .stretches import PROPOSED, Stretch
from .tape import Tape

_TRIES = 8  # beginnings with equally few carries that are tried


def rotated(tape: Tape, stretch: Stretch, low: int, high: int) -> Stretch:
    """The stretch from the beginning with the fewest carries; of several, from the one with the most steps."""
    carried = _carried(tape, stretch)
    turns = np.flatnonzero(carried == carried.min()) if stretch.steps > PROPOSED else np.zeros(1, int)
    spread = turns[np.unique(np.linspace(0, len(turns) - 1, _TRIES).astype(int))].tolist()
    turned = [extended(tape, _turned(stretch, turn), low, high) for turn in spread]
    return max(turned, key=lambda s: (s.steps, -s.start))


def _turned(stretch: Stretch, turn: int) -> Stretch:
    return Stretch(stretch.start + turn, stretch.period, (stretch.end - stretch.start - turn) // stretch.period)


def _carried(tape: Tape, stretch: Stretch) -> np.ndarray:
    """How many values cross from one step to the next, for each node of the step that may be the first."""
    start, period = stretch.start, stretch.period
    a, b = tape.first[stretch.end - period], tape.first[stretch.end]
    source = tape.sources[a:b]
    counts = np.diff(tape.first[stretch.end - period : stretch.end + 1])
    reader = np.repeat(np.arange(stretch.end - period, stretch.end), counts)
    inside = source >= start
    source, distance = source[inside], (reader - source)[inside]
    farthest = np.zeros(period, int)  # from a value to its last reader
    np.maximum.at(farthest, (source - start) % period, distance)
    always = int((farthest >= period).sum())
    place = np.flatnonzero((farthest > 0) & (farthest < period))
    change = np.zeros(2 * period + 1, int)
    np.add.at(change, place + 1, 1)
    np.add.at(change, place + farthest[place] + 1, -1)
    crossing = np.cumsum(change)[: 2 * period]
    return always + crossing[:period] + crossing[period:]


def extended(tape: Tape, stretch: Stretch, low: int, high: int) -> Stretch:
    """The stretch with the steps after it, and the steps before it that differ only in the beginnings of carries."""
    while stretch.end + stretch.period <= high and _is_a_step(tape, stretch, stretch.start, stretch.end):
        stretch = stretch._replace(steps=stretch.steps + 1)
    outside = _latest_outside(tape, stretch)
    while True:
        start = stretch.start - stretch.period
        if start < low or outside >= start or not _is_a_step(tape, stretch, start, start):
            return stretch
        stretch = Stretch(start, stretch.period, stretch.steps + 1)


def _latest_outside(tape: Tape, stretch: Stretch) -> int:
    """The last node before the stretch that its last step reads from outside."""
    source = tape.sources[tape.first[stretch.end - stretch.period] : tape.first[stretch.end]]
    return int(source[source < stretch.start].max(initial=-1))


def _is_a_step(tape: Tape, stretch: Stretch, start: int, at: int) -> bool:
    """Whether the nodes from ``at`` are a step of the stretch, which then begins at ``start``."""
    period, first = stretch.period, tape.first
    last_step = stretch.end - period
    if not np.array_equal(tape.kind[at : at + period], tape.kind[last_step : stretch.end]):
        return False
    row = tape.sources[first[at] : first[at + period]]
    last = tape.sources[first[last_step] : first[stretch.end]]
    expected = last + (at - last_step)
    inside = (last >= stretch.start) & (expected >= start)
    return bool(np.where(inside, row == expected, row < start).all())
