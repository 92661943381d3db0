"""Gradients beside differences: the engine's own (``gradcheck``), or one written by hand (``check_gradient``)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache, partial
from itertools import islice

from .. import graph
from ..errors import GradcheckError
from ..functional import Nested, flatten, unflatten
from ..numerics.floats import as_float
from ..numerics.foreign import is_array
from ..value import Value
from . import diagnosis
from .differences import differentiate
from .report import RTOL, Entry, Report, judged
from .subject import Numbers, Subject, differing, names_in

SLIPS = 3  # at most so many are named


def gradcheck(
    function: Callable[..., object],
    inputs: Nested,
    *,
    parameters: Nested = (),
    order: int = 1,
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
        rtol: how much a derivative may be off relative to its size, beside three times the difference's own error.
        raise_error: False to get the report of a failed check instead of an error.

    Raises:
        GradcheckError: a derivative is not confirmed, two backward passes differ in a bit, or the function gives
            another value at the second call. The message has the table, and the likely slip if the numbers fit one.
        TypeError: an input or a result is not a number.
        ValueError: the function is nan or inf at the inputs, or order is neither 1 nor 2.

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
    first = _compared(subject.values, subject.backward, subject.at, subject.names, rtol)
    rows = _titled(first) if len(first) > 1 else first
    failed = next((k for k, row in enumerate(rows) if not all(entry.ok for entry in row)), None)
    if order == 2:
        names = [entry.name for row in rows for entry in row]
        second = _compared(subject.slopes, subject.second, subject.at, subject.names, rtol)
        rows += [[replace(e, name=f"{name}, {e.name}") for e in row] for name, row in zip(names, second)]
    entries = tuple(entry for row in rows for entry in row)
    if failed is not None:
        slips = _slips(subject, failed, rows[failed], rtol)
    else:
        slips = _slips_of_second(subject) if not all(entry.ok for entry in entries) else iter(())
    return _delivered(Report(entries, subject.remarks(), tuple(islice(slips, SLIPS))), raise_error)


def _titled(rows: Sequence[Sequence[Entry]]) -> list[list[Entry]]:
    """Entries with the number of their result in their names."""
    return [[replace(entry, name=f"[{k}] / {entry.name}") for entry in row] for k, row in enumerate(rows)]


def _slips(subject: Subject, k: int, row: Sequence[Entry], rtol: float) -> Iterator[str]:
    """What may be wrong in the gradient of result k."""

    def elsewhere(point: Numbers) -> Sequence[Entry]:
        return _compared(subject.values, subject.backward, point, subject.names, rtol)[k]

    with subject.run(subject.at) as (outs, leaves):
        yield from diagnosis.slips(row, _first_possible(elsewhere, subject.at), outs[k], leaves)


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
    rtol: float = RTOL,
    raise_error: bool = True,
) -> Report:
    """Check a gradient that was written by hand, of any function of numbers or NumPy arrays, against differences.

    Args:
        function: takes ``x`` and returns one number.
        gradient: takes ``x`` and returns the gradient, in the shape of ``x``.
        x: where to check: a number, a NumPy array, or a list, tuple or dict of these; it is not changed.
        rtol: how much an entry may be off relative to its size, beside three times the difference's own error.
        raise_error: False to get the report of a failed check instead of an error.

    Raises:
        GradcheckError: an entry is not confirmed, or a second call gives other bits. The message has the table, and the
            likely slip if the numbers fit one (``function`` is then traced with Values, if it can be).
        TypeError: function or gradient returned something other than numbers.
        ValueError: the gradient has another shape than x, or the function is nan or inf there.

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

    def check(numbers: Numbers) -> list[Entry]:
        return _compared(values, jacobian, numbers, names_in(x, "x"), rtol)[0]

    at = tuple(float(number) for number in flatten(x))
    entries = check(at)
    remarks = differing("gradient", jacobian(at)[0], jacobian(at)[0]) + differing("function", values(at), values(at))
    slips: Iterator[str] = iter(())
    if not all(entry.ok for entry in entries):
        out, leaves = _traced(function, x, at)
        slips = diagnosis.slips(entries, _first_possible(check, at), out, leaves)
    return _delivered(Report(tuple(entries), remarks, tuple(islice(slips, SLIPS))), raise_error)


def _delivered(report: Report, raise_error: bool) -> Report:
    __tracebackhide__ = True
    if raise_error and not report.ok:
        raise GradcheckError(str(report))
    return report


def _compared(
    values: Callable[[Numbers], Numbers],
    jacobian: Callable[[Numbers], Sequence[Numbers]],
    at: Numbers,
    names: Sequence[str],
    rtol: float,
) -> list[list[Entry]]:
    """For each result, an entry for each input: the derivative that is checked beside differences of ``values``."""
    lines = [_line(values, at, i) for i in range(len(at))]
    return [
        [
            judged(name, slope, differentiate(partial(line, k), x), rtol)
            for name, slope, line, x in zip(names, row, lines, at)
        ]
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
    wanted, got = names_in(x, "x"), names_in(gradient, "x")  # type: ignore[arg-type]
    if wanted != got:
        raise ValueError(f"a gradient has the shape of x: expected {_shape(x, wanted)}, got {_shape(gradient, got)}")
    return tuple(float(number) for number in flatten(gradient))  # type: ignore[arg-type]


def _shape(nested: object, names: Sequence[str]) -> str:
    if is_array(nested):
        return f"an array of shape {nested.shape}"
    return f"{', '.join(names[:3])}{', …' if len(names) > 3 else ''}" if len(names) > 1 else type(nested).__name__


def _traced(function: Callable[..., object], x: Nested, at: Numbers) -> tuple[Value | None, list[Value]]:
    """The function's graph, if it runs on Values in place of numbers and gives the same."""
    leaves = [Value(number) for number in at]
    try:
        out = function(unflatten(x, leaves))
    except Exception:
        return None, []  # it does what Values cannot, e.g. np.linalg or a cast to float32: the numbers alone must do
    return (out, leaves) if isinstance(out, Value) and not out.is_constant else (None, [])
