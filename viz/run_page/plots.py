"""Plots of training: loss and accuracy over time, a decision boundary, a descent over its contour. By matplotlib.

Each function returns a ``Plot``, which a notebook shows and which saves itself.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...autograd import Value, no_grad
from ...nn.checks import ArgumentError
from ...nn.predict import predict as outputs_of
from ...nn.training.history import History
from ..errors import MissingLibraryError, PlotError
from ..paint.theme import LIGHT, SERIES
from ..paint.whole_file import write_whole
from ..words import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = ("png", "svg", "pdf")
_MARKERS = "osD^vP"
_SIZE = (6.4, 4.0)  # inches
_STEPS = 60  # a function is looked at on a grid of so many points each way
_LEVELS = 24
_MOST_MARKED, _MOST_THICK = 60, 300  # so many numbers are marked each, or have a thick line

Numbers = Sequence[float]
Series = Mapping[str, Numbers]
Output = Value | float | Sequence[Value] | Sequence[float]


@dataclass(frozen=True)
class Plot:
    """A finished plot; ``figure`` is matplotlib's, for whoever wants to add to it."""

    figure: Figure

    def save(self, path: str | Path) -> Path:
        """Write the plot to a file that ends in .png, .svg or .pdf.

        Raises:
            ValueError: another ending.
            OSError: the file cannot be written; an older file of that name is then left as it was.
        """
        target = Path(path)
        form = target.suffix.lower()[1:]
        if form not in FORMATS:
            raise ValueError(f"cannot save a plot as {target.name!r}: the name must end in .{', .'.join(FORMATS)}")
        return write_whole(target, self._bytes(form))

    def _bytes(self, form: str) -> bytes:
        """The file's content; the same plot gives the same bytes."""
        content = io.BytesIO()
        no_date = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(form)
        with _matplotlib().rc_context({"svg.hashsalt": "glassgrad"}):
            self.figure.savefig(content, format=form, dpi=144, metadata=no_date)
        return content.getvalue()

    def _repr_png_(self) -> bytes:
        return self._bytes("png")


def loss(history: History | Series | Numbers) -> Plot:
    """The loss over the iterations: of training, and of validation where there is one.

    Args:
        history: what ``nn.fit`` returns; or the numbers; or a dict with several lists of them, by name. A list with
            fewer numbers than the longest (one an epoch, say) is spread over the same iterations.

    Raises:
        PlotError: it holds no loss.
        MissingLibraryError: matplotlib is not installed.
    """
    if isinstance(history, History):
        epochs = history.epoch_loss if history.iterations_per_epoch > 1 else []
        history = {
            say("plot.batch"): history.loss,
            say("plot.epoch"): epochs,
            say("plot.validation"): history.validation_loss,
        }
    return _curves(history, "loss", "iteration")


def accuracy(history: History | Series | Numbers) -> Plot:
    """The accuracy after each epoch, from 0 to 1; arguments and errors as for ``loss``."""
    if isinstance(history, History):
        history = {
            say("plot.training"): _measured(history.metric),
            say("plot.validation"): _measured(history.validation_metric),
        }
    plot = _curves(history, "accuracy", "epoch")
    plot.figure.axes[0].set_ylim(-0.02, 1.02)
    return plot


def _measured(metric: Callable[[str], list[float]]) -> list[float]:
    try:
        return metric("accuracy")
    except ArgumentError:
        return []


def _curves(given: Series | Numbers, quantity: str, over: str) -> Plot:
    measured = say(f"plot.{quantity}")
    named: Series = given if isinstance(given, Mapping) else {measured: given}
    series = {name: [float(x) for x in numbers] for name, numbers in named.items() if len(numbers)}
    if not series:
        hint = "train first" if quantity == "loss" else f"give fit metrics={{{quantity!r}: nn.{quantity}}}"
        raise PlotError(f"no {quantity} to plot: the history holds none; {hint}")
    figure, axes = _figure(say(f"plot.{over}"), measured)
    longest = max(map(len, series.values()))
    for i, (name, numbers) in enumerate(series.items()):
        at = [(k + 1) * longest / len(numbers) for k in range(len(numbers))]
        marker = _MARKERS[i % len(_MARKERS)] if len(numbers) <= _MOST_MARKED else ""
        colour, width = SERIES[i % len(SERIES)], 1.0 if len(numbers) > _MOST_THICK else 1.6
        axes.plot(at, numbers, label=name, color=colour, marker=marker, markersize=3.5, linewidth=width)
    axes.locator_params(axis="x", integer=True)
    if len(series) > 1:
        axes.legend(frameon=False)
    return Plot(figure)


def boundary(
    predict: Callable[[list[float]], Output], X: ArrayLike, y: Sequence[object], *, steps: int = _STEPS
) -> Plot:
    """The points of two inputs, and which class a model predicts where.

    Args:
        predict: a model; for a point [x1, x2] gives one score (above 0: the second class) or one for each class.
        X: the points, shape (n, 2).
        y: their classes, n of them, of any kind that sorts.
        steps: how many points each way the model is asked about.

    Raises:
        PlotError: X is not of shape (n, 2), or y of another length.
    """
    points = np.asarray(X, dtype=float)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) != len(y) or not len(points):
        raise PlotError(f"a boundary needs points of shape (n, 2) and n classes, not {points.shape} and {len(y)}")
    classes = sorted(set(y), key=lambda c: (isinstance(c, str), c))
    across, along = _grid(points, 0.15, steps)
    grid = np.column_stack([part.ravel() for part in np.meshgrid(across, along)])
    scores = np.array(outputs_of(predict, grid), dtype=float).reshape(len(along), len(across), -1)
    figure, axes = _figure("x1", "x2")
    leads = _leads(scores)
    colours = [SERIES[i % len(SERIES)] for i in range(max(len(classes), len(leads)))]
    for colour, lead in zip(colours, leads):
        if (lead > 0).any():
            axes.contourf(across, along, lead, levels=[0.0, np.inf], colors=[colour], alpha=0.22)
    for i, name in enumerate(classes):
        of_class = points[[c == name for c in y]]
        marker = _MARKERS[i % len(_MARKERS)]
        axes.plot(
            of_class[:, 0], of_class[:, 1], marker, color=colours[i], label=str(name), markeredgecolor=LIGHT["paper"]
        )
    axes.legend(title=say("plot.class"))
    return Plot(figure)


def _leads(scores: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """For each class by how much it is ahead of all others: above 0 where it is the one predicted."""
    if scores.shape[-1] == 1:
        return [-scores[..., 0], scores[..., 0]]
    others = (np.delete(scores, i, axis=-1).max(axis=-1) for i in range(scores.shape[-1]))
    return [scores[..., i] - other for i, other in enumerate(others)]


def descent(f: Callable[..., Value | float], path: ArrayLike, *, steps: int = _STEPS) -> Plot:
    """The way that a descent took over the contour of a function of two numbers, from the square to the star.

    Args:
        f: takes two numbers, gives one.
        path: the points, shape (n, 2), in the order in which they were visited.
        steps: how many points each way the function is asked about.

    Raises:
        PlotError: path is not of shape (n, 2), or nothing of it is finite.
    """
    points = np.asarray(path, dtype=float)
    if points.ndim != 2 or points.shape[1] != 2:
        raise PlotError(f"a path is a list of points (x, y), of shape (n, 2), not {points.shape}")
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        raise PlotError("nothing to plot: the path has no finite point")
    across, along = _grid(points, 0.25, steps)
    with no_grad():
        heights = np.array([[float(f(float(a), float(b))) for a in across] for b in along])
    figure, axes = _figure("x", "y")
    axes.contour(across, along, heights, levels=_levels(heights), colors=LIGHT["line"], linewidths=0.6)
    axes.plot(*points.T, color=SERIES[1], marker="o", markersize=2.6, linewidth=1.3)
    axes.plot(*points[0], color=SERIES[1], marker="s", markersize=7)
    axes.plot(*points[-1], color=SERIES[1], marker="*", markersize=13)
    return Plot(figure)


def _grid(points: NDArray[np.float64], margin: float, steps: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The coordinates of a grid over the points, with a margin that is a part of their extent."""
    if steps < 2:
        raise PlotError(f"steps must be at least 2, not {steps!r}")
    low, high = points.min(axis=0), points.max(axis=0)
    room = np.where(high > low, (high - low) * margin, 1.0)
    across, along = (np.linspace(low[k] - room[k], high[k] + room[k], steps) for k in (0, 1))
    return across, along


def _levels(heights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Heights for contour lines: as many points of the grid between any two, so that valleys show as well as cliffs."""
    finite = heights[np.isfinite(heights)]
    levels = np.unique(np.quantile(finite, np.linspace(0, 1, _LEVELS))) if len(finite) else np.zeros(0)
    return levels if len(levels) > 1 else np.array([0.0, 1.0]) + (levels[0] if len(levels) else 0.0)


def _figure(x: str, y: str) -> tuple[Figure, Axes]:
    """A figure of its own, unknown to pyplot, so that nothing is shown twice or kept for ever."""
    figure = _matplotlib().figure.Figure(figsize=_SIZE, layout="constrained")
    axes = figure.subplots()
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _matplotlib() -> ModuleType:
    """The library, which is an optional extra.

    Raises:
        MissingLibraryError: it is not installed; says how to.
    """
    try:
        import matplotlib.figure
    except ImportError:
        raise MissingLibraryError('plots need matplotlib: pip install "glassgrad[plots]"') from None
    return matplotlib
