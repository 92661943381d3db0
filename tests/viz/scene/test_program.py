"""A compiled program as a picture: a card for each array."""

from __future__ import annotations

import pytest

import glassgrad as gg
from glassgrad import Value, viz
from glassgrad.autograd.errors import CompileError


def test_a_program_is_drawn_array_by_array():
    weights = [[Value(0.1 * i - 0.2 * j) for i in range(5)] for j in range(6)]
    program = gg.compile(lambda xs: gg.sum(gg.tanh(sum(w * x for w, x in zip(row, xs))) for row in weights))
    with pytest.raises(CompileError, match="first call"):
        viz.draw(program)
    program([0.1 * i for i in range(5)])
    arrays = program.arrays()
    svg = viz.draw(program).svg
    assert all(array.name in svg and array.what in svg for array in arrays if array.reads)
    assert [array.what for array in arrays] == ["parameters", "argument", "matmul 6×5 by 5×1", "tanh", "sum of 6 terms"]
    assert viz.draw(program).svg == svg


def test_a_long_program_is_cut_and_says_so():
    def chain(x):
        for _ in range(200):
            x = gg.sin(x)
        return x

    program = gg.compile(chain)
    program(0.5)
    assert "more are in program.source" in viz.draw(program).svg
