"""What a row of the op table is: ``Op``, which makes every row, ours and users', and the table that rows stand in.

How an op is applied and leaves a node is in ``value``, how the derivatives of a graph are multiplied and added up in
``graph``; our own rows are in ``ops``, users' come through ``custom``.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn, Protocol, TypeVar, overload

from .errors import OpError
from .numerics import floats

T = TypeVar("T")


class Operand(Protocol):
    """A kind of number that says for itself what comes of an op that is applied to it: Value is one."""

    @classmethod
    def __apply_op__(cls, op: Op, operands: Sequence[NoReturn], /) -> object: ...


Kind = TypeVar("Kind", bound=Operand | float)
Rule = Callable[..., Any]  # of (*operands, out), for any kind of number; of a variadic op: of (operands, out), for all
Interval = tuple[float, float]
Kink = tuple[Sequence[float], Sequence[float]]

REAL, POSITIVE, UNIT, ABOVE_ONE, ABOVE_MINUS_ONE = (
    (-math.inf, math.inf), (0.0, math.inf), (-1.0, 1.0), (1.0, math.inf), (-1.0, math.inf))  # fmt: skip
WHOLE = 9  # for ``binds`` and ``infix``: needs no parentheses anywhere


class _Help:
    """The ``__doc__`` of an op: its help text, written when somebody asks for it. That of its class stays as it was."""

    def __init__(self, of_class: str | None) -> None:
        self.of_class = of_class

    def __get__(self, op: Op | None, kind: type) -> str | None:
        return self.of_class if op is None else help_text(op)


class _Signature:
    """The ``__signature__`` of an op, which ``inspect.signature`` reads: its operands by name. Its class has none."""

    def __get__(self, op: Op | None, kind: type) -> inspect.Signature:
        if op is None:
            raise AttributeError("__signature__")
        named = inspect.Parameter.VAR_POSITIONAL if op.variadic else inspect.Parameter.POSITIONAL_ONLY
        return inspect.Signature([inspect.Parameter(name, named) for name in _names(op)])


@dataclass(frozen=True, eq=False)
class Op:
    r"""One row of the table. Call it on numbers and get a float, on Values (or a mixture) and get a Value.

    >>> import glassgrad as gg
    >>> gg.sigmoid(0.0)
    0.5
    >>> gg.maximum(2, 3.5)
    3.5

    Attributes:
        name: what users call it, as a function of ``glassgrad`` and as a method of ``Value``.
        symbol: how a picture shows it.
        value: floats to float; never raises for a float.
        partials: one rule per operand (None: no derivative by structure). A single rule for all makes the op variadic:
            it takes any number of operands.
        array: what does the same on arrays: the name of a function of NumPy ("np.tanh") or of ``numerics.arrays``
            ("arrays.relu"), or a function. None: there is none; programs call ``value`` float by float.
        latex: a template with {0}, {1}, … for the operands; by default the name, as a function.
        binds: how tightly the LaTeX holds together: 1 sum, 2 product, 3 sign, 4 power, 9 self-contained.
        infix: the same for plain text, where the symbol stands between or before the operands (0: comparison); 9: plain
            text writes it as a function.
        plain: in formulas, what a person would write for it on these operands (None: itself).
        schoolbook: the local derivatives as schools write them, where ``partials`` has another form that keeps its
            digits; one rule per operand (None: that of ``partials``), or one for all of a variadic op. For show.
        python: a template for Python's own operators on floats; by default programs call ``value``.
        frameworks: a template for PyTorch and JAX, with ``{np}``, ``{nn}`` and ``{special}`` for their modules; or one
            each, {"torch": …, "jax": …}. By default the array form's NumPy name. None: they have no form.
        commutes: whether f(a, b) is f(b, a), to the last bit.
        terms: for a sum, its terms as (coefficient, factor) or (coefficient, factor, factor), given the operands.
        lowered: how a program computes it by way of other ops, given the operands (None: it does so itself).
        domain: for each operand the open interval in which checks take their sample points; one interval serves all.
        whole: the operands, by number, that are whole numbers and have no derivative, e.g. the order of a derivative.
        selects: the operands, by number, that may be a branch that is not taken: where the local derivative is 0, what
            goes down to them is the number 0, whatever comes from above, and not 0 × ∞. True: all with a derivative.
        smooth: where it has derivatives in the strict sense, as a test of a point; by default in all of the domain.
        kinks: (operands, local derivatives) by convention, at points where there is no derivative in the strict sense.
        advice: what to use instead when the out is nan or inf.
        stands_for: of a row that exists for the sake of others' derivatives, the formula that it stands for.
        variadic: whether it takes any number of operands; follows from ``partials``.
    """

    name: str
    symbol: str
    value: Callable[..., float]
    partials: tuple[Rule | None, ...]
    array: str | Callable[..., Any] | None
    latex: str = ""
    binds: int = WHOLE
    infix: int = WHOLE
    plain: Callable[..., object] | None = None
    schoolbook: tuple[Rule | None, ...] = ()
    python: str = ""
    frameworks: str | Mapping[str, str] | None = ""
    commutes: bool = False
    terms: Callable[..., Sequence[tuple[Any, ...]]] | None = None
    lowered: Callable[..., Any] | None = None
    domain: tuple[Interval, ...] = (REAL,)
    whole: tuple[int, ...] = ()
    selects: bool | Sequence[int] = ()
    smooth: Callable[..., bool] | None = None
    kinks: tuple[tuple[tuple[float, ...], tuple[float, ...]], ...] = ()
    advice: str = ""
    stands_for: str = ""
    variadic: bool = field(init=False, default=False)

    __doc__ = _Help(__doc__)
    __signature__ = _Signature()

    def __post_init__(self) -> None:
        settle = object.__setattr__  # the row is frozen from here on
        settle(self, "variadic", callable(self.partials))
        for column in ("partials", "schoolbook"):
            rules = getattr(self, column)
            settle(self, column, (rules,) if callable(rules) else tuple(rules))
        settle(self, "selects", self._selects())
        settle(self, "latex", self.latex or self._called_in_latex())
        settle(self, "domain", self._domain())
        settle(self, "kinks", tuple((tuple(map(float, at)), tuple(map(float, agreed))) for at, agreed in self.kinks))

    def _called_in_latex(self) -> str:
        name = self.name.replace("_", r"\_")
        operands = ", ".join(f"{{{i}}}" for i in range(len(self.partials)))
        return rf"\operatorname{{{{{name}}}}}\left({operands}\right)"

    def _selects(self) -> tuple[int, ...]:
        """The numbers of the operands; of a variadic op 0 stands for all."""
        every = tuple(i for i, rule in enumerate(self.partials) if rule is not None)
        chosen = () if self.selects is False else every if self.selects is True else tuple(self.selects)
        if not set(chosen) <= set(every):
            raise OpError(f"{self.name!r} selects {self.selects!r}: name operands that have a derivative, {every}")
        return chosen

    def _domain(self) -> tuple[Interval, ...]:
        """One interval for each operand; of a variadic op one for all."""
        intervals = tuple((float(low), float(high)) for low, high in self.domain)
        intervals = intervals * len(self.partials) if len(intervals) == 1 else intervals
        if len(intervals) != len(self.partials) or not all(low < high for low, high in intervals):
            raise OpError(
                f"the domain of {self.name!r} is {self.domain!r}: give one interval (low, high), low < high, for each "
                "operand"
            )
        return intervals

    @overload
    def __call__(self, *operands: float) -> float: ...
    @overload
    def __call__(self, *operands: float | Kind) -> Kind: ...
    def __call__(self, *operands: object) -> object:
        """Apply the op. Operands of a type with ``__apply_op__`` (Value is one) decide what comes of it."""
        plain = True
        for operand in operands:
            if type(operand) is not float:
                apply = getattr(type(operand), "__apply_op__", None)
                if apply is not None:
                    return apply(self, operands)
                plain = False
        self.check_arity(operands)
        return self.value(*(operands if plain else map(floats.as_float, operands)))

    def check_arity(self, operands: Sequence[object]) -> None:
        """Raise TypeError where an op of fixed arity is given another number of operands."""
        if not self.variadic and len(operands) != len(self.partials):
            wanted = len(self.partials)
            noun = "operand" if wanted == 1 else "operands"
            raise TypeError(f"{self.name} takes {wanted} {noun}, got {len(operands)}")

    def partial(self, i: int, operands: Sequence[T], out: T) -> T | float | None:
        """The local derivative d out / d operands[i], in the same kind of number as the operands."""
        return self._by(self.partials, i, operands, out)

    def schoolbook_partial(self, i: int, operands: Sequence[T], out: T) -> T | float | None:
        """The same as schools write it: of less precision than ``partial``, and easier to recognise."""
        shown = any(self.schoolbook) and (self.variadic or self.schoolbook[i] is not None)
        return self._by(self.schoolbook if shown else self.partials, i, operands, out)

    def _by(self, rules: Sequence[Rule | None], i: int, operands: Sequence[T], out: T) -> T | float | None:
        if self.variadic:
            rule = rules[0]
            return None if rule is None else rule(operands, out)[i]
        rule = rules[i]
        return None if rule is None else rule(*operands, out)

    def derivatives(
        self, operands: Sequence[T], out: T, wanted: Sequence[int] | None = None
    ) -> Sequence[T | float | None]:
        """The local derivatives with respect to the operands at ``wanted`` (None: to all of them), at one go."""
        if self.variadic and self.partials[0] is not None:
            found: Sequence[T | float | None] = self.partials[0](operands, out)
            return found if wanted is None else [found[i] for i in wanted]
        rules = self.partials if wanted is None else [self.partials[i] for i in wanted]
        return [None if rule is None else rule(*operands, out) for rule in rules]

    def selecting(self, i: int) -> bool:
        """Whether operand i is a branch that is not taken where its local derivative is 0."""
        return (0 if self.variadic else i) in self.selects  # type: ignore[operator]  # a tuple, once it is settled

    def passing(self, found: Iterable[float | None]) -> list[float | None]:
        """Local derivatives as the chain rule takes them: None for a branch that is not taken, too."""
        return [None if local == 0.0 and self.selecting(i) else local for i, local in enumerate(found)]

    def is_smooth_at(self, *point: float) -> bool:
        """Whether the op has derivatives there in the strict sense: inside its domain, away from kinks and jumps."""
        if self.smooth is not None:
            return self.smooth(*point)
        domain = self.domain * len(point) if self.variadic else self.domain
        return all(low < x < high for x, (low, high) in zip(point, domain))

    @property
    def numpy_name(self) -> str:
        """What NumPy calls it; "" if its array form is not one of NumPy's functions."""
        named = isinstance(self.array, str) and self.array.startswith("np.")
        return str(self.array).removeprefix("np.") if named else ""

    def __repr__(self) -> str:
        return f"<op {self.name}>"

    def __reduce__(self) -> tuple[Callable[[str], Op], tuple[str]]:
        return find, (self.name,)

    def __copy__(self) -> Op:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Op:
        return self

    @property
    def __name__(self) -> str:
        return self.name


# ── the table ──────────────────────────────────────────────────────────────────────────────────────────────────────

TABLE: dict[str, Op] = {}


def row(*columns: Any, **named: Any) -> Op:
    """``Op`` of these columns, added to the table.

    Raises:
        OpError: the derivatives are something else: a column before them, or they themselves, were left out.
    """
    added = Op(*columns, **named)
    if not added.partials or not all(rule is None or callable(rule) for rule in added.partials):
        raise OpError(
            f"the row of op {added.name!r} has no local derivatives after its value: give a list of one rule per "
            "operand, such as [lambda x, out: ...], None for an operand without one"
        )
    TABLE[added.name] = added
    return added


def find(name: str) -> Op:
    """The op of that name.

    Raises:
        OpError: no such op; says how to add one.
    """
    try:
        return TABLE[name]
    except KeyError:
        raise OpError(f"no op is called {name!r}: import the module that adds it with gg.op(...) first") from None


# ── a row in words ─────────────────────────────────────────────────────────────────────────────────────────────────


def help_text(op: Op) -> str:
    """What ``help(op)`` shows: what the op is, its domain, what is agreed on at its kinks, what helps against nan."""
    lines = [f"{op.name}({'…' if op.variadic else ', '.join(_names(op))}): {summary(op)}", ""]
    if op.stands_for:
        lines.append(f"It stands for {op.stands_for}, for the sake of other ops' derivatives.")
    if op.numpy_name:
        lines.append(f"As in NumPy ({op.array}), of numbers or Values.")
    limited = [_interval(name, op.domain[i]) for i, name in enumerate(_names(op)) if _ends_with_its_domain(op, i)]
    if limited:
        lines.append(f"Defined for {', '.join(limited)}.")
    lines += [
        f"At ({numbers(at)}) the local derivative is {numbers(agreed)}, by convention." for at, agreed in op.kinks
    ]
    if op.advice:
        lines.append(f"Where it gives nan or inf: {op.advice}.")
    return "\n".join(lines).rstrip() + "\n"


def summary(op: Op) -> str:
    """The op in one line."""
    written = (op.value.__doc__ or "").splitlines()
    said = [line for line in written if line.strip() and not line.startswith(f"{op.name}(")]
    if said:
        return said[0].strip()
    names = _names(op)
    return f"{names[0]} {op.symbol} {names[1]}" if len(names) == 2 else f"{op.symbol}{names[0]}"


def _names(op: Op) -> Sequence[str]:
    """The operands as the value names them, or else one of the rules; a builtin is named otherwise in each Python."""
    if op.variadic:
        return ["operands"]
    count = len(op.partials)
    codes = (getattr(function, "__code__", None) for function in (op.value, *op.partials))
    named = (code.co_varnames[: min(code.co_argcount, count)] for code in codes if code is not None)
    return next((names for names in named if len(names) == count), [f"x{i}" for i in range(count)])


def _ends_with_its_domain(op: Op, i: int) -> bool:
    """Whether the op is nan outside of operand i's domain, which may be no more than where checks take their points."""
    low, high = op.domain[i]
    beyond = [end for end, bound in ((low - 0.5, low), (high + 0.5, high)) if math.isfinite(bound)]
    return bool(beyond) and all(math.isnan(op.value(*_with(op, i, end))) for end in beyond)


def _with(op: Op, i: int, number: float) -> list[float]:
    """Operands of 1, but for the i-th."""
    return [number if k == i else 1.0 for k in range(len(op.partials))]


def _interval(name: str, interval: Interval) -> str:
    low, high = interval
    if math.isinf(low) and math.isinf(high):
        return f"any {name}"
    above = f"{number(low)} < " if math.isfinite(low) else ""
    below = f" < {number(high)}" if math.isfinite(high) else ""
    return f"{above}{name}{below}"


def number(x: float) -> str:
    """A number as the help and the docs show it."""
    return f"{x:g}".replace("-", "−").replace("inf", "∞")


def numbers(xs: Iterable[float]) -> str:
    """Numbers as the help and the docs show them."""
    return ", ".join(map(number, xs))
