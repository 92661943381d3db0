"""A folded program as text, for reading: what repeats, what a step reads and carries, what leaves the loop."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .loops import AFTER, BEFORE, ONCE, STEP, Block, Carry, Fixed, Gather, Loop, Read, Run, Slice

_SHOWN = 40  # nodes of a run
_PHASES = {ONCE: "once", BEFORE: "before", STEP: "step", AFTER: "after"}


def show(block: Block) -> str:
    """The program as text. Leaves are x0, x1, …; nodes are %0, %1, …, by their place in the block around them."""
    return "\n".join(_block(block, ""))


def _block(block: Block, indent: str, phases: np.ndarray | None = None) -> Iterator[str]:
    for item in block.items:
        if isinstance(item, Loop):
            yield from _loop(item, block.leaves, indent)
        else:
            yield from _run(item, block.leaves, indent, phases)
    for guard in block.asked:
        yield f"{indent}guard {_name(guard.condition, block.leaves)} as x{guard.answer}  # {guard.line}"


def _run(run: Run, leaves: int, indent: str, phases: np.ndarray | None) -> Iterator[str]:
    nodes = run.nodes
    for i in range(min(len(nodes), _SHOWN)):
        operands = nodes.operands[nodes.first[i] : nodes.first[i + 1]].tolist()
        inside = ", ".join(_name(x, leaves) for x in operands[:8]) + (", …" if len(operands) > 8 else "")
        phase = f"  # {_PHASES[int(phases[run.start + i])]}" if phases is not None else ""
        yield f"{indent}%{run.start + i} = {nodes.ops[nodes.code[i]].name}({inside}){phase}"
    if len(nodes) > _SHOWN:
        yield f"{indent}… {len(nodes) - _SHOWN} more"


def _loop(loop: Loop, leaves: int, indent: str) -> Iterator[str]:
    yield f"{indent}%{loop.start}: {loop.kind} of {loop.trips:,} steps, {loop.period} nodes a step:"
    for k, read in enumerate(loop.reads):
        total = ", a sum" if isinstance(read, Carry) and read.place in loop.sums else ""
        yield f"{indent}    x{k} = {_read(read, leaves)}{total}"
    yield from _block(loop.body, indent + "    ", loop.phases)
    if loop.stacked:
        yield f"{indent}    all steps of {_places(loop.stacked)} are read after it"
    if set(loop.last) - set(loop.stacked):
        yield f"{indent}    the last of {_places([p for p in loop.last if p not in loop.stacked])} is read after it"


def _places(places: list[int]) -> str:
    return ", ".join(f"%{p}" for p in places[:8]) + (", …" if len(places) > 8 else "")


def _read(read: Read, leaves: int) -> str:
    if isinstance(read, Fixed):
        return _name(read.address, leaves)
    if isinstance(read, Slice):
        return f"{_name(read.first, leaves)} + {read.stride}·t"
    if isinstance(read, Gather):
        return f"[{', '.join(_name(x, leaves) for x in read.addresses[:6].tolist())}, …][t]"
    began = ", ".join(_name(x, leaves) for x in read.begin.tolist())
    return f"%{read.place} of step t − {read.lag}; at first {began}"


def _name(address: int, leaves: int) -> str:
    return f"x{address}" if address < leaves else f"%{address - leaves}"
