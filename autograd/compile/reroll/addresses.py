"""Where every scalar node lies: in which storage, and at which position in it."""

from __future__ import annotations

import re

import numpy as np

from ..normal_form.scalars import Scalars
from ..plan import Access, Group, Operand, Plan, Storage

FIXED = -1  # the storage of a constant
_TAKEN = re.compile(r"[a-z]|at|arg|result|x\d+_|arg\d+_")  # what emit puts before the numbers in its own names


class Addresses:
    """The storage and the position of every node, and the plan that grows as nodes get theirs."""

    def __init__(self, scalars: Scalars, plan: Plan) -> None:
        count = len(scalars.op)
        self.scalars = scalars
        self.plan = plan
        self.storage = np.full(count, FIXED)
        self.position = np.zeros(count, int)
        self.number = np.zeros(count)
        for i, x in scalars.numbers.items():
            self.number[i] = x
        for i, (arg, position) in scalars.inputs.items():
            self.storage[i], self.position[i] = 1 + arg, position

    def operand(self, nodes: np.ndarray) -> Operand:
        """Nodes of one storage (or constants) as an operand of the shape of ``nodes``."""
        storage = int(self.storage[nodes.flat[0]])
        return self.number[nodes] if storage == FIXED else Access(storage, self.position[nodes])

    def add(self, members: np.ndarray, name: str, group: Group) -> None:
        """Add a group to the plan; its results are stored in the order of ``members``."""
        self.storage[members] = group.out
        self.position[members] = np.arange(len(members))
        batched = any(self.plan.storages[access.storage].batched for access in group.accesses())
        name = f"{name}_op" if _TAKEN.fullmatch(name) else name
        self.plan.storages.append(Storage(f"{name}{group.out}", len(members), batched=batched))
        self.plan.groups.append(group)


def distinct(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The index of the first occurrence of each distinct row of ints, and for every row the number of its distinct row.

    Takes linear time: rows are hashed.
    """
    seen: dict[bytes, int] = {}
    firsts: list[int] = []
    which = np.empty(len(rows), int)
    for i, row in enumerate(np.ascontiguousarray(rows)):
        found = seen.setdefault(row.tobytes(), len(seen))
        if found == len(firsts):
            firsts.append(i)
        which[i] = found
    return np.array(firsts, int), which


def classes(signatures: np.ndarray) -> list[np.ndarray]:
    """The indices of rows with equal signatures, in the order of first appearance."""
    firsts, which = distinct(signatures)
    order = np.argsort(which, kind="stable")
    return np.split(order, np.cumsum(np.bincount(which, minlength=len(firsts)))[:-1]) if len(firsts) else []
