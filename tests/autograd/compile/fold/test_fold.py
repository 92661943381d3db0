"""Folded programs, run by a plain interpreter, give every node of the recording to the last bit, or break at the guard."""

from __future__ import annotations

import math
import random
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import glassgrad as gg
from glassgrad.autograd.compile.fold import Loop, fold, show, traced
from glassgrad.autograd.compile.fold.loops import AFTER, BEFORE, ONCE, STEP
from glassgrad.autograd.compile.record import record
from glassgrad.autograd.value import Value

# ── the interpreter ────────────────────────────────────────────────────────────────────────────────────────────────


class BrokenGuardError(Exception):
    """A guard that does not hold: its line, and the steps of the loops around it, the outermost first."""


def run_block(block, leaves, steps=()):
    """All values of a block, by address, given those of its leaves."""
    values = [*leaves, *[None] * block.length]
    for item in block.items:
        if isinstance(item, Loop):
            run_loop(item, values, block.leaves, steps)
        else:
            run_nodes(item, values, block.leaves, range(len(item.nodes)))
    check_guards(block.asked, values, steps)
    return values


def run_nodes(run, values, leaves, which):
    nodes = run.nodes
    for i in which:
        operands = nodes.operands[nodes.first[i] : nodes.first[i + 1]].tolist()
        values[leaves + run.start + i] = nodes.ops[nodes.code[i]].value(*[values[x] for x in operands])


def check_guards(asked, values, steps):
    for guard in asked:
        answer = values[guard.answer]
        if answer == answer and (values[guard.condition] != 0.0) != (answer != 0.0):
            raise BrokenGuardError(guard.line, steps)


def run_loop(loop, values, leaves, steps):
    """Phase by phase, as ``phases`` allows: what is the same once; what needs no state at all steps; the scan; the rest."""
    read = [loop.addresses(r, leaves).tolist() for r in loop.reads]
    body, period = loop.body, loop.period
    here = [[None] * (body.leaves + body.length) for _ in range(loop.trips)]
    for phase in (ONCE, BEFORE, STEP, AFTER):
        for t, mine in enumerate(here):
            for k, addresses in enumerate(read):
                mine[k] = values[addresses[t]]
            for item in body.items:
                if isinstance(item, Loop):
                    if loop.phases[item.start] == phase:
                        run_loop(item, mine, body.leaves, (*steps, t))
                else:
                    run_nodes(item, mine, body.leaves, [i for i in range(len(item.nodes)) if loop.phases[item.start + i] == phase])
            start = leaves + loop.start + t * period
            values[start : start + period] = [
                v if p == phase else old
                for v, p, old in zip(mine[body.leaves :], loop.phases, values[start : start + period])
            ]
            if phase == ONCE:
                for place in [i for i, p in enumerate(loop.phases) if p == ONCE]:
                    for later in range(loop.trips):
                        here[later][body.leaves + place] = values[leaves + loop.start + later * period + place] = mine[body.leaves + place]
                break
    for t, mine in enumerate(here):
        for k, addresses in enumerate(read):
            mine[k] = values[addresses[t]]
        check_guards(body.asked, mine, (*steps, t))


def bits(x):
    return struct.pack("d", x)


def folded(function, args=()):
    """The trace of a function, its folded block, and the values of all nodes, which are compared with the recording's."""
    recording = record(function, args)
    trace = traced(recording)
    block, moved = fold(trace)
    leaves = trace.values()
    leaves[: trace.inputs] = [x._data for flat in recording.inputs for x in flat]
    values = run_block(block, leaves)
    for i, node in enumerate(trace.nodes):
        if node is not None:
            got = values[moved[trace.tape.leaves + i]]
            assert bits(got) == bits(node._data) or got != got and node._data != node._data, (i, node.op, got, node._data, show(block))
    return trace, block, moved


def left(function, args=()):
    """The share of the nodes that is left to write down, after the check of ``folded``."""
    trace, block, _ = folded(function, args)
    return block.size() / len(trace.tape)


def loops(block):
    return [(loop.kind, loop.trips, loop.period) for loop in block.loops]
