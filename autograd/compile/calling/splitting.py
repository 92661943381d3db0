"""A batch whose samples go different ways through a function: split by way, and put back in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..variant import Variant
from .arguments import Prepared


@dataclass(slots=True)
class Answer:
    """What a program answers.

    Attributes:
        variant: which computed it; None if the function ran eagerly.
        like: the shape of what the function returns, for one sample.
        numbers: one number; or those of each result, and with a batch that is not reduced of each sample.
        gradients: by each argument; with a batch (numbers, samples).
    """

    variant: Variant | None
    like: object
    numbers: float | np.ndarray
    gradients: Sequence[np.ndarray]

    def kept(self) -> Answer:
        """The same, for longer than until the variant runs again."""
        numbers = self.numbers if isinstance(self.numbers, float) else self.numbers.copy()
        return replace(self, numbers=numbers, gradients=[x.copy() for x in self.gradients])


def fitting(
    which: np.ndarray, prepared: Prepared, tried: Callable[[Prepared], Answer | np.ndarray]
) -> tuple[np.ndarray, Answer | None]:
    """Those samples for which all guards hold, and the answer for them; None if there are none."""
    while len(which):
        answer = tried(prepared.taken(which))
        if isinstance(answer, Answer):
            return which, answer
        which = which[~answer]
    return which, None


def merged(
    parts: Sequence[tuple[np.ndarray, Answer, np.ndarray]], samples: int, reduction: str, parameters: int
) -> tuple[Answer, np.ndarray]:
    """The answer for all samples, and the gradient by the parameters.

    Args:
        parts: the samples of each way, the answer for them, and the gradient by the parameters known by then.
        samples: how many there are.
        reduction: "mean", "sum" or "none".
        parameters: how many there are.
    """
    first = parts[0][1]
    gradient = np.zeros(parameters)
    gradients = [np.zeros((len(x), samples)) for x in first.gradients]
    total: float | np.ndarray = 0.0
    if not isinstance(first.numbers, float):
        total = np.zeros((len(first.numbers), samples))
    for which, answer, by_parameters in parts:
        weight = len(which) / samples if reduction == "mean" else 1.0
        gradient[: len(by_parameters)] += weight * by_parameters
        for whole, part in zip(gradients, answer.gradients):
            whole[:, which] = weight * part
        if isinstance(total, float):
            total += weight * answer.numbers
        else:
            total[:, which] = answer.numbers
    return Answer(None, first.like, total, gradients), gradient
