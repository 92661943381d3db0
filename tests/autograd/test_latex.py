"""The LaTeX of each row: what is opened is closed, in its template and with operands in it."""

from __future__ import annotations

import re

import pytest

from glassgrad.autograd.op import TABLE

PAIRS = {"(": ")", "[": "]", "{": "}", r"\lfloor": r"\rfloor", r"\lceil": r"\rceil", "|": "|"}
SIZED = re.compile(r"\\(left|right)(?![a-z])\s*(\\[a-z]+|[()\[\]|])?|\\[a-zA-Z]+|\\.|[(){}\[\]]")
ROWS = pytest.mark.parametrize("op", TABLE.values(), ids=lambda op: op.name)


def fault(latex):
    """What is opened and not closed there, or closed and not opened; "" if all is in order."""
    waiting = []
    for token in SIZED.finditer(latex):
        side, mark = token[1], token[2] or token[0]
        if side and token[2] is None:
            return f"\\{side} without a bracket"
        if side != "right" and mark in PAIRS and (side or mark[0] != "\\"):
            waiting.append((side == "left", PAIRS[mark]))
        elif (side or mark in PAIRS.values()) and (not waiting or waiting.pop() != (side == "right", mark)):
            return f"{token[0]} closes nothing"
    return f"{waiting[-1][1]} is missing" if waiting else ""


def faults(template, count):
    """The faults of a template, bare and with operands that have brackets themselves."""
    for operand in ("x", r"\frac{a}{b}", r"\left(x + y\right)"):
        try:
            written = template.format(*[operand] * count)
        except (ValueError, IndexError, KeyError) as error:
            return f"not a template: {error}"
        if found := fault(written) or ("" if written.count(operand) >= count else "an operand is left out"):
            return f"{found} in {written}"
    return ""


def count_of(op):
    return 1 if op.variadic else len(op.partials)


@ROWS
def test_every_bracket_has_its_partner(op):
    assert not faults(op.latex, count_of(op)), op.name


@ROWS
def test_one_bracket_less_is_noticed(op):
    for at, mark in enumerate(op.latex):
        if mark in "(){}[]|":
            assert faults(op.latex[:at] + op.latex[at + 1 :], count_of(op)), (op.name, at)


@pytest.mark.parametrize(
    "latex", [r"\left(x", r"x\right)", r"\left(x\right]", r"\left x", r"\left(x)", "{x", r"\left(\frac{x\right)}"]
)
def test_broken_latex_is_found(latex):
    assert fault(latex)
