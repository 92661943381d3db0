"""The languages that differentiate by themselves: one row for each, with everything that differs between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
    """What a script is written with. No field has a default, so that a new language has to answer each question.

    Attributes:
        name: what ``to_source`` calls it, and what one imports.
        head: the first lines: imports, and double precision.
        np: the module with ``einsum``, ``arange``, ``ones``, ``concatenate``, called as in NumPy.
        constant: a template for an array of fixed numbers, {0}.
        leaf: a template for an array of numbers, {0}, that gradients are taken of.
        largest: a template for the largest numbers of {0} over axis 1.
        modules: what the words in braces stand for that rows use in ``frameworks``: {np} and {nn} and {special} for
            modules, {stop} for the function that passes no derivative. Left out: what needs it is refused.
        numpy: the functions of NumPy that module np has, with the same name and meaning.
        gradients: the lines that print the gradients of ``value`` = run(…), given the names of the leaves.
    """

    name: str
    head: Sequence[str]
    np: str
    constant: str
    leaf: str
    largest: str
    modules: Mapping[str, str]
    numpy: frozenset[str]
    gradients: Callable[[Sequence[str]], list[str]]


def _torch_gradients(names: Sequence[str]) -> list[str]:
    lines = ["if value.requires_grad:", "    value.backward()"]
    for name in names:
        zeros = f"torch.zeros_like({name}) if {name}.grad is None else {name}.grad"
        lines.append(f'print("gradient of {name}", ({zeros}).tolist())')
    return lines


def _jax_gradients(names: Sequence[str]) -> list[str]:
    numbers = tuple(range(len(names)))
    lines = [f"gradients = jax.grad(run, argnums={numbers})({', '.join(names)})"]
    return lines + [f'print("gradient of {name}", gradients[{i}].tolist())' for i, name in enumerate(names)]


# fmt: off
_SHARED = frozenset((
    "positive", "negative", "add", "subtract", "multiply", "divide", "exp", "exp2", "expm1", "log", "log2", "log10",
    "log1p", "sqrt", "logaddexp", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh",
    "arcsinh", "arccosh", "arctanh", "arctan2", "hypot", "abs", "sign", "floor", "ceil", "fmod", "maximum", "minimum",
    "sinc", "square", "reciprocal", "trunc", "deg2rad", "rad2deg", "i0",
))
# fmt: on
TORCH = Language(
    name="torch",
    head=("import torch", "", "torch.set_default_dtype(torch.float64)"),
    np="torch",
    constant="torch.tensor({0})",
    leaf="torch.tensor({0}, dtype=torch.float64, requires_grad=True)",
    largest="torch.amax({0}, 1)",
    modules={"np": "torch", "nn": "torch", "special": "torch.special", "stop": "torch.detach"},
    numpy=_SHARED,
    gradients=_torch_gradients,
)
JAX = Language(
    name="jax",
    head=("import jax", "", 'jax.config.update("jax_enable_x64", True)', "import jax.numpy as jnp"),
    np="jnp",
    constant="jnp.array({0})",
    leaf="jnp.array({0}, dtype=jnp.float64)",
    largest="jnp.max({0}, 1)",
    modules={"np": "jnp", "nn": "jax.nn", "special": "jax.scipy.special", "stop": "jax.lax.stop_gradient"},
    numpy=_SHARED | {"power", "cbrt"},
    gradients=_jax_gradients,
)
FRAMEWORKS = {language.name: language for language in (TORCH, JAX)}
