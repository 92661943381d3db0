"""What other frameworks call our ops, for the scripts that ``to_source`` writes: what the rows say, put together."""

from __future__ import annotations

from ...errors import CompileError
from ...op import Op

MODULES = {
    "torch": {"np": "torch", "nn": "torch", "special": "torch.special", "stop": "torch.detach"},
    "jax": {"np": "jnp", "nn": "jax.nn", "special": "jax.scipy.special", "stop": "jax.lax.stop_gradient"},
}


def template(op: Op, language: str) -> str | None:
    """How the op is written there, with {0}, {1}, … for the operands; None where its row has no form for it."""
    said = op.frameworks
    written = said if isinstance(said, str) or said is None else said.get(language, "")
    if written == "" and op.numpy_name:
        places = ", ".join(f"{{{i}}}" for i in range(len(op.partials)))
        written = f"{{np}}.{op.numpy_name}({places})"
    return written or None


def spelled(op: Op, operands: list[str], language: str) -> str:
    """The op on these operands, as an expression of that framework.

    Raises:
        CompileError: the op has no form there.
    """
    written = template(op, language)
    if written is None:
        raise CompileError(
            f"op {op.name} has no form in {language}: export to 'numpy' or 'python' instead, or say how it is written "
            f"there in its row, frameworks={{{language!r}: '…'}}"
        )
    return written.format(*operands, **MODULES[language])
