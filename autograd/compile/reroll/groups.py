"""Groups of like nodes, level by level, and the order of their members.

A node's level is the longest path down to a leaf. Nodes of one level and one op, whose operands come from the same
storages, form one group. The order of a group's members decides how fast a replay is:

- A group of sums of products whose left and right rows form a full grid (every left row with every right row) is a
  matrix product. Rows are compared by hashing their positions, so the cost is linear in the number of nodes.
- Its results are stored as (left, right). With weights on the left this is feature-major: the rows of the next layer
  are the columns of one contiguous matrix, and elementwise work is one pass over contiguous memory.
- Parameters are stored in the order in which the largest groups read them: the weights and the bias of one neuron side
  by side, neurons one after another. So the weights of a layer are a slice of the parameter vector seen as a matrix,
  and BLAS writes their gradient straight into the same slice of the gradient vector.
- A bias is one more column of the weights, if the features have a row of ones below them. It then costs nothing,
  forward or in reverse; hand-written NumPy takes one pass forward and one reduction in reverse.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ... import ops
from ...op import Op
from .. import layout
from ..normal_form.scalars import Scalars
from ..plan import PARAMETERS, Access, Guards, Map, Plan, Reduce, Storage
from .addresses import FIXED, Addresses, classes, distinct
from .products import add_products

Buckets = dict[tuple[int, "Op | None", int], list[int]]  # by level, op (None: a sum of products), number of operands


def reroll(scalars: Scalars, arguments: Sequence[int], *, batch: bool = False) -> Plan:
    """The scalars as a plan of array operations.

    Args:
        scalars: the normalised graph.
        arguments: how many numbers each argument has.
        batch: whether arguments carry a batch axis.
    """
    storages = [Storage("theta", len(scalars.parameters), "parameters")]
    storages += [Storage(f"arg{i}", n, "argument", batch) for i, n in enumerate(arguments)]
    return _Reroller(Addresses(scalars, Plan(storages))).run()


class _Reroller:
    def __init__(self, addresses: Addresses) -> None:
        self.addresses, self.scalars, self.plan = addresses, addresses.scalars, addresses.plan
        self.level = self._levels()
        self.rank = self._ranks()

    def run(self) -> Plan:
        buckets = self._buckets()
        self._lay_out_parameters(buckets)
        for key in sorted(buckets, key=lambda key: (key[0], key[1] is None, len(buckets[key]))):
            members = np.array(buckets[key])
            if key[1] is None:
                self._group_products(members)
            else:
                self._group_op(key[1], members)
        self._finish()
        return self.plan

    # ── levels and buckets ─────────────────────────────────────────────────────────────────────────────────────────

    def _levels(self) -> np.ndarray:
        """The level of each node: 0 for leaves, −1 for nodes that no result depends on. Operands have lower numbers."""
        scalars = self.scalars
        live = np.zeros(len(scalars.op), bool)
        live[scalars.outs + scalars.guards] = True
        for i in range(len(scalars.op) - 1, -1, -1):
            if live[i]:
                for x in scalars.operands(i):
                    live[x] = True
        level = [-1] * len(scalars.op)
        for i, op in enumerate(scalars.op):
            if live[i]:
                level[i] = 0 if op is None else 1 + max(map(level.__getitem__, scalars.operands(i)))
        return np.array(level)

    def _ranks(self) -> np.ndarray:
        """Of two factors the one of lower rank goes left: parameters, arguments, computed nodes, then constants."""
        rank = self.level + 2
        for i in self.scalars.parameters:
            rank[i] = 0
        for i in self.scalars.inputs:
            rank[i] = 1
        for i in self.scalars.numbers:
            rank[i] = len(self.scalars.op) + 2
        return rank

    def _buckets(self) -> Buckets:
        """Nodes by level, op (None for a sum of products) and number of operands or terms."""
        buckets: Buckets = {}
        scalars = self.scalars
        for i, level in enumerate(self.level.tolist()):
            if level > 0:
                terms = scalars.terms.get(i)
                key = (level, scalars.op[i], len(scalars.args[i])) if terms is None else (level, None, len(terms))
                buckets.setdefault(key, []).append(i)
        return buckets

    def _oriented(self, members: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Coefficients, lefts and rights of sums with equally many terms, each (members, terms)."""
        rows = [self.scalars.terms[i] for i in members.tolist()]
        shape = (len(rows), len(rows[0]))
        coefficient = np.array([term[0] for row in rows for term in row], float).reshape(shape)
        left, right = (np.array([term[side] for row in rows for term in row], int).reshape(shape) for side in (1, 2))
        swap = self.rank[left] > self.rank[right]
        return coefficient, np.where(swap, right, left), np.where(swap, left, right)

    def _lay_out_parameters(self, buckets: Buckets) -> None:
        """Give each parameter its position: rows of large groups of products together, the rest in the order found."""
        parameters = self.scalars.parameters
        block_of: dict[int, list[int]] = {}
        products = [np.array(nodes) for key, nodes in buckets.items() if key[1] is None and len(nodes) > 1]
        for members in sorted(products, key=len, reverse=True):
            _, left, right = self._oriented(members)
            fixed = self.rank[right] > len(self.scalars.op)
            keys = np.where(fixed, len(self.scalars.op), right)  # as their partners were made, biases last
            left = np.take_along_axis(left, np.argsort(keys, axis=1, kind="stable"), 1)
            firsts, _ = distinct(left)
            block: list[int] = []
            for row in left[firsts].tolist():
                row = [x for x in row if x in parameters]
                if len(set(row)) == len(row) and not any(x in block_of for x in row):
                    block.extend(row)
                    block_of.update(dict.fromkeys(row, block))
        order: dict[int, None] = {}
        for i in parameters:
            if i not in order:
                order.update(dict.fromkeys(block_of.get(i, [i])))
        for position, i in enumerate(order):
            self.addresses.storage[i], self.addresses.position[i] = PARAMETERS, position
        self.plan.parameters = [parameters[i] for i in order]

    # ── groups ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _group_op(self, op: Op, members: np.ndarray) -> None:
        args = np.array([self.scalars.args[i] for i in members.tolist()])
        reduces = op is ops.peak_of
        if reduces:
            keys = self.addresses.storage[args] * len(self.addresses.storage) + self.addresses.position[args]
            args = np.take_along_axis(args, np.argsort(keys, axis=1, kind="stable"), 1)
        elif op.commutes:
            swap = self.rank[args[:, 0]] > self.rank[args[:, 1]]
            args = np.where(swap[:, None], args[:, ::-1], args)
        signature = self.addresses.storage[args]
        if op is ops.pow:
            signature = np.column_stack([signature, self._common_exponents(args[:, 1])])
        for rows in classes(signature):
            (self._reduce if reduces else self._map)(op, members[rows], args[rows])

    def _common_exponents(self, exponents: np.ndarray) -> np.ndarray:
        """Fixed exponents that many members share, else −1. They form groups of their own: x**2 is faster than x**y."""
        _, inverse, counts = np.unique(exponents, return_inverse=True, return_counts=True)
        shared = (self.addresses.storage[exponents] == FIXED) & ((counts[inverse] > 3) | (len(counts) < 3))
        return np.where(shared, exponents, -1)

    def _map(self, op: Op, members: np.ndarray, args: np.ndarray) -> None:
        order = self._best_order(args)
        operands = [self.addresses.operand(args[order, slot]) for slot in range(args.shape[1])]
        self.addresses.add(members[order], op.name, Map(op, operands, len(self.plan.storages)))

    def _best_order(self, args: np.ndarray) -> np.ndarray:
        """The order of members in which the most operands are views: as made, or sorted by one of the operands."""
        slots = [s for s in range(args.shape[1]) if self.addresses.storage[args[0, s]] != FIXED]
        natural = np.arange(len(args))
        if len(args) < 3:
            return natural
        positions = self.addresses.position[args]
        best, best_score = natural, -1
        for first in slots:
            keys = [positions[:, s] for s in reversed(slots) if s != first]
            order = np.lexsort([*keys, positions[:, first]])
            score = _views(positions[order], slots)
            if score > best_score:
                best, best_score = order, score
            if score == len(slots):
                break
        return best if best_score >= _views(positions, slots) else natural

    def _reduce(self, op: Op, members: np.ndarray, args: np.ndarray) -> None:
        storages = self.addresses.storage[args[0]]
        marks = [0, *(np.flatnonzero(np.diff(storages)) + 1).tolist(), len(storages)]
        order = np.argsort(self.addresses.position[args[:, -1]], kind="stable")
        args = args[order]
        pieces = [self.addresses.operand(args[:, a:b]) for a, b in zip(marks, marks[1:])]
        self.addresses.add(members[order], op.name, Reduce(op, pieces, len(self.plan.storages)))

    def _group_products(self, members: np.ndarray) -> None:
        coefficient, left, right = self._oriented(members)
        values, which = np.unique(coefficient, return_inverse=True)
        many = len(self.plan.storages) + 1
        lefts = self.addresses.storage[left]
        rights = self.addresses.storage[right] % many  # a constant on the right comes last
        keys = (lefts * many + rights) * len(values) + which.reshape(left.shape)
        order = np.argsort(keys, axis=1, kind="stable")
        keys, coefficient, left, right = (np.take_along_axis(x, order, 1) for x in (keys, coefficient, left, right))
        for rows in classes(keys):
            marks = [0, *(np.flatnonzero(np.diff(keys[rows[0]])) + 1).tolist(), keys.shape[1]]
            add_products(self.addresses, members[rows], marks, coefficient[rows], left[rows], right[rows])

    # ── outs and guards ────────────────────────────────────────────────────────────────────────────────────────────

    def _finish(self) -> None:
        scalars, plan, storage = self.scalars, self.plan, self.addresses.storage
        plan.scalar_nodes = scalars.recorded
        plan.exact = scalars.exact
        outs, guards = np.array(scalars.outs, int), np.array(scalars.guards, int)
        order = classes(storage[outs][:, None])
        plan.outs = [self.addresses.operand(outs[rows]) for rows in order]
        plan.out_order = np.argsort(np.concatenate(order)) if order else np.zeros(0, int)
        for rows in classes(storage[guards][:, None]):
            operand = self.addresses.operand(guards[rows])
            if isinstance(operand, Access):
                truths = np.array([scalars.truths[i] for i in rows])
                plan.guards.append(Guards(operand, truths, [scalars.lines[i] for i in rows]))


def _views(positions: np.ndarray, slots: Sequence[int]) -> int:
    return sum(view is not None for view in layout.fit([positions[:, s] for s in slots])[1]) if slots else 0
