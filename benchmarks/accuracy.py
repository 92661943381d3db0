"""How many units in the last place (ulp) each op, and its first and second derivatives, are off.

    python benchmarks/accuracy.py            all points: half a minute; accuracy.md is what it printed
    python benchmarks/accuracy.py exp gelu   these only, with the worst points

The references are mpmath's, of 50 digits and more (references.py); the points are ordinary and extreme ones, next to
kinks, poles and the borders of domains. Second derivatives are those of ``gg.hessian``: all of them, mixed ones too.
"""

from __future__ import annotations

import argparse
import itertools
import math
import platform
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import references
from mpmath import isnan, mp, mpf

import glassgrad as gg
from glassgrad.autograd.ops import TABLE

WITHIN = 8.0  # ulp
BELOW_ONE, ABOVE_ONE = math.nextafter(1.0, 0.0), math.nextafter(1.0, 2.0)
LARGEST = sys.float_info.max

MAGNITUDES = (
    5e-324, 1e-310, 1e-300, 1e-200, 1e-100, 1e-16, 1e-8, 1e-4, 0.1, 0.25, 0.5, BELOW_ONE, 1.0, ABOVE_ONE, 1.5, 2.0, 2.5,
    3.0, math.pi / 2, math.pi, 5.0, 7.3, 10.0, 18.7, 20.0, 26.6, 36.7, 38.4, 40.0, 88.0, 100.0, 300.0, 500.0, 700.0,
    709.7, 710.2, 720.0, 744.4, 745.0, 746.0, 1e3, 1e5, 1e8, 1e16, 1e50, 1e100, 1e154, 1e200, 1e300, LARGEST,
)  # fmt: skip
PAIR_MAGNITUDES = (1e-300, 1e-8, 0.3, 0.5, 1.0, ABOVE_ONE, 3.0, 40.0, 700.3, 745.0, 1e200)

POSITIVE_ALONE = {  # functions, which have no row
    "rsqrt", "pow(x, 0.5)", "pow(x, 1.7)", "pow(x, 0.1)", "pow(x, -2.3)", "polygamma(1, x)", "polygamma(2, x)",
    "polygamma(7, x)",
}  # fmt: skip
UNMEASURED = {
    "peak",  # no derivative passes through it
    "power_derivative",  # its operands n and k are whole numbers; pow's derivatives are measured
    "polygamma",  # its operand n is a whole number; it is measured for some
}
NEAR_CANCELLATION: dict[str, tuple[tuple[float, ...], ...]] = {
    "logaddexp": (*((math.log(p), math.log1p(-p)) for p in (0.5, 0.3, 0.9, 1e-3, 1e-10)), (-1e-300, -690.7755)),
    "logsumexp": tuple((math.log(p), math.log(0.5 - p), math.log(0.5)) for p in (0.1, 0.3, 1e-5)),
    "log_softmax": ((40.0, 0.0, -1.0), (1e-8, 1e-8, 1e-8), (700.3, 0.1, 3.0)),
    "pow": (*((x, -1.0 / math.log(x)) for x in (0.3, 0.5, 2.0, 40.0)), (0.5, 1.5), (2.0, -1.4375)),
    "gelu": ((-0.7,), (-0.8,), (1.4,), (1.5,)),
    "silu": ((-1.3,), (-1.25,), (2.3,), (2.5,)),
    "acosh": ((1.0 + 1e-12,), (1.0 + 1e-6,)),
    "log1p": ((-BELOW_ONE,), (-1.0 + 1e-10,)),
    "lgamma": ((1.0 + 1e-10,), (2.0 - 1e-10,), (1.4616321449683622,)),
    "digamma": ((1.4616321449683622,), (1.46,)),
}
FUNCTIONS: dict[str, tuple[int, Callable[..., object]]] = {
    "pow(x, 2)": (1, lambda x: x**2),
    "pow(x, 3)": (1, lambda x: x**3.0),
    "pow(x, -1)": (1, lambda x: x**-1),
    "pow(x, -3)": (1, lambda x: x**-3.0),
    "pow(x, 0.5)": (1, lambda x: x**0.5),
    "pow(x, 1.7)": (1, lambda x: x**1.7),
    "pow(x, 0.1)": (1, lambda x: x**0.1),
    "pow(x, -2.3)": (1, lambda x: x**-2.3),
    "pow(2, x)": (1, lambda x: 2.0**x),
    "polygamma(1, x)": (1, lambda x: gg.polygamma(1, x)),
    "polygamma(2, x)": (1, lambda x: gg.polygamma(2, x)),
    "polygamma(7, x)": (1, lambda x: gg.polygamma(7, x)),
    "sum": (3, lambda *xs: gg.sum(xs)),
    "mean": (3, lambda *xs: gg.mean(xs)),
    "dot": (4, lambda a, b, c, d: gg.dot([a, b], [c, d])),
    "logsumexp": (3, lambda *xs: gg.logsumexp(xs)),
    "softmax": (3, lambda *xs: gg.softmax(xs)[0]),
    "log_softmax": (3, lambda *xs: gg.log_softmax(xs)[0]),
    "softmax_rest": (3, TABLE["softmax_rest"]),
}


def arity(name: str) -> int:
    """How many operands the op or function takes here."""
    if name in FUNCTIONS:
        return FUNCTIONS[name][0]
    op = getattr(gg, name)
    return len(op.partials) if hasattr(op, "partials") else 1


def function(name: str) -> Callable[..., object]:
    """The op or function, of Values."""
    return FUNCTIONS[name][1] if name in FUNCTIONS else getattr(gg, name)


def is_inside(name: str, point: Sequence[float]) -> bool:
    """Whether it has derivatives there: as the op's row says; a function is told by ``POSITIVE_ALONE``."""
    if name in POSITIVE_ALONE:
        return point[0] > 0.0
    return name not in TABLE or TABLE[name].is_smooth_at(*point)


def points(name: str, share: float = 1.0) -> Iterator[tuple[float, ...]]:
    """Where it is tried: fixed points and seeded random ones, as far as they are in its domain; a share of them."""
    dice, count = random.Random(f"points of {name}"), arity(name)
    chosen = itertools.chain(NEAR_CANCELLATION.get(name, ()), _fixed(name, count), _random(dice, count))
    return (point for point in chosen if is_inside(name, point) and (share == 1.0 or dice.random() < share))


def _fixed(name: str, count: int) -> Iterator[tuple[float, ...]]:
    if count == 1:
        yield from ((sign * x,) for x in MAGNITUDES for sign in (1.0, -1.0))
        return
    signed = [sign * x for x in PAIR_MAGNITUDES for sign in (1.0, -1.0)]
    if count == 2:
        yield from itertools.product(signed, signed)
    else:
        dice = random.Random(f"fixed points of {name}")
        yield from (tuple(dice.choices(signed, k=count)) for _ in range(200))


def _random(dice: random.Random, count: int) -> Iterator[tuple[float, ...]]:
    scales = (lambda: dice.gauss(0.0, 1.0), lambda: dice.gauss(0.0, 20.0), lambda: dice.uniform(-1.0, 1.0),
              lambda: dice.choice((-1.0, 1.0)) * 10.0 ** dice.uniform(-200.0, 200.0))  # fmt: skip
    for scale in scales:
        for _ in range(40):
            yield tuple(scale() for _ in range(count))


def ulps_off(got: float, exact: mpf) -> float:
    """The error in units in the last place of the exact number; inf for nan, or for inf where a double exists."""
    nearest = float(exact)
    if got == nearest:
        return 0.0
    if got != got or math.isinf(got):
        return math.inf if abs(exact) < LARGEST * (1.0 - WITHIN * 2.0**-53) else 0.0
    if math.isinf(nearest):
        nearest = math.copysign(LARGEST, nearest)
    return float(abs(mpf(got) - exact) / mpf(math.ulp(nearest)))


@dataclass
class Tally:
    """What was found for one op at one order of derivative."""

    errors: list[float] = field(default_factory=list)
    worst: list[tuple[float, tuple[float, ...], float, float]] = field(default_factory=list)

    def add(self, point: tuple[float, ...], got: float, exact: mpf) -> None:
        """Compare one number."""
        error = ulps_off(got, exact)
        self.errors.append(error)
        self.worst = sorted([*self.worst, (error, point, got, float(exact))], key=lambda row: -row[0])[:6]

    @property
    def share_within(self) -> float:
        """The share of numbers within 8 ulp."""
        return sum(error <= WITHIN for error in self.errors) / len(self.errors)


def measure(name: str, share: float = 1.0) -> list[Tally]:
    """Tallies of value, first and second derivatives of one op."""
    tallies = [Tally(), Tally(), Tally()]
    called, reference = function(name), references.reference(name)
    for point in points(name, share):
        exact = reference(*references.inputs(point))
        value, first = gg.value_and_grad(lambda xs: called(*xs))(list(point))
        second = gg.hessian(lambda xs: called(*xs))(list(point))
        tallies[0].add(point, value, exact.value)
        for numbers, expected, tally in (
            (first, exact.first, tallies[1]),
            (_upper(second), _upper(exact.second), tallies[2]),
        ):
            for got, wanted in zip(numbers, expected):
                if not isnan(wanted):
                    tally.add(point, got, wanted)
    return tallies


def names() -> list[str]:
    """Everything that is measured: each op of the table that has derivatives, and functions made of ops."""
    smooth = [op.name for op in TABLE.values() if any(op.partials) and op.name not in UNMEASURED]
    return list(dict.fromkeys([*references.REFERENCES, *smooth]))


def _upper(matrix: Sequence[Sequence[object]]) -> list:
    """All entries: mixed derivatives come out of the engine in either order, and either must be right."""
    return [entry for row in matrix for entry in row]


def report(names: Sequence[str], *, details: bool) -> None:
    """Print the table."""
    print(f"Python {platform.python_version()}, {' '.join(platform.libc_ver())}, {platform.machine()}\n")
    print(f"| op | numbers | {' | '.join(f'{what}: worst, within 8 ulp' for what in ('value', '1st', '2nd'))} |")
    print("|---|---|---|---|---|")
    everything: list[list[float]] = [[], [], []]
    for name in names:
        tallies = measure(name)
        cells = [f"{max(t.errors):.3g}, {t.share_within:.1%}" for t in tallies]
        print(f"| {name} | {sum(len(t.errors) for t in tallies)} | {' | '.join(cells)} |", flush=True)
        for tally, errors in zip(tallies, everything):
            errors += tally.errors
            for error, point, got, exact in tally.worst if details else ():
                print(f"    {error:.3g} ulp at {point}: got {got!r}, exact {exact!r}")
    cells = [f"{max(e):.3g}, {sum(x <= WITHIN for x in e) / len(e):.2%}" for e in everything]
    print(f"| all | {sum(map(len, everything))} | {' | '.join(cells)} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="How many ulps values and derivatives are off, op by op.")
    parser.add_argument("op", nargs="*", choices=[[], *names()], help="only these, with the worst points")
    chosen = parser.parse_args().op
    mp.dps = references.DIGITS
    report(chosen or names(), details=bool(chosen))
