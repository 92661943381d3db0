"""Samples: checked arrays of inputs and targets; shuffled batches, splits, and a few small sets to learn from."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..autograd.errors import GlassgradWarning
from .checks import ArgumentError, counted, real, whole
from .mistakes import guided

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Target = float | list[float]
_NUMBERS = (int, float, np.integer, np.floating, np.bool_)
LARGE = 1000.0  # inputs from here on are remarked on
_CLASSES = "number classes from 0, as np.unique(y, return_inverse=True)[1] does"


@dataclass(frozen=True, eq=False)
class Samples:
    """N samples: ``X`` is N×…, of floats; ``y`` is N or N×k, ints where they are classes, else floats."""

    X: Floats
    y: Floats | Ints

    def __len__(self) -> int:
        return len(self.X)

    def sample(self, i: int) -> tuple[list[float], Target]:
        """One sample as plain Python numbers."""
        return self.X[i].tolist(), self.y[i].tolist()

    def at(self, rows: Ints) -> Samples:
        """The samples of these rows, in that order."""
        return Samples(self.X[rows], self.y[rows])


def samples_of(X: ArrayLike, y: ArrayLike, kind: str = "") -> Samples:
    """Lists or arrays as samples; a flat X has one input a sample.

    Args:
        kind: what they are for, such as "validation ", a prefix in messages.

    Raises:
        ArgumentError: no sample, a ragged list, X and y of different length, nan or infinity in them.
        TypeError: something in them is not a real number.
    """
    inputs, targets = _numbers(f"{kind}X", X).astype(np.float64), _numbers(f"{kind}y", y)
    if not len(inputs):
        raise ArgumentError(f"{kind}X is empty: give at least one sample")
    if len(inputs) != len(targets):
        raise ArgumentError(
            f"{kind}X has {len(inputs)} samples and {kind}y has {len(targets)} targets: give one for each"
        )
    if inputs.ndim == 1:
        inputs = inputs[:, np.newaxis]
    y_ = targets.astype(np.float64) if targets.dtype.kind == "f" else targets.astype(np.int64)
    return Samples(inputs, y_)


class DataWarning(GlassgradWarning):
    """Data that can be trained on, but badly; the message says what to do with it."""


def remark_on_scale(samples: Samples, stacklevel: int = 2) -> None:
    """Warn of inputs so large that descent goes astray with the usual rates and weights."""
    columns = np.abs(samples.X.reshape(len(samples), -1)).max(axis=0)
    worst = int(columns.argmax())
    if columns[worst] >= LARGE:
        warnings.warn(
            f"the numbers in X[:, {worst}] go up to {columns[worst]:.4g}: standardise X before training, as "
            "(X - X.mean(axis=0)) / X.std(axis=0), with the mean and deviation of the training samples",
            DataWarning,
            stacklevel=stacklevel,
        )


def _numbers(name: str, data: ArrayLike) -> NDArray[Any]:
    """``data`` as an array of real, finite numbers."""
    hidden = int(np.count_nonzero(np.ma.getmaskarray(data))) if isinstance(data, np.ma.MaskedArray) else 0
    if hidden:
        raise ArgumentError(
            f"{name} is a masked array with {counted(hidden, 'number')} masked, and what is under a mask is no data: "
            "drop those rows, or put numbers there with .filled(0.0)"
        )
    if isinstance(data, (Mapping, Set, Iterator)):
        raise TypeError(f"{name} must be a list or array with a row for each sample, got {type(data).__name__}")
    try:
        array = _of_plain_numbers(np.asarray(data))
    except ValueError:
        raise ArgumentError(
            f"{name} is ragged: every row must have as many numbers as the first; make the rows equally long"
        ) from None
    if array.dtype.kind not in "biuf":
        remedy = _CLASSES if name.endswith("y") else "make every entry a float first, and drop or fill what is missing"
        raise TypeError(f"{name} must hold real numbers, got {_first_foreign(array)}; {remedy}")
    if array.ndim == 0:
        raise TypeError(f"{name} must be a list or array of samples, got the number {array}")
    if not np.isfinite(array).all():
        where = np.argwhere(~np.isfinite(array))[0]
        index = "".join(f"[{i}]" for i in where)
        raise ArgumentError(
            f"{name}{index} is {array[tuple(where)]}: every number must be finite; mend or drop that row"
        )
    return array


def _of_plain_numbers(array: NDArray[Any]) -> NDArray[Any]:
    """An array of objects as floats, if all are Python's or NumPy's numbers; else as it is."""
    if array.dtype != object or not all(isinstance(item, _NUMBERS) for item in array.flat):
        return array
    try:
        return array.astype(np.float64)
    except OverflowError:
        return array


def _first_foreign(array: NDArray[Any]) -> str:
    """The first thing in the array that is not a number that a float can hold, in words."""
    for index, item in np.ndenumerate(array):
        if not isinstance(item, _NUMBERS) or (isinstance(item, int) and abs(item) > sys.float_info.max):
            at = "".join(f"[{i}]" for i in index)
            return f"{type(item).__name__} {item!s:.60}" + (f" at {at}" if at else "")
    return f"an array of {array.dtype}"


# ── batches ────────────────────────────────────────────────────────────────────────────────────────────────────────


def iterations(samples: int, batch_size: int | None) -> int:
    """Updates in one epoch: ⌈samples / batch_size⌉, the last short batch being kept.

    Raises:
        ArgumentError: no samples, or a batch size below 1.

    >>> iterations(50_000, 256)
    196
    """
    return -(-whole("samples", samples, 1) // _size(samples, batch_size))


def batches(samples: int, batch_size: int | None, seed: int = 0, epoch: int = 0) -> list[Ints]:
    """The rows of each batch of an epoch: all rows, shuffled by (seed, epoch), cut into batches; the last may be short.

    The order depends on nothing but the arguments, on every platform and NumPy version (RandomState's stream is frozen,
    NEP 19). One batch of all rows keeps their order. ``batch_size=None`` means all.

    Raises:
        ArgumentError: no samples, a batch size below 1, a seed outside [0, 2³²).

    >>> [rows.tolist() for rows in batches(5, 2, seed=0, epoch=1)]
    [[0, 1], [3, 2], [4]]
    """
    if iterations(samples, batch_size) == 1:
        return [np.arange(samples)]
    order = np.random.RandomState([_seed(seed), whole("epoch", epoch)]).permutation(samples)
    size = _size(samples, batch_size)
    return [order[i : i + size] for i in range(0, samples, size)]


def _size(samples: int, batch_size: int | None) -> int:
    return samples if batch_size is None else whole("batch_size", batch_size, 1)


@guided
def split(X: ArrayLike, y: ArrayLike, fraction: float = 0.25, seed: int = 0) -> tuple[Samples, Samples]:
    """Two disjoint random parts: the second has the given fraction of the samples, at least one.

    Raises:
        ArgumentError: fraction outside (0, 1), or fewer than 2 samples; and as for ``samples_of``.

    >>> train, held_out = split([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1], 0.25, seed=1)
    >>> len(train), len(held_out)
    (3, 1)
    """
    part = real("fraction", fraction, 0.0, 1.0)
    samples = samples_of(X, y)
    if not part or len(samples) < 2:
        raise ArgumentError(
            f"cannot split {len(samples)} samples with fraction {part:g}: give at least 2, and 0 < fraction < 1"
        )
    order = np.random.RandomState(_seed(seed)).permutation(len(samples))
    held_out = min(max(round(part * len(samples)), 1), len(samples) - 1)
    return samples.at(order[held_out:]), samples.at(order[:held_out])


def _seed(seed: int) -> int:
    number = whole("seed", seed)
    if number >= 2**32:
        raise ArgumentError(f"seed must be below 2**32, got {number}")
    return number


# ── small sets to learn from ───────────────────────────────────────────────────────────────────────────────────────


@guided
def two_moons(samples: int = 100, noise: float = 0.1, seed: int = 0) -> tuple[Floats, Ints]:
    """Two interleaving half circles, as in scikit-learn's ``make_moons``; classes 0 and 1.

    Returns:
        X (samples×2) and y (samples), the first half of class 0.

    >>> X, y = two_moons(4, noise=0.0)
    >>> X.round(2).tolist(), y.tolist()
    ([[1.0, 0.0], [-1.0, 0.0], [0.0, 0.5], [2.0, 0.5]], [0, 0, 1, 1])
    """
    y = _halves(samples)
    turn = np.concatenate([np.linspace(0.0, np.pi, count) for count in np.bincount(y)])
    upper = np.column_stack([np.cos(turn), np.sin(turn)])
    lower = np.column_stack([1.0 - np.cos(turn), 0.5 - np.sin(turn)])
    return _noisy(np.where(y[:, np.newaxis] == 0, upper, lower), noise, seed), y


@guided
def circles(samples: int = 100, noise: float = 0.05, seed: int = 0, inner: float = 0.5) -> tuple[Floats, Ints]:
    """A circle of radius 1 (class 0) around one of radius ``inner`` (class 1).

    >>> X, y = circles(4, noise=0.0)
    >>> np.hypot(*X.T).tolist(), y.tolist()
    ([1.0, 1.0, 0.5, 0.5], [0, 0, 1, 1])
    """
    y = _halves(samples)
    turn = np.concatenate([np.linspace(0.0, 2.0 * np.pi, count, endpoint=False) for count in np.bincount(y)])
    radius = np.where(y == 0, 1.0, real("inner", inner, 0.0))
    return _noisy(radius[:, np.newaxis] * np.column_stack([np.cos(turn), np.sin(turn)]), noise, seed), y


@guided
def spirals(samples: int = 150, classes: int = 3, noise: float = 0.05, seed: int = 0) -> tuple[Floats, Ints]:
    """As many intertwined spiral arms as there are classes.

    >>> X, y = spirals(6, classes=3)
    >>> X.shape, y.tolist()
    ((6, 2), [0, 0, 1, 1, 2, 2])
    """
    y = _parts(samples, classes)
    radius = np.concatenate([np.linspace(0.1, 1.0, count) for count in np.bincount(y)])
    turn = 4.0 * radius + 2.0 * np.pi * y / classes
    return _noisy(radius[:, np.newaxis] * np.column_stack([np.cos(turn), np.sin(turn)]), noise, seed), y


@guided
def blobs(samples: int = 150, classes: int = 3, noise: float = 0.3, seed: int = 0) -> tuple[Floats, Ints]:
    """A round cluster of points for each class, their centres on the unit circle.

    >>> X, y = blobs(2, classes=2, noise=0.0)
    >>> X.round(2).tolist(), y.tolist()
    ([[1.0, 0.0], [-1.0, 0.0]], [0, 1])
    """
    y = _parts(samples, classes)
    turn = 2.0 * np.pi * y / classes
    return _noisy(np.column_stack([np.cos(turn), np.sin(turn)]), noise, seed), y


@guided
def xor(samples: int = 100, noise: float = 0.1, seed: int = 0) -> tuple[Floats, Ints]:
    """Points near the corners (±1, ±1); class 1 where the signs differ.

    >>> X, y = xor(4, noise=0.0)
    >>> X.tolist(), y.tolist()
    ([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]], [0, 1, 1, 0])
    """
    corner = np.arange(whole("samples", samples, 1)) % 4
    X = np.column_stack([corner // 2, corner % 2]) * 2.0 - 1.0
    return _noisy(X, noise, seed), (corner // 2 != corner % 2).astype(np.int64)


def _halves(samples: int) -> Ints:
    return _parts(samples, 2)


def _parts(samples: int, classes: int) -> Ints:
    """The class of each sample: parts that are as equal as possible, in order."""
    whole("samples", samples, whole("classes", classes, 1))
    return (np.arange(samples) * classes // samples).astype(np.int64)


def _noisy(X: NDArray[np.floating[Any]], noise: float, seed: int) -> Floats:
    spread = real("noise", noise, 0.0)
    return X.astype(np.float64) + spread * np.random.RandomState(_seed(seed)).standard_normal(X.shape)
