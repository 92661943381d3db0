"""One recorded path of a function, and the programs made from it.

A program has one variant for every shape of arguments and every way through its branches that it has met.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ..context.collector import collector_paused
from ..errors import CompileError
from ..functional import Nested, unflatten
from .check import Sample, same
from .emit.build import Broken, Built, Emitted, bind, emit
from .emit.direct import direct
from .looped import Looped, looped
from .normal_form.normalise import normalise
from .plan import Plan
from .recording.random_states import random_states_kept
from .recording.record import Recording
from .recording.twice import record_twice
from .reroll.groups import reroll

_SIZES_KEPT = 4  # batch sizes whose buffers are kept


class Variant:
    """A plan, and its programs for each choice of gradients and each batch size.

    Args:
        function: what to record.
        args: the arguments to record it on (of one sample).
        reduction: of a batch; "" without one.
        sums: "fast", or "exact": rounded once.
        loops: whether it may be written with loops.
    """

    def __init__(
        self, function: Callable[..., object], args: Sequence[Nested], reduction: str, sums: str, *, loops: bool = True
    ) -> None:
        self.reduction = reduction
        self._exact = sums == "exact"
        self._function, self._args = function, args
        self.looped: Looped | None = None  # the program with its loops, if it is one of scans over few scalars
        self._may_loop = loops and not reduction and not self._exact
        with collector_paused():
            self._record(function, args)

    def _record(self, function: Callable[..., object], args: Sequence[Nested]) -> None:
        recording = record_twice(function, args)
        self.counts = [len(flat) for flat in recording.inputs]
        self.result = unflatten(recording.result, [0.0] * len(recording.outs))  # type: ignore[arg-type]  # record has checked that it is nested
        self._require_one(recording)
        self.plan, self.sample, self._emitted = self._checked(recording)
        self._built: dict[tuple[tuple[int, ...], int], Built] = {}
        self.bound: dict[tuple[str, int], Built] = {}  # the last program used, by ``wrt`` and samples
        self.offered: set[str] = set()  # each ``wrt`` for which ``direct`` has been tried
        self.theta = np.zeros(len(self.plan.parameters))
        self.gradient = np.zeros(len(self.plan.parameters))

    def _require_one(self, recording: Recording) -> None:
        if self.reduction in ("mean", "sum") and not isinstance(recording.result, type(recording.outs[0])) \
                and len(recording.outs) != 1:  # fmt: skip
            raise CompileError(
                f"the {self.reduction} over a batch is of one number a sample, but the function returns "
                f"{len(recording.outs)}: return one, or compile with reduction='none'"
            )

    def _checked(self, recording: Recording) -> tuple[Plan, Sample, dict[tuple[int, ...], Emitted]]:
        """The plan whose program agrees with the recording: with flat sums, or else with sums as written."""
        reason = ""
        if self._may_loop:
            found = self._checked_loops(recording)
            if found is not None:
                return found
        for flatten in (False,) if self._exact else (True, False):
            scalars = normalise(recording, flatten=flatten, exact=self._exact)
            plan = reroll(scalars, self.counts, batch=bool(self.reduction))
            sample = Sample.of(recording, plan)
            everything = tuple(s for s in range(1 + len(self.counts)) if plan.storages[s].size)
            wanted = everything if sample.gradients is not None and self.reduction != "none" else ()
            emitted = emit(plan, wanted=wanted, reduction=self.reduction)
            reason = _run_on_sample(emitted, plan, wanted, sample)
            if reason and sample.gradients is not None:
                sample.allow_for_cancellation(recording)
                reason = _run_on_sample(emitted, plan, wanted, sample)
            if not reason:
                return plan, sample, {wanted: emitted}
        raise CompileError(f"the compiled program disagrees with the recorded graph: {reason}. Use f itself")

    def _checked_loops(self, recording: Recording) -> tuple[Plan, Sample, dict[tuple[int, ...], Emitted]] | None:
        """The program with loops; None if it is no such program, or disagrees with the recording."""
        found = looped(recording)
        if found is None:
            return None
        sample = Sample.of(recording, found.plan)
        wanted = tuple(s for s, storage in enumerate(found.plan.storages) if storage.size)
        wanted = wanted if sample.gradients is not None else ()
        emitted = found.emitted(wanted)
        if _run_on_sample(emitted, found.plan, wanted, sample):
            return None
        self.looped = found
        return found.plan, sample, {wanted: emitted}

    def unrolled(self) -> Variant:
        """The variant without loops, for what needs its groups: exports and pictures. Recorded on the last numbers."""
        if self.looped is None:
            return self
        numbers = self.numbers()[1:]
        args = [unflatten(arg, x.ravel().tolist()) for arg, x in zip(self._args, numbers)]
        with random_states_kept():
            return Variant(self._function, args, self.reduction, "fast", loops=False)

    def built(self, wanted: tuple[int, ...], samples: int) -> Built:
        """The program that computes these gradients, for that many samples."""
        wanted = tuple(s for s in wanted if self.plan.storages[s].size)
        key = (wanted, samples)
        found = self._built.get(key)
        if found is None:
            emitted = self.emitted(wanted)
            if len(self._built) >= _SIZES_KEPT:
                self._built.pop(next(iter(self._built)))
            self._built[key] = found = bind(emitted, self.plan, self.theta, self.gradient, samples)
        return found

    def emitted(self, wanted: tuple[int, ...]) -> Emitted:
        """The program that computes these gradients; it is checked when it is made."""
        if wanted not in self._emitted:
            if self.looped is not None:
                emitted = self.looped.emitted(wanted)
            else:
                emitted = emit(self.plan, wanted=wanted, reduction=self.reduction)
            reason = _run_on_sample(emitted, self.plan, wanted, self.sample)
            if reason:
                raise CompileError(f"the compiled program disagrees with the recorded graph: {reason}")
            self._emitted[wanted] = emitted
        return self._emitted[wanted]

    def disagrees(self, recording: Recording) -> str:
        """Where the program's numbers are not those of another recording; "" if they are the same."""
        returned, expected = len(recording.outs), len(self.plan.out_order)
        if returned != expected:
            return f"it returns {returned} numbers instead of {expected}"
        sample, wanted = Sample.of(recording, self.plan), max(self._emitted, key=len)
        reason = _run_on_sample(self._emitted[wanted], self.plan, wanted, sample)
        if reason and sample.gradients is not None:
            sample.allow_for_cancellation(recording)
            reason = _run_on_sample(self._emitted[wanted], self.plan, wanted, sample)
        return reason

    def shown(self) -> Emitted:
        """The fullest form of the program: with all gradients, if it has any."""
        return max(self._emitted.values(), key=lambda emitted: len(emitted.lines))

    def numbers(self) -> list[np.ndarray]:
        """The parameters and the arguments of the last call."""
        if not self._built:
            return [self.sample.theta, *(x.reshape(len(x), -1) if self.reduction else x for x in self.sample.arguments)]
        built = list(self._built.values())[-1]
        return [built.theta, *(x[:n] for x, n in zip(built.arguments, self.counts))]

    def broken(self, broken: Broken, samples: int) -> np.ndarray:
        """For which samples a guard failed; for all, if its condition is the same for all."""
        where = np.asarray(broken.where)
        if not self.plan.storages[self.plan.guards[broken.guards].condition.storage].batched:
            return np.ones(samples, bool)
        return np.logical_or.reduce(where.reshape(-1, samples))

    def direct(self, args: Sequence[Nested], wrt: str, answer: object) -> Callable[..., object] | None:
        """A small program as a function of the user's arguments; None if it is large or disagrees with ``answer``."""
        if self.reduction or wrt == "both" or self.looped is not None:
            return None
        call = direct(self.plan, args, wrt, self.result)
        return call if call is not None and same(call(*args), answer) else None


def _run_on_sample(emitted: Emitted, plan: Plan, wanted: tuple[int, ...], sample: Sample) -> str:
    batched = any(s.batched for s in plan.storages)
    built = bind(emitted, plan, sample.theta.copy(), np.zeros(len(sample.theta)), int(batched))
    for array, numbers in zip(built.arguments, sample.arguments):
        array[: len(numbers)] = numbers.reshape(array[: len(numbers)].shape)
    with np.errstate(all="ignore"):
        answer = built.run()
    return sample.disagrees(built, plan, wanted, answer)
