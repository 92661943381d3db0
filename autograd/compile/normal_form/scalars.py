"""The graph as plain lists of ints: what ``normalise`` makes of a recording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ...op import Op
from ...value import Value

Term = tuple[float, int, int]  # coefficient, left, right


@dataclass
class Scalars:
    """The graph as lists: node i is ``op[i]`` of the nodes ``args[i]``; leaves have no op.

    For a sum of products, ``terms[i]`` is set instead of ``op[i]``, and ``offset[i]`` is a number that is added to it.
    """

    op: list[Op | None] = field(default_factory=list)
    args: list[tuple[int, ...]] = field(default_factory=list)
    numbers: dict[int, float] = field(default_factory=dict)
    parameters: dict[int, Value] = field(default_factory=dict)
    inputs: dict[int, tuple[int, int]] = field(default_factory=dict)
    terms: dict[int, list[Term]] = field(default_factory=dict)
    offset: dict[int, float] = field(default_factory=dict)
    outs: list[int] = field(default_factory=list)
    guards: list[int] = field(default_factory=list)
    truths: list[bool] = field(default_factory=list)  # the answers of the guards, as recorded
    lines: list[str] = field(default_factory=list)  # the source lines that asked
    one: int = 0  # the node of the number 1
    exact: bool = False  # sums are rounded once
    recorded: int = 0  # how many nodes the recording had

    def operands(self, i: int) -> Sequence[int]:
        """The nodes that node i is computed from, as often as they occur."""
        if i in self.terms:
            return [x for _, left, right in self.terms[i] for x in (left, right)]
        return self.args[i]
