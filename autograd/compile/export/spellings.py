"""What other frameworks call our ops, for the scripts that ``to_source`` writes.

An op whose array form is a NumPy function has the same name in jax.numpy, and but for a few in torch; the others are
written out here, with {0}, {1}, … for the operands. Derivatives are the framework's own affair.
"""

from __future__ import annotations

from ...errors import CompileError
from ...op import Op
from ..emit.writer import COMPARE

_INFIX = {"add": "{0} + {1}", "sub": "{0} - {1}", "mul": "{0} * {1}", "div": "{0} / {1}", "neg": "-{0}",
          "identity": "{0}", "stop": "{stop}({0})"}  # fmt: skip

_WRITTEN_OUT = {
    **_INFIX,
    **{name: f"({{0}} {sign} {{1}}) * 1.0" for name, sign in COMPARE.items()},
    "where": "{np}.where({0} != 0.0, {1}, {2})",
    "sech": "1.0 / {np}.cosh({0})",
    "gaussian": "{np}.exp(-{0} * {0})",
    "normal_pdf": "{np}.exp(-0.5 * {0} * {0}) * 0.3989422804014327",
    "one_minus_square": "(1.0 - {0}) * (1.0 + {0})",
    "softplus": "{np}.logaddexp({0}, 0.0 * {0})",
    "sigmoid": "{sigmoid}({0})",
    "relu": "{relu}({0})",
    "silu": "{0} * {sigmoid}({0})",
    "gelu": "{0} * {ndtr}({0})",
    "normal_cdf": "{ndtr}({0})",
    "erf": "{erf}({0})",
    "erfc": "{erfc}({0})",
    "silu_slope": "{sigmoid}({0}) * (1.0 + {0} * {sigmoid}(-{0}))",
    "gelu_slope": "{ndtr}({0}) + {0} * {np}.exp(-0.5 * {0} * {0}) * 0.3989422804014327",
    "gelu_curvature": "(2.0 - {0} * {0}) * {np}.exp(-0.5 * {0} * {0}) * 0.3989422804014327",
    "over_norm": "{0} / {np}.hypot({0}, {1})",
    "over_squared_norm": "{0} / ({0} * {0} + {1} * {1})",
    "sigmoid_difference": "{sigmoid}({0} - {1})",
    "truncated_quotient": "{np}.trunc({0} / {1})",
    "heaviside": "({0} > 0.0) * 1.0",
    "maximum_slope": "0.5 * ({np}.sign({0} - {1}) + 1.0)",
}
_NAMES = {
    "jax": {"np": "jnp", "sigmoid": "jax.nn.sigmoid", "relu": "jax.nn.relu", "ndtr": "jax.scipy.special.ndtr",
            "erf": "jax.scipy.special.erf", "erfc": "jax.scipy.special.erfc", "stop": "jax.lax.stop_gradient"},
    "torch": {"np": "torch", "sigmoid": "torch.sigmoid", "relu": "torch.relu", "ndtr": "torch.special.ndtr",
              "erf": "torch.erf", "erfc": "torch.erfc", "stop": "torch.detach"},
}  # fmt: skip
_TORCH = {"power": "pow"}


def spelled(op: Op, operands: list[str], language: str) -> str:
    """The op on these operands, as an expression of that framework.

    Raises:
        CompileError: the op has no spelling there.
    """
    home, _, name = op.array.partition(".")
    if op.name in _WRITTEN_OUT:
        return _WRITTEN_OUT[op.name].format(*operands, **_NAMES[language])
    if home == "np" and not op.variadic:
        name = _TORCH.get(name, name) if language == "torch" else name
        return f"{_NAMES[language]['np']}.{name}({', '.join(operands)})"
    raise CompileError(f"op {op.name} has no form in {language}: export to 'numpy' or 'python' instead")
