"""What a model predicts, row by row: compiled where there are many rows and it gives the eager numbers."""

from __future__ import annotations

import weakref
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..autograd.compile import Program, compile  # noqa: A004  # its name, as a user types it
from ..autograd.context import state
from ..autograd.context.state import no_grad
from ..autograd.functional import Nested
from .data import Floats
from .metrics import Model, plain
from .training.surroundings import Surroundings

Outputs = list[float] | list[list[float]]
_MANY = 256  # rows from which on compiling pays


def predict(model: Model, X: ArrayLike) -> Outputs:
    """The model's outputs for each row of X, as plain numbers: one number a row, or a list of them. Records nothing.

    From 256 rows on the model is compiled, and the program is kept for the calls that follow, as long as the model is
    what it was; parameters are read afresh. A model that cannot be compiled, draws random numbers, or is changed by
    being called is run row by row.

    Raises:
        TypeError: the first argument is no model, or X holds something other than numbers.

    >>> from glassgrad import Value
    >>> predict(lambda x: 2.0 * Value(x[0]), [[1.0], [2.0]])
    [2.0, 4.0]
    """
    if not callable(model):
        raise TypeError(f"predict takes the model first, then X, got {type(model).__name__}: {model!r:.60}")
    rows = _numbers(X)
    if len(rows) >= _MANY and not state.watched:
        outputs = _compiled(model, rows)
        if outputs is not None:
            return outputs
    with no_grad():
        return [plain(model(row)) for row in rows.tolist()]  # type: ignore[return-value]  # rows are alike


def _numbers(X: ArrayLike) -> Floats:
    try:
        rows = np.asarray(X, dtype=float)
    except (TypeError, ValueError):
        rows = np.zeros(())
    if not rows.ndim:
        raise TypeError(f"predict takes X with a row of numbers for each sample, got {type(X).__name__}: {X!r:.60}")
    return rows


class _Kept(NamedTuple):
    """A model's program, None where it has none, and what the model was closed over."""

    program: Program[Nested] | None
    closed: Surroundings


_kept: weakref.WeakKeyDictionary[Model, _Kept] = weakref.WeakKeyDictionary()


def _compiled(model: Model, rows: Floats) -> Outputs | None:
    """The outputs by a program; None where there is none that gives the eager numbers."""
    try:
        kept = _kept.get(model)
        if kept is None or kept.closed.moved():
            kept = _kept[model] = _Kept(_program(weakref.ref(model)), Surroundings({"model": model}))
    except TypeError:  # it cannot be a key
        return None
    if kept.program is None:
        return None
    outputs = _checked(model, kept.program, kept.closed, rows)
    if outputs is None:
        _kept[model] = kept._replace(program=None)
    return outputs


def _program(model: weakref.ref[Model]) -> Program[Nested]:
    """A program that does not keep the model alive."""

    def outputs(x: np.ndarray | float) -> Nested:
        found = model()
        assert found is not None  # who calls the program has it
        return found(x.tolist() if isinstance(x, np.ndarray) else x)

    return compile(outputs, batch=True, reduction="none")


def _checked(model: Model, program: Program[Nested], closed: Surroundings, rows: Floats) -> Outputs | None:
    """The program's outputs, if the first row's are the model's; None if not, or if calling it changes things."""
    states = closed.random_states()
    try:
        with no_grad():
            first = plain(model(rows[0].tolist()))
        drawn, moved = closed.put_back_random(states), closed.moved()
        found = None if drawn or moved else _by_row(program(rows))
    except Exception:  # the row-by-row run raises it again, if it is the model's own
        return None
    finally:
        closed.put_back_random(states)
        if closed.moved():
            closed.put_back()
    fits = found is not None and np.shape(found[0]) == np.shape(first)
    return found.tolist() if found is not None and fits and np.allclose(found[0], first, 1e-9, equal_nan=True) else None


def _by_row(outputs: object) -> Floats:
    """A program's outputs as an array with the samples first."""
    return np.stack(outputs, axis=1) if isinstance(outputs, (list, tuple)) else np.asarray(outputs)
