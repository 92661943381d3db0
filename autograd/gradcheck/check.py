"""Gradients beside differences: the engine's own (``gradcheck``), or one written by hand (``check_gradient``)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache, partial
from itertools import islice

from .. import graph
from ..context.state import Differentiation
from ..errors import GradcheckError
from ..functional import Nested, flatten, unflatten
from ..numerics.floats import as_float
from ..numerics.foreign import is_array
from ..value import Value
from . import diagnosis
from .differences import differentiate
from .directions import Direction, Jacobian, Values, along, random_directions, suspects, whole_directions
from .report import RTOL, Entry, Report, judged
from .subject import Numbers, Subject, differing, names_in, number_of

SLIPS = 3  # at most so many are named
DIRECTIONS = 3  # in place of all inputs, where these are too many
EVALUATIONS, MOST_WORK = 60, 1e7  # of the function for one derivative, about; edges of the graph times evaluations


def gradcheck(
    function: Callable[..., object],
    inputs: Nested,
    *,
    parameters: Nested = (),
    order: int = 1,
    directions: int | None = None,
    rtol: float = RTOL,
    raise_error: bool = True,
) -> Report:
    """Check what ``backward()`` says of ``function`` against differences of its values.

    Args:
        function: takes Values and returns one, or any nesting of them (then each result is checked).
        inputs: where to check. A tuple is several arguments, and so is a list, unless the function wants it as one;
            anything else is the one argument. Arguments are numbers, Values, NumPy arrays, or lists and dicts of these.
        parameters: leaves that the function reads beside its arguments, e.g. ``model.parameters()``; checked as well,
            and left as they were.
        order: 2 checks the second derivatives too, each against differences of the first.
        directions: of many inputs, check the derivatives along so many random directions instead of each by itself;
            entries that are wrong are then looked for, at most five. 0: each by itself, however long that takes. By
            default each by itself, or three directions where that would take more than ten million operations: the
            report says so.
        rtol: how much a derivative may be off relative to its size, beside three times the difference's own error.
        raise_error: False to get the report of a failed check instead of an error.

    Raises:
        GradcheckError: a derivative is not confirmed, two backward passes differ in a bit, or the function gives
            another value at the second call. The message has the table, and the likely slip if the numbers fit one;
            where the function reads a ``.data``, that is named before any other slip.
        LeavesGraphError: the function reads the number of a Value with ``float(v)``, ``math.sin(v)`` or the like.
        TypeError: an input or a result is not a number.
        ValueError: the function is nan or inf at the inputs, order is neither 1 nor 2, or directions is
            no whole number.

    Method: Ridders' extrapolation of central differences with steps that adapt, one-sided at kinks and edges; see
    ``autograd.gradcheck.differences`` for the sources.

    >>> print(gradcheck(lambda x, y: x * y, (2.0, 4.0)))
    2 derivatives checked against differences: all agree
    input  analytic    numeric    error  verdict
    x             4  4 ± 8e-15  0.0e+00  ok
    y             2  2 ± 4e-15  0.0e+00  ok
    """
    __tracebackhide__ = True  # pytest shows the line of the test, not this one
    if order not in (1, 2):
        raise ValueError(f"order={order!r}: the first derivatives (1) or also the second (2) can be checked")
    subject = Subject(function, inputs, parameters)
    count, notes = _how_many(subject, directions, order)
    first = _checked(subject.values, subject.backward, subject.at, subject.names, rtol, count)
    rows = _titled(first) if len(first) > 1 else first
    failed = next((k for k, row in enumerate(rows) if not all(entry.ok for entry in row)), None)
    if order == 2:
        rows += _second(subject, rows, rtol, count)
    entries = tuple(entry for row in rows for entry in row)
    wrong = not all(entry.ok for entry in entries)
    reads = subject.reads() if wrong else ()
    if reads:
        slips = iter(reads)
    elif failed is not None:
        inputs = _inputs_of(first[failed], subject.names, count)
        slips = _slips(subject, failed, rows[failed][count:], rtol, inputs)
    else:
        slips = _slips_of_second(subject) if wrong else iter(())
    return _delivered(Report(entries, subject.remarks(), tuple(islice(slips, SLIPS)), notes), raise_error)


def _how_many(subject: Subject, directions: int | None, order: int) -> tuple[int, tuple[str, ...]]:
    """How many directions are to be checked, 0 for each input by itself; and what the report is to say of it."""
    if directions is not None:
        return whole_directions(directions), ()
    count = len(subject.at)
    work = subject.work() * EVALUATIONS
    if work * count**order <= MOST_WORK or count == 1:
        return 0, ()
    chosen = DIRECTIONS if work * DIRECTIONS <= MOST_WORK else 1
    note = (
        f"{count} inputs, each by itself, would take {work * count**order:.0e} operations: {chosen} random "
        f"direction{'s were' if chosen > 1 else ' was'} checked in their place; directions=0 checks each input"
    )
    return chosen, (note,)


def _second(subject: Subject, rows: Sequence[Sequence[Entry]], rtol: float, count: int) -> list[list[Entry]]:
    """The second derivatives: of each first one by each input, or of those along directions by directions."""
    if not count:
        names = [entry.name for row in rows for entry in row]
        second = _compared(subject.slopes, subject.second, subject.at, subject.names, rtol)
    else:
        slanted = subject.along(random_directions(subject.at, count))
        names = [f"{title}direction {d + 1}" for title in slanted.titles for d in range(count)]
        second = _checked(slanted.slopes, slanted.second, subject.at, subject.names, rtol, count)
    return [[replace(e, name=f"{name}, {e.name}") for e in row] for name, row in zip(names, second)]


def _titled(rows: Sequence[Sequence[Entry]]) -> list[list[Entry]]:
    """Entries with the number of their result in their names."""
    return [[replace(entry, name=f"[{k}] / {entry.name}") for entry in row] for k, row in enumerate(rows)]


def _inputs_of(row: Sequence[Entry], names: Sequence[str], count: int) -> Sequence[int]:
    """Which inputs the entries are of, those of directions left out."""
    return [names.index(entry.name) for entry in row[count:]] if count else range(len(row))


def _slips(subject: Subject, k: int, row: Sequence[Entry], rtol: float, inputs: Sequence[int]) -> Iterator[str]:
    """What may be wrong in the gradient of result k, of which ``row`` has the entries for these inputs."""

    def elsewhere(point: Numbers) -> Sequence[Entry]:
        return _compared(subject.values, subject.backward, point, subject.names, rtol, inputs)[k]

    with subject.run(subject.at) as (outs, leaves):
        chosen = [leaves[i] for i in inputs]
        yield from diagnosis.slips(row, _first_possible(elsewhere, subject.at), outs[k], chosen)


def _slips_of_second(subject: Subject) -> Iterator[str]:
    with subject.run(subject.at) as (outs, _):
        yield from diagnosis.rules_not_differentiable(graph.topological(*outs))


def _first_possible(check: Callable[[Numbers], Sequence[Entry]], at: Numbers) -> Callable[[], Sequence[Entry]]:
    """The check at the first point near ``at`` where it is possible."""

    def checked() -> Sequence[Entry]:
        for point in diagnosis.moved(at):
            try:
                return check(point)
            except ValueError:
                continue
        return ()

    return checked


def check_gradient(
    function: Callable[..., object],
    gradient: Callable[..., object],
    x: Nested,
    *,
    directions: int = 0,
    rtol: float = RTOL,
    raise_error: bool = True,
) -> Report:
    """Check a gradient that was written by hand, of any function of numbers or NumPy arrays, against differences.

    Args:
        function: takes ``x`` and returns one number.
        gradient: takes ``x`` and returns the gradient, in the shape of ``x``.
        x: where to check: a number, a NumPy array, or a list, tuple or dict of these; it is not changed.
        directions: of a long x, check the gradient along so many random directions instead of each entry by itself;
            entries that are wrong are then looked for, at most five.
        rtol: how much an entry may be off relative to its size, beside three times the difference's own error.
        raise_error: False to get the report of a failed check instead of an error.

    Raises:
        GradcheckError: an entry is not confirmed, or a second call gives other bits. The message has the table, and the
            likely slip if the numbers fit one (``function`` is then traced with Values, if it can be).
        TypeError: function or gradient returned something other than numbers.
        ValueError: the gradient has another shape than x, the function is nan or inf there, or directions is no whole
            number.

    >>> import numpy as np
    >>> x = np.array([1.0, -3.0])
    >>> check_gradient(lambda x: np.sum(np.sin(x)), np.cos, x).ok
    True
    >>> print(check_gradient(lambda x: np.sum(np.sin(x)), lambda x: -np.cos(x), x, raise_error=False).slips[0])
    wrong sign in every entry
    """
    __tracebackhide__ = True

    def values(numbers: Numbers) -> Numbers:
        return (_one_number(function(unflatten(x, numbers))),)

    def jacobian(numbers: Numbers) -> list[Numbers]:
        return [_in_shape(gradient(unflatten(x, numbers)), x)]

    directions = whole_directions(directions)
    at, names = tuple(map(number_of, flatten(x))), names_in(x, "x")
    entries = _checked(values, jacobian, at, names, rtol, directions)[0]
    remarks = differing("gradient", jacobian(at)[0], jacobian(at)[0]) + differing("function", values(at), values(at))
    slips: Iterator[str] = iter(())
    if not all(entry.ok for entry in entries):
        inputs = _inputs_of(entries, names, directions)
        out, leaves = _traced(function, x, at)

        def elsewhere(point: Numbers) -> Sequence[Entry]:
            return _compared(values, jacobian, point, names, rtol, inputs)[0]

        chosen = [leaves[i] for i in inputs] if leaves else []
        slips = diagnosis.slips(entries[directions:], _first_possible(elsewhere, at), out, chosen)
    return _delivered(Report(tuple(entries), remarks, tuple(islice(slips, SLIPS))), raise_error)


def _delivered(report: Report, raise_error: bool) -> Report:
    __tracebackhide__ = True
    if raise_error and not report.ok:
        raise GradcheckError(str(report))
    return report


def _checked(
    values: Values, jacobian: Jacobian, at: Numbers, names: Sequence[str], rtol: float, count: int
) -> list[list[Entry]]:
    """For each result an entry for each input; or, with directions, one for each of these, then for wrong inputs."""
    if not count:
        return _compared(values, jacobian, at, names, rtol)
    directions = random_directions(at, count)
    titles = [f"direction {d + 1}" for d in range(count)]
    rows = _compared(*along(values, jacobian, at, directions), titles, rtol)
    for k, row in enumerate(rows):

        def fails(direction: Direction, k: int = k) -> bool:
            return not _compared(*along(values, jacobian, at, [direction]), [""], rtol)[k][0].ok

        failing = next((v for v, entry in zip(directions, row) if not entry.ok), None)
        wrong = suspects(fails, failing) if failing is not None else []
        row += [_compared(values, jacobian, at, names, rtol, [i])[k][0] for i in wrong]
    return rows


def _compared(
    values: Values,
    jacobian: Jacobian,
    at: Numbers,
    names: Sequence[str],
    rtol: float,
    inputs: Sequence[int] | None = None,
) -> list[list[Entry]]:
    """For each result, an entry for each input (or those given): the derivative beside differences of ``values``."""
    lines = {i: _line(values, at, i) for i in (range(len(at)) if inputs is None else inputs)}
    return [
        [judged(names[i], row[i], differentiate(partial(line, k), at[i]), rtol) for i, line in lines.items()]
        for k, row in enumerate(jacobian(at))
    ]


def _line(values: Callable[[Numbers], Numbers], at: Numbers, i: int) -> Callable[[int, float], float]:
    """Result k as a function of input i; all results of one call are kept."""

    @cache
    def called(t: float) -> Numbers:
        return values((*at[:i], t, *at[i + 1 :]))

    return lambda k, t: called(t)[k]


# ── functions of NumPy arrays ──────────────────────────────────────────────────────────────────────────────────────


def _one_number(result: object) -> float:
    if is_array(result) and result.size == 1:
        result = result.item()
    try:
        return as_float(result)
    except TypeError:
        shape = f" of shape {result.shape}" if is_array(result) else ""
        raise TypeError(
            f"expected a function that returns one number, got {type(result).__name__}{shape}: return a sum of its "
            "entries and the gradient of that sum"
        ) from None


def _in_shape(gradient: object, x: Nested) -> Numbers:
    """The numbers of a gradient, which must have the shape of x."""
    wanted, got = names_in(x, "x"), names_in(gradient, "x")  # type: ignore[arg-type]  # where it is something else, the shapes differ
    if wanted != got:
        raise ValueError(f"a gradient has the shape of x: expected {_shape(x, wanted)}, got {_shape(gradient, got)}")
    return tuple(map(number_of, flatten(gradient)))  # type: ignore[arg-type]  # it has the shape of x


def _shape(nested: object, names: Sequence[str]) -> str:
    if is_array(nested):
        return f"an array of shape {nested.shape}"
    return f"{', '.join(names[:3])}{', …' if len(names) > 3 else ''}" if len(names) > 1 else type(nested).__name__


def _traced(function: Callable[..., object], x: Nested, at: Numbers) -> tuple[Value | None, list[Value]]:
    """The function's graph, if it runs on Values in place of numbers and gives the same."""
    leaves = [Value(number) for number in at]
    try:
        with Differentiation("check_gradient"):
            out = function(unflatten(x, leaves))
    except Exception:
        return None, []  # it does what Values cannot, e.g. np.linalg or a cast to float32: the numbers alone must do
    return (out, leaves) if isinstance(out, Value) and not out.is_constant else (None, [])
