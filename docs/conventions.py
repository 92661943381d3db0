"""Write conventions.md afresh: what the rows of the op table agree on at kinks and poles."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from glassgrad.autograd import ops
from glassgrad.autograd.op import Op, number, numbers

_INTRODUCTION = """\
# Derivatives at kinks and poles

At these points an op has no derivative in the strict sense. The numbers are those of PyTorch 2.13, but for hypot at the
origin, where PyTorch gives nan. Everything that is made of these ops follows them. A nan in an operand gives nan.

This page is written by `python docs/conventions.py` from the `kinks` column of the op table; a test holds it current.

| op | at | value | local derivatives |
|---|---|---|---|
"""


def table(ops: Iterable[Op]) -> str:
    """The conventions of these ops as a page of Markdown."""
    rows = [
        f"| {op.name} | {numbers(at)} | {number(op.value(*at))} | {numbers(agreed)} |\n"
        for op in ops
        for at, agreed in op.kinks
    ]
    return _INTRODUCTION + "".join(rows)


if __name__ == "__main__":
    Path(__file__).with_suffix(".md").write_text(table(ops.TABLE.values()), encoding="utf-8")
