"""Where numbers lie, and how to see them without moving them.

A *storage* is a flat run of numbers: the parameters, an argument, or a group's results. An operand of a group is a list
of positions in a storage. Where the positions advance by constant strides, the operand is a view and costs nothing: a
row, a transpose, a slice, a reversal or a broadcast. Elsewhere NumPy must gather the elements one by one, and scatter
their gradients back, which takes 10 to 50 times as long as a view.

So the *order* in which results are laid out decides, and ``reroll`` chooses it. A transpose is free as well: BLAS takes
it as a flag, as long as one of the two strides is 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.lib.stride_tricks import as_strided

Shape = tuple[int, ...]
Positions = np.ndarray  # of ints


@dataclass(frozen=True)
class View:
    """Positions start + Σ index · stride: what NumPy can see in place. A stride of 0 is a broadcast."""

    start: int
    shape: Shape
    strides: Shape

    @property
    def size(self) -> int:
        """How many elements it shows; those that a broadcast repeats count once."""
        return reduce(lambda a, b: a * b, (n for n, s in zip(self.shape, self.strides) if s), 1)

    @property
    def repeats(self) -> bool:
        """Whether it shows elements several times, as a broadcast."""
        return any(n > 1 and s == 0 for n, s in zip(self.shape, self.strides))

    @property
    def contiguous(self) -> bool:
        """Whether it is one run of memory, in row-major order."""
        expected = 1
        for n, stride in zip(reversed(self.shape), reversed(self.strides)):
            if n > 1 and stride != expected:
                return False
            expected *= n
        return True


def strided(array: np.ndarray, view: View) -> np.ndarray:
    """The view of an array: it splits the first axis; further axes (the batch) stay as they are."""
    item, rest = array.strides[0], array.shape[1:]
    shape = tuple(n if s else 1 for n, s in zip(view.shape, view.strides))
    return as_strided(array[view.start :], (*shape, *rest), (*(s * item for s in view.strides), *array.strides[1:]))


def runs(positions: Positions) -> tuple[Shape, Shape] | None:
    """The shape and the strides of evenly advancing positions, outermost axis first; None if there are none.

    >>> runs(np.array([0, 1, 2, 10, 11, 12]))
    ((2, 3), (10, 1))
    """
    shape: list[int] = []
    strides: list[int] = []
    while len(positions) > 1:
        differences = np.diff(positions)
        stride = differences[0]
        breaks = np.flatnonzero(differences != stride)
        length = int(breaks[0]) + 1 if len(breaks) else len(positions)
        if len(positions) % length:
            return None
        blocks = positions.reshape(-1, length)
        if len(breaks) and not (blocks == blocks[:, :1] + stride * np.arange(length)).all():
            return None
        shape.append(length)
        strides.append(int(stride))
        positions = blocks[:, 0]
    return tuple(reversed(shape)), tuple(reversed(strides))


def common_shape(shapes: Sequence[Shape]) -> Shape | None:
    """The coarsest shape that refines all the given row-major shapes of equal size; None if there is none.

    >>> common_shape([(6,), (2, 3)])
    (2, 3)
    >>> common_shape([(4, 3), (3, 4)])  # runs of 3 and runs of 4 have no axis in common
    """
    marks = {1}
    for shape in shapes:
        size = 1
        for n in reversed(shape):
            size *= n
            marks.add(size)
    ordered = sorted(marks)
    if any(b % a for a, b in zip(ordered, ordered[1:])):
        return None
    return tuple(b // a for a, b in zip(reversed(ordered[:-1]), reversed(ordered[1:])))


def refine(shape: Shape, strides: Shape, finer: Shape) -> Shape:
    """The strides over a finer shape: each axis is split as ``finer`` splits it.

    >>> refine((6,), (1,), (2, 3))
    (3, 1)
    """
    refined: list[int] = []
    axis, done = len(shape) - 1, 1
    for n in reversed(finer):
        refined.append(strides[axis] * done if axis >= 0 else 0)
        done *= n
        if axis >= 0 and done == shape[axis]:
            axis, done = axis - 1, 1
    return tuple(reversed(refined))


def fit(operands: Sequence[Positions]) -> tuple[Shape, list[View | None]]:
    """One shape for a group, and each operand as a view of that shape, or None where it must be gathered.

    Args:
        operands: for each operand, the positions of its members' elements; all of the same length.
    """
    size = len(operands[0]) if operands else 1
    found = [runs(positions) for positions in operands]
    shape: Shape = (size,) if size > 1 else ()
    fitting: list[bool] = []
    for pattern in found:
        finer = common_shape([shape, pattern[0]]) if pattern else None
        fitting.append(finer is not None)
        shape = shape if finer is None else finer
    views = [
        View(int(positions[0]), shape, refine(*pattern, shape)) if pattern and fits else None
        for positions, pattern, fits in zip(operands, found, fitting)
    ]
    return shape, views


def view_of(positions: Positions) -> View | None:
    """A view of the shape of ``positions`` (any number of axes), or None."""
    strides = []
    start = int(positions[(0,) * positions.ndim])
    expected = np.full((1,) * positions.ndim, start)
    for axis, n in enumerate(positions.shape):
        corner = tuple(int(a == axis) for a in range(positions.ndim))
        stride = int(positions[corner]) - start if n > 1 else 0
        along = np.arange(n).reshape([-1 if a == axis else 1 for a in range(positions.ndim)])
        expected = expected + stride * along
        strides.append(stride)
    return View(start, positions.shape, tuple(strides)) if (positions == expected).all() else None


def row_major(shape: Shape) -> Shape:
    """The strides of a contiguous array of that shape."""
    strides, size = [], 1
    for n in reversed(shape):
        strides.append(size)
        size *= n
    return tuple(reversed(strides))
