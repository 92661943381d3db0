"""Programs that are scans over few scalars, as float arithmetic with loops: they need no groups, and no plan of any.

Whether a recording is one is seen on its fold: nearly all of it in a few scans, whose steps are short, or chains for
the most part (a wide step is better as arrays).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ..value import Value
from .emit.build import Broken, Emitted
from .fold import Block, Loop, Run, fold, traced
from .fold.orders import depths
from .fold.tape import Tape
from .plan import Access, Guards, Plan, Storage
from .recording.record import Recording
from .statements.floats import BrokenLoop, Printed
from .statements.forms import Statements
from .statements.forward import statements
from .statements.reverse import differentiated

_LEAST, _LONGEST, _SHORT, _LOOPS = 1000, 256, 64, 16  # nodes of a program; of a step; of one of any width; loops
_WINDOW, _DEEP = 4096, 0.2  # nodes that are looked at before folding; the share of them in their longest chain
_LEFT, _SCANNED, _CHAIN = 0.1, 0.8, 0.33  # of all nodes: left to write, in scans; of a step: in its longest chain


def looped(recording: Recording) -> Looped | None:
    """The recording as float arithmetic with loops; None if it is of another kind."""
    if len(recording.created) < _LEAST or not _is_a_chain(recording.created):
        return None
    trace = traced(recording)
    block, moved = fold(trace, nested=False, longest=_LONGEST)
    if not _is_of_scans(block, len(trace.tape)):
        return None
    program = statements(block, moved[trace.outs].tolist(), trace)
    return Looped(program, _leaves(recording, program, trace.parameters), block)


def _is_a_chain(created: Sequence[Value]) -> bool:
    """Whether nodes hang on one another, wherever one looks: a cheap look, before the recording is folded."""
    last = max(0, len(created) - _WINDOW)
    chains = [_longest_chain(created[at : at + _WINDOW]) for at in {last // 4, last // 2, last}]
    return min(chains) >= _DEEP * min(_WINDOW, len(created))


def _longest_chain(nodes: Sequence[Value]) -> int:
    depth: dict[Value, int] = {}
    for node in nodes:
        depth[node] = 1 + max([depth.get(x, 0) for x in node.operands], default=0)
    return max(depth.values())


def _is_of_scans(block: Block, nodes: int) -> bool:
    loops = block.loops
    scanned = sum(loop.trips * loop.period for loop in loops if loop.kind == "scan" and _is_narrow(loop))
    return block.size() <= _LEFT * nodes and scanned >= _SCANNED * nodes and len(loops) <= _LOOPS


def _is_narrow(loop: Loop) -> bool:
    (run,) = loop.body.items
    assert isinstance(run, Run)
    return loop.period <= _SHORT or _chain(run.nodes) >= _CHAIN * loop.period


def _chain(tape: Tape) -> int:
    return 1 + max(depths(tape.first.tolist(), tape.sources.tolist()))


def _leaves(recording: Recording, program: Statements, parameters: list[Value]) -> Plan:
    """A plan of the leaves alone, for what binds and checks a program."""
    storages = [Storage("theta", len(parameters), "parameters")]
    storages += [Storage(f"arg{i}", len(flat), "argument") for i, flat in enumerate(recording.inputs)]
    guards = Guards(Access(0, np.zeros(0, int)), np.zeros(0, bool), program.lines)
    order, nodes = np.arange(len(program.outs)), len(recording.order)
    return Plan(storages, parameters=parameters, guards=[guards], out_order=order, scalar_nodes=nodes)


class Looped:
    """Such a program: its plan (of the leaves), and its forms.

    Args:
        program: the forward pass.
        plan: of its leaves.
        block: what it was made from.
    """

    def __init__(self, program: Statements, plan: Plan, block: Block) -> None:
        self.program, self.plan = program, plan
        self.loops = [(loop.kind, loop.trips, loop.period) for loop in block.loops]
        self._nodes = block.size()

    def emitted(self, wanted: Sequence[int]) -> Emitted:
        """The program with the gradients of these storages of leaves."""
        printed = Printed(differentiated(self.program) if wanted else self.program, differentiates=bool(wanted))
        build = _build(printed, self.program.lines, self.plan, wanted)
        lines = printed.source.splitlines()[1:]
        return Emitted(printed.source, build, lines, {}, {}, {}, bool(wanted))

    def summary(self, parameters: int) -> str:
        """What was folded into what."""
        found = [f"{kind} of {trips:,} steps, {period} nodes a step" for kind, trips, period in self.loops]
        return (
            f"{self.plan.scalar_nodes:,} scalar nodes, {parameters:,} parameters -> float arithmetic with loops: "
            f"{self._nodes:,} nodes are written down\n" + "\n".join(f"  {line}" for line in found)
        )


def _build(
    printed: Printed, lines: list[str], plan: Plan, wanted: Sequence[int]
) -> Callable[..., Callable[[], object]]:
    """What makes ``run`` from the arrays of the leaves and of their gradients, as a program's own text does."""
    count = len(plan.storages)
    sizes = [plan.storages[s].size for s in (*range(1, count), 0)]
    ends = np.cumsum(sizes).tolist()
    places = {s: slice(end - size, end) for s, size, end in zip((*range(1, count), 0), sizes, ends)}
    call = printed.call

    def build(theta: np.ndarray, *arrays: object) -> Callable[[], object]:
        arguments: Sequence[np.ndarray] = arrays[: count - 1]  # type: ignore[assignment]  # these are arrays
        gradients: Sequence[np.ndarray] = arrays[count - 1 : -1]  # type: ignore[assignment]  # and these

        def run() -> object:
            leaves: list[float] = []
            for array in arguments:
                leaves += array.tolist()
            try:
                outs, found = call(leaves + theta.tolist())
            except BrokenLoop as broken:
                return Broken(0, np.arange(len(lines)) == lines.index(broken.args[0]))
            for s in wanted:
                gradients[s][:] = found[places[s]]
            return outs[0] if len(outs) == 1 else np.array(outs)

        return run

    return build
