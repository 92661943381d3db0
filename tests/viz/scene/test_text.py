"""Widths, cuts, characters that XML forbids, and numbers."""

import math
import xml.etree.ElementTree as ElementTree
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassgrad.viz.scene.text import ELLIPSIS, columns, cut, number, visible

any_text = st.text(st.characters(codec=None, exclude_categories=()))


@given(any_text, st.integers(2, 40))
def test_a_cut_text_fits_and_is_well_formed_xml(text, most):
    shown = cut(text, most)
    assert columns(shown) <= most
    assert ElementTree.fromstring(f"<a>{escape(shown)}</a>").text in (shown, None)


@given(any_text)
def test_what_fits_is_drawn_as_typed_or_made_visible(text):
    shown = visible(text)
    assert len(shown) == len(text)
    assert all(a == b or not a.isprintable() for a, b in zip(text, shown))


@pytest.mark.parametrize("char", ["\u202e", "\u2066", "\ud800", "\ufffe", "\x85"])
def test_what_would_turn_or_break_its_neighbours_is_replaced(char):
    assert visible(f"a{char}b") == "a\ufffdb"


def test_a_very_long_text_is_cut_with_an_ellipsis():
    assert cut("x" * 100_000, 9) == "x" * 8 + ELLIPSIS
    assert len(cut("\u0301" * 100_000, 9)) < 100


@pytest.mark.parametrize(
    ("text", "width"), [("", 0), ("abc", 3), ("中文", 4), ("😀", 2), ("e\u0301", 1), ("a\u200db", 2), ("−×σ", 3)]
)
def test_columns(text, width):
    assert columns(text) == width


@pytest.mark.parametrize(
    ("x", "shown"),
    [
        (0.0, "0"), (-0.0, "0"), (3.0, "3"), (-12345.0, "−12345"), (0.1 + 0.2, "0.3"), (1234.5678, "1235"),
        (999.96, "1000"), (9999.6, "10000"), (1e6, "1e6"), (123456789.0, "1.235e8"), (0.0001, "0.0001"),
        (1e-5, "1e−5"), (-1.2345e-300, "−1.234e−300"), (math.inf, "∞"), (-math.inf, "−∞"), (math.nan, "nan"),
    ],
)  # fmt: skip
def test_numbers(x, shown):
    assert number(x) == shown


@given(st.floats(-1e300, 1e300), st.integers(2, 12))
def test_a_number_reads_back_to_its_digits(x, digits):
    back = float(number(x, digits).replace("−", "-"))
    assert math.isclose(back, x, rel_tol=5.01 * 10.0**-digits, abs_tol=5e-324)
    assert (back < 0) == (x < 0)
