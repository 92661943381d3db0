"""Name the slip that explains a wrong gradient, if the numbers fit one.

Three ways, the surest first: an op of the graph whose own rule is wrong; a backward pass with a slip put in on purpose,
which gives the very numbers that are to be explained; a pattern in the numbers themselves, which must hold at a second
point too. Nothing is named that does not fit all numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from fractions import Fraction

from .. import graph
from ..op import Op
from ..value import Value
from .differences import differentiate
from .report import RTOL, Entry
from .rows import Point, along, first_derivatives, locals_at, second_derivatives

SURE = ("an operand missed", "wrong sign", "no number")  # patterns after which nothing else is looked for
NEAR = 1e-6  # how close numbers must be to fit a slip
LARGEST, SINGLY = 20_000, 200  # nodes of a graph that is looked through: for slips in an op, at one node
LOOKED, WIDEST = 1_000, 16  # different nodes whose rules are checked, and how many operands those may have

Local = Callable[[Value, int], float]  # (node, which operand) -> local derivative
Elsewhere = Callable[[], Sequence[Entry]]  # the same entries at another point, or none where that is not possible


def slips(entries: Sequence[Entry], elsewhere: Elsewhere, out: Value | None, leaves: Sequence[Value]) -> Iterator[str]:
    """What may have gone wrong, in words, the likeliest first.

    Args:
        entries: all first derivatives of one result, in the order of ``leaves``.
        elsewhere: gives the entries at another point.
        out: the recorded result, if there is one.
        leaves: what it was computed from.
    """
    if not any(entry.verdict == "WRONG" for entry in entries):
        return
    order = graph.topological(out) if out is not None else []
    if len(order) <= LARGEST:
        rules = list(wrong_rules(order))
        if rules:
            yield from rules
            return
    found = patterns(entries, elsewhere)
    factor = found.startswith("a factor of")
    if factor or found.startswith(SURE):
        yield found
        if len(entries) > 1 or not factor:
            return  # one entry alone may have its factor from a slip on the way
    if len(order) <= LARGEST:
        yield from dict.fromkeys(name for name, gradient in _mutants(order, leaves) if _explains(gradient, entries))
    if found and not factor:
        yield found


def _near(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=NEAR)


# ── patterns in the numbers ────────────────────────────────────────────────────────────────────────────────────────


def patterns(entries: Sequence[Entry], elsewhere: Elsewhere) -> str:
    """What the numbers that failed have in common, here and elsewhere; "" for nothing."""
    wrong = {i: e for i, e in enumerate(entries) if e.verdict == "WRONG"}
    bad = next((e for e in wrong.values() if not math.isfinite(e.analytic)), None)
    if bad is not None:
        return f"no number: {bad.analytic} in the gradient of {bad.name}; detect_anomaly() finds where it came in"
    seen = [*wrong.values(), *(e for i, e in enumerate(elsewhere()) if i in wrong)]
    where, ratio = _where(wrong, entries), _common_ratio(seen)
    if ratio == 0.0:
        return f"an operand missed: nothing flows back to {where} (detached, or its term left out)"
    if ratio is not None and _near(ratio, -1.0):
        return f"wrong sign in {where}"
    if ratio is not None and abs(ratio - 1.0) > RTOL and (len(seen) > 1 or _plain(ratio)):
        return f"a factor of {_plain(ratio) or f'{ratio:.7g}'} in {where}"
    if len(wrong) > 1 and _reordered([*wrong.values()]):
        return f"the right numbers in another order in {where}: a transposed array, or operands that changed places"
    return ""


def _where(wrong: dict[int, Entry], entries: Sequence[Entry]) -> str:
    names = [entry.name for entry in wrong.values()]
    if len(wrong) == len(entries) > 1:
        return "every entry"
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _common_ratio(entries: Sequence[Entry]) -> float | None:
    """analytic / numeric where it is the same for all of them."""
    pairs = [(e.analytic, e.numeric) for e in entries if e.numeric and math.isfinite(e.numeric + e.analytic)]
    if not pairs or any(e.analytic for e in entries if not e.numeric):
        return None
    ratios = sorted(a / n for a, n in pairs)
    middle = ratios[len(ratios) // 2]
    return middle if all(r == middle or _near(r, middle) for r in ratios) else None


def _plain(ratio: float) -> str:
    """A ratio of small whole numbers as such, "" for others."""
    plain = Fraction(ratio).limit_denominator(100)
    return str(plain) if math.isclose(plain, ratio, rel_tol=1e-8) else ""


def _reordered(entries: Sequence[Entry]) -> bool:
    pairs = zip(sorted(e.analytic for e in entries), sorted(e.numeric for e in entries))
    return all(_near(a, n) for a, n in pairs)


# ── ops whose own rule is wrong ────────────────────────────────────────────────────────────────────────────────────


def wrong_rules(order: Iterable[Value]) -> Iterator[str]:
    """The ops of a graph whose local derivatives are not those of their value; each op is named once."""
    named: set[str] = set()
    seen: set[tuple[str, Point]] = set()
    for node in order:
        if node.op is None or node.op.name in named:
            continue
        point = tuple(operand.data for operand in node.operands)
        if (node.op.name, point) in seen or len(point) > WIDEST or not all(map(math.isfinite, (*point, node.data))):
            continue
        if len(seen) == LOOKED:
            return
        seen.add((node.op.name, point))
        found = list(_wrong_rule(node, point))
        if found:
            named.add(node.op.name)
            yield from found


def _wrong_rule(node: Value, point: Point) -> Iterator[str]:
    op: Op = node.op  # type: ignore[assignment]  # only nodes with an op are asked
    constant = [operand.is_constant for operand in node.operands]
    for i, entry in enumerate(first_derivatives(op, point, node.local_derivatives)):
        if entry.verdict == "WRONG" and not constant[i]:
            numbers = f"at {point} it gives {entry.analytic:.6g}, differences {entry.numeric:.6g}"
            if (point, entry.analytic) in ((at, agreed[i]) for at, agreed in op.kinks):
                yield f"none: {op.name} has no derivative there for operand {i}, only what is agreed on; {numbers}"
                continue
            yield f"{rule_slip(op, point, i, entry)}; {numbers}"


def rule_slip(op: Op, point: Point, i: int, entry: Entry) -> str:
    """What is wrong with the rule of an op for operand ``i``, in words; ``entry`` is that of ``first_derivatives``."""
    subject = f"the rule of {op.name} for operand {i}"
    out = op.value(*point)
    at_output = (*point[:i], out, *point[i + 1 :])
    if out != point[i] and _fits(lambda: differentiate(along(op.value, at_output, i), out).value, entry.analytic):
        return f"{subject}: derivative taken at the output"
    others = [e for k, e in enumerate(first_derivatives(op, point, [0.0] * len(point))) if k != i]
    found = patterns([entry], lambda: _rule_elsewhere(op, point, i))
    if any(e.numeric and _near(e.numeric, entry.analytic) for e in others) and "sign" not in found:
        return f"{subject} is that of another operand: they changed places"
    return f"{subject}: {found.split(' in ')[0].split(':')[0]}" if found else f"{subject} is wrong"


def _fits(derivative: Callable[[], float], analytic: float) -> bool:
    try:
        return analytic != 0.0 and _near(derivative(), analytic)
    except ValueError:
        return False


def _rule_elsewhere(op: Op, point: Point, i: int) -> list[Entry]:
    for shifted in moved(point):
        try:
            return [first_derivatives(op, shifted)[i]]
        except ValueError:
            continue
    return []


def moved(point: Sequence[float]) -> Iterator[Point]:
    """Points near by, each number moved by another part of its size, first outwards, then inwards."""
    for part in (0.0625, -0.0625):
        yield tuple(x * (1.0 + part * (1 + i % 3)) if x else part for i, x in enumerate(point))


def rules_not_differentiable(order: Iterable[Value]) -> Iterator[str]:
    """The ops of a graph whose rules are right in number but have a wrong derivative themselves."""
    named: set[str] = set()
    for node in order:
        if node.op is not None and node.op.name not in named:
            point = tuple(operand.data for operand in node.operands)
            if any(entry.verdict == "WRONG" for entry in second_derivatives(node.op, point)):
                named.add(node.op.name)
                yield not_differentiable(node.op)


def not_differentiable(op: Op) -> str:
    """What to say of a rule that is right in number but has a wrong derivative."""
    return (
        f"a rule of {op.name} is right in number but cannot be differentiated again: write it with autograd's own "
        "functions (gg.exp, not math.exp or np.exp), without float() and .data"
    )


# ── slips put in on purpose ────────────────────────────────────────────────────────────────────────────────────────


def _mutants(order: Sequence[Value], leaves: Sequence[Value]) -> Iterator[tuple[str, list[float]]]:
    """Backward passes with one slip each, everywhere, in one op, or at one node: name and gradient."""
    equals = "`=` for `+=`: of a value that is used more than once, only one use counts"
    everywhere = "upstream forgotten: local derivatives are not multiplied by the gradient of their out"
    if order:
        yield equals, _backward(order, leaves, overwrite=True)
        yield equals, _backward(order, leaves, keep_first=True)
        yield everywhere, _backward(order, leaves, forgetful=order)
    nodes = [node for node in order if node.op is not None]
    for op in dict.fromkeys(node.op for node in nodes):
        same = [node for node in nodes if node.op is op]
        yield from _mutants_at(order, leaves, same)
        if 1 < len(same) and len(nodes) <= SINGLY:
            for node in same:
                yield from _mutants_at(order, leaves, [node])


def _mutants_at(
    order: Sequence[Value], leaves: Sequence[Value], where: Sequence[Value]
) -> Iterator[tuple[str, list[float]]]:
    op: Op = where[0].op  # type: ignore[assignment]  # only nodes with an op are asked
    at = frozenset(where)
    yield f"upstream forgotten in {op.name}", _backward(order, leaves, forgetful=at)
    arity = len(where[0].operands)
    if arity == 1:
        taken = _changed(at, 0, lambda node, i: locals_at(op, [node.data])[i])
        yield f"derivative taken at the output in {op.name}", _backward(order, leaves, local=taken)
        left_out = _changed(at, 0, lambda node, i: 1.0)
        yield f"the derivative of {op.name} left out", _backward(order, leaves, local=left_out)
    for k in range(arity if arity <= 3 else 0):
        flipped = _changed(at, k, lambda node, i: -_recorded(node, i))
        dropped = _changed(at, k, lambda node, i: 0.0)
        yield f"wrong sign in {op.name}, operand {k}", _backward(order, leaves, local=flipped)
        yield f"an operand missed: operand {k} of {op.name} gets no gradient", _backward(order, leaves, local=dropped)


def _recorded(node: Value, i: int) -> float:
    return node.local_derivatives[i] or 0.0


def _changed(at: Container[Value], k: int, instead: Local) -> Local:
    return lambda node, i: instead(node, i) if i == k and node in at else _recorded(node, i)


def _backward(
    order: Sequence[Value],
    leaves: Sequence[Value],
    local: Local = _recorded,
    overwrite: bool = False,
    keep_first: bool = False,
    forgetful: Container[Value] = (),
) -> list[float]:
    """A backward pass over recorded nodes, right unless told otherwise; nothing is written into the graph."""
    grads: dict[Value, float] = {order[-1]: 1.0}
    for node in reversed(order):
        upstream = 1.0 if node in forgetful else grads.get(node, 0.0)
        for i, operand in enumerate(node.operands):
            if node.local_derivatives[i] is not None and not (keep_first and operand in grads):
                before = 0.0 if overwrite else grads.get(operand, 0.0)
                grads[operand] = before + local(node, i) * upstream
    return [grads.get(leaf, 0.0) for leaf in leaves]


def _explains(gradient: Sequence[float], entries: Sequence[Entry]) -> bool:
    """Whether a slip gives the numbers that are to be explained: all of them, and the wrong ones to a thousandth."""
    return all(
        abs(g - e.analytic) <= 1e-3 * e.error if e.verdict == "WRONG" else g == e.analytic or _near(g, e.analytic)
        for g, e in zip(gradient, entries)
    )
