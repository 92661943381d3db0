"""How languages that differentiate by themselves spell our ops, for the scripts that ``to_source`` writes.

Most ops whose array form is a NumPy function have the same name there (``_NUMPY``). The others are written out, with
{0}, {1}, … for the operands, and words in braces for what has another name in each language (``Language.words``).
"""

from __future__ import annotations

from ...errors import CompileError
from ...op import Op
from ..emit.writer import COMPARE
from .languages import Language

# fmt: off
_NUMPY = frozenset((
    "positive", "negative", "add", "subtract", "multiply", "divide", "power", "exp", "exp2", "expm1", "log", "log2",
    "log10", "log1p", "sqrt", "logaddexp", "cbrt", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh",
    "tanh", "arcsinh", "arccosh", "arctanh", "arctan2", "hypot", "abs", "sign", "floor", "ceil", "fmod", "maximum",
    "minimum", "sinc", "square", "reciprocal", "trunc", "deg2rad", "rad2deg", "i0",
))
# fmt: on
_INFIX = {
    "add": "{0} + {1}",
    "sub": "{0} - {1}",
    "mul": "{0} * {1}",
    "div": "{0} / {1}",
    "neg": "-{0}",
    "identity": "{0}",
    "stop": "{stop}({0})",
}  # fmt: skip

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
    "prelu": "{np}.where({0} > 0.0, {0}, {1} * {0})",
    "hardtanh": "{hardtanh}({0})",
    "gaussian_slope": "-2.0 * {0} * {np}.exp(-{0} * {0})",
    "normal_slope": "-{0} * {np}.exp(-0.5 * {0} * {0}) * 0.3989422804014327",
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


def spelled(op: Op, operands: list[str], language: Language) -> str:
    """The op on these operands, as an expression of that language.

    Raises:
        CompileError: it has no spelling there; the sentence says what to use instead.
    """
    if op.name in _WRITTEN_OUT:
        return _WRITTEN_OUT[op.name].format(*operands, **language.words)
    home, _, function = op.array.partition(".")
    name = language.functions.get(function, function if function in _NUMPY else None)
    if home == "np" and name is not None and not op.variadic:
        return f"{language.np}.{name}({', '.join(operands)})"
    raise CompileError(
        f"op {op.name} has no form in {language.name}: export to 'numpy' or 'python' instead, or write the function "
        f"with ops that {language.name} has"
    )
