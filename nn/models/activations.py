"""Activations by name: every op of one operand, and the functions made of ops.

A new one that is an op needs nothing here; another is a function here, and its name in ``TABLE``.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import methodcaller

from ...autograd import functions, ops
from ...autograd.value import Value
from ..checks import known

Activation = Callable[[Value], Value]


def linear(x: Value) -> Value:
    """x itself."""
    return x


_OF_OPS = ("relu", "leaky_relu", "tanh", "sigmoid", "softplus", "elu", "silu", "gelu", "hardtanh", "logsigmoid")
TABLE: dict[str, Activation] = {"linear": linear, **{name: methodcaller(name) for name in _OF_OPS}}


def activation_of(choice: str | Activation) -> tuple[str, Activation]:
    """The name and function of an activation that is given by name, or as a function or op.

    Raises:
        ArgumentError: no activation has that name.
        TypeError: it is neither a name nor callable.
    """
    if not isinstance(choice, str):
        if not callable(choice):
            raise TypeError(f"an activation is a name or a function, got {type(choice).__name__}: {choice!r:.60}")
        name = getattr(choice, "__name__", type(choice).__name__)
        is_ours = ops.TABLE.get(name) is choice or getattr(functions, name, None) is choice
        return activation_of(name) if is_ours else (name, choice)
    if _is_unary(choice):
        return choice, methodcaller(choice)
    return choice, known(choice, TABLE, "activation")


def has_name(name: str, activation: Activation) -> bool:
    """Whether that name is enough to find the activation again."""
    return (name in TABLE and TABLE[name] is activation) or (_is_unary(name) and isinstance(activation, methodcaller))


def _is_unary(name: str) -> bool:
    row = ops.TABLE.get(name)
    return row is not None and not row.variadic and len(row.partials) == 1
