"""Formulas that a person types, such as ``sigmoid(w*x + b)``: parsed into the op table, never eval'ed."""

from __future__ import annotations

import ast
import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from ...autograd import Value, functions, ops
from ...autograd.errors import GlassgradError
from ...autograd.op import Op
from ..scene.text import cut
from ..words import say

Number = Value | float
Operand = Number | list["Operand"]

LONGEST = 20_000  # characters; CPython's own parser needs a bound to be safe on what a stranger types

OPERATORS: dict[type[ast.AST], Op] = {
    ast.Add: ops.add,
    ast.Sub: ops.sub,
    ast.Mult: ops.mul,
    ast.Div: ops.div,
    ast.Mod: ops.mod,
    ast.FloorDiv: ops.floor_divide,
    ast.Pow: ops.pow,
    ast.USub: ops.neg,
    ast.UAdd: ops.identity,
    ast.Lt: ops.less,
    ast.LtE: ops.less_equal,
    ast.Gt: ops.greater,
    ast.GtE: ops.greater_equal,
    ast.Eq: ops.equal,
    ast.NotEq: ops.not_equal,
}

CONSTANTS = {"pi": math.pi}

ELSEWHERE = {  # what other libraries call our functions: the nearest name is then the one that means the same
    "ln": "log",
    "max": "maximum",
    "min": "minimum",
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "arctan2": "atan2",
    "arcsinh": "asinh",
    "arccosh": "acosh",
    "arctanh": "atanh",
    "power": "pow",
    "logistic": "sigmoid",
    "swish": "silu",
}

REMEDIES: dict[type[ast.AST], str] = {
    ast.BitXor: "expression.power",
    ast.MatMult: "expression.matmul",
    ast.IfExp: "expression.if",
    ast.BoolOp: "expression.and",
    ast.Attribute: "expression.method",
    ast.NamedExpr: "expression.assignment",
}


class ExpressionError(GlassgradError, ValueError):
    """A formula that cannot be read, or not at these numbers; the message names the part and the remedy."""


@dataclass(frozen=True)
class Expression:
    """A parsed formula. ``names`` are its variables, in the order in which they appear."""

    text: str
    names: tuple[str, ...]
    tree: ast.expr

    def __call__(self, *values: Number) -> Value:
        """The formula at these values, one for each name.

        >>> parse("w*x + 1")(Value(2.0), Value(3.0)).data
        7.0
        """
        try:
            out = _evaluate(self.tree, dict(zip(self.names, values, strict=True)))
        except RecursionError:
            raise _too_deep() from None
        if isinstance(out, list):
            raise ExpressionError(say("expression.list", shown=repr(cut(self.text, 60))))
        return out if isinstance(out, Value) else Value(out)


def parse(text: str) -> Expression:
    """Read a formula of numbers, names, + - * / **, comparisons, brackets and the functions of ``autograd``.

    >>> parse("sigmoid(w*x + b)").names
    ('w', 'x', 'b')

    Raises:
        ExpressionError: (a ValueError) for anything else.
    """
    if len(text) > LONGEST:
        raise ExpressionError(say("expression.too_long", count=len(text), most=LONGEST))
    if not text.strip():
        raise ExpressionError(say("expression.empty"))
    shown = repr(cut(text, 60))
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        said = say("expression.unreadable_at", shown=shown, reason=error.msg, column=error.offset or 1)
        raise ExpressionError(said) from None
    except ValueError as error:
        raise ExpressionError(say("expression.unreadable", shown=shown, reason=error)) from None
    except (RecursionError, MemoryError):
        raise _too_deep() from None
    names = _variables(tree)
    if not names:
        raise ExpressionError(say("expression.no_variable", shown=shown))
    return Expression(text, names, tree)


def known_functions() -> dict[str, Callable[..., Operand]]:
    """Every function that a formula may call, by name: the rows of the op table, and what is made of them."""
    fixed = {name: op for name, op in ops.TABLE.items() if not op.variadic}
    return {**fixed, **{name: getattr(functions, name) for name in functions.__all__}}


def values_at(expression: Expression, numbers: Mapping[str, float]) -> list[Value]:
    """A labelled leaf for each name of the expression, in its order.

    Raises:
        ExpressionError: for a name without a number, or a number without a name in the expression.
    """
    missing = [name for name in expression.names if name not in numbers]
    surplus = [name for name in numbers if name not in expression.names]
    if surplus and surplus[0] in CONSTANTS:
        raise ExpressionError(say("expression.taken", name=surplus[0], number=CONSTANTS[surplus[0]]))
    if surplus:
        near = nearest(surplus[0], expression.names)
        raise ExpressionError(say("expression.surplus", name=surplus[0], nearest=near))
    if missing:
        raise ExpressionError(say("expression.missing", name=missing[0]))
    return [Value(numbers[name], label=name) for name in expression.names]


def nearest(name: str, known: Mapping[str, object] | tuple[str, ...]) -> str:
    """The known name that looks most like this one."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    return by_folded[get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.0)[0]]


def _variables(tree: ast.expr) -> tuple[str, ...]:
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called]
    in_order = sorted(found, key=lambda node: (node.lineno, node.col_offset))
    return tuple(dict.fromkeys(node.id for node in in_order if node.id not in CONSTANTS))


def _evaluate(node: ast.expr, variables: Mapping[str, Number]) -> Operand:
    """The value of one part of the formula. Each kind of part that is understood is one case; no other gets through."""
    match node:
        case ast.Constant(value=int() | float() as literal) if not isinstance(literal, bool):
            return _literal(literal)
        case ast.Name(id=name):
            return variables[name] if name in variables else CONSTANTS[name]
        case ast.UnaryOp(op=sign, operand=part) if type(sign) in OPERATORS:
            return _apply(OPERATORS[type(sign)], "-", [_evaluate(part, variables)])
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in OPERATORS:
            operands = [_evaluate(left, variables), _evaluate(right, variables)]
            return _apply(OPERATORS[type(sign)], OPERATORS[type(sign)].symbol, operands)
        case ast.Compare(left=left, ops=[sign], comparators=[right]) if type(sign) in OPERATORS:
            operands = [_evaluate(left, variables), _evaluate(right, variables)]
            return _apply(OPERATORS[type(sign)], OPERATORS[type(sign)].symbol, operands)
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return [_evaluate(part, variables) for part in parts]
        case ast.Subscript(value=part, slice=ast.Constant(value=int(index))):
            return _item(_evaluate(part, variables), index)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=keywords):
            return _call(name, arguments, keywords, variables)
    raise ExpressionError(_not_understood(node))


def _call(
    name: str, arguments: list[ast.expr], keywords: list[ast.keyword], variables: Mapping[str, Number]
) -> Operand:
    known = known_functions()
    if name not in known:
        near = ELSEWHERE.get(name.casefold()) or nearest(name, known)
        raise ExpressionError(say("expression.no_function", name=name, nearest=near))
    if any(keyword.arg is None for keyword in keywords):
        raise ExpressionError(say("expression.no_unpacking", name=name))
    options = {str(keyword.arg): _evaluate(keyword.value, variables) for keyword in keywords}
    return _apply(known[name], name, [_evaluate(part, variables) for part in arguments], options)


def _apply(
    function: Callable[..., Operand], name: str, operands: list[Operand], options: Mapping[str, Operand] | None = None
) -> Operand:
    try:
        if not isinstance(function, Op):
            inspect.signature(function).bind(*operands, **(options or {}))
        return function(*operands, **(options or {}))
    except (TypeError, ValueError, OverflowError) as error:
        said = str(error)
        raise ExpressionError(said if said.startswith(f"{name} ") else f"{name}: {said}") from None


def _item(items: Operand, index: int) -> Operand:
    if not isinstance(items, list):
        raise ExpressionError(say("expression.no_list", index=index))
    if not -len(items) <= index < len(items):
        raise ExpressionError(say("expression.no_item", index=index, count=len(items)))
    return items[index]


def _literal(number: int | float) -> float:
    try:
        literal = float(number)
    except OverflowError:
        literal = math.inf
    if math.isinf(literal):
        raise ExpressionError(say("expression.range"))
    return literal


def _not_understood(node: ast.expr) -> str:
    part = node.func if isinstance(node, ast.Call) else node
    kind = type(part.op if isinstance(part, ast.BinOp) else part)
    if isinstance(node, ast.Compare) and len(node.ops) > 1:
        return say("expression.chain", shown=ast.unparse(node))
    remedy = say(REMEDIES.get(kind, "expression.allowed"))
    return say("expression.cannot_use", shown=cut(ast.unparse(node), 60), remedy=remedy)


def _too_deep() -> ExpressionError:
    return ExpressionError(say("expression.deep"))
