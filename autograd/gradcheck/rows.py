"""Check the row of one op: its local derivatives, and their own derivatives, against differences of its value."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from ..functional import gradients
from ..numerics.floats import ceil, floor
from ..op import Interval, Op
from ..value import Value
from .differences import differentiate
from .report import RTOL, Entry, judged
from .subject import is_still

Point = tuple[float, ...]


def sample_points(op: Op) -> Iterator[Point]:
    """Points of the op's domain, no two operands alike: eight for each op, four operands where any number will do.

    >>> from glassgrad.autograd.ops import log
    >>> all(x > 0 for point in sample_points(log) for x in point)
    True
    """
    arity = 4 if op.variadic else len(op.partials)
    columns = [_spread(op.domain[min(i, len(op.domain) - 1)], i) for i in range(arity)]
    for i in op.whole:
        columns[i] = [_whole(t, op.domain[i]) for t in columns[i]]
    for stride in (1, 3):
        for k in range(4):
            yield tuple(column[(k + stride * i) % 4] for i, column in enumerate(columns))


def _spread(interval: Interval, operand: int) -> list[float]:
    """Four points of an open interval, a little apart for each operand."""
    low, high = interval
    tilt = 1.0 + 0.03 * operand
    if math.isfinite(low) and math.isfinite(high):
        return [low + (high - low) * part / tilt for part in (0.07, 0.31, 0.62, 0.93)]
    if math.isfinite(low) or math.isfinite(high):
        return [(low + t * tilt if math.isfinite(low) else high - t * tilt) for t in (0.06, 0.45, 1.3, 4.2)]
    return [t * tilt for t in (-1.7, -0.35, 0.63, 2.3)]


def _whole(t: float, interval: Interval) -> float:
    """The whole number below or above t that lies in the interval; t itself if neither does."""
    low, high = interval
    return next((whole for whole in (floor(t), ceil(t)) if low < whole < high), t)


def along(f: Callable[..., float], point: Sequence[float], i: int) -> Callable[[float], float]:
    """``f`` as a function of its i-th operand, the others as at ``point``."""

    def moved(t: float) -> float:
        return f(*point[:i], t, *point[i + 1 :])

    return moved


def _operand(op: Op, i: int) -> str:
    return f"{op.name}, operand {i}"


def locals_at(op: Op, point: Sequence[float]) -> list[float]:
    """The local derivatives by the op's own rules; 0 where it has none by structure."""
    return [found or 0.0 for found in op(*map(Value, point)).local_derivatives]


def first_derivatives(op: Op, point: Point, found: Sequence[float | None] | None = None) -> list[Entry]:
    """The op's local derivatives at ``point`` (or those that are given) beside differences of its value."""
    if found is None:
        found = op(*map(Value, point)).local_derivatives
    return [_first(op, point, i, local) for i, local in enumerate(found)]


def _first(op: Op, point: Point, i: int, local: float | None) -> Entry:
    """One local derivative. Where there is none by structure, the value may jump, or have whole operands only."""
    entry = judged(_operand(op, i), local or 0.0, differentiate(along(op.value, point, i), point[i]), RTOL)
    stepwise = local is None and (entry.verdict in ("jump", "unsure") or not op.is_smooth_at(*point))
    return replace(entry, verdict="ok") if stepwise else entry


def second_derivatives(op: Op, point: Point) -> list[Entry]:
    """The derivatives of the op's rules, which autograd takes by running them on Values, beside differences of them."""
    leaves = [Value(x) for x in point]
    out = op(*leaves)
    entries = []
    for i in range(len(point)):
        rule = op.partial(i, leaves, out)
        analytic = _gradient(rule, leaves)
        for j, x in enumerate(point):
            if j in op.whole:
                continue
            estimate = differentiate(along(lambda *p, i=i: locals_at(op, p)[i], point, j), x)
            entries.append(judged(f"{_operand(op, i)}, then {j}", analytic[j], estimate, RTOL))
    return entries


def _gradient(rule: Value | float | None, leaves: Sequence[Value]) -> list[float]:
    if not isinstance(rule, Value) or is_still(rule):
        return [0.0] * len(leaves)
    return [g.data for g in gradients(rule, leaves)]
