"""Check: the first answers of a program against the graph that was recorded.

The comparison allows for sums in another order. It finds programs that are wrong; none is returned unchecked.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import graph
from ..functional import flatten
from ..node import edges
from ..numerics.floats import as_float
from ..value import Value
from .emit.build import Broken, Built
from .plan import Plan
from .recording.record import Recording

RELATIVE, OF_LARGEST = 1e-9, 1e-12


@dataclass
class Sample:
    """The numbers of a recorded graph: its inputs, its results and their gradients."""

    arguments: list[np.ndarray]
    theta: np.ndarray
    outs: np.ndarray
    gradients: list[np.ndarray] | None  # by the parameters, then by each argument; None unless there is one out
    largest: float  # magnitude of any node
    reach: float = 0.0  # how much a gradient's path may magnify rounding

    @classmethod
    def of(cls, recording: Recording, plan: Plan) -> Sample:
        """The numbers of a recording, without its nodes."""
        numbers = np.array([abs(node._data) for node in recording.order] or [0.0])
        outs = np.array([out._data for out in recording.outs])
        gradients = None
        if len(outs) == 1:
            grads = {} if recording.outs[0].is_constant else graph.gradient_numbers(recording.outs[0])
            gradients = [_gradients(grads, values) for values in (plan.parameters, *recording.inputs)]
        return cls(
            [np.array([x._data for x in values]) for values in recording.inputs],
            np.array([x._data for x in plan.parameters]),
            outs,
            gradients,
            float(numbers[np.isfinite(numbers)].max(initial=0.0)),
        )

    def allow_for_cancellation(self, recording: Recording) -> None:
        """Measure how large gradients are before they cancel: for each node, the sum of |path| over its paths."""
        out = recording.outs[0]
        sizes: dict[Value, float] = {out: 1.0}
        for node in reversed(graph.topological(out)):
            for operand, local in edges(node):
                if local is not None and node in sizes:
                    sizes[operand] = sizes.get(operand, 0.0) + abs(local) * sizes[node]
        found = [size for size in sizes.values() if size - size == 0.0]
        self.reach = max(found, default=0.0)

    def disagrees(self, built: Built, plan: Plan, wanted: tuple[int, ...], answer: object) -> str:
        """Where the answer of a program on these numbers differs; "" if it does not."""
        if isinstance(answer, Broken):
            return "a guard does not hold on the numbers that it was recorded with"
        got = np.asarray(answer, dtype=float).reshape(len(plan.out_order), -1)[:, 0]
        expected = self.outs if len(self.outs) == 1 else self.outs[np.argsort(plan.out_order)]
        scale = max(self.largest, 1.0) if np.isfinite(self.largest) else 1.0
        if not _agree(got, expected, scale):
            return f"the value is {got[:5]} instead of {expected[:5]}"
        if wanted and self.gradients is not None:
            found = [built.gradient, *built.argument_gradients]
            everything = np.concatenate([*self.gradients, [0.0]])
            largest = max(self.reach, float(np.abs(everything[np.isfinite(everything)]).max(initial=0.0)))
            for s in wanted:
                expected = self.gradients[s]
                got = found[s] if found[s].ndim == 1 else found[s][:, 0]
                if not _agree(got, expected, largest):
                    worst = int(np.argmax(~_close(got, expected, largest)))
                    of = plan.storages[s].name
                    return f"the gradient of {of}[{worst}] is {got[worst]!r} instead of {expected[worst]!r}"
        return ""


def _gradients(grads: dict[Value, float], values: list[Value]) -> np.ndarray:
    return np.array([grads.get(x, 0.0) for x in values], dtype=float)


def _close(got: np.ndarray, expected: np.ndarray, largest: float) -> np.ndarray:
    with np.errstate(all="ignore"):
        close = np.abs(got - expected) <= RELATIVE * np.abs(expected) + OF_LARGEST * largest
    return close | (got == expected) | (np.isnan(got) & np.isnan(expected))


def _agree(got: np.ndarray, expected: np.ndarray, largest: float) -> bool:
    return bool(_close(got, expected, largest).all())


def same(answer: object, expected: object) -> bool:
    """Whether two programs made from one plan gave the same, but for the last digits."""
    one, other = (np.array([as_float(v) for v in flatten(x)]) for x in (answer, expected))  # type: ignore[arg-type]  # both are nested numbers
    return one.shape == other.shape and _agree(one, other, 0.0)
