"""What stage 3 makes and stage 4 reads: storages, and steps that compute one storage each.

Every operand is an ``Access`` (positions in a storage) or an array of fixed numbers; both have the shape that their
step asks for, without the batch axis, which every batched storage has as its last.
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

    ``ones`` is how many ones stand behind them, so that a bias is one more column of a matrix product.
    ``by_sample`` says that a batch lies sample by sample, as it comes, and is seen transposed: BLAS does not mind.
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


@dataclass
class Map:
    """One op, elementwise: a member for each position of its operands."""

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
class Fold:
    """A variadic op over the last axis of its pieces, put side by side."""

    op: Op
    pieces: list[Operand]
    out: int

    def accesses(self) -> Iterator[Access]:
        """The operands that are not fixed numbers."""
        return (x for x in self.pieces if isinstance(x, Access))


Step = Map | Products | Fold


@dataclass
class Guards:
    """Conditions of one storage, what they were when recorded, and the lines that asked."""

    condition: Access
    truths: np.ndarray
    lines: list[str]


@dataclass
class Plan:
    """The whole program, before it is written down."""

    storages: list[Storage]
    steps: list[Step] = field(default_factory=list)
    parameters: list[Value] = field(default_factory=list)
    outs: list[Operand] = field(default_factory=list)  # pieces, to be put side by side …
    out_order: Positions = field(default_factory=lambda: np.zeros(0, int))  # … and to be read in this order
    guards: list[Guards] = field(default_factory=list)
    scalar_nodes: int = 0  # as recorded
