"""One run of a program's function on Values, in place of a replay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ... import ops
from ...context import state
from ...functional import Nested, flatten, unflatten
from ...graph import topological
from ...numerics.floats import as_float
from ...value import Constant, Value


@dataclass
class EagerRun:
    """The numbers of one run.

    Attributes:
        result: the shape of what the function returns, for one sample.
        answer: one number; or those of each result, and with a batch of each sample.
        inputs: for each argument the gradient of its numbers; with a batch (numbers, samples).
        leaves: the gradients of the Values that were there before the run.
    """

    result: object
    answer: float | np.ndarray
    inputs: list[np.ndarray]
    leaves: dict[Value, float]


def eagerly(
    function: Callable[..., object], samples: Sequence[Sequence[Nested]], reduction: str, differentiate: bool
) -> EagerRun:
    """Run the function on each sample (on one, without a batch).

    Args:
        function: of Values.
        samples: the arguments, for each sample.
        reduction: "mean" or "sum" of the samples, "none", or "" without a batch.
        differentiate: whether gradients are asked for; there is one result then.
    """
    began = state.tick()
    inputs = [[[Value(as_float(x)) for x in flatten(arg)] for arg in args] for args in samples]
    with state.Differentiation("gg.compile"):
        results = [function(*map(unflatten, args, flat)) for args, flat in zip(samples, inputs)]
    outs = [[x if isinstance(x, Value) else Constant(x) for x in flatten(result)] for result in results]  # type: ignore[arg-type]  # nested numbers
    like = unflatten(results[0], [0.0] * len(outs[0]))  # type: ignore[arg-type]  # nested numbers
    if reduction == "none" or len(outs[0]) != 1:
        rows = np.array([[x._data for x in row] for row in outs])
        return EagerRun(like, rows.T if reduction else rows[0], [], {})
    total = outs[0][0] if not reduction else ops.sum_of(*(row[0] for row in outs))
    if reduction == "mean":
        total = total * (1.0 / len(outs))
    gradients = _gradients(total) if differentiate else {}
    taken = {x for flat in inputs for values in flat for x in values}
    leaves = {x: g for x, g in gradients.items() if x not in taken and x._stamp < began}
    by_argument = [
        np.array([[gradients.get(x, 0.0) for x in flat[i]] for flat in inputs]) for i in range(len(inputs[0]))
    ]
    return EagerRun(like, total._data, [g.T if reduction else g[0] for g in by_argument], leaves)


def _gradients(out: Value) -> dict[Value, float]:
    """The gradient of each leaf, by ``backward()``, which others may be watching; ``.grad`` stays as it was."""
    if out.is_constant:
        return {}
    with state.lock:
        leaves = [node for node in topological(out) if node.op is None and not node.is_constant]
        before = [leaf.grad for leaf in leaves]
        try:
            for leaf in leaves:
                leaf.grad = 0.0
            out.backward()
            return {leaf: leaf.grad for leaf in leaves}
        finally:
            for leaf, grad in zip(leaves, before):
                leaf.grad = grad
