"""Fixtures for pytest, there as soon as glassgrad is installed: a test of a gradient is one line.

def test_loss(gradcheck):
    gradcheck(loss, ([0.1, 0.2], 1.0))

def test_my_formula(check_gradient):
    check_gradient(f, gradient_of_f, x)
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .gradcheck import check_gradient, gradcheck
from .gradcheck.report import Report


@pytest.fixture(name="gradcheck")
def gradcheck_fixture() -> Callable[..., Report]:
    """``autograd.gradcheck``: fails the test with the table where a derivative is wrong."""
    return gradcheck


@pytest.fixture(name="check_gradient")
def check_gradient_fixture() -> Callable[..., Report]:
    """``autograd.check_gradient``: the same for a gradient that was written by hand."""
    return check_gradient
