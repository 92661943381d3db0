"""The engine: scalars that remember how they were made, and their derivatives.

>>> import glassgrad as gg
>>> x = gg.Value(2.0, label="x")
>>> y = x * gg.exp(x)
>>> y.backward()
>>> f"{x.grad:.3f}"
'22.167'

It is five short files, to be read in this order:

    op             what a row of the table is
    ops            the table: one row per op, with its value and its derivatives
    node           a number with its edges: the op and operands that it came from, and the local derivatives
    graph          the chain rule along the topological order
    value          an op that is applied leaves a node

Around them:

    functions      softmax, mean, logsumexp, …: made of ops
    functional/    grad, jacobian, hessian, jvp, …: derivatives as functions, to any order
    custom         a row of one's own
    copies         copy and pickle, at any depth
    context/       what holds while code runs: who watches, what is recorded, and what leaves the graph
    ufuncs         NumPy's functions of a Value
    anomaly        the first nan or inf
    numerics/      how a row's number is computed
    gradcheck/     derivatives beside finite differences, and what went wrong
    compile/       from the recorded scalars to an array program; the one part that needs NumPy

``errors`` has every error; ``text/`` has the width of a text, and files that are written whole.
``__init__.pyi`` and ``methods.pyi`` name the rows for checkers and editors; ``python docs/stubs.py`` writes them.
"""

from __future__ import annotations

if __name__ == "autograd":
    raise ImportError(
        "type `import glassgrad as gg`, or `from glassgrad import Value`: this folder is a part of glassgrad"
    )

from .anomaly import detect_anomaly
from .context.collector import collector_paused
from .context.state import no_grad
from .custom import op
from .errors import (
    BadNumberError,
    ClosedOverWarning,
    CompileError,
    GlassgradError,
    GlassgradWarning,
    GradcheckError,
    LeavesGraphError,
    LeavesGraphWarning,
    ManyPathsWarning,
    NoDependenceWarning,
    NoGradientError,
    OpError,
    StaleGraphError,
)
from .functional import grad, gradients, hessian, hvp, jacobian, jvp, value_and_grad
from .functions import (
    deg2rad,
    dot,
    elu,
    leaky_relu,
    log_softmax,
    logsigmoid,
    logsumexp,
    mean,
    rad2deg,
    reciprocal,
    rsqrt,
    softmax,
    square,
    sum,
)
from .gradcheck import check_gradient, gradcheck
from .ops import TABLE as _TABLE
from .value import Value

# Every op of the table is a function: exp, maximum, where, …
globals().update({_name: _op for _name, _op in _TABLE.items() if not _op.variadic})

__all__ = [
    "Value", "no_grad", "detect_anomaly", "collector_paused",
    "gradcheck", "check_gradient", "op",
    "grad", "value_and_grad", "gradients", "jacobian", "hessian", "hvp", "jvp",
    "sum", "dot", "mean", "logsumexp", "softmax", "log_softmax", "square", "reciprocal", "rsqrt",
    "leaky_relu", "elu", "logsigmoid", "deg2rad", "rad2deg",
    "GlassgradError", "NoGradientError", "StaleGraphError", "LeavesGraphError", "BadNumberError", "GradcheckError",
    "OpError", "CompileError", "GlassgradWarning", "ClosedOverWarning", "LeavesGraphWarning",
    "ManyPathsWarning", "NoDependenceWarning",
]  # fmt: skip
__all__ += [_name for _name, _op in _TABLE.items() if not _op.variadic]
