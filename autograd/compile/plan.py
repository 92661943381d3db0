"""A plan: storages (flat runs of numbers), and groups, each of which computes one storage with array operations.

Every operand is an ``Access`` (positions in a storage) or an array of fixed numbers. Both have the shape that their
group asks for, without the batch axis, which is the last axis of every batched storage.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from ..op import Op
from ..value import Value
from .layout import Positions

PARAMETERS = 0  # the storage of all parameters


@dataclass
class Storage:
    """A flat run of numbers: all parameters, one argument, or the results of one group.

    ``ones`` is how many ones follow the numbers, so that a bias is one more column of a matrix product.
    ``by_sample`` says that a batch is stored sample by sample, as it was given, and is read transposed, which costs
    BLAS nothing.
    """

    name: str
    size: int
    kind: str = "group"  # or "parameters", "argument"
    batched: bool = False
    ones: int = 0
    by_sample: bool = False


@dataclass
class Access:
    """Elements of a storage, by position."""

    storage: int
    positions: Positions


Operand = Access | np.ndarray


def laid_out(operand: Operand) -> np.ndarray:
    """The positions or the fixed numbers of an operand: an array of the shape that its group asks for."""
    return operand.positions if isinstance(operand, Access) else operand


def width(operand: Operand) -> int:
    """The length of an operand's last axis: how many terms each member has."""
    return int(laid_out(operand).shape[-1])


@dataclass
class Map:
    """One op, elementwise: one member for each position of its operands."""

    op: Op
    operands: list[Operand]
    out: int

    def accesses(self) -> Iterator[Access]:
        """The operands that are not fixed numbers."""
        return (x for x in self.operands if isinstance(x, Access))


@dataclass
class Segment:
    """Σ coefficient · left · right over the last axis of both.

    As a matrix product left is (s, i, k) and right (s, j, k); otherwise both are (members, k). A ``right`` of None
    stands for ones: a plain sum.
    """

    coefficient: float
    left: Operand
    right: Operand | None
    matrix: bool


@dataclass
class Products:
    """A group of sums of products, laid out as ``shape`` = (s, i, j): s independent matrix products."""

    shape: tuple[int, int, int]
    segments: list[Segment]
    offset: np.ndarray
    out: int

    def accesses(self) -> Iterator[Access]:
        """The operands that are not fixed numbers."""
        return (x for seg in self.segments for x in (seg.left, seg.right) if isinstance(x, Access))


@dataclass
class Reduce:
    """A variadic op over the last axis of its pieces, which are concatenated: the maximum inside logsumexp."""

    op: Op
    pieces: list[Operand]
    out: int

    def accesses(self) -> Iterator[Access]:
        """The operands that are not fixed numbers."""
        return (x for x in self.pieces if isinstance(x, Access))


Group = Map | Products | Reduce


@dataclass
class Guards:
    """Conditions in one storage, their answers when recorded, and the source lines that asked."""

    condition: Access
    truths: np.ndarray
    lines: list[str]


@dataclass
class Plan:
    """A whole program, before it is written in any language."""

    storages: list[Storage]
    groups: list[Group] = field(default_factory=list)
    parameters: list[Value] = field(default_factory=list)
    outs: list[Operand] = field(default_factory=list)  # pieces, to be concatenated …
    out_order: Positions = field(default_factory=lambda: np.zeros(0, int))  # … and then read in this order
    guards: list[Guards] = field(default_factory=list)
    exact: bool = False  # sums are rounded once
    scalar_nodes: int = 0  # as recorded
