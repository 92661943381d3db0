"""Plots: what is on them, and what cannot be plotted."""

import math
import sys

import numpy as np
import pytest

from glassgrad import Value, viz
from glassgrad.nn.training.history import Epoch, History, Iteration
from glassgrad.viz.paint.theme import SERIES
from glassgrad.viz.run_page import plots

to_hex = pytest.importorskip("matplotlib.colors", reason='plots need the extra "plots"').to_hex


def lines(plot):
    return {line.get_label(): line.get_data() for line in plot.figure.axes[0].lines}


def test_a_list_of_losses():
    plot = plots.loss([3.0, 2.0, 1.0])
    assert lines(plot)["loss"][1].tolist() == [3.0, 2.0, 1.0]
    assert plot.figure.axes[0].get_ylabel() == "loss"


def test_an_epochs_numbers_are_spread_over_the_iterations():
    drawn = lines(plots.loss({"train": [4.0, 3.0, 2.0, 1.0], "validation": [3.5, 1.5]}))
    assert drawn["train"][0].tolist() == [1, 2, 3, 4]
    assert drawn["validation"][0].tolist() == [2, 4]


def history(epochs, measured):
    metrics = {"accuracy": 0.5} if measured else {}
    updates = [Iteration(2.0, 0.1, 1.0)] * (3 * epochs)
    return History(updates, [Epoch(1.5, 2.5, metrics, metrics)] * epochs, iterations_per_epoch=3)


def test_a_history():
    assert {name: len(y) for name, (_, y) in lines(plots.loss(history(2, True))).items()} == {
        "batch": 6, "epoch": 2, "validation": 2,
    }  # fmt: skip
    assert set(lines(plots.accuracy(history(2, True)))) == {"training", "validation"}


@pytest.mark.parametrize("given", [[], {}, {"train": []}, History()])
def test_no_numbers(given):
    with pytest.raises(plots.PlotError, match="no loss to plot"):
        plots.loss(given)


def test_accuracy_is_shown_from_0_to_1():
    low, high = plots.accuracy([0.5, 0.6]).figure.axes[0].get_ylim()
    assert low <= 0.0 < 1.0 <= high


def test_accuracy_that_was_not_measured():
    with pytest.raises(plots.PlotError, match="no accuracy to plot"):
        plots.accuracy(history(2, False))


@pytest.mark.parametrize(
    "predict",
    [lambda x: x[0] - x[1], lambda x: Value(x[0]) - x[1], lambda x: [x[1], x[0]], lambda x: [Value(x[1]), Value(x[0])]],
)
def test_a_decision_boundary(predict):
    plot = plots.boundary(predict, [[0, 1], [1, 0], [2, 0]], ["a", "b", "b"], steps=9)
    marks = {label: len(data[0]) for label, data in lines(plot).items()}
    assert marks == {"a": 1, "b": 2}
    assert plot.figure.axes[0].collections


@pytest.mark.parametrize(
    ("score", "of"), [(1.0, 1), (-1.0, 0), ([3.0, 1.0, 2.0], 0), ([1.0, 3.0, 2.0], 1), ([1.0, 2.0, 3.0], 2)]
)
def test_a_region_has_the_colour_of_the_class_that_leads(score, of):
    plot = plots.boundary(lambda x: score, [[0, 1], [1, 0], [2, 2]], [0, 1, 2], steps=3)
    [region] = plot.figure.axes[0].collections
    assert to_hex(region.get_facecolor()[0]) == SERIES[of]


@pytest.mark.parametrize("score", [1.0, -1.0, float("nan")])
def test_a_model_that_says_the_same_everywhere(score):
    assert plots.boundary(lambda x: score, [[0, 1], [1, 0]], [1, 1], steps=3).figure.axes[0].lines


@pytest.mark.parametrize(("X", "y"), [([[1, 2, 3]], [0]), ([[1, 2]], [0, 1]), (np.zeros((0, 2)), []), ([1, 2], [0, 1])])
def test_a_boundary_needs_points_of_two_numbers(X, y):
    with pytest.raises(plots.PlotError, match=r"shape \(n, 2\)"):
        plots.boundary(lambda x: x[0], X, y)


def test_a_descent_starts_at_the_square_and_ends_at_the_star():
    path = [(2.0, 2.0), (1.0, 0.5), (np.nan, 0.0), (0.1, 0.1)]
    plot = plots.descent(lambda x, y: x * x + 10.0 * y * y, path, steps=9)
    way, start, end = plot.figure.axes[0].lines
    assert way.get_xdata().tolist() == [2.0, 1.0, 0.1]
    assert (start.get_marker(), *start.get_xdata()) == ("s", 2.0)
    assert (end.get_marker(), *end.get_xdata()) == ("*", 0.1)


def test_contour_lines_show_a_valley_beside_a_cliff():
    plot = plots.descent(lambda x, y: math.exp(9.0 * x), [(0.0, 0.0), (1.0, 1.0)], steps=30)
    levels = plot.figure.axes[0].collections[0].levels
    assert np.median(levels) < 0.05 * levels.max()


@pytest.mark.parametrize("f", [lambda x, y: 3.0, lambda x, y: float("nan"), lambda x, y: float("inf")])
def test_a_flat_or_impossible_function_is_drawn_without_a_warning(f):
    assert plots.descent(f, [(0.0, 0.0)], steps=5).figure.axes


@pytest.mark.parametrize("path", [[], [1.0, 2.0], [(1.0, 2.0, 3.0)], [(np.nan, 1.0)]])
def test_a_path_is_of_points(path):
    with pytest.raises(plots.PlotError, match="path"):
        plots.descent(lambda x, y: x, path)


@pytest.mark.parametrize("ending", plots.FORMATS)
def test_files_are_the_same_every_time(tmp_path, ending):
    a, b = (plots.loss([2.0, 1.0]).save(tmp_path / f"{name}.{ending}").read_bytes() for name in "ab")
    assert a == b


def test_unknown_ending(tmp_path):
    with pytest.raises(ValueError, match=r"\.png, \.svg, \.pdf"):
        plots.loss([1.0]).save(tmp_path / "loss.gif")


def test_a_notebook_shows_a_png():
    assert plots.loss([1.0])._repr_png_().startswith(b"\x89PNG")


def test_without_matplotlib_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(viz.MissingLibraryError, match=r"pip install .*glassgrad\[plots\]"):
        plots.loss([1.0])
