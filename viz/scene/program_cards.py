"""A compiled program as a picture: one card for each array, in the order in which they are computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from ..words import say
from .scene import Box, Edge, Kind, Scene

_MOST = 80  # cards that one can still read


class Stage(Protocol):
    """One array of a program: what it is, how many numbers it has, and the names of those that it is computed from."""

    @property
    def name(self) -> str: ...
    @property
    def what(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def reads(self) -> Sequence[str]: ...


@runtime_checkable
class Program(Protocol):
    """Anything that is computed in stages, such as what ``compile`` returns."""

    def stages(self) -> Sequence[Stage]:
        """The arrays, in the order in which they are computed."""
        ...

    def summary(self) -> str:
        """What it is, in words; the first line says the most."""
        ...


def program_scene(program: Program) -> Scene:
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
    more = say("graph.more_arrays", shown=_MOST, left_out=left_out)
    note = more if left_out > 0 else program.summary().split("\n")[0]
    return Scene(boxes, edges, title=say("graph.program"), direction="LR", note=note)


def _box(stage: Stage, *, last: bool) -> Box:
    kind: Kind = "root" if last else "op" if stage.reads else "leaf"
    rows = (("is", stage.what), ("numbers", f"{stage.size:,}")) if stage.reads else (("numbers", f"{stage.size:,}"),)
    tip = say("card.array", name=stage.name, what=stage.what, count=stage.size)
    return Box(stage.name, stage.name, rows, kind, tip=tip)
