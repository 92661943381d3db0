"""The two ways in which an explanation is written down: plain text and LaTeX."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .formula import Formula, latex_name

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def _text_place(place: int) -> str:
    return "|" + str(place + 1).translate(_SUBSCRIPTS)


def _text_partial(out: str, operand: str, place: int | None) -> str:
    return f"∂{out}/∂{operand}{'' if place is None else _text_place(place)}"


def _latex_place(place: int) -> str:
    return rf"\rvert_{{{place + 1}}}"


def _latex_partial(out: str, operand: str, place: int | None) -> str:
    fraction = rf"\frac{{\partial {latex_name(out)}}}{{\partial {latex_name(operand)}}}"
    return fraction if place is None else rf"\left.{fraction}\right{_latex_place(place)}"


@dataclass(frozen=True)
class Notation:
    """How formulas are written, and how they stand in a sentence.

    ``partial`` takes the names of out and operand, and the operand's place where the name alone leaves it open;
    ``place`` marks which operand is meant.
    """

    formula: Callable[[Formula, int], str]
    name: Callable[[str], str]
    partial: Callable[[str, str, int | None], str]
    place: Callable[[int], str]
    times: str
    plus: str
    arrow: str
    more: str
    inline: Callable[[str], str]

    def product(self, factors: Sequence[str]) -> str:
        """Factors that need no brackets, multiplied."""
        return self.times.join(factors)


TEXT = Notation(Formula.text, str, _text_partial, _text_place, " × ", " + ", " ← ", "…", str)
LATEX = Notation(
    Formula.latex,
    latex_name,
    _latex_partial,
    _latex_place,
    r" \cdot ",
    " + ",
    r" \leftarrow ",
    r"\cdots",
    lambda math: f"${math}$",
)
