"""How languages that differentiate by themselves spell an op: what its row says, with the language's own names."""

from __future__ import annotations

import re

from ...errors import CompileError
from ...op import Op
from .languages import Language

_WORD = re.compile(r"\{([a-z]+)\}")  # a module in a template: {np}, {special}


def template(op: Op, language: Language) -> str | None:
    """How the op is written there, with {0}, {1}, … for the operands; None where it has no form.

    It has none either where the template names a module that the language lacks.
    """
    said = op.frameworks
    written = said if isinstance(said, str) or said is None else said.get(language.name, "")
    if written == "" and op.numpy_name in language.numpy:
        operands = ", ".join(f"{{{i}}}" for i in range(len(op.partials)))
        written = f"{{np}}.{op.numpy_name}({operands})"
    return written if written and set(_WORD.findall(written)) <= language.modules.keys() else None


def spelled(op: Op, operands: list[str], language: Language) -> str:
    """The op on these operands, as an expression of that language.

    Raises:
        CompileError: the op has no form there; the sentence says what to use instead.
    """
    written = template(op, language)
    if written is None:
        raise CompileError(
            f"op {op.name} has no form in {language.name}: export to 'numpy' or 'python' instead, or say how it is "
            f"written there in its row, frameworks={{{language.name!r}: '…'}}"
        )
    return written.format(*operands, **language.modules)
