"""Which elements of its operands a member of a group reads, and what numbers and axes are called."""

from __future__ import annotations

from collections.abc import Sequence

from ..plan import PARAMETERS, Access, Operand, Segment, laid_out, width


def leaf_names(s: int, size: int) -> list[str]:
    """The names of the numbers of a leaf storage in float arithmetic."""
    return [f"{'p' if s == PARAMETERS else f'x{s - 1}_'}{i}" for i in range(size)]


def letters(sizes: Sequence[int], axes: str) -> str:
    """The letters of the axes that are longer than 1."""
    return "".join(letter for letter, n in zip(axes, sizes) if n > 1)


def row(operand: Operand, member: int) -> range:
    """The flat indices of a member's elements in an operand."""
    terms = width(operand) if laid_out(operand).ndim > 1 else 1
    return range(member * terms, member * terms + terms)


def first_column(operand: Operand) -> Operand:
    if isinstance(operand, Access):
        return Access(operand.storage, operand.positions[:, 0])
    return operand[:, 0]


def member_terms(segment: Segment, shape: tuple[int, int, int], member: int) -> tuple[range, range]:
    """The flat indices of a member's left and right factors."""
    terms = width(segment.left)
    if not segment.matrix:
        return range(member * terms, (member + 1) * terms), range(member * terms, (member + 1) * terms)
    _, i, j = shape
    s, rest = divmod(member, i * j)
    a, b = divmod(rest, j)
    left, right = (s * i + a) * terms, (s * j + b) * terms
    return range(left, left + terms), range(right, right + terms)
