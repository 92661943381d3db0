"""Twice: two recordings of one function, node by node.

What a function does afresh at each run (random numbers, the time, a counter) would be baked into a program, so that the
two must agree. They also tell which leaves the function makes at each run: those are other objects in the second one.
"""

from __future__ import annotations

import random
import struct
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import isclose
from typing import NoReturn

import numpy as np

from .. import graph
from ..errors import CompileError
from ..functional import Nested
from ..value import Value
from .record import Recorder, Recording, record

Entry = tuple[object, ...]  # what a node is; equal for nodes that do the same in two recordings

_pack = struct.Struct("d").pack


@contextmanager
def random_states_kept() -> Iterator[None]:
    """Put the states of ``random`` and ``numpy.random`` back at the end of the block."""
    python, numpy = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)


def record_twice(function: Callable[..., object], args: Sequence[Nested]) -> Recording:
    """Record the function, and once more, to see that it does the same again.

    Raises:
        CompileError: it does not, or a number left the graph.
        TypeError: an argument or a result is not made of numbers.
    """
    one = record(function, args)
    with random_states_kept():
        other = _again(function, args)
        place = first_difference(one, other)
        if place is not None:
            _refuse(function, args, other, place)
    one.made = made_in(one, other)
    return one


def _again(function: Callable[..., object], args: Sequence[Nested]) -> Recording:
    try:
        return record(function, args)
    except CompileError:
        raise
    except Exception as error:
        raise CompileError(
            f"the function fails when it runs again, with {type(error).__name__}: {error}. compile runs it twice, to "
            "see that it does the same: pass what its first run uses up as an argument"
        ) from error


def _refuse(function: Callable[..., object], args: Sequence[Nested], other: Recording, place: int) -> NoReturn:
    """Say where the runs differ: run the function once more, and note the line of each node."""
    recorder = Recorder(lines=True)
    third = record(function, args, recorder)
    again = first_difference(third, other)
    nodes = [*third.order, *(guard.condition for guard in third.guards), *third.outs]
    node = nodes[min(place if again is None else again, len(nodes) - 1)]
    users = (user for user in third.order if user is node or any(x is node for x in third.operands(user)))
    line = next((recorder.lines[user] for user in users if user in recorder.lines), "")
    raise CompileError(
        f"{line} the function does something else here when it runs again (random numbers, the time, a counter, or "
        "what else it changes), and a program would repeat its first run for ever: pass it as an argument".lstrip()
    )


def first_difference(one: Recording, other: Recording) -> int | None:
    """The place of the first node of ``one`` that does something else in ``other``; None if they are alike.

    Places go through the nodes in their order, then the guards, then the results. Two runs may go through a set in
    another order; then ops, constants, results and derivatives have to be the same ones.
    """
    entries, entries_other = _entries(one, made_in(one, other)), _entries(other, made_in(other, one))
    if entries == entries_other or _differ_in_order(one, other, entries, entries_other):
        return None
    pairs = enumerate(zip(entries, entries_other))
    return next((i for i, (a, b) in pairs if a != b), min(len(entries), len(entries_other)))


def made_in(one: Recording, other: Recording) -> set[Value]:
    """The leaves that the function makes at each run: fixed numbers. One that it keeps is the same object in both."""
    inputs = {x for flat in one.inputs for x in flat}
    made = {x for x in one.order if x.op is None and x._stamp >= one.began and x not in inputs}
    return made.difference(other.order) if made else made


def _entries(recording: Recording, made: set[Value]) -> list[Entry]:
    """What each node, each guard and each result is, with operands by their places."""
    entries: list[Entry] = []
    at: dict[Value, int] = {}
    inputs = {x: i for i, x in enumerate(x for flat in recording.inputs for x in flat)}
    for node in recording.order:
        at[node] = len(at)
        if node.op is not None:
            entries.append((node.op, *[at[x] for x in node.operands]))
        elif node in inputs:
            entries.append(("input", inputs[node]))
        elif node in recording.origins:
            op, operands = recording.origins[node]
            entries.append(("detached", op, *[at[x] for x in operands]))
        else:
            fixed = node.is_constant or node in made
            entries.append(("number", _pack(node._data)) if fixed else ("parameter", id(node)))
    entries += [("guard", at[guard.condition], guard.truth) for guard in recording.guards]
    entries += [("result", at[out]) for out in recording.outs]
    return entries


# ── sets, which two runs may go through in another order ───────────────────────────────────────────────────────────


def _differ_in_order(one: Recording, other: Recording, entries: list[Entry], entries_other: list[Entry]) -> bool:
    """Whether the same is done in another order: as many of each op, leaf and guard, the same results and slopes."""
    return (
        len(entries) == len(entries_other)
        and _close([x._data for x in one.outs], [x._data for x in other.outs])
        and _contents(one, entries) == _contents(other, entries_other)
        and _slopes_close(one, other)
    )


def _contents(recording: Recording, entries: Sequence[Entry]) -> Counter[object]:
    """How often each op, each leaf and each answer of a guard occurs."""
    by_place = {"guard": 2, "detached": 1}  # what of these entries holds in any order
    return Counter(
        entry if entry[0] in ("input", "number", "parameter") else entry[by_place.get(entry[0], 0)]  # type: ignore[call-overload]  # an op is no key of it
        for entry in entries
    )


def _slopes_close(one: Recording, other: Recording) -> bool:
    """Whether the derivatives by all inputs and parameters are the same."""
    for out, out_other in zip(one.outs, other.outs):
        slopes, slopes_other = _slopes(one, out), _slopes(other, out_other)
        shared = slopes.keys() & slopes_other.keys()
        if not _close([slopes[x] for x in shared], [slopes_other[x] for x in shared]):
            return False
    return True


def _slopes(recording: Recording, out: Value) -> dict[object, float]:
    """The derivative of a result by each input (by its place) and by each leaf."""
    inputs = {x: i for i, x in enumerate(x for flat in recording.inputs for x in flat)}
    found = graph.gradient_numbers(out) if not out.is_constant else {}
    return {inputs.get(x, x): slope for x, slope in found.items() if x.op is None}


def _close(a: Sequence[float], b: Sequence[float]) -> bool:
    return len(a) == len(b) and all(
        isclose(x, y, rel_tol=1e-9, abs_tol=1e-12) or _pack(x) == _pack(y) for x, y in zip(a, b)
    )
