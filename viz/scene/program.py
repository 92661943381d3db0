"""A compiled program as a picture: one card for each array, in the order in which they are computed."""

from __future__ import annotations

from ...autograd.compile import Program
from ...autograd.compile.summary import Stage
from .scene import Box, Edge, Kind, Scene

_MOST = 80  # cards that one can still read


def program_scene(program: Program[object]) -> Scene:
    """The cards and edges of a program.

    Raises:
        CompileError: the program has not been called yet.
    """
    stages = program.stages()
    left_out = len(stages) - _MOST
    if left_out > 0:
        stages = stages[:_MOST]
    at = {stage.name: i for i, stage in enumerate(stages)}
    boxes = [_box(stage, last=i == len(stages) - 1) for i, stage in enumerate(stages)]
    edges = [
        Edge(f"{name}-{stage.name}", at[name], at[stage.name]) for stage in stages for name in stage.reads if name in at
    ]
    note = (
        f"the first {_MOST} arrays; {left_out} more are in program.source"
        if left_out > 0
        else program.summary().split("\n")[0]
    )
    return Scene(boxes, edges, title="program", direction="LR", note=note)


def _box(stage: Stage, *, last: bool) -> Box:
    kind: Kind = "root" if last else "op" if stage.reads else "leaf"
    rows = (("is", stage.what), ("numbers", f"{stage.size:,}")) if stage.reads else (("numbers", f"{stage.size:,}"),)
    return Box(stage.name, stage.name, rows, kind, tip=f"{stage.name}: {stage.what}, {stage.size:,} numbers")
