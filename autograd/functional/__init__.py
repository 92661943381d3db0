"""Derivatives as functions, to any order: ``grad``, ``jacobian``, ``hessian``, ``hvp``, ``jvp``, and their vocabulary.

transforms  the functions; nested arguments, taken apart and put together
tangents    forward mode
signatures  what they give back, for type checkers
"""

from __future__ import annotations

from .signatures import Nested, Scalar
from .transforms import (
    flatten,
    grad,
    gradients,
    hessian,
    hvp,
    jacobian,
    jvp,
    require_fresh,
    unflatten,
    value_and_grad,
)

__all__ = [
    "Nested", "Scalar", "flatten", "grad", "gradients", "hessian", "hvp", "jacobian", "jvp", "require_fresh",
    "unflatten", "value_and_grad",
]  # fmt: skip
