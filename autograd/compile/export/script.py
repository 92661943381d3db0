"""A program as a script that prints its value and its gradients.

In NumPy and plain Python it contains our reverse pass. PyTorch and JAX get the forward pass alone and differentiate it
themselves, which makes them a second opinion. All scripts carry the guards of the program, and raise where one fails.
"""

from __future__ import annotations

import numpy as np

from ...errors import CompileError
from ..emit.build import Emitted
from ..plan import Plan
from .forward_only import forward_script
from .languages import FRAMEWORKS
from .with_reverse import numpy_script, python_script

LANGUAGES = ("numpy", "python", *FRAMEWORKS)


def script(language: str, plan: Plan, emitted: Emitted, leaves: list[np.ndarray], reduction: str) -> str:
    """The program as a script.

    Args:
        language: one of ``LANGUAGES``.
        plan: the program.
        emitted: its NumPy form, with the gradients of all leaves.
        leaves: the numbers of the parameters, then of each argument (with a batch: numbers, samples).
        reduction: of a batch; "" without one.

    Raises:
        ValueError: no such language.
        CompileError: the language has no form for an op, or no batches; or the source of a user's op cannot be had.
    """
    if language not in LANGUAGES:
        raise ValueError(f"to_source({language!r}): expected one of {', '.join(map(repr, LANGUAGES))}")
    if language == "numpy":
        return numpy_script(plan, emitted, leaves)
    if language in FRAMEWORKS:
        return forward_script(FRAMEWORKS[language], plan, leaves, reduction)
    if reduction:
        others = " or ".join(repr(name) for name in LANGUAGES if name != "python")
        raise CompileError(f"plain Python has no batches: export to {others}, or use batch=False")
    return python_script(plan, leaves)
