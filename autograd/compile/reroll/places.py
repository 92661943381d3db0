"""Where every scalar node has its place while the groups are formed (a part of stage 3)."""

from __future__ import annotations

import numpy as np

from ..normalise import Scalars
from ..plan import Access, Operand, Plan, Step, Storage

FIXED = -1  # the group of a constant


class Places:
    """The group and the position of every node, and the plan that comes of it."""

    def __init__(self, scalars: Scalars, plan: Plan) -> None:
        count = len(scalars.op)
        self.scalars = scalars
        self.plan = plan
        self.group = np.full(count, FIXED)
        self.position = np.zeros(count, int)
        self.number = np.zeros(count)
        for i, x in scalars.numbers.items():
            self.number[i] = x
        for i, (arg, position) in scalars.inputs.items():
            self.group[i], self.position[i] = 1 + arg, position

    def operand(self, nodes: np.ndarray) -> Operand:
        """Nodes of one group (or constants) as an operand of that shape."""
        group = int(self.group[nodes.flat[0]])
        return self.number[nodes] if group == FIXED else Access(group, self.position[nodes])

    def add(self, members: np.ndarray, name: str, step: Step) -> None:
        """Add a step whose results lie in the order of ``members``."""
        self.group[members] = step.out
        self.position[members] = np.arange(len(members))
        batched = any(self.plan.storages[access.storage].batched for access in step.accesses())
        self.plan.storages.append(Storage(f"{name}{step.out}", len(members), batched=batched))
        self.plan.steps.append(step)


def distinct(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For rows of ints: where each different one occurs first, and which one every row is. Linear, by hashing."""
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
    """The rows with equal signatures, in the order of first appearance."""
    firsts, which = distinct(signatures)
    order = np.argsort(which, kind="stable")
    return np.split(order, np.cumsum(np.bincount(which, minlength=len(firsts)))[:-1]) if len(firsts) else []
