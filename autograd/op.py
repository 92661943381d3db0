"""What a row of the op table is: ``Op``, the one constructor of rows, and the table that they stand in.

How an op is applied and leaves a node is in ``value``, how the derivatives of a graph are multiplied and added up in
``graph``; the rows themselves are in ``ops``.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar, overload

from .errors import OpError
from .numerics import floats

T = TypeVar("T")
Rule = (
    Callable  # (*operands, out) -> local derivative, for any kind of number; variadic: (operands, out) -> all of them
)
Interval = tuple[float, float]

REAL, POSITIVE, UNIT, ABOVE_ONE, ABOVE_MINUS_ONE = (
    (-math.inf, math.inf), (0.0, math.inf), (-1.0, 1.0), (1.0, math.inf), (-1.0, math.inf))  # fmt: skip


@dataclass(frozen=True, eq=False)
class Op:
    """One row of the table. Call it on numbers and get a float, on Values (or a mixture) and get a Value.

    >>> import glassgrad as gg
    >>> gg.sigmoid(0.0)
    0.5
    >>> gg.maximum(2, 3.5)
    3.5

    Attributes:
        name: what users call it, as a function of ``autograd`` and as a method of ``Value``.
        symbol: how a picture shows it.
        value: floats to float; never raises for a float.
        partials: one rule per operand (None: structurally no derivative), or one rule for all of a variadic op.
        array: the NumPy function that does the same on arrays, by name.
        latex: a template with {0}, {1}, … for the operands; ``binds`` is how tightly it holds together
            (1 sum, 2 product, 3 sign, 4 power, 9 self-contained).
        infix: the same for plain text in which the symbol stands between or before the operands (0 comparison); 9: it
            is written as a function.
        domain: for each operand the open interval in which checks take their sample points.
        kinks: (operands, local derivatives) by convention, at points where there is no derivative in the strict sense.
        advice: what to use instead when the out is nan or inf.
        plain: what a person would write for it on these operands, in formulas (None: nothing plainer than itself).
    """

    name: str
    symbol: str
    value: Callable[..., float]
    partials: tuple[Rule | None, ...]
    array: str = ""
    latex: str = ""
    binds: int = 9
    domain: tuple[Interval, ...] = ()
    kinks: tuple[tuple[tuple[float, ...], tuple[float, ...]], ...] = ()
    advice: str = ""
    variadic: bool = False
    infix: int = 9
    plain: Callable[..., object] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "__doc__", help_text(self))

    @overload
    def __call__(self, *operands: float) -> float: ...
    @overload
    def __call__(self, *operands: float | T) -> T: ...
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
            raise TypeError(f"{self.name} takes {wanted} operand{'s' * (wanted != 1)}, got {len(operands)}")

    def partial(self, i: int, operands: Sequence[T], out: T) -> T | float | None:
        """The local derivative d out / d operands[i], in the same kind of number as the operands."""
        if self.variadic:
            rule = self.partials[0]
            return None if rule is None else rule(operands, out)[i]
        rule = self.partials[i]
        return None if rule is None else rule(*operands, out)

    def derivatives(
        self, operands: Sequence[T], out: T, wanted: Sequence[int] | None = None
    ) -> Sequence[T | float | None]:
        """The local derivatives with respect to the operands at ``wanted`` (None: to all of them), at one go."""
        if self.variadic and self.partials[0] is not None:
            found = self.partials[0](operands, out)
            return found if wanted is None else [found[i] for i in wanted]
        rules = self.partials if wanted is None else [self.partials[i] for i in wanted]
        return [None if rule is None else rule(*operands, out) for rule in rules]

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


TABLE: dict[str, Op] = {}


def row(name: str, symbol: str, value: Callable[..., float], partials: Sequence[Rule | None] | Rule, array: str,
        latex: str, domain: Sequence[Interval] = (REAL,), *, binds: int = 9, infix: int = 9,
        plain: Callable[..., object] | None = None,
        kinks: tuple[tuple[tuple[float, ...], tuple[float, ...]], ...] = (), advice: str = "") -> Op:  # fmt: skip
    """Add a row to the table."""
    variadic = callable(partials)
    rules = (partials,) if callable(partials) else tuple(partials)
    TABLE[name] = Op(
        name, symbol, value, rules, array, latex, binds, tuple(domain), kinks, advice, variadic, infix, plain
    )
    return TABLE[name]


def find(name: str) -> Op:
    """The op of that name.

    Raises:
        OpError: no such op; says how to add one.
    """
    try:
        return TABLE[name]
    except KeyError:
        raise OpError(f"no op is called {name!r}: import the module that adds it with gg.op(...) first") from None


# ── the row in words ───────────────────────────────────────────────────────────────────────────────────────────────


def help_text(op: Op) -> str:
    """What ``help(op)`` shows: what the op is, its domain, what is agreed on at its kinks, what helps against nan."""
    lines = [f"{op.name}({'…' if op.variadic else ', '.join(_names(op))}): {_summary(op)}", ""]
    if op.array.startswith("np."):
        lines.append(f"As in NumPy ({op.array}), of numbers or Values.")
    if any(math.isfinite(bound) for interval in op.domain for bound in interval):
        lines.append(f"Defined for {', '.join(map(_interval, _names(op), op.domain))}.")
    lines += [
        f"At ({numbers(at)}) the local derivative is {numbers(agreed)}, by convention." for at, agreed in op.kinks
    ]
    if op.advice:
        lines.append(f"Where it gives nan or inf: {op.advice}.")
    return "\n".join(lines).rstrip() + "\n"


def _summary(op: Op) -> str:
    written = (op.value.__doc__ or "").splitlines()
    said = [line for line in written if line.strip() and not line.startswith(f"{op.name}(")]
    if said:
        return said[0].strip()
    names = _names(op)
    return f"{names[0]} {op.symbol} {names[1]}" if len(names) == 2 else f"{op.symbol}{names[0]}"


def _names(op: Op) -> list[str]:
    """The operands as the op's first rule names them."""
    rule = next((rule for rule in op.partials if rule is not None), None)
    if rule is None:
        return ["a", "b"][: len(op.partials)]
    return list(inspect.signature(rule).parameters)[: len(op.partials)]


def _interval(name: str, interval: Interval) -> str:
    low, high = interval
    if math.isinf(low) and math.isinf(high):
        return f"any {name}"
    return " < ".join([number(low)] * math.isfinite(low) + [name] + [number(high)] * math.isfinite(high))


def number(x: float) -> str:
    """A number as the help and the docs show it."""
    return f"{x:g}".replace("-", "−").replace("inf", "∞")


def numbers(xs: Iterable[float]) -> str:
    """Numbers as the help and the docs show them."""
    return ", ".join(map(number, xs))
