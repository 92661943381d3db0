"""NumPy's functions of a Value: ``np.logaddexp(v, 2.0)``, ``np.float64(2.0) * v``, ``array * v``.

NumPy asks a Value that is an operand itself. It does not ask the items of an object array: on these it calls methods
and Python's operators, compares for ``np.sign``, and refuses what it has no loop for (docs/numpy.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from numbers import Real
from typing import Any, SupportsFloat, TypeGuard

from . import ops
from .node import Node
from .numerics.foreign import is_array
from .op import TABLE

_COUNTERPARTS: dict[str, Callable[..., Any]] = {
    "absolute": ops.absolute, "isnan": ops.isnan, "isfinite": ops.isfinite, "divmod": divmod,
}  # fmt: skip
for _row in TABLE.values():
    if _row.numpy_name:
        _COUNTERPARTS.setdefault(_row.numpy_name, _row)


def applied(ufunc: Any, method: str, inputs: Sequence[object], named: Mapping[str, Any]) -> object:
    """What one of NumPy's universal functions gives: a node of scalars, an object array of nodes if one is an array.

    Raises:
        TypeError: neither has NumPy a form of it for objects, nor is there a function of ours.
    """
    ours = _COUNTERPARTS.get(ufunc.__name__) if method == "__call__" and not named else None
    inputs = [float(x) if _is_number(x) else x for x in inputs]  # a scalar of NumPy's would ask us again
    if ours is not None and all(isinstance(x, (Node, float)) for x in inputs):
        return ours(*inputs)
    has_loop = any("O" in types for types in ufunc.types)  # which calls methods and operators, or compares
    if ours is None and not has_loop:
        raise TypeError(
            f"np.{ufunc.__name__} does not take a Value, and glassgrad has no such function: "
            "write it with gg.abs, gg.sign, gg.where and the like"
        )
    import numpy as np  # which has called

    operands = [np.array(x, dtype=object) if isinstance(x, Node) else x for x in inputs]
    if ours is None or (has_loop and getattr(ours, "infix", 9) < 9):
        return getattr(ufunc, method)(*operands, **named)
    return np.frompyfunc(ours, ufunc.nin, ufunc.nout)(*operands)


def _is_number(x: object) -> TypeGuard[SupportsFloat]:
    """Whether x is a real number, or an array of no dimensions that holds one."""
    return isinstance(x, Real) or (is_array(x) and x.ndim == 0 and x.dtype.kind in "fiub")
