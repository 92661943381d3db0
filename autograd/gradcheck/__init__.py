"""Gradients beside finite differences: ``gradcheck`` for the engine's own, ``check_gradient`` for one written by hand.

check         the two functions
subject       a function of Values as one of plain numbers, with its derivatives
differences   a derivative by differences, with an error of its own
directions    many inputs at once, along random directions
report        what counts as equal; the table
diagnosis     the slip that explains a wrong gradient
rows          the same check for one row of the op table; ``gg.op`` asks for it
"""

from __future__ import annotations

from .check import check_gradient, gradcheck

__all__ = ["check_gradient", "gradcheck"]
