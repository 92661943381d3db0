"""The classes that a network tells apart: which samples it gets right, and its boundary over two inputs."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...nn.data import Samples
from ..paint.theme import SERIES, SHAPES
from ..scene.run import Plane
from ..scene.text import number
from ..words import say
from .array_mlp import Floats
from .run import Run

_GRID = 40  # points each way at which the boundary is computed
_MOST_POINTS = 300
_MOST_CLASSES = 7


def some(samples: Samples) -> Samples:
    """At most so many of the samples, evenly spread."""
    step = max(1, -(-len(samples) // _MOST_POINTS))
    return Samples(samples.X[::step], samples.y[::step])


def _classes(samples: Samples) -> list[float] | None:
    """The targets' classes, if there are few different ones."""
    if samples.y.ndim != 1:
        return None
    found = sorted(set(samples.y.tolist()))
    return found if 2 <= len(found) <= _MOST_CLASSES else None


def accuracy_of(outputs: Floats, samples: Samples) -> float | None:
    """The share of samples in whose class the network puts them; None where targets are no classes."""
    classes = _classes(samples)
    if classes is None or not _fits(outputs, classes):
        return None
    found = _class_of(outputs)
    return float(np.mean(np.asarray(classes)[np.minimum(found, len(classes) - 1)] == samples.y))


def _fits(outputs: Floats, classes: Sequence[float]) -> bool:
    """Whether there is one score for two classes, whose boundary is at 0, or one for each class."""
    return (outputs.shape[1] == 1 and len(classes) == 2) or outputs.shape[1] >= max(2, len(classes))


def _class_of(outputs: Floats) -> Floats:
    return (outputs[:, 0] > 0.0).astype(int) if outputs.shape[1] == 1 else np.argmax(outputs, axis=1)


@dataclass(frozen=True)
class Boundary:
    """The network's class on a grid over two inputs, moment by moment, and the samples.

    ``frames`` have the codes of ``Plane`` at each moment, row after row; ``ends`` the range of each input.
    """

    frames: tuple[bytes, ...]
    points: list[list[int]]
    ends: list[list[str]]
    classes: list[str]

    @property
    def last(self) -> Plane:
        """How it ended."""
        codes = self.frames[-1]
        return Plane([codes[at : at + _GRID] for at in range(0, len(codes), _GRID)], self.points)

    def as_json(self) -> dict[str, object]:
        """For the page."""
        frames = [b64encode(codes).decode() for codes in self.frames]
        return {"size": _GRID, "frames": frames, "points": self.points, "legend": self._legend(), "colours": SERIES}

    def _legend(self) -> str:
        (left, right), (bottom, top) = self.ends
        marks = [f"{say(f'shape.{shape}')}: {name}" for shape, name in zip(SHAPES, self.classes)]
        classes = say("join.items").join(marks)
        return say("run.legend", left=left, right=right, bottom=bottom, top=top, classes=classes)


def boundary_of(run: Run) -> Boundary | None:
    """The boundary of a run; None where there are not two inputs, or no classes."""
    samples, network = run.samples, run.network
    if samples is None or network is None or network.sizes[0] != 2 or samples.X.shape[1:] != (2,):
        return None
    classes = _classes(samples)
    if classes is None or not _fits(np.zeros((1, network.sizes[-1])), classes):
        return None
    low, high = samples.X.min(axis=0), samples.X.max(axis=0)
    margin = np.maximum(0.12 * (high - low), 1e-9)
    low, high = low - margin, high + margin
    a, b = (np.linspace(low[k], high[k], _GRID) for k in (0, 1))
    grid = np.array([[x1, x2] for x2 in b[::-1] for x1 in a])
    shown = some(samples)
    places = np.round(1000 * (shown.X - low) / (high - low)).astype(int).tolist()
    points = [[x, 1000 - y, classes.index(c)] for (x, y), c in zip(places, shown.y.tolist())]
    frames = tuple(_codes(network.outputs(moment.parameters, grid)).tobytes() for moment in run.moments)
    ends = [[number(float(low[k])), number(float(high[k]))] for k in (0, 1)]
    return Boundary(frames, points, ends, [number(float(c)) for c in classes])


def _codes(outputs: Floats) -> NDArray[np.uint8]:
    """A byte for each point: its class in the upper three bits, how sure the network is of it in the lower five."""
    if outputs.shape[1] == 1:
        outputs = np.column_stack([np.zeros(len(outputs)), outputs[:, 0]])
    best = np.argmax(outputs, axis=1)
    second = np.partition(outputs, -2, axis=1)[:, -2]
    sure = np.tanh(np.nan_to_num(outputs.max(axis=1) - second))
    codes: NDArray[np.uint8] = (np.minimum(best, _MOST_CLASSES) * 32 + np.round(31 * sure)).astype(np.uint8)
    return codes
