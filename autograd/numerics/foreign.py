"""NumPy's arrays and booleans, known without importing NumPy.

Whoever holds one has imported NumPy already. So NumPy itself is loaded only once an array, ``compile`` or ``nn.fit``
first needs it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypeGuard

if TYPE_CHECKING:
    import numpy as np


def is_array(x: object) -> TypeGuard[np.ndarray]:
    """Whether x is a NumPy array."""
    return isinstance(x, _kind("ndarray"))


def is_bool(x: object) -> TypeGuard[np.bool_]:
    """Whether x is a NumPy boolean, the one NumPy number that is not registered as ``numbers.Real``."""
    return isinstance(x, _kind("bool_"))


def _kind(name: str) -> type | tuple[()]:
    """The class of that name in NumPy; no class at all before NumPy is imported."""
    return getattr(sys.modules.get("numpy"), name, ())
