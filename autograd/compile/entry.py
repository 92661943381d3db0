"""``compile``: the door to programs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal, overload

from ..functional import Nested
from .program import Program, Reduction, Sums

if TYPE_CHECKING:
    from ..functional.signatures import Scalar, Scalars


@overload
def compile(
    function: Callable[..., Scalar],
    batch: Literal[False] = False,
    reduction: Reduction = "mean",
    *,
    sums: Sums = "fast",
    static: Sequence[str] = (),
) -> Program[float]: ...
@overload
def compile(
    function: Callable[..., Scalars],
    batch: Literal[False] = False,
    reduction: Reduction = "mean",
    *,
    sums: Sums = "fast",
    static: Sequence[str] = (),
) -> Program[list[float]]: ...
@overload
def compile(
    function: Callable[..., Scalar],
    batch: bool,
    reduction: Literal["mean", "sum"] = "mean",
    *,
    sums: Sums = "fast",
    static: Sequence[str] = (),
) -> Program[float]: ...
@overload
def compile(
    function: Callable[..., Nested],
    batch: bool = False,
    reduction: Reduction = "mean",
    *,
    sums: Sums = "fast",
    static: Sequence[str] = (),
) -> Program[Nested]: ...
def compile(
    function: Callable[..., object],
    batch: bool = False,
    reduction: Reduction = "mean",
    *,
    sums: Sums = "fast",
    static: Sequence[str] = (),
) -> Program[object]:
    """Compile a function of Values into a program of array operations with its own reverse pass.

    It is recorded at its first call, re-rolled, and checked against the recorded graph; later calls replay it. A
    recording runs the function twice, and what it does afresh at each run (random numbers, the time, a counter) is an
    error: pass it as an argument. So side effects, a ``print`` or an ``append``, happen twice at each recording (three
    times where it ends in this error), and not at all when the program is replayed. ``random`` and ``numpy.random`` are
    left as one run leaves them.

    The Values that it is closed over are its parameters, and are read afresh at every call; so is one that it makes
    once and keeps, while one that it makes at each run is a fixed number. What else
    it is closed over (numbers, flags, lists, attributes, globals, and which Values those are) is compared at every call
    but ``replay``, and where it has changed the function is recorded anew: at the ninth change of one thing it is run
    eagerly, with a ``ClosedOverWarning``. Calls 2, 4, 8, … are compared with one run of the function (of a batch's
    first sample), which finds what the comparison does not reach.

    Args:
        function: takes numbers, or lists, tuples, dicts, dataclasses or arrays of them, and returns the same but for
            dataclasses. Strings, None and bare bools may be given anywhere: the function is recorded for each that it
            meets.
        batch: the arguments carry a leading batch axis; the function is recorded for one sample.
        reduction: of the function's values over a batch: "mean", "sum" or "none".
        sums: "fast": in whatever order is fastest, but for sums whose terms cancel; "exact": ``sum``, ``dot`` and
            ``mean`` are rounded once, as in eager code, which takes longer.
        static: the names of arguments for each of whose values the function is recorded: counts, sizes, choices.

    Raises (when called):
        CompileError: a number left the graph (``float(v)``, ``.data``, ``backward()``), also where the function catches
            the exception; ``.data`` was assigned to; or the function does something else when it runs again.

    >>> from glassgrad.autograd.value import Value
    >>> w = Value(2.0)
    >>> program = compile(lambda x: sum((w * xi) ** 2 for xi in x))
    >>> program([1.0, 3.0])
    40.0
    >>> program.value_and_grad([1.0, 3.0])
    (40.0, [8.0, 24.0])
    >>> program.backward([1.0, 3.0]), w.grad
    (40.0, 40.0)
    """
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"reduction={reduction!r}: expected 'mean', 'sum' or 'none'")
    if sums not in ("fast", "exact"):
        raise ValueError(f"sums={sums!r}: expected 'fast' or 'exact'")
    return Program(function, batch, reduction, sums, static)
