"""Normalise: one way to write each thing, as plain lists of ints.

Equal sub-expressions become one, identities go, and a chain of ``+`` (or a ``sum``, or a ``dot``) becomes one *sum of
products*: Σ coefficient · left · right, whatever its order and association were. ``b + w0*x0 + w1*x1`` and
``gg.dot([b, w0, w1], [1, x0, x1])`` are then the same: a row times a column, which ``reroll`` looks for.

Sums are re-associated, which moves the last digit. But no factor is moved into a sum or out of it: c·(a−b) may keep
digits that c·a − c·b has lost.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ... import ops
from ...op import Op
from ...value import Value
from ..recording.record import Recording, require_fresh
from .cancelling import delicate_sums
from .scalars import Scalars, Term

# A value through which no derivative passes. It is no row of the table: no graph has it, programs alone do.
STOP = Op("stop", "⊣", lambda x: x, (None,), "np.positive", "{0}", python="{0}", frameworks="{stop}({0})")


class _Numbering:
    """Gives equal things equal numbers (value numbering)."""

    def __init__(self) -> None:
        self.scalars = Scalars()
        self.known: dict[object, int] = {}
        self.scalars.one = self.number(1.0)

    def leaf(self) -> int:
        self.scalars.op.append(None)
        self.scalars.args.append(())
        return len(self.scalars.op) - 1

    def number(self, x: float) -> int:
        key = struct.pack("d", x)
        if key not in self.known:
            self.known[key] = i = self.leaf()
            self.scalars.numbers[i] = x
        return self.known[key]

    def node(self, op: Op, args: tuple[int, ...]) -> int:
        simple = self._written_out(op, args)
        if simple is not None:
            return simple
        numbers = self.scalars.numbers
        if all(x in numbers for x in args):  # the function made its operands for itself
            return self.number(op.value(*[numbers[x] for x in args]))
        key = (op, args)  # a·b and b·a stay two: without half of its members, a symmetric grid is no matrix product
        found = self.known.get(key)
        if found is None:
            self.known[key] = found = len(self.scalars.op)
            self.scalars.op.append(op)
            self.scalars.args.append(args)
        return found

    def _written_out(self, op: Op, args: tuple[int, ...]) -> int | None:
        """The node that the row's ``lowered`` makes of other ops; None if the op stays as it is.

        x·1 and x+0 stay: where one sample has 1 and the others have 0.5, they form one group.
        """
        lowered = op.lowered(*[_Numbered(i, self) for i in args]) if op.lowered else None
        return None if lowered is None else lowered.number


@dataclass(frozen=True, order=True)
class _Numbered:
    """A node by its number: the operands that a row's ``lowered`` is given."""

    number: int
    numbering: _Numbering = field(compare=False)

    @classmethod
    def __apply_op__(cls, op: Op, operands: Sequence[_Numbered]) -> _Numbered:
        """Apply an op to nodes, which gives a node."""
        numbering = operands[0].numbering
        return cls(numbering.node(op, tuple(x.number for x in operands)), numbering)


def normalise(recording: Recording, *, flatten: bool = True, exact: bool = False) -> Scalars:
    """The recorded graph as ``Scalars``.

    With ``flatten=False`` sums keep their association; with ``exact`` they keep all of their terms as well.
    """
    numbering = _Numbering()
    scalars = numbering.scalars
    scalars.exact = exact
    at: dict[Value, int] = {}
    for arg, values in enumerate(recording.inputs):
        for position, value in enumerate(values):
            at[value] = i = numbering.leaf()
            scalars.inputs[i] = (arg, position)
    order = recording.order
    require_fresh(order)
    origins = recording.origins
    for node in order:
        if node in at:
            continue
        if node.op is not None:
            at[node] = numbering.node(node.op, tuple([at[x] for x in node.operands]))
        elif node in origins:
            op, operands = origins[node]
            at[node] = numbering.node(STOP, (numbering.node(op, tuple(at[x] for x in operands)),))
        elif node.is_constant or node in recording.made:
            at[node] = numbering.number(node._data)
        else:
            at[node] = i = numbering.leaf()
            scalars.parameters[i] = node
    scalars.outs = [at[out] for out in recording.outs]
    scalars.guards = [at[guard.condition] for guard in recording.guards]
    scalars.truths = [guard.truth for guard in recording.guards]
    scalars.lines = [guard.line for guard in recording.guards]
    scalars.recorded = len(order)
    _flatten(numbering, deep=flatten)
    return scalars


# ── sums of products ───────────────────────────────────────────────────────────────────────────────────────────────


def _flatten(numbering: _Numbering, *, deep: bool) -> None:
    """Turn each outermost sum into one sum of products; a term with another use stays a node of its own.

    Unless ``deep``, only ``sum`` and ``dot`` are taken apart, and nothing below them; so are sums whose terms cancel.
    """
    scalars = numbering.scalars
    uses = _uses(scalars)
    absorbed = bytearray(len(scalars.op))
    found: list[tuple[int, list[Term], list[int]]] = []
    for i in range(len(scalars.op) - 1, -1, -1):
        op = scalars.op[i]
        if op is None or op.terms is None or absorbed[i] or not uses[i]:
            continue
        if op.variadic or (deep and len(op.partials) > 1):  # a lone term is no sum
            terms, taken = _expanded(scalars, uses if deep else _SHARED, i)
            if op.variadic or len(terms) > 2 or any(scalars.op[j] is not op for j in taken):
                found.append((i, terms, taken))
                for j in taken:
                    absorbed[j] = 1
            elif deep:
                found.append((i, terms, []))
    delicate = delicate_sums(scalars, ((i, terms) for i, terms, _ in reversed(found))) if deep else set()
    for i, terms, taken in found:
        if i in delicate:
            _keep(numbering, taken)
        elif taken:
            scalars.terms[i], scalars.offset[i] = _settled(numbering, terms)


def _uses(scalars: Scalars) -> list[int]:
    """How often each node is an operand, a result or a guard."""
    uses = [0] * len(scalars.op)
    for nodes in (scalars.outs, scalars.guards, *scalars.args):
        for i in nodes:
            uses[i] += 1
    return uses


def _keep(numbering: _Numbering, taken: Sequence[int]) -> None:
    """Leave a sum as it was written: only ``sum`` and ``dot`` are taken apart, and nothing below them."""
    scalars = numbering.scalars
    for j in taken:
        op = scalars.op[j]
        if op is not None and op.variadic:
            scalars.terms[j], scalars.offset[j] = _settled(numbering, _expanded(scalars, _SHARED, j)[0])


class _Shared(Sequence[int]):
    """Says of every node that it has another use."""

    def __getitem__(self, i: object) -> Any:
        return 2

    def __len__(self) -> int:
        return 0


_SHARED = _Shared()


def _expanded(scalars: Scalars, uses: Sequence[int], root: int) -> tuple[list[Term], list[int]]:
    """The terms of a sum, and the nodes that were taken apart for it."""
    op, args, one = scalars.op, scalars.args, scalars.one
    terms: list[Term] = []
    taken: list[int] = []
    stack: list[tuple[float, int, int]] = [(1.0, root, one)]
    while stack:
        sign, i, j = stack.pop()
        if j != one:
            terms.append((sign, i, j))
            continue
        kind = op[i]
        if i != root and uses[i] != 1 or kind is None:
            terms.append((sign, i, one))
            continue
        if kind.terms is not None:
            for coefficient, *factors in reversed(kind.terms(*args[i])):
                stack.append((sign * coefficient, factors[0], factors[1] if len(factors) > 1 else one))
        else:
            product = _product(scalars, uses, i, taken)
            if product is None:
                terms.append((sign, i, one))
                continue
            terms.append((sign * product[0], product[1], product[2]))
        taken.append(i)
    return terms, taken


def _product(scalars: Scalars, uses: Sequence[int], i: int, taken: list[int]) -> Term | None:
    """c·a·b for a product that has no other use; None if node i is no such product."""
    op, args, numbers = scalars.op, scalars.args, scalars.numbers
    coefficient, start = 1.0, i
    while op[i] is ops.mul and uses[i] == 1:
        left, right = args[i]
        if right not in numbers:
            left, right = right, left
        if right not in numbers:
            return coefficient, right, left
        if op[left] is ops.mul and uses[left] == 1 or _is_square(scalars, left) and uses[left] == 1:
            coefficient *= numbers[right]
            taken.append(left)
            i = left
        else:
            return coefficient, left, right
    if _is_square(scalars, i) and uses[i] == 1:
        return coefficient, args[i][0], args[i][0]
    return None if i == start else (coefficient, i, scalars.one)


def _is_square(scalars: Scalars, i: int) -> bool:
    return scalars.op[i] is ops.pow and scalars.numbers.get(scalars.args[i][1]) == 2.0


def _settled(numbering: _Numbering, expanded: list[Term]) -> tuple[list[Term], float]:
    """The terms, with a constant factor on the right that includes the coefficient; and the sum of constant terms."""
    numbers = numbering.scalars.numbers
    terms: list[Term] = []
    offset = 0.0
    if numbering.scalars.exact:
        return expanded, offset
    for coefficient, left, right in expanded:
        if left in numbers:
            left, right = right, left
        if left in numbers:
            offset += coefficient * numbers[left] * numbers[right]
        elif right in numbers and coefficient != 1.0:
            terms.append((1.0, left, numbering.number(coefficient * numbers[right])))
        else:
            terms.append((coefficient, left, right))
    return terms, offset
