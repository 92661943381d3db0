"""Fold: the loops that Python ran, found again in the order in which the nodes were made.

tape        a recording as plain lists of ints: op and operands of each node, in order
orders      the two orders in which loops are looked for: as made, and the deepest operand first
periods     how far apart things repeat: proposals, by votes of equal windows
stretches   for a period, the stretches that repeat exactly, operand by operand
rotation    where a step begins: with the fewest values carried, and as early as may be
search      the best stretches of a tape, within a budget of work
loops       what folding makes: blocks of runs and loops, and what a step reads
reads       the operands of a stretch as reads: fixed, slice, gather, carry; every operand of every step is compared
phases      what of a step runs once, before the scan, in it, after it; batches and scans, mere sums
folding     the stage itself: the best loops of a tape, loops in the body of a loop
show        a folded program as text
"""

from __future__ import annotations

from .folding import fold
from .loops import Block, Loop, Run
from .show import show
from .tape import Tape, Traced, traced

__all__ = ["fold", "show", "traced", "Block", "Loop", "Run", "Tape", "Traced"]
