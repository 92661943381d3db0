"""Add an op of your own: one call, and it is recorded, differentiated, checked, drawn and pickled like the rest."""

from __future__ import annotations

import functools
import keyword
import math
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from . import functions, ops
from .context.state import Differentiation
from .errors import OpError
from .gradcheck import diagnosis
from .gradcheck.report import Entry, Report
from .gradcheck.rows import Point, first_derivatives, locals_at, sample_points, second_derivatives
from .numerics.floats import as_float
from .op import REAL, WHOLE, Interval, Kink, Op, Rule
from .value import Value, add_method

_added: set[str] = set()


def op(
    name: str,
    value: Callable[..., float],
    partials: Sequence[Rule | None] | Rule,
    *,
    symbol: str = "",
    array: str | Callable[..., object] | None = None,
    latex: str = "",
    binds: int = WHOLE,
    infix: int = WHOLE,
    plain: Callable[..., object] | None = None,
    schoolbook: Sequence[Rule | None] | Rule = (),
    python: str = "",
    frameworks: str | Mapping[str, str] | None = "",
    commutes: bool = False,
    terms: Callable[..., Sequence[tuple[object, ...]]] | None = None,
    lowered: Callable[..., object] | None = None,
    domain: Sequence[Interval] = (REAL,),
    whole: Sequence[int] = (),
    selects: bool | Sequence[int] = (),
    smooth: Callable[..., bool] | None = None,
    kinks: Sequence[Kink] = (),
    advice: str = "",
    stands_for: str = "",
    replace: bool = False,
) -> Op:
    """Add an op: a row of the table, a method of ``Value``, a function of numbers and Values.

    It has the columns that our own rows have, and is drawn, explained, compiled and exported by them as ours are. The
    rule is checked on adding, first and second derivatives, at sample points of its domain.

    Args:
        name: a Python identifier that nothing else has (normalised with NFKC, as Python does with identifiers).
        value: floats to float. Where it raises ArithmeticError or ValueError, or turns complex, the op is nan.
        partials: one function per operand, of the operands and ``out``, that gives d out / d operand; written with
            glassgrad's functions, so that it can be differentiated again. None: no derivative by structure. A single
            function of (operands, out) that gives all of them makes an op of any number of operands.
        symbol: how pictures show it; the name by default.
        array: what does the same on arrays: a function of NumPy by its name, e.g. "np.cbrt", or a function of your own.
            None: programs call ``value`` float by float, and say so in ``summary()``.
        latex: a template with {0}, {1}, … for the operands.
        frameworks: a template for PyTorch and JAX, or one each: {"torch": "torch.special.gammaln({0})", "jax": …}.
        domain: for each operand the open interval in which it may lie; a single interval serves all operands.
        kinks: (operands, local derivatives) where there is no derivative in the strict sense and one is agreed on.
        advice: what to use instead where the out is nan or inf.
        selects: the operands, by number, that may be a branch that is not taken (True: all): where their local
            derivative is 0, what goes down to them is 0, also where what comes from above is infinite.
        replace: whether an op of that name that was added before may be replaced (a notebook cell may run twice).
        binds, infix, plain, schoolbook, python, commutes, terms, lowered, whole, smooth, stands_for: the other columns
            of a row, as ``help(glassgrad.autograd.op.Op)`` has them.

    Raises:
        OpError: a name that is invalid or taken, a value or rule that does not work or is wrong, with the likely slip.
            Nothing is added then.

    >>> import glassgrad as gg
    >>> cube = gg.op("cube", lambda x: x * x * x, [lambda x, out: 3.0 * x * x], symbol="x³", latex="{{{0}}}^3")
    >>> x = gg.Value(2.0)
    >>> cube(x).backward(); x.grad
    12.0
    >>> x.cube().data, cube(3)
    (8.0, 27.0)
    """
    if isinstance(name, str):
        name = unicodedata.normalize("NFKC", name)  # as Python reads identifiers: µ, the micro sign, is the letter μ
    _check_name(name, replace)
    _check_array(name, array)
    added = Op(
        name, symbol or name, _safe(value), partials, array, latex, binds=binds, infix=infix, plain=plain,  # type: ignore[arg-type]  # a single rule, and lists: Op makes tuples of them
        schoolbook=schoolbook, python=python, frameworks=frameworks, commutes=commutes, terms=terms, lowered=lowered,  # type: ignore[arg-type]  # as above
        domain=domain, whole=tuple(whole), selects=selects, smooth=smooth, kinks=kinks, advice=advice,  # type: ignore[arg-type]  # as above
        stands_for=stands_for,
    )  # fmt: skip
    _check(added)
    if name in _added and name in vars(Value):
        delattr(Value, name)
    ops.TABLE[name] = added
    _added.add(name)
    add_method(added)
    return added


def _check_name(name: str, replace: bool) -> None:
    if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name) or name.startswith("_"):
        raise OpError(
            f"{name!r} cannot be the name of an op: it becomes a method, so take a public identifier such as 'cube'"
        )
    if name in _added:
        if not replace:
            raise OpError(f"an op called {name!r} was added before: choose another name, or pass replace=True")
    elif name in ops.TABLE or hasattr(Value, name) or name in functions.__all__:
        raise OpError(f"{name!r} is taken: autograd has an op, function or method of that name; choose another")


def _check_array(name: str, array: str | Callable[..., Any] | None) -> None:
    if array is not None and not callable(_array_function(array)):
        raise OpError(
            f"array={array!r} of op {name!r}: name a function of NumPy, e.g. 'np.cbrt', give a function of arrays, or "
            "leave it out"
        )


def _array_function(array: str | Callable[..., Any]) -> Callable[..., Any] | None:
    if callable(array):
        return array
    import numpy as np

    return getattr(np, array.removeprefix("np."), None) if array.startswith("np.") else None


def _safe(value: Callable[..., float]) -> Callable[..., float]:
    """``value`` as a row has it: a float for any floats."""

    @functools.wraps(value)  # so that to_source finds the text of the user's function
    def safe(*operands: float) -> float:
        try:
            result = value(*operands)
            return math.nan if isinstance(result, complex) else as_float(result)
        except (ArithmeticError, ValueError):
            return math.nan

    return safe


# ── the check on adding ────────────────────────────────────────────────────────────────────────────────────────────


def _check(op: Op) -> None:
    try:
        with Differentiation("a rule"):
            _check_everywhere(op)
    except OpError:
        raise
    except Exception as error:
        raise OpError(
            f"op {op.name!r} is not added: {type(error).__name__}: {error}. Its value takes the operands; each rule "
            "takes the operands and out, floats or Values (that of a variadic op all operands as a tuple, and out)"
        ) from error


def _check_everywhere(op: Op) -> None:
    for point in sample_points(op):
        _check_value(op, point)
        _check_first(op, point)
        _check_schoolbook(op, point)
    for point in sample_points(op):
        _check_second(op, point)
    for at, agreed in op.kinks:
        _check_kink(op, at, agreed)


def _check_value(op: Op, point: Point) -> None:
    out = op.value(*point)
    if not math.isfinite(out):
        raise OpError(
            f"op {op.name!r} is not added: its value at {point}, inside its domain, is {out!r}; give its domain="
        )
    if op.array is not None:
        _check_array_value(op, op.array, point, out)


def _check_array_value(op: Op, array: str | Callable[..., Any], point: Point, out: float) -> None:
    import numpy as np

    function = _array_function(array)
    with np.errstate(all="ignore"):
        found = float(np.ravel(function(*(np.full(2, x) for x in point)))[1])  # type: ignore[misc]  # it was looked up on adding
    if not math.isclose(out, found, rel_tol=1e-9, abs_tol=1e-300):
        raise OpError(f"op {op.name!r} is not added: at {point} its value is {out!r}, but {array} gives {found!r}")


def _check_first(op: Op, point: Point) -> None:
    entries = first_derivatives(op, point)
    i, wrong = next(((i, entry) for i, entry in enumerate(entries) if not entry.ok), (0, None))
    if wrong is not None:
        _refuse(op, point, entries, diagnosis.rule_slip(op, point, i, wrong) if wrong.verdict == "WRONG" else "")


def _check_schoolbook(op: Op, point: Point) -> None:
    """What is shown to people must be what is computed."""
    out = op.value(*point)
    for i in range(len(point)):
        shown, computed = op.schoolbook_partial(i, point, out), op.partial(i, point, out)
        if not math.isclose(shown or 0.0, computed or 0.0, rel_tol=1e-6, abs_tol=1e-12):
            raise OpError(
                f"op {op.name!r} is not added: at {point} its schoolbook derivative by operand {i} is {shown!r}, but "
                f"its rule gives {computed!r}"
            )


def _check_second(op: Op, point: Point) -> None:
    entries = second_derivatives(op, point)
    if any(entry.verdict == "WRONG" for entry in entries):
        _refuse(op, point, entries, diagnosis.not_differentiable(op))


def _refuse(op: Op, point: Point, entries: Sequence[Entry], slip: str) -> None:
    report = Report(tuple(entries), slips=(slip,) if slip else ())
    raise OpError(f"op {op.name!r} is not added: at {point}\n{report}")


def _check_kink(op: Op, at: Sequence[float], agreed: Sequence[float]) -> None:
    found = locals_at(op, at)
    if list(agreed) != found:
        raise OpError(
            f"op {op.name!r} is not added: at its kink {tuple(at)} the rules give {found}, not {list(agreed)}"
        )
