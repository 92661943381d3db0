"""Audits: a program's numbers beside those of one run of its function."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from ...context.collector import collector_paused
from ...context.state import unobserved
from ...errors import CompileError
from ...functional import Nested
from ...node import describe
from ...value import Value
from ..check import OF_LARGEST, RELATIVE
from ..recording.random_states import random_states_kept
from ..recording.record import record
from ..variant import Variant
from .arguments import Prepared
from .eager import EagerRun, eagerly
from .splitting import Answer


def audit(function: Callable[..., object], args: Sequence[Nested], variant: Variant) -> str:
    """Where one run of the function differs from a variant that fits these arguments; "" if it does not.

    Random numbers that the run draws are put back.
    """
    with random_states_kept(), unobserved(), collector_paused():
        return variant.disagrees(record(function, args))


def verified(
    function: Callable[..., object],
    prepared: Prepared,
    reduction: str,
    answer: Answer,
    gradients: Mapping[Value, float] | None,
) -> float:
    """The largest difference between a program's answer and one eager run.

    Each is relative to the run's number and a thousandth of the largest: of all arguments, parameters and results for
    values, and of all gradients for gradients. Random numbers that the run draws are put back.

    Args:
        function, prepared, reduction: what to run.
        answer: that of the program, with gradients by its arguments.
        gradients: those by its parameters; None where there is more than one number to differentiate.

    Raises:
        CompileError: it is more than a program's sums in another order make.
    """
    with random_states_kept(), unobserved():
        run = eagerly(function, prepared.each(), reduction, gradients is not None)
    found = list(_differences(answer, gradients, run, prepared))
    largest, difference = max(found)
    variant = None if prepared.samples else answer.variant  # whose audit knows how large the numbers on the way are
    if largest > RELATIVE and (variant is None or audit(function, prepared.sample, variant)):
        raise CompileError(f"the program differs from an eager run: {difference}")
    return largest


def _differences(
    answer: Answer, gradients: Mapping[Value, float] | None, run: EagerRun, prepared: Prepared
) -> Iterator[tuple[float, str]]:
    """Each relative difference, and what it says."""
    theta = np.array([p._data for p in gradients or ()])
    numbers = [np.abs(x).ravel() for x in (*prepared.numbers, theta, np.asarray(run.answer), np.ones(1))]
    yield _difference("the value", answer.numbers, run.answer, _largest(numbers))
    if gradients is not None:
        new = next((p for p, g in run.leaves.items() if p not in gradients and g != 0.0), None)
        if new is not None:
            yield np.inf, f"the function depends on {describe(new)}, which is not among its parameters"
        yield from _of_gradients(answer, gradients, run)


def _of_gradients(answer: Answer, gradients: Mapping[Value, float], run: EagerRun) -> Iterator[tuple[float, str]]:
    eager = np.array([run.leaves.get(p, 0.0) for p in gradients])
    largest = _largest([np.abs(x).ravel() for x in (eager, *run.inputs)])
    for i, (got, expected) in enumerate(zip(answer.gradients, run.inputs)):
        yield _difference(f"the gradient of argument {i}", got, expected, largest)
    yield _difference("the gradient of parameter", list(gradients.values()), eager, largest)


def _difference(what: str, got: object, expected: object, largest: float) -> tuple[float, str]:
    """The largest relative difference of two arrays, and what it says."""
    one, other = np.atleast_1d(np.asarray(got, dtype=float)), np.atleast_1d(np.asarray(expected, dtype=float))
    if one.shape != other.shape:
        raise CompileError(f"{what} has shape {one.shape} in the program, and {other.shape} in an eager run")
    if not one.size:
        return 0.0, ""
    with np.errstate(all="ignore"):
        relative = np.abs(one - other) / (np.abs(other) + OF_LARGEST / RELATIVE * largest)
    relative[(one == other) | np.isnan(one) & np.isnan(other)] = 0.0
    relative[np.isnan(relative)] = np.inf
    worst = np.unravel_index(int(np.argmax(relative)), relative.shape)
    at = f"[{', '.join(map(str, worst))}]" if one.size > 1 else ""
    return float(relative[worst]), f"{what}{at} is {float(one[worst])!r} instead of {float(other[worst])!r}"


def _largest(arrays: Sequence[np.ndarray]) -> float:
    numbers = np.concatenate([*arrays, np.zeros(1)])
    return float(numbers[np.isfinite(numbers)].max(initial=0.0))
