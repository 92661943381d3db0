"""The array form of every op against its float form, over the whole double range."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from glassgrad.autograd import ops
from glassgrad.autograd.compile.array_forms import array_form
from glassgrad.autograd.numerics import arrays

ENDS = [0.0, 1e-300, 1e-8, 0.3, 0.5, 1.0, 1.7, 2.5, 30.0, 41.0, 700.0, 1e5, 1e154, 1e300, np.inf]
POINTS = [*ENDS, *(-x for x in ENDS), np.nan]
ROWS = [op for op in ops.TABLE.values() if not op.variadic and op.array is not None]


@pytest.mark.parametrize("op", ROWS, ids=lambda op: op.name)
def test_array_forms_are_the_float_forms(op):
    points = np.array(list(itertools.product(POINTS, repeat=len(op.partials)))).T
    expected = np.array([op.value(*point) for point in points.T.tolist()])
    out = np.empty(expected.shape)
    with np.errstate(all="ignore"):
        array_form(op)(*points, out=out)
        close = np.abs(out - expected) <= 1e-11 * np.abs(expected) + 1e-300
    agree = close | (out == expected) | (np.isnan(out) & np.isnan(expected))
    wrong = [(p.tolist(), got, wanted) for p, got, wanted, ok in zip(points.T, out, expected, agree) if not ok]
    assert not wrong, wrong[:5]


@pytest.mark.parametrize("op", [op for op in ROWS if not op.numpy_name], ids=lambda op: op.name)
def test_array_forms_make_their_own_array_where_none_is_given(op):
    points = [np.array([0.3, 0.6])] * len(op.partials)
    expected = [op.value(*(p[i] for p in points)) for i in range(2)]
    assert np.allclose(array_form(op)(*points), expected, rtol=1e-12, equal_nan=True)


def test_the_peak_of_nothing_but_minus_infinities_is_0():
    x = np.array([[1.0, 5.0], [-np.inf, -np.inf], [np.inf, 0.0], [np.nan, 1.0]])
    with np.errstate(all="ignore"):
        assert arrays.peak(x, axis=1, out=np.empty(4)).tolist()[:3] == [5.0, 0.0, np.inf]
