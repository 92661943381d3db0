"""How often a trained model is right."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from ..autograd.value import Value
from .checks import ArgumentError
from .data import Floats
from .mistakes import guided

Metric = Callable[[ArrayLike, ArrayLike], float]
Model = Callable[..., "Value | list[Value] | float | Sequence[Value] | Sequence[float]"]


def plain(output: Value | float | Sequence[Value] | Sequence[float]) -> float | list[float]:
    """An output as a number, or a list of numbers."""
    if isinstance(output, (Value, int, float)):
        return float(output)
    return [float(value) for value in output] if isinstance(output, (list, tuple, np.ndarray)) else float(output)  # type: ignore[arg-type]  # any other number


@guided
def accuracy(outputs: ArrayLike, targets: ArrayLike) -> float:
    """The fraction of samples that are classified correctly.

    Args:
        outputs: N×K, where the largest of a row is its class; or N (or N×1) logits, where those above 0 mean class 1.
        targets: N classes (0 to K−1; for one logit 0 and 1, or −1 and 1), or N×K, the largest of a row being its class.

    Raises:
        ArgumentError: not one target for each output, or no output; targets that are no classes, as where the two are
            given the wrong way round; nan.
        TypeError: something other than numbers.

    >>> accuracy([[0.1, 2.0], [3.0, -1.0]], [1, 1])
    0.5
    >>> accuracy([0.3, -4.0], [1, -1])
    1.0
    """
    scores, truth = _numbers("outputs", outputs), _numbers("targets", targets)
    if scores.ndim not in (1, 2) or truth.ndim not in (1, 2) or not scores.size or len(scores) != len(truth):
        raise ArgumentError(
            f"accuracy needs one target for each output, at least one; got {scores.shape} and {truth.shape}"
        )
    classes = scores.shape[1] if scores.ndim == 2 else 1
    if truth.ndim == 2:
        if truth.shape[1] not in (1, classes):
            raise ArgumentError(
                f"accuracy of outputs {scores.shape} and targets {truth.shape}: give outputs first, then targets, a "
                "class or as many weights as outputs for each sample"
            )
        truth = truth.argmax(axis=1) if classes > 1 and truth.shape[1] > 1 else truth[:, 0]
    _check_classes(truth, classes)
    if classes > 1:
        return float(np.mean(scores.argmax(axis=1) == truth))
    return float(np.mean((scores.reshape(len(scores)) > 0.0) == (truth > 0.0)))


def _check_classes(truth: Floats, classes: int) -> None:
    """Targets are 0 to classes − 1; for one output 0 and 1, or −1 and 1."""
    fits = (truth % 1.0 == 0.0) & (truth >= (0 if classes > 1 else -1)) & (truth <= max(classes - 1, 1))
    if not fits.all():
        found = truth[~fits][0]
        known = f"0 to {classes - 1}" if classes > 1 else "0 and 1, or -1 and 1"
        raise ArgumentError(
            f"accuracy: a target is {found:g}, and classes are {known}: give outputs first, then targets"
        )


def _numbers(name: str, data: ArrayLike) -> Floats:
    try:
        array = np.asarray(data, dtype=float)
    except (TypeError, ValueError):
        raise TypeError(
            f"accuracy takes numbers, and the {name} are {type(data).__name__} {data!r:.60}: give "
            "nn.accuracy(nn.predict(model, X), y), with classes as numbers from 0"
        ) from None
    if np.isnan(array).any():
        raise ArgumentError(f"accuracy: there is nan in the {name}: mend what made it, and measure again")
    return array
