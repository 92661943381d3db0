"""Arguments into a program's buffers, and results out of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ...functional import Nested, flatten, unflatten
from ...node import describe
from ...numerics.floats import as_float
from ...value import Value


@dataclass(slots=True)
class Prepared:
    """The arguments of one call.

    Attributes:
        key: their shape; a recording fits arguments of one shape.
        given: the arguments, as arrays if they are a batch.
        samples: how many samples there are; 0 without a batch.
        numbers: for each argument its numbers, flat; with a batch (samples, numbers).
    """

    key: object
    given: Sequence[Nested]
    samples: int
    numbers: list[np.ndarray]

    @property
    def sample(self) -> list[Nested]:
        """The arguments to record with: those of the call, or the first sample of a batch."""
        if not self.samples:
            return list(self.given)
        arrays: list[np.ndarray] = list(self.given)  # type: ignore[arg-type]  # those of a batch are arrays
        return [x[0] if x.ndim > 1 else float(x[0]) for x in arrays]

    def taken(self, which: np.ndarray) -> Prepared:
        """The same of some samples of a batch."""
        given: list[np.ndarray] = [x[which] for x in self.given]  # type: ignore[index, misc, call-overload]  # those of a batch are arrays
        return Prepared(self.key, given, len(which), [x[which] for x in self.numbers])

    def each(self) -> list[list[Nested]]:
        """The arguments of each sample; those of the call, without a batch."""
        return [self.taken(np.array([i])).sample for i in range(self.samples)] if self.samples else [self.sample]

    def fill(self, buffers: Sequence[np.ndarray], counts: Sequence[int]) -> None:
        """Copy the numbers into a program's buffers, whose last axis is the batch's."""
        for buffer, numbers, count in zip(buffers, self.numbers, counts):
            buffer[:count] = numbers.T


def prepare(args: Sequence[Nested], batch: bool) -> Prepared:
    """Read the arguments of a call.

    Raises:
        TypeError: an argument is not made of numbers.
        ValueError: the arguments of a batch differ in length, or there is none.
    """
    if not batch:
        numbers = [_flat(arg) for arg in args]
        return Prepared(tuple(map(_structure, args)), args, 0, numbers)
    arrays = [_numbers(arg) for arg in args]
    lengths = {array.shape[0] if array.ndim else None for array in arrays}
    if len(lengths) != 1 or None in lengths or 0 in lengths:
        shapes = ", ".join(str(array.shape) for array in arrays) or "none"
        wanted = "at least one sample" if lengths == {0} else "arguments with one and the same number of samples first"
        raise ValueError(f"a batch needs {wanted}, got shapes {shapes}")
    samples = len(arrays[0])
    flat = [array if array.ndim == 2 else array.reshape(samples, -1) for array in arrays]
    return Prepared(tuple([array.shape[1:] for array in arrays]), arrays, samples, flat)


def _flat(arg: Nested) -> np.ndarray:
    """The numbers of an argument, in one array."""
    return _numbers(arg).ravel() if isinstance(arg, np.ndarray) else np.array([_number(x) for x in flatten(arg)])


class HoldsValuesError(TypeError):
    """There is a Value among the arguments; a program that is only called then calls its function."""


def _number(x: object) -> float:
    """A number of an argument.

    Raises:
        TypeError: it is no number, or it is a Value, whose graph a replay would drop.
    """
    if isinstance(x, Value):
        raise HoldsValuesError(
            f"this method of a program takes numbers, got {describe(x)}: pass its .data, or close the function over "
            "the Value, which makes it a parameter; or call the program itself, program(x), or "
            "gg.value_and_grad(program)(x), which keep the graph"
        )
    return as_float(x)


def _numbers(arg: object) -> np.ndarray:
    if type(arg) is np.ndarray and arg.dtype == np.float64:
        return arg
    try:
        array = np.asarray(arg)
    except ValueError as error:
        raise ValueError(
            "the samples of a batch must have one shape, and these have not: write padded samples with a mask, or "
            "compile with batch=False and call the program for each"
        ) from error
    if array.dtype == object:
        return np.array([_number(x) for x in array.ravel()]).reshape(array.shape)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"expected numbers, got an array of {array.dtype}")
    return array.astype(float, copy=False)


def _structure(arg: Nested) -> object:
    """The shape of an argument, as a dictionary key."""
    if isinstance(arg, np.ndarray):
        return arg.shape
    if isinstance(arg, dict):
        return (dict, *((key, _structure(item)) for key, item in arg.items()))
    if isinstance(arg, (list, tuple)):
        return (type(arg), *map(_structure, arg))
    return None


def results(like: object, answer: float | np.ndarray, batch: bool) -> object:
    """The answer of a program, in the shape of what the function returned."""
    if isinstance(answer, float):
        return unflatten(like, [answer])  # type: ignore[arg-type]  # nested zeros
    if not batch:
        return unflatten(like, answer.tolist())  # type: ignore[arg-type]  # nested zeros
    return batched_results(like, answer)


def batched_results(like: object, rows: np.ndarray) -> object:
    """The results of a batch, one row for each number that the function returns, in the shape of that."""
    return _by_sample(like, iter(rows))


def _by_sample(like: object, rows: Iterator[np.ndarray]) -> object:
    """Rows of numbers, one for each leaf, in the shape of a result with the samples first."""
    if isinstance(like, dict):
        return {key: _by_sample(item, rows) for key, item in like.items()}
    if isinstance(like, np.ndarray):
        stacked = np.array([next(rows) for _ in range(like.size)])
        return np.ascontiguousarray(stacked.T).reshape(-1, *like.shape)
    if isinstance(like, tuple):
        parts = [_by_sample(item, rows) for item in like]
        return type(like)(*parts) if hasattr(like, "_fields") else type(like)(parts)  # type: ignore[arg-type]  # a namedtuple
    if isinstance(like, list):
        items = [_by_sample(item, rows) for item in like]
        arrays = [item for item in items if isinstance(item, np.ndarray)]
        alike = len(arrays) == len(items) and len({item.shape for item in arrays}) == 1
        return np.stack(arrays, axis=1) if alike else items
    return np.array(next(rows))


def unflatten_gradient(like: Nested, gradient: np.ndarray, batch: bool) -> object:
    """The gradient of an argument in its shape."""
    if batch:
        return np.array(gradient.T, order="C").reshape(np.asarray(like).shape)  # a copy, whatever its shape
    if isinstance(like, np.ndarray):
        return gradient.reshape(like.shape).copy()
    return unflatten(like, gradient.tolist())
