"""Losses: functions of outputs and targets that give one Value to differentiate.

All take one sample (a Value, or a list of Values for several outputs), or a list of samples, of which they give the
mean. Losses on logits take the network's raw outputs: the sigmoid or softmax is part of the loss, in a form that keeps
all digits over the whole double range. A new loss is a function here, and its name in ``TABLE``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

import numpy as np

from ..autograd import functions, ops
from ..autograd.numerics.floats import as_float
from ..autograd.value import Constant, Value
from .checks import ArgumentError, positive, real
from .parameters import listed_parameters

Outputs: TypeAlias = "Value | float | Sequence[Outputs] | np.ndarray"
Targets: TypeAlias = "Value | float | Sequence[Targets] | np.ndarray"
Loss = Callable[..., Value]
Term = Callable[[Value, "Value | float"], Value]

_SEVERAL = (list, tuple, np.ndarray)


def mse(outputs: Outputs, targets: Targets) -> Value:
    """Mean squared error: the mean of (output − target)².

    Raises:
        ArgumentError: outputs and targets differ in shape.

    >>> mse([Value(1.0), Value(4.0)], [0.0, 2.0]).data
    2.5
    """
    return _mean("mse", _squared, outputs, targets)


def mae(outputs: Outputs, targets: Targets) -> Value:
    """Mean absolute error: the mean of |output − target|.

    Raises:
        ArgumentError: outputs and targets differ in shape.

    >>> mae([Value(1.0), Value(4.0)], [0.0, 2.0]).data
    1.5
    """
    return _mean("mae", lambda output, target: abs(output - target), outputs, targets)


def huber(outputs: Outputs, targets: Targets, delta: float = 1.0) -> Value:
    """Half the squared error up to ``delta``, then linear: the mean of c·(|r| − c/2), c = min(|r|, delta) (Huber 1964).

    Raises:
        ArgumentError: outputs and targets differ in shape, or delta is not above 0.

    >>> huber([Value(0.5), Value(4.0)], [0.0, 0.0]).data  # (0.125 + 3.5) / 2
    1.8125
    """
    limit = positive("delta", delta)

    def term(output: Value, target: Value | float) -> Value:
        residual = abs(output - target)
        clipped = ops.minimum(residual, limit)
        return clipped * (residual - 0.5 * clipped)

    return _mean("huber", term, outputs, targets)


def hinge(outputs: Outputs, targets: Targets) -> Value:
    """The mean of max(0, 1 − target·output), for targets −1 and 1 (Cortes & Vapnik 1995).

    Raises:
        ArgumentError: a target is neither −1 nor 1, or outputs and targets differ in shape.

    >>> hinge([Value(0.5), Value(3.0)], [1, 1]).data
    0.25
    """
    return _mean("hinge", _margin, outputs, targets)


def binary_cross_entropy(outputs: Outputs, targets: Targets) -> Value:
    """The mean of −t·log σ(x) − (1−t)·log(1−σ(x)) for logits x and targets t between 0 and 1.

    Written t·softplus(−x) + (1−t)·softplus(x), which neither overflows nor cancels.

    Raises:
        ArgumentError: a target lies outside [0, 1], or outputs and targets differ in shape.

    >>> binary_cross_entropy(Value(0.0), 1).data
    0.6931471805599453
    >>> binary_cross_entropy(Value(-1000.0), 1).data
    1000.0
    """
    return _mean("binary_cross_entropy", _logistic, outputs, targets)


def cross_entropy(outputs: Outputs, targets: Targets) -> Value:
    """−log softmax(x)_t for logits x, one per class, and class t; or −Σ y_k·log softmax(x)_k for a list y of weights.

    Written logsumexp over j of (x_j − x_t), in which class t itself is a constant 0, so that a loss near 0 and its
    gradient keep their digits.

    Args:
        outputs: one sample's logits, or a list of samples.
        targets: the class (an int from 0, or a Value that holds one), or one weight per class; for a list of samples
            a list of these.

    Raises:
        ArgumentError: no such class, not one weight per class, or fewer than two logits.
        TypeError: a target that is neither a class nor a list of weights.

    >>> cross_entropy([Value(0.0), Value(0.0)], 1).data
    0.6931471805599453
    >>> cross_entropy([Value(0.0), Value(100.0)], 1).data
    3.720075976020836e-44
    """
    if isinstance(outputs, _SEVERAL) and len(outputs) and isinstance(outputs[0], _SEVERAL):
        if not isinstance(targets, _SEVERAL) or len(outputs) != len(targets):
            raise ArgumentError(f"cross_entropy of {len(outputs)} samples needs as many targets, got {targets!r:.60}")
        return _average([cross_entropy(output, target) for output, target in zip(outputs, targets)])
    logits = _logits(outputs)
    if isinstance(targets, _SEVERAL):
        if len(targets) != 1:
            return _expected_cross_entropy(logits, list(targets))
        targets = targets[0]
    if isinstance(targets, Value):
        return _of_recorded_class(logits, targets)
    return _value(_against(logits, _class_index(targets, len(logits))))


def l2_penalty(parameters: Iterable[Value], strength: float = 1e-4) -> Value:
    """strength·Σ p², to be added to a loss (Tikhonov 1943; "weight decay" of 2·strength in plain SGD).

    Raises:
        ArgumentError: a negative strength, or no parameter.

    >>> l2_penalty([Value(3.0), Value(4.0)], 0.1).data
    2.5
    """
    weights = listed_parameters(parameters)
    if not weights:
        raise ArgumentError("l2_penalty of no parameters: give model.parameters()")
    return _value(real("strength", strength, 0.0) * functions.dot(weights, weights))


TABLE: dict[str, Loss] = {
    loss.__name__: loss
    for loss in (
        mse, mae, huber, hinge, binary_cross_entropy, cross_entropy,
    )
}  # fmt: skip
RESTRICTED = (hinge, binary_cross_entropy, cross_entropy)  # these refuse some targets: see ``check_targets``


def check_targets(loss: Loss, output: Outputs, y: np.ndarray, kind: str = "") -> None:
    """Check all targets of a loss that refuses some, given one sample's output.

    Raises:
        ArgumentError: a target that the loss cannot take; names the first.
    """
    weights = loss is cross_entropy and y.ndim == 2 and y.shape[1] > 1
    if weights or loss not in RESTRICTED:
        return
    single = output if loss is cross_entropy else Constant(0.0)
    for target in np.unique(y).tolist():
        try:
            loss(single, target)
        except (ArgumentError, TypeError) as error:
            at = np.argwhere(y == target)[0]
            raise ArgumentError(f"{kind}y{''.join(f'[{i}]' for i in at)}: {error}") from None


def loss_value(loss: object) -> Value:
    """What a loss function returned, if it is a Value.

    Raises:
        TypeError: it is not, so there is nothing to differentiate.
    """
    if not isinstance(loss, Value):
        raise TypeError(
            f"the loss must return one Value, got {type(loss).__name__}: {loss!r:.60}; a loss that reads .data or "
            "calls float() on the outputs leaves the graph"
        )
    return loss


# ── one output and its target ──────────────────────────────────────────────────────────────────────────────────────


def _squared(output: Value, target: Value | float) -> Value:
    residual = output - target
    return residual * residual


def _margin(output: Value, target: Value | float) -> Value:
    if not isinstance(target, Value) and target not in (-1, 1):
        raise ArgumentError(f"hinge takes the targets -1 and 1, got {target:g}: for 0 and 1 give 2*y - 1")
    return (1.0 - target * output).relu()


def _logistic(output: Value, target: Value | float) -> Value:
    if not isinstance(target, Value) and not 0 <= target <= 1:
        raise ArgumentError(
            f"binary_cross_entropy takes targets from 0 to 1, got {target:g}: for -1 and 1 give (y + 1) / 2, for "
            "several classes use cross_entropy"
        )
    return target * (-output).softplus() + (1.0 - target) * output.softplus()


def _against(logits: Sequence[Value], k: int) -> Value | float:
    """−log softmax(logits)_k."""
    return functions.logsumexp([0.0 if j == k else x - logits[k] for j, x in enumerate(logits)])


def _of_recorded_class(logits: Sequence[Value], k: Value) -> Value:
    """As ``_against``, for a class that a compiled program takes as an argument; nan if there is no such class."""
    chosen = [ops.equal(k, float(j)) for j in range(len(logits))]
    target = functions.dot(chosen, logits) / functions.sum(chosen)
    return _value(functions.logsumexp([ops.where(c, 0.0, x - target) for c, x in zip(chosen, logits)]))


def _expected_cross_entropy(logits: Sequence[Value], weights: Sequence[Value | float]) -> Value:
    if len(weights) != len(logits):
        raise ArgumentError(f"cross_entropy: {len(logits)} logits but {len(weights)} weights: give one per class")
    return _value(functions.sum(weight * _against(logits, k) for k, weight in enumerate(weights)))


def _class_index(target: object, classes: int) -> int:
    """The target as a class from 0 to classes − 1.

    Raises:
        TypeError: it is not a whole number.
        ArgumentError: there is no such class.
    """
    if isinstance(target, (str, bytes, Value)) or not hasattr(target, "__float__") or float(target) % 1.0 != 0.0:
        raise TypeError(f"cross_entropy: a class is a whole number from 0, or a list of weights; got {target!r:.60}")
    k = int(float(target))
    if not 0 <= k < classes:
        raise ArgumentError(f"cross_entropy: there is no class {k}: with {classes} outputs they are 0 to {classes - 1}")
    return k


def _logits(outputs: Outputs) -> list[Value]:
    if not isinstance(outputs, _SEVERAL) or len(outputs) < 2:
        raise ArgumentError(
            "cross_entropy takes two outputs or more, one per class; for a network of one use binary_cross_entropy"
        )
    return [_value(x) for x in outputs]


# ── means ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _mean(name: str, term: Term, outputs: Outputs, targets: Targets) -> Value:
    return _average([term(output, target) for output, target in _pairs(name, outputs, targets)])


def _average(terms: list[Value]) -> Value:
    return terms[0] if len(terms) == 1 else _value(functions.mean(terms))


def _pairs(name: str, outputs: Outputs, targets: Targets) -> list[tuple[Value, Value | float]]:
    """Each output beside its target. A one-element list counts as its element, so y may be a column."""
    if not isinstance(outputs, _SEVERAL):
        if isinstance(targets, _SEVERAL):
            if len(targets) != 1:
                raise ArgumentError(f"{name}: 1 output but {len(targets)} targets, {targets!r:.60}")
            return _pairs(name, outputs, targets[0])
        return [(_value(outputs), _target(name, targets))]
    if not isinstance(targets, _SEVERAL):
        if len(outputs) != 1:
            raise ArgumentError(f"{name}: {len(outputs)} outputs but 1 target, {targets!r:.60}")
        return _pairs(name, outputs[0], targets)
    if len(outputs) != len(targets) or not len(outputs):
        raise ArgumentError(
            f"{name}: {len(outputs)} outputs but {len(targets)} targets: give one for each, at least one"
        )
    return [pair for output, target in zip(outputs, targets) for pair in _pairs(name, output, target)]


def _value(x: object) -> Value:
    return x if isinstance(x, Value) else Constant(as_float(x))


def _target(name: str, target: object) -> Value | float:
    if isinstance(target, Value):
        return target
    if isinstance(target, (str, bytes)) or not hasattr(target, "__float__"):
        raise TypeError(f"{name}: a target is a number, got {type(target).__name__}: {target!r:.60}")
    return as_float(target)
