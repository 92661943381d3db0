"""Every error and warning of the engine, each a subclass of the builtin that one would guess.

GlassgradError
├── NoGradientError (RuntimeError)        nothing to differentiate: a constant, or made under no_grad()
├── StaleGraphError (RuntimeError)        a leaf's .data changed after the graph was recorded
├── LeavesGraphError (TypeError)          a number was read out of a Value whose gradient is wanted
├── BadNumberError  (FloatingPointError)  detect_anomaly() met the first nan or inf
├── GradcheckError  (AssertionError)      a derivative disagrees with its finite difference
├── OpError         (ValueError)          an op that is unknown, or cannot be added
└── CompileError    (RuntimeError)        a function that cannot be re-rolled, or a replay that cannot be trusted

GlassgradWarning (UserWarning)
├── LeavesGraphWarning                    a number was read out of a Value that takes gradient
├── ManyPathsWarning                      a compiled function's branches keep going new ways
└── NoDependenceWarning                   a gradient was asked for of what depends on no argument
"""

from __future__ import annotations

__all__ = [
    "GlassgradError",
    "NoGradientError",
    "StaleGraphError",
    "LeavesGraphError",
    "BadNumberError",
    "GradcheckError",
    "OpError",
    "CompileError",
    "GlassgradWarning",
    "LeavesGraphWarning",
    "ManyPathsWarning",
    "NoDependenceWarning",
]


class GlassgradError(Exception):
    """The root of this project's own errors: ``except GlassgradError`` catches them all, and nothing else."""


class NoGradientError(GlassgradError, RuntimeError):
    """There is nothing to differentiate."""


class StaleGraphError(GlassgradError, RuntimeError):
    """A leaf has changed since the graph was recorded, so a new derivative of it would be a mixture."""


class LeavesGraphError(GlassgradError, TypeError):
    """A number was read out of a Value while a function is differentiated: no gradient would flow back through it."""


class BadNumberError(GlassgradError, FloatingPointError):
    """The first nan or inf, found by ``detect_anomaly()``."""


class GradcheckError(GlassgradError, AssertionError):
    """A derivative disagrees with its finite difference."""


class OpError(GlassgradError, ValueError):
    """An op that is not known, or cannot be added."""


class CompileError(GlassgradError, RuntimeError):
    """A function cannot be compiled, or a compiled program cannot answer for these numbers."""


class GlassgradWarning(UserWarning):
    """The root of this project's own warnings."""


class LeavesGraphWarning(GlassgradWarning):
    """A number was read out of a Value that takes gradient; no gradient flows back through a number."""


class ManyPathsWarning(GlassgradWarning):
    """The branches of a compiled function go a new way again and again, so that such calls run eagerly."""


class NoDependenceWarning(GlassgradWarning):
    """A gradient was asked for of a result that depends on no argument."""
