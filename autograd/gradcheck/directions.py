"""Gradients of many inputs: a few random directions instead of every input by itself.

Along a direction v the derivative is the gradient times v, one number however many inputs there are, and one line of
differences judges it. A wrong entry spoils every direction that moves its input. Which entry it is, is found by
halving: of a direction that fails, the half that still fails is looked at again, until one input is left.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from .subject import Numbers

NAMED = 5  # wrong entries that are looked for by halving

Values = Callable[[Numbers], Numbers]
Jacobian = Callable[[Numbers], Sequence[Numbers]]
Direction = tuple[float, ...]


def whole_directions(count: int) -> int:
    """How many directions, checked: a number below 0 would check nothing, and all would agree.

    Raises:
        ValueError: no whole number, or one below 0.
    """
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        raise ValueError(f"directions={count!r}: give a whole number of random directions, or 0 for each input")
    return count


def random_directions(at: Numbers, count: int) -> list[Direction]:
    """Directions with entries of about the size of each input (1 at 0), none of them near 0; the same at every run.

    >>> random_directions((2.0, 0.0), 1) == random_directions((2.0, 0.0), 1)
    True
    """
    dice = random.Random(len(at))
    return [tuple(_entry(dice, x) for x in at) for _ in range(count)]


def _entry(dice: random.Random, x: float) -> float:
    size = min(max(abs(x), 1e-3), 1e3) if x else 1.0
    return size * dice.uniform(0.5, 1.5) * dice.choice((-1.0, 1.0))


def along(
    values: Values, jacobian: Jacobian, at: Numbers, directions: Sequence[Direction]
) -> tuple[Values, Jacobian, Numbers]:
    """Both as functions of how far to go along each direction, and where that is nothing."""

    def point(far: Numbers) -> Numbers:
        moved = list(at)
        for t, direction in zip(far, directions):
            if t:
                moved = [x + t * v for x, v in zip(moved, direction)]
        return tuple(moved)

    def slopes(far: Numbers) -> list[Numbers]:
        return [tuple(_product(row, v) for v in directions) for row in jacobian(point(far))]

    return (lambda far: values(point(far))), slopes, (0.0,) * len(directions)


def _product(row: Sequence[float], direction: Direction) -> float:
    """The row times the direction; what the direction leaves out does not count, nan or not."""
    return sum(g * v for g, v in zip(row, direction) if v)


def suspects(fails: Callable[[Direction], bool], direction: Direction) -> list[int]:
    """The inputs whose entries are wrong, at most ``NAMED``, found by halving a direction that fails."""
    return list(islice(_halved(fails, direction, range(len(direction))), NAMED))


def _halved(fails: Callable[[Direction], bool], direction: Direction, inputs: range) -> Iterator[int]:
    kept = tuple(v if i in inputs else 0.0 for i, v in enumerate(direction))
    if not fails(kept):
        return
    if len(inputs) == 1:
        yield inputs[0]
        return
    middle = len(inputs) // 2
    yield from _halved(fails, direction, inputs[:middle])
    yield from _halved(fails, direction, inputs[middle:])
