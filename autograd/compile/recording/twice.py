"""Twice: two recordings of one function, node by node.

What a function does afresh at each run (random numbers, the time, a counter) would be baked into a program, so that the
two must agree. They also tell which leaves the function makes at each run: those are other objects in the second one.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from math import isclose
from operator import attrgetter, is_
from typing import NoReturn

from ... import graph
from ...errors import CompileError
from ...functional import Nested
from ...value import Value
from .random_states import KINDS, SHARED, random_states_kept, state_of
from .reach import reach
from .record import Recorder, Recording, record

Entry = tuple[object, ...]  # what a node is; equal for nodes that do the same in two recordings

_OF_DRAWS = 8  # more runs of a function that draws random numbers, which may come out alike in two of them
_pack = struct.Struct("d").pack


def record_twice(function: Callable[..., object], args: Sequence[Nested]) -> Recording:
    """Record the function, and once more, to see that it does the same again.

    Raises:
        CompileError: it does not, or a number left the graph.
        TypeError: an argument or a result is not made of numbers.
    """
    sources = [*SHARED, *(item for part in reach(function) for item in part.items if isinstance(item, KINDS))]
    states = _states(sources)
    one = record(function, args)
    drew = states != _states(sources)
    with random_states_kept(sources):
        for _ in range(_OF_DRAWS if drew else 1):
            other = _again(function, args)
            place = first_difference(one, other)
            if place is not None:
                _refuse(function, args, other, place)
    one.made = made_in(one, other)
    return one


def _states(sources: Sequence[object]) -> list[object]:
    return [state_of(source) for source in sources]


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
    nodes = [*third.order, *_ends(third)]
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
    leaves, leaves_other = _leaves(one, made_in(one, other)), _leaves(other, made_in(other, one))
    if list(leaves.values()) == list(leaves_other.values()) and _same_edges(one, other):
        return None
    entries, entries_other = _entries(one, leaves), _entries(other, leaves_other)
    if _differ_in_order(one, other, entries, entries_other):
        return None
    pairs = enumerate(zip(entries, entries_other))
    return next((i for i, (a, b) in pairs if a != b), min(len(entries), len(entries_other)))


def made_in(one: Recording, other: Recording) -> set[Value]:
    """The leaves that the function makes at each run: fixed numbers. One that it keeps is the same object in both."""
    inputs = {x for flat in one.inputs for x in flat}
    made = {x for x in one.order if x.op is None and x._stamp >= one.began and x not in inputs}
    return made.difference(other.order) if made else made


def _leaves(recording: Recording, made: set[Value]) -> dict[Value, Entry]:
    """What each node is that no op of the graph gives, in their order."""
    inputs = {x: i for i, x in enumerate(x for flat in recording.inputs for x in flat)}
    found: dict[Value, Entry] = {}
    for node in recording.order:
        if node.op is not None:
            continue
        if node in inputs:
            found[node] = ("input", inputs[node])
        elif node in recording.origins:
            found[node] = ("detached", recording.origins[node][0])
        else:
            fixed = node.is_constant or node in made
            found[node] = ("number", _pack(node._data)) if fixed else ("parameter", id(node))
    return found


def _same_edges(one: Recording, other: Recording) -> bool:
    """Whether ops, edges, guards and results are alike. Nearly all of it runs in C, for every build waits for it."""
    ops, ops_other = ([*map(attrgetter("op"), recording.order)] for recording in (one, other))
    operands, operands_other = ([*map(_operands_of(recording), recording.order)] for recording in (one, other))
    truths, truths_other = ([guard.truth for guard in recording.guards] for recording in (one, other))
    counts, counts_other = [*map(len, operands)], [*map(len, operands_other)]
    ends, ends_other = _ends(one), _ends(other)
    if (ops, counts, truths, len(ends)) != (ops_other, counts_other, truths_other, len(ends_other)):
        return False
    twin = dict(zip(one.order, other.order))
    used = map(twin.__getitem__, chain(chain.from_iterable(operands), ends))
    return all(map(is_, used, chain(chain.from_iterable(operands_other), ends_other)))


def _operands_of(recording: Recording) -> Callable[[Value], Sequence[Value]]:
    return recording.operands if recording.origins else attrgetter("operands")


def _ends(recording: Recording) -> list[Value]:
    """What its guards ask, and its results."""
    return [*(guard.condition for guard in recording.guards), *recording.outs]


def _entries(recording: Recording, leaves: Mapping[Value, Entry]) -> list[Entry]:
    """What each node, each guard and each result is, with operands by their places."""
    at = {node: i for i, node in enumerate(recording.order)}
    return [
        *((*leaves.get(node, (node.op,)), *(at[x] for x in recording.operands(node))) for node in recording.order),
        *(("guard", guard.truth, at[guard.condition]) for guard in recording.guards),
        *(("result", at[out]) for out in recording.outs),
    ]


# ── sets, which two runs may go through in another order ───────────────────────────────────────────────────────────


def _differ_in_order(one: Recording, other: Recording, entries: list[Entry], entries_other: list[Entry]) -> bool:
    """Whether the same is done in another order: as many of each op, leaf and guard, the same results and slopes."""
    return (
        len(entries) == len(entries_other)
        and _close([x._data for x in one.outs], [x._data for x in other.outs])
        and _contents(entries) == _contents(entries_other)
        and _slopes_close(one, other)
    )


def _contents(entries: Sequence[Entry]) -> Counter[Entry]:
    """How often each op, each leaf and each answer of a guard occurs."""
    return Counter(entry[:2] if isinstance(entry[0], str) and entry[0] != "result" else entry[:1] for entry in entries)


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
