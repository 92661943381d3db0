"""Small line charts as SVG of our own, with a cursor that a page can move."""

from __future__ import annotations

import math
from collections.abc import Sequence
from xml.sax.saxutils import escape

from ..layout.panels import CHART_HEIGHT, CHART_WIDTH
from ..scene.text import number
from ..words import say

_LEFT, _RIGHT, _TOP, _BOTTOM = 84, 8, 22, 16
_MOST_POINTS = 400
_WIDE_RANGE = 50.0  # a largest number so many times the smallest is shown on a logarithmic scale


def across(i: float, count: int) -> float:
    """The x of the i-th of so many numbers, in px."""
    return round(_LEFT + (CHART_WIDTH - _LEFT - _RIGHT) * (i / max(count - 1, 1)), 1)


def chart(name: str, numbers: Sequence[float]) -> str:
    """One curve over the iterations, with its smallest and largest number, and a cursor (``class="cursor"``)."""
    finite = [x for x in numbers if math.isfinite(x)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 0.0)
    logarithmic = low > 0.0 and high > _WIDE_RANGE * low
    points = " ".join(f"{x},{y}" for x, y in _points(numbers, low, high, logarithmic))
    bottom = CHART_HEIGHT - _BOTTOM
    title = say("run.logarithmic", name=name) if logarithmic else name
    said = say("run.curve", name=name, count=len(numbers), low=number(low), high=number(high))
    at = {(_TOP + bottom) // 2: high} if high == low else {_TOP: high, bottom - 5: low}
    ticks = "".join(f'<text x="{_LEFT - 6}" y="{y + 5}">{number(x)}</text>' for y, x in at.items())
    return (
        f'<svg class="chart" viewBox="0 0 {CHART_WIDTH} {CHART_HEIGHT}" role="img" aria-label="{escape(said)}">'
        f'<text class="name" x="{_LEFT}" y="13">{escape(title)}</text>{ticks}'
        f'<path class="axis" d="M{_LEFT} {_TOP - 4}V{bottom + 4}H{CHART_WIDTH - _RIGHT}"/>'
        f'<polyline class="curve" points="{points}"/>'
        f'<line class="cursor" x1="{_LEFT}" x2="{_LEFT}" y1="{_TOP - 4}" y2="{bottom + 4}"/></svg>'
    )


def _points(numbers: Sequence[float], low: float, high: float, logarithmic: bool) -> list[tuple[float, float]]:
    """Points of the curve, at most so many as can be told apart."""
    step = max(1, math.ceil(len(numbers) / _MOST_POINTS))
    taken = [*range(0, len(numbers), step)]
    if numbers and taken[-1] != len(numbers) - 1:
        taken.append(len(numbers) - 1)
    scale = math.log if logarithmic else float
    bottom, height = CHART_HEIGHT - _BOTTOM, CHART_HEIGHT - _BOTTOM - _TOP

    def up(x: float) -> float:
        return 0.5 if high == low else (scale(x) - scale(low)) / (scale(high) - scale(low))

    finite = [i for i in taken if math.isfinite(numbers[i])]
    return [(across(i, len(numbers)), round(bottom - height * up(numbers[i]), 1)) for i in finite]
