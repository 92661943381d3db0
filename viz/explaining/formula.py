"""Formulas as pictures and lessons print them: in plain text and in LaTeX, parenthesised right.

A Formula is made by running an op row's own rules on names instead of numbers, so a derivative is printed as it is
written in the table, and what is printed is what is computed. Each formula also holds its number.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isclose

from ...autograd import ops
from ...autograd.numerics.floats import as_float
from ...autograd.op import Op
from ..scene.text import number

SUM, PRODUCT, SIGN, POWER, WHOLE = 1, 2, 3, 4, 9  # how tightly it holds together, as in ``Op.binds``, ``Op.infix``

_OPENED, _CLOSED = re.compile(r"(\{\{|\\left\W|,|floor|ceil)\s*$"), re.compile(r"\s*(\}\}|\\right|,)")
_MOST_OPERANDS = 12
_DIGITS_KEPT = 1e-12  # relative error of a schoolbook form that is shown


@dataclass(frozen=True, eq=False)
class Formula:
    """An op on formulas, a name, or (with neither) a number.

    >>> x, y = Formula(3.0, "x"), Formula(2.0, "y")
    >>> ((x - (x - y)) * -x).text()
    '(x − (x − y)) × (−x)'
    >>> (x / y + 1.0).latex()
    '\\\\frac{x}{y} + 1'
    """

    data: float
    name: str = ""
    op: Op | None = None
    operands: tuple[Formula, ...] = ()

    @property
    def is_constant(self) -> bool:
        """True: its number is settled, so rules that ask which case applies are answered."""
        return True

    @property
    def is_number(self) -> bool:
        """Whether it is a bare number."""
        return not self.name and self.op is None

    def text(self, digits: int = 4) -> str:
        """In plain text, with operators as pictures show them."""
        return _Text(digits).write(self).content

    def latex(self, digits: int = 4) -> str:
        """In LaTeX, for the inside of a displayed formula."""
        return _Latex(digits).write(self).content

    @classmethod
    def __apply_op__(cls, op: Op, operands: Sequence[Formula | float]) -> Formula:
        """Apply an op to formulas; numbers alone give a number."""
        parts = tuple(x if isinstance(x, Formula) else cls(as_float(x)) for x in operands)
        data = op.value(*(part.data for part in parts))
        if all(part.is_number for part in parts):
            return cls(data)
        plain = op.plain(*parts) if op.plain else None
        return replace(plain, data=data) if isinstance(plain, cls) else cls(data, "", op, parts)

    def __bool__(self) -> bool:
        return self.data != 0.0

    def __neg__(self) -> Formula:
        return self.__apply_op__(ops.neg, (self,))

    def __add__(self, other: Formula | float) -> Formula:
        return self.__apply_op__(ops.add, (self, other))

    def __radd__(self, other: float) -> Formula:
        return self.__apply_op__(ops.add, (other, self))

    def __sub__(self, other: Formula | float) -> Formula:
        return self.__apply_op__(ops.sub, (self, other))

    def __rsub__(self, other: float) -> Formula:
        return self.__apply_op__(ops.sub, (other, self))

    def __mul__(self, other: Formula | float) -> Formula:
        return self.__apply_op__(ops.mul, (self, other))

    def __rmul__(self, other: float) -> Formula:
        return self.__apply_op__(ops.mul, (other, self))

    def __truediv__(self, other: Formula | float) -> Formula:
        return self.__apply_op__(ops.div, (self, other))

    def __rtruediv__(self, other: float) -> Formula:
        return self.__apply_op__(ops.div, (other, self))

    def __pow__(self, other: Formula | float) -> Formula:
        return self.__apply_op__(ops.pow, (self, other))


def applied(op: Op, operands: Sequence[Formula], data: float) -> Formula:
    """The op on these formulas just as it was recorded, with nothing simplified."""
    return Formula(data, "", op, tuple(operands))


def local_derivative(op: Op, i: int, operands: Sequence[Formula], out: Formula) -> Formula:
    """∂ out / ∂ operands[i] in symbols: as schools write it, or as the engine computes it where that loses digits.

    >>> from glassgrad.autograd import ops
    >>> x, y = Formula(3.0, "x"), Formula(2.0, "y")
    >>> local_derivative(ops.div, 1, [x, y], Formula(1.5, "f")).text()
    '−(x ÷ y^2)'
    """
    rule, shown = op.partial(i, operands, out), op.schoolbook_partial(i, operands, out)
    computed = rule if isinstance(rule, Formula) else Formula(as_float(rule))
    if isinstance(shown, Formula) and isclose(shown.data, computed.data, rel_tol=_DIGITS_KEPT):
        return replace(shown, data=computed.data)
    return computed


# ── printing ───────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Written:
    content: str
    binds: int


def _bare(part: _Written, binds: int, leading: bool, minus: str) -> str:
    """An operand in an open place of its op: in brackets unless it holds together more tightly than the op does.

    What leads a chain of the same op needs none, for a − b − c is read as (a − b) − c; powers are read the other way.
    """
    tight = part.binds > binds or (leading and part.binds == binds and binds in (SUM, PRODUCT))
    safe = tight and (leading or not part.content.startswith(minus))
    return part.content if safe else f"({part.content})"


class _Text:
    """The plain text of formulas."""

    def __init__(self, digits: int) -> None:
        self.digits = digits

    def write(self, formula: Formula) -> _Written:
        if formula.op is None:
            return _Written(formula.name or number(formula.data, self.digits), _sign(formula))
        parts = [self.write(operand) for operand in formula.operands[:_MOST_OPERANDS]]
        op, binds = formula.op, formula.op.infix
        if binds == WHOLE:
            more = ["…"] if len(formula.operands) > len(parts) else []
            return _Written(f"{op.name}({', '.join([part.content for part in parts] + more)})", WHOLE)
        if len(parts) == 1:
            return _Written(op.symbol + _bare(parts[0], binds, False, "−"), binds)
        left, right = _bare(parts[0], binds, True, "−"), _bare(parts[1], binds, False, "−")
        return _Written(f"{left}{op.symbol}{right}" if binds == POWER else f"{left} {op.symbol} {right}", binds)


class _Latex:
    """The LaTeX of formulas, from the templates of the op rows."""

    def __init__(self, digits: int) -> None:
        self.digits = digits

    def write(self, formula: Formula) -> _Written:
        if formula.op is None:
            content = latex_name(formula.name) if formula.name else latex_number(formula.data, self.digits)
            return _Written(content, PRODUCT if r"\cdot" in content and not formula.name else _sign(formula))
        parts = [self.write(operand) for operand in formula.operands[:_MOST_OPERANDS]]
        op = formula.op
        if op.variadic:
            more = [r"\ldots"] if len(formula.operands) > len(parts) else []
            return _Written(op.latex.format(", ".join([part.content for part in parts] + more)), op.binds)
        template = op.latex or _function(op.name, len(parts))
        places = [self._placed(part, i, template, op.binds) for i, part in enumerate(parts)]
        return _Written(template.format(*places), op.binds)

    def _placed(self, part: _Written, i: int, template: str, binds: int) -> str:
        """The operand as text, in parentheses unless the template already encloses it."""
        before, _, after = template.partition(f"{{{i}}}")
        if _OPENED.search(before) and _CLOSED.match(after):
            return part.content
        return _bare(part, min(binds, POWER), not before, "-")


def _function(name: str, operands: int) -> str:
    """The template of an op that brought none."""
    escaped = latex_escaped(name).replace("{", "{{").replace("}", "}}")
    places = ", ".join(f"{{{i}}}" for i in range(operands))
    return rf"\operatorname{{{{{escaped}}}}}\left({places}\right)"


def _sign(formula: Formula) -> int:
    return SIGN if not formula.name and str(formula.data).startswith("-") else WHOLE


def latex_number(x: float, digits: int = 4) -> str:
    """A number in LaTeX.

    >>> latex_number(-0.5), latex_number(2.5e-7), latex_number(float("inf"))
    ('-0.5', '2.5 \\\\cdot 10^{-7}', '\\\\infty')
    """
    shown = number(x, digits).replace("−", "-").replace("∞", r"\infty").replace("nan", r"\mathrm{nan}")
    mantissa, e, exponent = shown.partition("e")
    return rf"{mantissa} \cdot 10^{{{exponent}}}" if e and exponent else shown


_SUBSCRIPTED = re.compile(r"([^\W\d_])_?(\d+)(′*)")
_PLAIN_WORD = re.compile(r"[^\W\d][\w.]*(′\d*)*")
_ESCAPES = {
    "\\": r"\backslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\wedge{}", "~": r"\sim{}", "<": r"\lt{}", ">": r"\gt{}", " ": r"\ ", "`": r"\text{‘}", "|": r"\vert{}",
}  # fmt: skip


def latex_escaped(text: str) -> str:
    """Text as the inside of ``\\mathrm{…}``: nothing in it is a command, HTML or the end of a formula."""
    return "".join(_ESCAPES.get(char, char) for char in text)


def latex_name(name: str) -> str:
    """A value's name in LaTeX.

    >>> latex_name("x"), latex_name("w12"), latex_name("loss")
    ('x', 'w_{12}', '\\\\mathrm{loss}')
    """
    if found := _SUBSCRIPTED.fullmatch(name):
        primes = "^{" + r"\prime" * len(found[3]) + "}" if found[3] else ""
        return f"{found[1]}_{{{found[2]}}}{primes}"
    if len(name) == 1 and name.isalpha():
        return name
    return rf"\mathrm{{{latex_escaped(name)}}}"


def unique_names(names: Sequence[str]) -> list[str]:
    """The names, such that no two are the same and none can be mistaken for a formula.

    >>> unique_names(["x", "y", "x", "x", "x + y"])
    ['x', 'y', 'x′', 'x′3', '“x + y”']
    """
    taken = set(names)
    met: Counter[str] = Counter()
    unique = []
    for name in names:
        met[name] += 1
        while met[name] > 1 and (again := f"{name}′{met[name] if met[name] > 2 else ''}") in taken:
            met[name] += 1
        chosen = name if met[name] == 1 else again
        taken.add(chosen)
        unique.append(chosen if _PLAIN_WORD.fullmatch(chosen) else f"“{chosen}”")
    return unique
