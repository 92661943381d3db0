"""The compiled engine while its numbers are the eager one's; the eager one as soon as they are not.

A compiled program keeps what was there when it was recorded. So what the model and the loss are closed over is compared
at each epoch and after each callback, and from time to time a sample is computed eagerly and compared with the program:
after the first batch, where something has moved, and at epochs 1, 2, 4, 8, …, as long as all samples together take less
than 2 % of the run's time. States of random numbers are put back, and so is what the model counts of its calls.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from ...autograd.errors import LeavesGraphError
from ...autograd.value import Value
from ..checks import EagerTrainingWarning, warn
from ..data import Floats, Ints, Samples
from ..losses import Loss
from ..metrics import Model
from .compiled import CompiledEngine
from .eager import EagerEngine
from .engine import Engine, Measured
from .surroundings import Surroundings

_SHARE = 0.02  # of the run's time, for comparing
_LOOKING = 0.005  # of the run's time, for going through the whole list after a callback within an epoch
_RECORDINGS = 8  # after so many for what has moved, a run goes on eagerly
_ROWS = 4  # to compare where something has moved
_CLOSE = 1e-7  # relative; a program may add in another order


class AutoEngine:
    """Compiled as long as that gives the eager numbers; otherwise eager, with the reason in ``why_eager``."""

    def __init__(self, model: Model, loss: Loss, parameters: Sequence[Value], samples: Samples) -> None:
        self._eager = EagerEngine(model, loss, parameters, samples)
        self._record: Callable[[], Engine] = lambda: CompiledEngine(model, loss, parameters, samples, watch=False)
        self._engine: Engine = self._record()
        self._roots: dict[str, object] = {"model": model, "loss": loss}
        self._closed: Surroundings | None = None  # as of the last comparison; None before the first
        self._recordings = 0
        self._began, self._spent, self._cost, self._next_look = time.perf_counter(), 0.0, 0.0, 0.0
        self.why_eager = ""

    @property
    def name(self) -> str:
        """Which of the two is at work."""
        return self._engine.name

    def loss_and_gradient(self, theta: Floats, rows: Ints) -> tuple[float, Floats]:
        """The mean loss over these rows of the training samples, and its gradient."""
        if self._closed is None:
            self._begin(theta, rows[:1])
        if self._engine is not self._eager:
            try:
                return self._engine.loss_and_gradient(theta, rows)
            except Exception as error:
                self._fall_back(f"it cannot be compiled ({type(error).__name__}: {error})")
        return self._eager.loss_and_gradient(theta, rows)

    def measure(self, theta: Floats, samples: Samples, *, outputs: bool) -> Measured:
        """The mean loss over any samples, and the outputs where they are wanted."""
        if self._engine is not self._eager:
            try:
                return self._engine.measure(theta, samples, outputs=outputs)
            except Exception as error:
                self._fall_back(f"it cannot be compiled ({type(error).__name__}: {error})")
        return self._eager.measure(theta, samples, outputs=outputs)

    def continue_as(self, name: str, why: str) -> None:
        """Go on as a run that is resumed did."""
        if name == self._eager.name:
            self._engine, self.why_eager = self._eager, why

    # ── whether it is still the same ───────────────────────────────────────────────────────────────────────────────

    def look(self, theta: Floats, epoch: int) -> None:
        """Compare, after an epoch (its number) or after a callback within one (0)."""
        if self._closed is None or self._engine is self._eager:
            return
        began = time.perf_counter()
        moved = self._closed.near_moved()
        if not moved and (epoch or began >= self._next_look):
            moved = self._closed.moved()
            ended = time.perf_counter()
            self._next_look = ended + (ended - began) / _LOOKING
        if moved:
            self._follow(theta, moved)
        elif epoch & (epoch - 1) == 0 < epoch and self._can_afford(self._cost):
            self._compare(theta, np.array([epoch % len(self._eager.samples)]))

    def _can_afford(self, seconds: float) -> bool:
        return self._spent + seconds <= _SHARE * (time.perf_counter() - self._began)

    def _begin(self, theta: Floats, row: Ints) -> None:
        """Before the first batch, compare its first sample: a run that must be eager is to be so from the start."""
        self._closed = Surroundings(self._roots)
        if self._engine is not self._eager:
            self._compare(theta, row)

    def _follow(self, theta: Floats, moved: str) -> None:
        """Something has moved: record anew, unless it changes the numbers, or keeps moving."""
        self._closed = Surroundings(self._roots)
        count = len(self._eager.samples)
        self._recordings += 1
        if self._recordings > _RECORDINGS:
            self._fall_back(f"{moved} keeps changing, and a compiled program keeps it as it was")
        elif self._compare(
            theta, np.linspace(0, count - 1, min(count, _ROWS)).astype(np.int64), f"{moved} has changed"
        ):
            self._engine = self._record()

    def _compare(self, theta: Floats, rows: Ints, cause: str = "") -> bool:
        """Whether the program gives the eager numbers for these rows; if not, it is given up."""
        try:
            expected, why = self._sampled(theta, rows)
            if not why:
                found = self._engine.loss_and_gradient(theta, rows)
                if not _agree(found, expected):
                    why = f"{cause or 'something has changed'}, and the loss with it: eagerly it is {expected[0]!r} "
                    why += f"for a sample where the compiled program gives {found[0]!r}"
        except LeavesGraphError:
            raise
        except Exception as error:
            why = f"it cannot be compiled ({type(error).__name__}: {error})"
        if why:
            self._fall_back(why)
        return not why

    def _sampled(self, theta: Floats, rows: Ints) -> tuple[tuple[float, Floats], str]:
        """The eager numbers for these rows; and why no program can give them, if computing them changes anything."""
        assert self._closed is not None  # made by _begin
        began, states = time.perf_counter(), self._closed.random_states()
        try:
            answer = self._eager.loss_and_gradient(theta, rows)
        finally:
            drawn, moved = self._closed.put_back_random(states), self._closed.moved()
            if moved:
                self._closed.put_back()
            self._cost = time.perf_counter() - began
            self._spent += self._cost
        if drawn:
            return answer, "it draws random numbers, which a compiled program would draw once and for all"
        return answer, f"{moved} changes whenever it is called, which a compiled program does once" if moved else ""

    def _fall_back(self, why: str) -> None:
        """Eager from now on."""
        self._engine, self.why_eager = self._eager, why
        warn(EagerTrainingWarning(f'fit trains as with engine="eager", which is slower. The model or the loss: {why}'))


def _agree(found: tuple[float, Floats], expected: tuple[float, Floats]) -> bool:
    """Whether loss and gradient are the same, but for rounding."""
    (loss, gradient), (true_loss, true_gradient) = found, expected
    largest = float(np.max(np.abs(true_gradient), initial=0.0, where=np.isfinite(true_gradient)))
    return bool(
        np.isclose(loss, true_loss, rtol=_CLOSE, atol=1e-12, equal_nan=True)
        and np.allclose(gradient, true_gradient, rtol=_CLOSE, atol=_CLOSE * largest, equal_nan=True)
    )
