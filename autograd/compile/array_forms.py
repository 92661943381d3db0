"""The functions of arrays that the rows of the op table name, looked up once: a row that names none fails at import."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from ..errors import OpError
from ..numerics import arrays
from ..op import TABLE, Op

MODULES = {"np": np, "arrays": arrays}


@cache
def array_form(op: Op) -> Callable[..., Any]:
    """The function that does the same as the op on arrays; float by float where the row has None.

    Raises:
        OpError: the row names a function that does not exist.
    """
    if op.array is None:
        return arrays.elementwise(op.value)
    if callable(op.array):
        return arrays.written(op.array)
    home, _, name = op.array.partition(".")
    function = getattr(MODULES.get(home), name, None)
    if not callable(function):
        raise OpError(
            f"array={op.array!r} in the row of op {op.name!r}: there is no such function. Name one of NumPy "
            "('np.tanh') or of glassgrad's numerics/arrays ('arrays.relu'), or say None: no array form"
        )
    return function


for _row in TABLE.values():
    array_form(_row)
