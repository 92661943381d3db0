"""A compiled program as a picture: one card for each array, in the order in which they are computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from ..words import say
from .scene import Box, Edge, Kind, Scene

_MOST = 80  # cards that one can still read


class Array(Protocol):
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
    """Anything that is computed array by array, such as what ``compile`` returns."""

    def arrays(self) -> Sequence[Array]:
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
    arrays = program.arrays()
    left_out = len(arrays) - _MOST
    if left_out > 0:
        arrays = arrays[:_MOST]
    at = {array.name: i for i, array in enumerate(arrays)}
    boxes = [_box(array, last=i == len(arrays) - 1) for i, array in enumerate(arrays)]
    edges = [
        Edge(f"{name}-{array.name}", at[name], at[array.name]) for array in arrays for name in array.reads if name in at
    ]
    more = say("graph.more_arrays", shown=_MOST, left_out=left_out)
    note = more if left_out > 0 else program.summary().split("\n")[0]
    return Scene(boxes, edges, title=say("graph.program"), direction="LR", note=note)


def _box(array: Array, *, last: bool) -> Box:
    kind: Kind = "root" if last else "op" if array.reads else "leaf"
    rows = (("is", array.what), ("numbers", f"{array.size:,}")) if array.reads else (("numbers", f"{array.size:,}"),)
    tip = say("card.array", name=array.name, what=array.what, count=array.size)
    return Box(array.name, array.name, rows, kind, tip=tip)
