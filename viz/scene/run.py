"""What the picture of a training run shows: how it ended, its curves, and the classes over the plane of two inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..words import Language, current


@dataclass(frozen=True)
class Plane:
    """The decision boundary over two inputs.

    Attributes:
        codes: a byte for each cell, rows from the top: its class in the upper three bits, how sure in the lower five.
        points: samples as (x, y, class), x to the right and y down, from 0 to 1000.
    """

    codes: Sequence[bytes]
    points: Sequence[Sequence[int]]

    @property
    def kinds(self) -> list[list[int]]:
        """The class of each cell."""
        return [[code >> 5 for code in row] for row in self.codes]


@dataclass(frozen=True)
class RunScene:
    """A line that says how the run went, its curves by name, and the plane, where there is one.

    ``language`` is that of its words.
    """

    said: str
    curves: tuple[tuple[str, Sequence[float]], ...]
    plane: Plane | None = None
    language: Language = field(default_factory=current, repr=False)
