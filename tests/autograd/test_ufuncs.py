"""NumPy's functions of a Value give nodes; what NumPy does on object arrays without asking is told."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import Value
from glassgrad.autograd import ufuncs
from glassgrad.autograd.errors import LeavesGraphWarning

OURS = [name for name in ufuncs._COUNTERPARTS if name not in ("divmod", "isnan", "isfinite")]


@pytest.mark.parametrize("name", OURS)
def test_of_a_value_it_is_the_row_of_the_table(name):
    function = getattr(np, name)
    at = [1.25 if name == "arccosh" else 0.75, 2.0][: function.nin]
    values = [Value(x) for x in at]
    out = function(*values)
    assert isinstance(out, Value)
    assert out.data == pytest.approx(function(*at), rel=1e-14)
    assert out.op is ufuncs._COUNTERPARTS[name]
    assert out.operands == tuple(values)


@pytest.mark.parametrize("name", ["logaddexp", "maximum", "arctan2", "multiply", "power"])
def test_of_an_array_and_a_value_it_is_an_array_of_nodes(name):
    function, v = getattr(np, name), Value(0.5)
    out = function(np.array([0.25, 2.0]), v)
    assert [type(x) for x in out] == [Value, Value]
    assert [x.data for x in out] == pytest.approx(function(np.array([0.25, 2.0]), 0.5).tolist())
    assert all(v in x.operands for x in out)


def test_questions_and_pairs():
    assert np.isnan(Value(np.nan))
    assert not np.isfinite(Value(np.inf))
    assert [x.data for x in np.divmod(Value(7.0), 2.0)] == [3.0, 1.0]


def test_comparisons_stay_comparisons():
    assert isinstance(np.float64(1.0) < Value(2.0), (bool, np.bool_))
    assert not isinstance(np.less(Value(2.0), 1.0), Value)


@pytest.mark.parametrize("name", ["copysign", "heaviside"])
def test_what_there_is_not_is_refused_in_a_sentence(name):
    with pytest.raises(TypeError, match=f"np.{name} does not take a Value"):
        getattr(np, name)(Value(1.0), 2.0)


def test_the_sign_of_an_array_is_not_silent():
    v = Value(2.0)
    with pytest.warns(LeavesGraphWarning, match="gg.sign"):
        signs = np.sign(np.array([v, -v]))
    assert signs.tolist() == [1, -1]


def test_other_comparisons_with_0_are_silent():
    v = Value(2.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert [1 if x < 0 else np.sign(3.0) for x in (v, v)] == [1.0, 1.0]
        assert max(0, v) is v
        assert np.sign(np.array([v.detach()])).tolist() == [1]
        with gg.no_grad():
            assert np.sign(np.array([v])).tolist() == [1]
