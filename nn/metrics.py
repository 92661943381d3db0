"""How often a trained model is right."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from ..autograd.value import Value
from .checks import ArgumentError

Metric = Callable[[ArrayLike, ArrayLike], float]
Model = Callable[..., "Value | list[Value]"]


def plain(output: Value | list[Value]) -> float | list[float]:
    """An output as a number, or a list of numbers."""
    return [float(value) for value in output] if isinstance(output, (list, tuple, np.ndarray)) else float(output)


def accuracy(outputs: ArrayLike, targets: ArrayLike) -> float:
    """The fraction of samples that are classified correctly.

    Args:
        outputs: N×K, where the largest of a row is its class; or N (or N×1) logits, where those above 0 mean class 1.
        targets: N classes (0 to K−1; for one logit 0 and 1, or −1 and 1), or N×K, the largest of a row being its class.

    Raises:
        ArgumentError: not one target for each output, or no output.

    >>> accuracy([[0.1, 2.0], [3.0, -1.0]], [1, 1])
    0.5
    >>> accuracy([0.3, -4.0], [1, -1])
    1.0
    """
    scores, truth = np.asarray(outputs, dtype=float), np.asarray(targets, dtype=float)
    if scores.ndim == 0 or not scores.size or len(scores) != len(np.atleast_1d(truth)):
        raise ArgumentError(
            f"accuracy needs one target for each output, at least one; got {scores.shape} and {truth.shape}"
        )
    if truth.ndim == 2:
        truth = truth.argmax(axis=1) if truth.shape[1] > 1 else truth[:, 0]
    if scores.ndim == 2 and scores.shape[1] > 1:
        return float(np.mean(scores.argmax(axis=1) == truth))
    return float(np.mean((scores.reshape(len(scores)) > 0.0) == (truth > 0.0)))
