"""Orders of the nodes in which loops are looked for.

The order in which nodes were made shows the loops that Python ran. Where something is done now and then beside a
recurrence, the deepest operand first shows the recurrence whole, and what reads it comes after.
"""

from __future__ import annotations

import numpy as np

from .tape import Tape


def deepest_first(tape: Tape, roots: np.ndarray) -> np.ndarray:
    """The nodes, operands first, and of a node's operands the deepest before the others."""
    first, sources = tape.first.tolist(), tape.sources.tolist()
    depth = depths(first, sources)
    order: list[int] = []
    closed = bytearray(len(tape))
    stack = sorted({int(root) - tape.leaves for root in roots if root >= tape.leaves}, key=depth.__getitem__)
    while stack:
        i = stack.pop()
        if i < 0:
            order.append(~i)
        elif not closed[i]:
            closed[i] = 1
            stack.append(~i)
            waiting = {x for x in sources[first[i] : first[i + 1]] if x >= 0 and not closed[x]}
            stack.extend(sorted(waiting, key=lambda x: (depth[x], -x)))
    return np.array(order, np.int64)


def depths(first: list[int], sources: list[int]) -> list[int]:
    """The longest way from each node down to a leaf."""
    depth: list[int] = []
    for a, b in zip(first, first[1:]):
        depth.append(1 + max([depth[x] for x in sources[a:b] if x >= 0], default=-1))
    return depth
