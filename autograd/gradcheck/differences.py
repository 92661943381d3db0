"""The derivative of a function of one number by differences, with an error of its own.

Method. Central differences at steps that halve, from the size of x (or of 1) down to far below it, are extrapolated to
step 0 in one Richardson tableau (L. F. Richardson, 1911), and the error of each entry is judged by the entries that it
came from, as C. J. F. Ridders has it ("Accurate computation of F′(x) and F′(x)F″(x)", Advances in Engineering Software
4(2), 1982; Press et al., Numerical Recipes, 3rd ed., section 5.7). Four things are added to his method:

- the error includes the rounding of f, taken from its fourth differences at the finest steps, where the function itself
  has none left (R. W. Hamming; Moré & Wild, "Estimating computational noise", SIAM J. Sci. Comput. 33, 2011);
- a coarse estimate that most finer ones contradict is dropped, however small its error (O. V. Lepski's rule, 1990): a
  step function looks straight from afar;
- differences to the left and to the right are extrapolated by themselves: where they disagree and are finite there is
  a kink, where one of them grows without end a jump, where only one side has numbers an edge of the domain;
- a few probes lie between the steps, which are powers of 2: what has a power of 2 as its period looks constant at all
  of them. Where a probe contradicts its neighbours, all steps are taken anew, stretched by a factor that is no
  fraction.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

EPSILON = 2.0**-52
COLUMNS = 5  # of the tableau
SPAN, REFINED, GAP = 16, 60, 60  # halvings: how far the first sweep goes below x, and the second; what is left out
LATEST = 6  # candidates: the finest ones, which have the last word
EDGE = 4.0  # what an error is multiplied by at an edge, where powers of the step need not be whole ones
RESOLVED = 1e-9  # a relative error that asks for no finer steps
FLOAT32 = 2.0**-22  # the coarsest relative grid that counts as rounding
PROBES = (2, 6, 10, 14)  # the steps above which a probe is taken
STRETCH = 0.6180339887498949  # (√5 − 1)/2, of all numbers the one that is farthest from being a fraction


@dataclass(frozen=True)
class Estimate:
    """A derivative by differences.

    Attributes:
        value: the derivative; at a kink the mean of both sides.
        error: how far off it may be.
        left: the derivative from the left; nan where f has no numbers there.
        right: the derivative from the right.
        kind: "smooth", "kink" (both sides finite, and different), "jump" (one side, or each in its own direction,
            infinite; or f leaps by the same amount however small the step) or "edge" (numbers on one side only).
        scale: |f| over the widest step, the size of derivative that one would expect.
        steepest: |f| over the finest step, the largest derivative that differences could show.
        hidden: where f never moves by more than a rounding, the largest derivative that rounding would hide.
    """

    value: float
    error: float
    left: float
    right: float
    kind: str
    scale: float
    steepest: float
    hidden: float = 0.0


@dataclass(frozen=True)
class _Limit:
    """What differences tend to as the step goes to 0; ``leaps`` where f moves by the same amount at all of them."""

    value: float
    error: float
    leaps: bool = False


def differentiate(f: Callable[[float], float], x: float) -> Estimate:
    """The derivative of ``f`` at ``x``, one-sided at the edge of its domain.

    Beyond the edge f is nan or inf, or raises ArithmeticError or ValueError, as functions of ``math`` do.

    Raises:
        ValueError: x or f(x) is not finite.

    >>> import math
    >>> d = differentiate(math.exp, 1.0)
    >>> abs(d.value - math.e) <= d.error < 1e-9
    True
    >>> differentiate(abs, 0.0).left, differentiate(abs, 0.0).right
    (-1.0, 1.0)
    """
    line = _Line(f, x)
    first, second = _steps(x)
    line.sample(first)
    if line.contradicted():
        line = _Line(f, x, STRETCH)
        line.sample(first)
    estimate = line.estimate()
    if estimate.kind != "smooth" or not _resolved(estimate):
        line.sample(second)
        estimate = line.estimate()
    return estimate


def _resolved(estimate: Estimate) -> bool:
    small = max(RESOLVED * abs(estimate.value), 1e-12 * estimate.scale)
    return math.isfinite(estimate.value) and estimate.error <= small


def _steps(x: float) -> tuple[list[float], list[float]]:
    """Steps of a sweep from a quarter of max(|x|, 1) to far below min(|x|, 1), and of a finer one for hard cases."""
    size = abs(x) or 1.0
    top = math.frexp(max(size, 1.0))[1] - 3
    bottom = math.frexp(min(size, 1.0))[1]
    finest = max(math.frexp(math.ulp(x))[1], -1070) if x else -1070
    if top - bottom > GAP:
        first = [*range(top, top - SPAN - 8, -1), *range(bottom - 3, bottom - SPAN, -1)]
    else:
        first = list(range(top, bottom - SPAN, -1))
    second = range(min(first) - 1, bottom - REFINED, -1)
    return [2.0**e for e in first if e >= finest], [2.0**e for e in second if e >= finest]


class _Line:
    """Numbers of f to both sides of x, at steps from coarse to fine."""

    def __init__(self, f: Callable[[float], float], x: float, stretch: float = 1.0) -> None:
        self.f, self.x, self.stretch = f, x, stretch
        self.steps: list[float] = []
        self.left: list[float] = []
        self.right: list[float] = []
        self.centre = f(x)
        if not (math.isfinite(x) and math.isfinite(self.centre)):
            raise ValueError(f"f({x!r}) = {self.centre!r}: a derivative needs a point at which the function is finite")

    def sample(self, steps: Sequence[float]) -> None:
        """Take the numbers of f at these steps, stretched, to both sides."""
        for step in steps:
            self.steps.append(step * self.stretch)
            self.left.append(self._at(self.x - step * self.stretch))
            self.right.append(self._at(self.x + step * self.stretch))

    def _at(self, x: float) -> float:
        """The number of f beside the point; nan where it has none."""
        try:
            return self.f(x)
        except (ArithmeticError, ValueError):
            return math.nan

    def contradicted(self) -> bool:
        """Whether f between two steps is not what they let expect of it."""
        return any(self._contradicts(k) for k in PROBES if 0 < k < len(self.steps) - 1)

    def _contradicts(self, k: int) -> bool:
        h = self.steps[k] * STRETCH
        seen = [self._slope(i) for i in (k - 1, k, k + 1)]
        found = (self._at(self.x + h) - self._at(self.x - h)) / (2.0 * h)
        if not all(map(math.isfinite, [*seen, found])):
            return False
        rounding = (self._noise() + EPSILON * self._size(k) + math.ulp(self.x) * abs(found)) / h
        return abs(found - seen[2]) > 4.0 * (max(seen) - min(seen) + rounding)

    def _slope(self, k: int) -> float:
        return (self.right[k] - self.left[k]) / (2.0 * self.steps[k])

    def estimate(self) -> Estimate:
        """What all the numbers taken so far say."""
        c = self.centre
        noise = max(self._noise(), self._grid())
        left = self._limit([(c - y) / h for y, h in zip(self.left, self.steps)], 2.0, noise)
        right = self._limit([(y - c) / h for y, h in zip(self.right, self.steps)], 2.0, noise)
        central = self._limit([self._slope(k) for k in range(len(self.steps))], 4.0, noise)
        steepest, hidden = self._size(-1) / self.steps[-1], self._hidden()
        return Estimate(*_together(left, right, central), self._scale(), steepest, hidden)

    def _size(self, k: int) -> float:
        return max(abs(y) for y in (self.centre, self.left[k], self.right[k]) if math.isfinite(y))

    def _scale(self) -> float:
        """What f amounts to over the widest step, the smaller move where it has numbers on both sides."""
        for h, a, b in zip(self.steps, self.left, self.right):
            moves = [abs(y - self.centre) for y in (a, b) if math.isfinite(y)]
            if moves:
                return max(abs(self.centre), min(moves)) / h
        return 0.0

    def _noise(self) -> float:
        """The rounding of f: fourth differences at the four finest steps, through 8, about √70, their gain."""
        found = 5e-324
        for k in range(max(1, len(self.steps) - 4), len(self.steps)):
            if self.steps[k - 1] == 2.0 * self.steps[k]:
                far, near = self.left[k - 1] + self.right[k - 1], self.left[k] + self.right[k]
                fourth = abs(far - 4.0 * near + 6.0 * self.centre)
                found = max(found, fourth / 8.0) if math.isfinite(fourth) else found
        return found

    def _grid(self) -> float:
        """The spacing of f's numbers where f stands still at the finest step, to both sides, and moves by tiny jumps.

        So does what is computed in single precision somewhere inside, and a small difference of large numbers.
        """
        sides = [[abs(y - self.centre) for y in side if math.isfinite(y)] for side in (self.left, self.right)]
        if not all(map(any, sides)) or any(side[-1] for side in sides):
            return 0.0
        moves = [move for side in sides for move in [move for move in side if move][-6:]]
        jump = min(moves)
        is_rounding = jump <= FLOAT32 * max(abs(self.centre), abs(self.x))
        return jump if is_rounding and jump <= 8.0 * min(map(_power_of_two, moves)) else 0.0

    def _hidden(self) -> float:
        """The derivative that rounding hides where f stands still, or flips between two neighbouring numbers; else 0.

        It is the rounding of numbers 64 times the size of x, or of 1, which f may be made of, over the widest step.
        """
        rounding = 64.0 * EPSILON * max(abs(self.x), 1.0)
        moves = {abs(y - self.centre) for y in (*self.left, *self.right) if math.isfinite(y)} - {0.0}
        return rounding / self.steps[0] if len(moves) <= 1 and max(moves, default=0.0) <= rounding else 0.0

    def _limit(self, slopes: Sequence[float], ratio: float, noise: float) -> _Limit | None:
        """Extrapolate slopes to step 0; ``ratio`` is 4 where their error has even powers of the step only, else 2."""
        if not any(math.isfinite(slope) for slope in slopes[-3:]):
            return None
        candidates: list[_Limit] = []
        above: list[float] = []
        for k, slope in enumerate(slopes):
            adjacent = k > 0 and self.steps[k - 1] == 2.0 * self.steps[k]
            row = _row(slope, above if adjacent else [], ratio)
            rounding = (noise + EPSILON * self._size(k)) / self.steps[k] * (1.0 if ratio == 4.0 else 4.0)
            if self.stretch != 1.0:  # then x − h and x + h are rounded
                rounding += math.ulp(self.x) / self.steps[k] * abs(slope)
            if adjacent and row and above:
                candidates.append(_best(row, above, rounding))
            above = row
        if self._jumps(slopes):
            return _Limit(math.copysign(math.inf, slopes[-1]), 0.0, leaps=True)
        limit = _uncontradicted(candidates)
        if limit is not None and limit.error > 1e-2 * abs(limit.value) and _diverges(slopes):
            return _Limit(math.copysign(math.inf, slopes[-1]), 0.0)
        return limit

    def _jumps(self, slopes: Sequence[float]) -> bool:
        """Whether f moves by the same amount at each of the last steps, and by more than its own rounding."""
        moves = [slope * h for slope, h in zip(slopes[-4:], self.steps[-4:])]
        if not all(map(math.isfinite, moves)) or abs(moves[-1]) <= FLOAT32 * abs(self.centre):
            return False
        return all(math.isclose(move, moves[-1], rel_tol=1e-2) for move in moves)


def _power_of_two(x: float) -> float:
    """The largest power of 2 that x is a whole multiple of."""
    numerator, denominator = x.as_integer_ratio()
    return (numerator & -numerator) / denominator


def _row(slope: float, above: Sequence[float], ratio: float) -> list[float]:
    """A row of Richardson's tableau from the row at twice the step; empty where there is no number."""
    if not math.isfinite(slope):
        return []
    row = [slope]
    for j, coarser in enumerate(above[:COLUMNS]):
        row.append(row[j] + (row[j] - coarser) / (ratio ** (j + 1) - 1.0))
    return row


def _best(row: Sequence[float], above: Sequence[float], rounding: float) -> _Limit:
    """The entry that agrees best with its neighbours: the one above it and both that it was made from."""
    limits = []
    for j in range(min(len(row), len(above))):
        neighbours = [above[j]] + ([row[j - 1], above[j - 1]] if j else [])
        limits.append(_Limit(row[j], max(abs(row[j] - other) for other in neighbours) + rounding))
    return min(limits, key=lambda limit: limit.error)


def _uncontradicted(candidates: list[_Limit]) -> _Limit | None:
    """The candidate of least error that the finest ones do not contradict; candidates come from coarse to fine."""
    while candidates:
        at = min(range(len(candidates)), key=lambda i: candidates[i].error)
        best, finer = candidates[at], candidates[at + 1 :]
        able = [c for c in finer if 2.0 * c.error <= max(abs(c.value), abs(best.value))]  # the others say nothing
        latest = able[-LATEST:]
        against = [c for c in latest if abs(c.value - best.value) > 4.0 * (c.error + best.error)]
        if 2 * len(against) <= len(latest):
            return best
        candidates = finer
    return None


def _diverges(slopes: Sequence[float]) -> bool:
    """Whether slopes grow at each of the last halvings of the step, all with one sign."""
    last = slopes[-8:]
    return all(math.isfinite(s) for s in last) and all(a and b / a > 1.02 for a, b in pairwise(last))


def _together(
    left: _Limit | None, right: _Limit | None, central: _Limit | None
) -> tuple[float, float, float, float, str]:
    """Value, error, left, right and kind of one estimate, from both sides and their middle."""
    if left is not None and right is not None:
        a, b, error = left.value, right.value, left.error + right.error
        if left.leaps and right.leaps:
            return (a + b) / 2.0, 0.0, a, b, "jump"
        allowed = 10.0 * error + 1e-5 * min(max(abs(a), abs(b)), 1e300)
        if a != b and not abs(a - b) <= allowed:
            return (a + b) / 2.0, error, a, b, "kink" if math.isfinite(a + b) else "jump"
        if central is not None:
            return central.value, central.error, a, b, "smooth"
    side = left or right
    if side is None:
        return math.nan, math.inf, math.nan, math.nan, "smooth"
    a, b = (side.value, math.nan) if left is not None else (math.nan, side.value)
    return side.value, EDGE * side.error, a, b, "edge"
