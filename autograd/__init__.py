"""glassgrad's engine: scalars that remember how they were made, and their derivatives.

>>> import autograd as ag
>>> x = ag.Value(2.0, label="x")
>>> y = x * ag.exp(x)
>>> y.backward()
>>> round(x.grad, 3)
22.167

The engine is three files, to be read in this order: ``ops`` (one row per op: its value and its derivatives), ``value``
(an op that is applied leaves a node) and ``graph`` (the chain rule along the topological order). Around them:

    node          what a value is, apart from its operators: number, gradient, operands, label
    functions     softmax, mean, logsumexp, …: made of ops
    functional    grad, jacobian, hessian, jvp, …: derivatives as functions, to any order
    custom        a row of one's own
    floats        the values of the ops on floats; those that take more than a line or two are in ``precise``
    state         who watches, who records nothing, and when a number was last changed
    anomaly       the first nan or inf
    copies        copy and pickle, at any depth
    conventions   the rows in words, for ``help`` and the docs
    gradcheck/    derivatives beside finite differences, and what went wrong
    compile/      from the recorded scalars to an array program, whose ops are those of NumPy and ``arrays``

``errors`` has every error, ``pytest_plugin`` the fixtures; ``namesake`` looks out for another package of this name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING as _TYPE_CHECKING

from autograd.anomaly import detect_anomaly
from autograd.compile import Program, compile  # noqa: A004  # the name users look for, as in JAX
from autograd.custom import op
from autograd.errors import (
    BadNumberError,
    CompileError,
    GlassgradError,
    GradcheckError,
    NoGradientError,
    OpError,
    StaleGraphError,
)
from autograd.functional import grad, gradients, hessian, hvp, jacobian, jvp, value_and_grad
from autograd.functions import (
    dot,
    elu,
    leaky_relu,
    log_softmax,
    logsigmoid,
    logsumexp,
    mean,
    reciprocal,
    rsqrt,
    softmax,
    square,
    sum,  # noqa: A004  # the name users look for, as in NumPy
)
from autograd.gradcheck import check_gradient, gradcheck
from autograd.namesake import warn_of_another_autograd as _warn_of_another_autograd
from autograd.ops import TABLE as _TABLE
from autograd.ops import Op as _Op
from autograd.state import no_grad
from autograd.value import Value

_warn_of_another_autograd()

# Every op of the table is a function of this package: exp, maximum, where, …
globals().update({_name: _op for _name, _op in _TABLE.items() if not _op.variadic})

if _TYPE_CHECKING:

    def __getattr__(name: str) -> _Op:
        raise AttributeError(name)

__version__ = "0.1.0"

__all__ = [
    "Value", "no_grad", "detect_anomaly",
    "gradcheck", "check_gradient", "op",
    "grad", "value_and_grad", "gradients", "jacobian", "hessian", "hvp", "jvp",
    "compile", "Program",
    "sum", "dot", "mean", "logsumexp", "softmax", "log_softmax", "square", "reciprocal", "rsqrt",
    "leaky_relu", "elu", "logsigmoid",
    "GlassgradError", "NoGradientError", "StaleGraphError", "BadNumberError", "GradcheckError", "OpError",
    "CompileError",
]  # fmt: skip
__all__ += [_name for _name, _op in _TABLE.items() if not _op.variadic]
