"""Fixtures for pytest, there as soon as glassgrad is installed: a test of a gradient is one line.

def test_loss(gradcheck):
    gradcheck(loss, ([0.1, 0.2], 1.0))

def test_my_formula(check_gradient):
    check_gradient(f, gradient_of_f, x)

pytest imports this in every project, so it imports nothing of ours until a test asks for a fixture.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .autograd.gradcheck.report import Report

_door = import_module(__package__)  # it imports the engine when it is first asked for one of its names


@pytest.fixture(name="gradcheck")
def gradcheck_fixture() -> Callable[..., Report]:
    """``glassgrad.gradcheck``: fails the test with the table where a derivative is wrong."""
    function: Callable[..., Report] = _door.gradcheck
    return function


@pytest.fixture(name="check_gradient")
def check_gradient_fixture() -> Callable[..., Report]:
    """``glassgrad.check_gradient``: the same for a gradient that was written by hand."""
    function: Callable[..., Report] = _door.check_gradient
    return function
