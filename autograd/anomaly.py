"""Find the first nan or inf, forward or backward, and say where it came from."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from .context.state import Observer, observing, outer_frame
from .errors import BadNumberError
from .node import describe, edges
from .op import Op
from .value import Value


class _Detector(Observer[Value, Op]):
    """Looks at every number as it is made, and at every product of the backward pass before it is added."""

    wants_replays = True

    def made(self, node: Value, op: Op, operands: Sequence[Value]) -> None:
        source = outer_frame()
        if not math.isfinite(node._data):
            given = ", ".join(f"{o.label}={o._data!r}" if o.label else repr(o._data) for o in operands)
            raise BadNumberError(f"{op.name}({given}) = {node._data!r}, {_at(source)}.{_advice(op, operands)}")
        if node.op is not None:
            node._source = source

    def passed(self, node: Value) -> None:
        for operand, local in edges(node):
            if local is not None and not math.isfinite(local * node.grad):
                name = operand.label or "its operand"
                raise BadNumberError(
                    f"the gradient of {describe(node)}, made {_at(getattr(node, '_source', None))}, with respect to "
                    f"{name} is {local * node.grad!r}: local derivative {local!r} times upstream gradient "
                    f"{node.grad!r}.{_advice(node.op, node.operands)}"
                )


def _at(source: tuple[str, int] | None) -> str:
    return f"at {source[0]}:{source[1]}" if source else "before detect_anomaly() was active"


def _advice(op: Op | None, operands: Sequence[Value]) -> str:
    bad = next((o for o in operands if not math.isfinite(o._data)), None)
    if bad is not None:
        return f" It came in with the operand {describe(bad)}: mend that first"
    return f" Remedy: {op.advice}" if op is not None and op.advice else " Remedy: scale the numbers down"


@contextmanager
def detect_anomaly() -> Iterator[None]:
    """Inside the block (and this thread) the first nan or inf raises, forward or backward; programs run eagerly there.

    The message names the op, its operands with their labels, the source line and the stable form to use.

    Raises:
        BadNumberError: a FloatingPointError; leaves keep the gradients that they had.

    >>> x = Value(1000.0, label="x")
    >>> with detect_anomaly():  # doctest: +ELLIPSIS
    ...     x.exp()
    Traceback (most recent call last):
    glassgrad.autograd.errors.BadNumberError: exp(x=1000.0) = inf, at ...
    """
    with observing(_Detector()):
        yield
