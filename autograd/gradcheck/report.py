"""What a gradient check found: one entry a derivative, a verdict each, a table of them all, the likely slips."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..text.text_width import columns
from .differences import Estimate

RTOL = 1e-7  # how much a derivative may be off relative to its size
COARSEST = 1e-4  # a difference whose relative error is above this proves nothing, unless both sides are nearly 0
NEARLY_ZERO = 1e-7  # of the derivative that the size of the function would let one expect
TINY = 1e-300  # where floats end, so does the talk of relative errors
SHOWN = 60  # entries in the table; those that fail are always shown
COLUMNS = ("input", "analytic", "numeric", "error", "verdict")


@dataclass(frozen=True)
class Entry:
    """One derivative, computed and by differences.

    Attributes:
        name: the input, e.g. "w", "x[0]" or "p['bias']"; "[2] / x" for the third result; "x, y" for ∂²f/∂x∂y.
        analytic: the derivative that is checked.
        numeric: the derivative by differences.
        error: |analytic − numeric|; at a kink the distance to what lies between the derivatives from left and right.
        verdict: "ok"; "kink" (a value between the derivatives from left and right); "edge" (agrees with the only side
            on which the function has numbers); or, failing, "WRONG"; "jump" (the function jumps here, or is infinitely
            steep on one side, so that it has no derivative); "unsure" (differences too rough to tell).
        estimate: the differences in full, with their own error.
    """

    name: str
    analytic: float
    numeric: float
    error: float
    verdict: str
    estimate: Estimate

    @property
    def ok(self) -> bool:
        """Whether it passes."""
        return self.verdict in ("ok", "kink", "edge")


def judged(name: str, analytic: float, estimate: Estimate, rtol: float) -> Entry:
    """An entry with its verdict. What may differ is ``rtol`` of the size plus three times the estimate's own error."""
    if estimate.kind in ("kink", "jump"):
        low, high = sorted((estimate.left, estimate.right))
        error = 0.0 if low <= analytic <= high else min(_distance(analytic, low), _distance(analytic, high))
    else:
        error = _distance(analytic, estimate.value)
    size = max(abs(analytic), abs(estimate.value)) if math.isfinite(estimate.value) else abs(analytic)
    allowed = 3.0 * estimate.error + rtol * size + estimate.hidden if math.isfinite(size) else 0.0
    if estimate.kind == "jump":
        verdict = "jump"
    elif math.isnan(estimate.value):
        verdict = "unsure"  # no side of the point has numbers to judge by
    elif math.isnan(analytic) or not (error <= allowed or _unsure(analytic, estimate)):
        verdict = "WRONG"
    elif estimate.kind == "kink":
        verdict = "kink"
    else:
        verdict = "unsure" if _unsure(analytic, estimate) else "edge" if estimate.kind == "edge" else "ok"
    return Entry(name, analytic, estimate.value, error, verdict, estimate)


def _distance(a: float, b: float) -> float:
    return 0.0 if a == b else abs(a - b)


def _unsure(analytic: float, estimate: Estimate) -> bool:
    """Whether the differences are too rough to say that this derivative is right or wrong."""
    own, error = abs(estimate.value), estimate.error
    if estimate.kind in ("kink", "jump") or math.isinf(own):
        return False
    if estimate.steepest < abs(analytic) < math.inf and error > 1e-2 * own > 0.0:
        return True
    return error > COARSEST * max(abs(analytic), own) and error > NEARLY_ZERO * estimate.scale + TINY


@dataclass(frozen=True, repr=False)
class Report:
    """What a gradient check found; as text it is a table.

    Attributes:
        entries: one for each derivative that was checked.
        remarks: what else is wrong, e.g. that two backward passes gave different bits.
        slips: what the numbers say of the cause, the likeliest first.
        notes: what to know of the check itself, e.g. that directions were checked and not every input.
    """

    entries: tuple[Entry, ...]
    remarks: tuple[str, ...] = ()
    slips: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything passes."""
        return not self.remarks and not self.failures

    @property
    def failures(self) -> tuple[Entry, ...]:
        """The entries that do not pass."""
        return tuple(entry for entry in self.entries if not entry.ok)

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        return "\n".join([self._headline(), *_table(self.entries), *self._notes()])

    __repr__ = __str__

    def _headline(self) -> str:
        count, failed = len(self.entries), len(self.failures)
        noun = "derivative" if count == 1 else "derivatives"
        if not failed:
            return f"{count} {noun} checked against differences: " + ("all agree" if self.ok else "but see below")
        return f"{failed} of {count} {noun} not confirmed by differences"

    def _notes(self) -> list[str]:
        notes = [f"! {remark}" for remark in self.remarks] + [f"likely slip: {slip}" for slip in self.slips]
        notes += [f"note: {note}" for note in self.notes]
        if any(entry.verdict == "unsure" for entry in self.failures):
            notes.append(
                "unsure: the function is too rough here for differences to tell, or has no numbers beside the point;"
                " check at a tamer point"
            )
        if any(entry.verdict == "jump" for entry in self.failures):
            notes.append(
                "jump: the function jumps here, or is infinitely steep on one side, and has no derivative; check at "
                "another point"
            )
        return notes


def _table(entries: Sequence[Entry]) -> list[str]:
    shown = [e for i, e in enumerate(entries) if i < SHOWN or not e.ok]
    rows = [COLUMNS, *((e.name, _number(e.analytic), _numeric(e), f"{e.error:.1e}", e.verdict) for e in shown)]
    widths = [max(columns(row[i]) for row in rows) for i in range(len(COLUMNS))]
    lines = [
        "  ".join(
            _padded(cell, width, 0 < i < len(COLUMNS) - 1) for i, (cell, width) in enumerate(zip(row, widths))
        ).rstrip()
        for row in rows
    ]
    left_out = len(entries) - len(shown)
    return lines + ([f"… and {left_out} more that pass"] if left_out else [])


def _padded(cell: str, width: int, right: bool) -> str:
    """The cell with spaces up to ``width`` columns, before it if it stands at the right, else after it."""
    spaces = " " * (width - columns(cell))
    return spaces + cell if right else cell + spaces


def _number(x: float) -> str:
    return f"{x:.9g}"


def _numeric(entry: Entry) -> str:
    """The numeric column: the difference and its own error; both sides at a kink."""
    estimate = entry.estimate
    if estimate.kind in ("kink", "jump"):
        return f"{estimate.left:.6g} | {estimate.right:.6g}"
    return f"{_number(entry.numeric)} ± {estimate.error:.0e}"
