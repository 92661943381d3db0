"""Which positions are views: every view shows what a gather would, and what has no common shape is gathered."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import glassgrad as gg
from glassgrad.autograd.compile import layout

STORAGE = np.arange(1000.0)


def positions(start, shape, strides):
    """A flat list of positions that advances by these strides over that shape."""
    axes = np.meshgrid(*(s * np.arange(n) for n, s in zip(shape, strides)), indexing="ij")
    return start + sum(axes).ravel()


RUNS = {  # all of 12 positions
    "one run": positions(0, (12,), (1,)),
    "backwards": positions(40, (12,), (-1,)),
    "one element": positions(7, (12,), (0,)),
    "runs of 3": positions(0, (4, 3), (10, 1)),
    "runs of 4": positions(0, (3, 4), (10, 1)),
    "runs of 2": positions(0, (6, 2), (5, 1)),
    "runs of 6": positions(3, (2, 6), (100, 2)),
    "rows, repeated": positions(0, (3, 4), (0, 1)),
    "elements, repeated": positions(0, (4, 3), (1, 0)),
    "three axes": positions(5, (2, 3, 2), (50, 7, 1)),
    "no run": np.random.default_rng(0).permutation(12),
}


@pytest.mark.parametrize("names", list(itertools.combinations_with_replacement(RUNS, 2)), ids=" and ".join)
def test_views_of_one_shape_show_what_a_gather_shows(names):
    operands = [RUNS[name] for name in names]
    shape, views = layout.fit(operands)
    assert np.prod(shape) == 12
    for operand, view in zip(operands, views):
        if view is not None:
            shown = np.broadcast_to(layout.strided(STORAGE, view), shape)
            assert shown.ravel().tolist() == STORAGE[operand].tolist()
    assert views[0] is not None or names[0] == "no run"


@pytest.mark.parametrize(
    ("shapes", "common"),
    [
        ([(6,), (2, 3)], (2, 3)),
        ([(2, 3), (6,)], (2, 3)),
        ([(12,), (4, 3), (2, 2, 3)], (2, 2, 3)),
        ([(4, 3), (3, 4)], None),  # runs of 3 and of 4: no axis fits both
        ([(2, 6), (3, 4)], None),
        ([(2, 6), (4, 3)], (2, 2, 3)),
        ([(), ()], ()),
    ],
)
def test_the_coarsest_shape_that_refines_all(shapes, common):
    assert layout.common_shape(shapes) == common


def test_a_program_over_runs_of_3_and_of_4():
    program = gg.compile(
        lambda x, y: gg.sum((1.0 + i) * x[10 * (i // 3) + i % 3] * y[10 * (i // 4) + i % 4] for i in range(12))
    )
    x, y = np.arange(40.0), np.arange(40.0) - 7.0
    expected = sum((1.0 + i) * x[10 * (i // 3) + i % 3] * y[10 * (i // 4) + i % 4] for i in range(12))
    assert program(x, y) == pytest.approx(expected)
