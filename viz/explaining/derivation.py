"""What an explanation says, in its order: the claim, the steps, the paths (or the nodes), and the sum."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce

from ...autograd import Value, ops
from ...autograd.text.text_width import columns
from ..scene.text import cut
from ..words import say
from .formula import Formula, applied
from .named_graph import Link, NamedGraph
from .notation import Notation
from .paths import Subgraph

_MOST_GIVEN, _MOST_NODES, _MOST_TERMS = 12, 40, 8

Path = tuple[Link, ...]


@dataclass(frozen=True)
class Equation:
    """One left side, and what it equals, line by line."""

    left: str
    rights: tuple[str, ...]


@dataclass
class Derivation:
    """An explanation's parts; formulas are written in one notation, which sentences carry inline."""

    claim: str
    steps: list[tuple[str, list[str]]] = field(default_factory=list)
    remark: str = ""
    trails: list[str] = field(default_factory=list)
    equations: list[Equation] = field(default_factory=list)

    def text(self) -> str:
        """All of it as plain text."""
        blocks = [self.claim]
        if self.steps:
            blocks.append("\n".join(_table(self.steps)))
        blocks.append("\n".join([self.remark, *_numbered(self.trails)]))
        blocks += ["\n".join(_aligned(equation)) for equation in self.equations]
        return "\n\n".join(blocks)

    def markdown(self) -> str:
        """All of it as Markdown."""
        blocks = [f"**{self.claim}**"]
        if self.steps:
            blocks.append("\n".join([_heads(), "|:--|:--|", *map(_row, self.steps)]))
        blocks.append(self.remark)
        if self.trails:
            blocks.append("\n".join(f"{i}. ${trail}$" for i, trail in enumerate(self.trails, 1)))
        if self.equations:
            blocks.append(f"$$\n{_latex_block(self.equations)}\n$$")
        return "\n\n".join(blocks) + "\n"

    def latex(self) -> str:
        """The steps and the sum as one block."""
        sides = [formula.partition(" = ") for step, locals_ in self.steps for formula in (step, *locals_)]
        return _latex_block([Equation(left, (right,)) for left, _, right in sides] + self.equations)


def _row(step: tuple[str, list[str]]) -> str:
    """A step as a row of a Markdown table, in which a bar would end the cell."""
    cells = [step[0].replace("|", r"\vert "), *(local.replace("|", r"\vert ") for local in step[1])]
    return f"| ${cells[0]}$ | {', '.join(f'${local}$' for local in cells[1:])} |"


def _heads() -> str:
    return f"| {say('explain.step')} | {say('explain.locals')} |"


def _numbered(trails: Sequence[str]) -> Iterator[str]:
    for i, trail in enumerate(trails, 1):
        yield say("explain.path", number=i, trail=trail)


def _latex_block(equations: Sequence[Equation]) -> str:
    lines = [
        f"{equation.left if i == 0 else ''} &= {right}".strip()
        for equation in equations
        for i, right in enumerate(equation.rights)
    ]
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"


def _table(steps: Sequence[tuple[str, list[str]]]) -> Iterator[str]:
    rows = [(say("explain.step"), say("explain.locals")), *((step, ", ".join(locals_)) for step, locals_ in steps)]
    width = max(columns(step) for step, _ in rows)
    for step, locals_ in rows:
        yield f"{step}{' ' * (width - columns(step))}  {locals_}"


def _aligned(equation: Equation) -> Iterator[str]:
    margin = " " * columns(equation.left)
    for i, right in enumerate(equation.rights):
        yield f"{margin if i else equation.left} = {right}"


def derivation(
    root: Value,
    wrt: Value,
    subgraph: Subgraph | None,
    paths: Sequence[Path] | None,
    count: int,
    notation: Notation,
    digits: int,
) -> Derivation:
    """The derivation of d root / d wrt in a notation; ``subgraph`` is None where root was not computed from wrt."""
    if subgraph is None or count == 0:
        return _none(root, wrt, subgraph, notation)
    writer = _Writer(subgraph, notation, digits)
    if paths is None:
        return writer.by_nodes(count)
    return writer.by_paths(paths)


def _none(root: Value, wrt: Value, subgraph: Subgraph | None, notation: Notation) -> Derivation:
    """No path: the gradient is 0."""
    graph = subgraph.graph if subgraph else NamedGraph(root)
    top, name = graph.names[graph.root], graph.names[subgraph.wrt] if subgraph else cut(wrt.label, 24) or "wrt"
    claim = notation.inline(f"{notation.partial(top, name, None)} = 0")
    shown, dependent = notation.inline(notation.name(top)), notation.inline(notation.name(name))
    if subgraph is None:
        return Derivation(claim, remark=say("explain.not_computed", wrt=dependent, root=shown))
    return Derivation(claim, remark=say("explain.no_derivative", wrt=dependent, root=shown))


class _Writer:
    def __init__(self, subgraph: Subgraph, notation: Notation, digits: int) -> None:
        self.subgraph, self.graph, self.notation, self.digits = subgraph, subgraph.graph, notation, digits

    def by_paths(self, paths: Sequence[Path]) -> Derivation:
        """The sum over the paths."""
        inner = self.subgraph.positions[1:]
        if not inner:
            return Derivation(self._claim([]), remark=say("explain.itself"), equations=[])
        rights = [
            self.notation.plus.join(self.notation.product([self._partial(link) for link in path]) for path in paths),
            self._sum([[self.graph.rule(link) for link in path] for path in paths]),
            self._sum([[Formula(link.local) for link in path] for path in paths]),
        ]
        if len(paths) > 1:
            rights.append(self._sum([[Formula(_product(path))] for path in paths]))
        total = self._number(self.graph.gradients[self.subgraph.wrt])
        trails = [self._trail(path) for path in paths] if len(paths) > 1 else []
        equation = Equation(self._whole(self.subgraph.wrt), tuple(dict.fromkeys([*rights, total])))
        return Derivation(self._claim(inner), self._steps(inner), self._remark(len(paths)), trails, [equation])

    def by_nodes(self, count: int) -> Derivation:
        """Node by node, as backpropagation computes it."""
        inner = self.subgraph.positions[1:]
        shown = inner if len(inner) <= _MOST_NODES else [*inner[: _MOST_NODES - 1], inner[-1]]
        hidden = len(inner) - len(shown)
        wrt, root = (self.notation.inline(self._name(i)) for i in (self.subgraph.wrt, self.graph.root))
        said = [
            say("explain.by_nodes", wrt=wrt, root=root, count=count, paths=_large(count)),
            say("explain.node_rule"),
            *self._cut_off(),
        ]
        if hidden:
            said.append(say("explain.left_out", count=hidden, wrt=wrt))
        remark = say("join.sentences").join(said)
        equations = [self._node(i) for i in (*reversed(shown), self.subgraph.wrt)]
        return Derivation(self._claim(shown), self._steps(shown), remark, [], equations)

    def _node(self, i: int) -> Equation:
        uses = self.subgraph.uses[i]
        total = self._number(self.graph.gradients[i])
        if not uses:
            return Equation(self._whole(i), (total,))
        more = f"{self.notation.plus}{self.notation.more}" if len(uses) > _MOST_TERMS else ""
        uses = uses[:_MOST_TERMS]
        symbols = [self.notation.product([self._whole(link.out), self._partial(link)]) for link in uses]
        numbers = [[Formula(self.graph.gradients[link.out]), Formula(link.local)] for link in uses]
        return Equation(self._whole(i), (self.notation.plus.join(symbols) + more, self._sum(numbers) + more, total))

    def _claim(self, inner: Sequence[int]) -> str:
        """The gradient, and the numbers at which it holds."""
        made = set(inner)
        used = dict.fromkeys(k for i in inner for k in self.graph.operands(i) if k not in made)
        named = [self.graph.symbol(k) for k in sorted({*used, self.subgraph.wrt})]
        given = [f"{self._formula(s)} = {self._number(s.data)}" for s in named if not s.is_number]
        shown = [self.notation.inline(one) for one in given[:_MOST_GIVEN]]
        if len(given) > _MOST_GIVEN:
            shown.append("…")
        gradient = self._number(self.graph.gradients[self.subgraph.wrt])
        equation = self.notation.inline(f"{self._whole(self.subgraph.wrt)} = {gradient}")
        return say("explain.claim", gradient=equation, given=say("join.items").join(shown))

    def _steps(self, inner: Sequence[int]) -> list[tuple[str, list[str]]]:
        """How each node was made, and the local derivatives of its links."""
        return [(self._made(i), [self._local(link) for link in self.subgraph.links[i]]) for i in inner]

    def _made(self, i: int) -> str:
        made = self._formula(self.graph.definition(i))
        return f"{self._name(i)} = {made} = {self._number(self.graph.nodes[i].data)}"

    def _local(self, link: Link) -> str:
        sides = [self._partial(link), self._formula(self.graph.rule(link)), self._number(link.local)]
        return " = ".join(dict.fromkeys(sides))

    def _remark(self, paths: int) -> str:
        wrt, root = (self.notation.inline(self._name(i)) for i in (self.subgraph.wrt, self.graph.root))
        said = [say("explain.paths", count=paths, wrt=wrt, root=root)]
        if any(link.twice for links in self.subgraph.links.values() for link in links):
            said.append(say("explain.twice"))
        return say("join.sentences").join([*said, *self._cut_off()])

    def _cut_off(self) -> list[str]:
        """Why 0 × ∞ is 0 somewhere, if it is."""
        links = [link for links in self.subgraph.links.values() for link in links if self.graph.cuts_off(link)]
        return [say("explain.not_taken", partial=self.notation.inline(self._partial(links[0])))] if links else []

    def _trail(self, path: Path) -> str:
        """The nodes of a path from the root down."""
        operands = [self._name(link.operand) + (self.notation.place(link.place) if link.twice else "") for link in path]
        return self.notation.arrow.join([self._name(self.graph.root), *operands])

    def _sum(self, terms: Sequence[Sequence[Formula]]) -> str:
        products = [reduce(_times, factors) for factors in terms]
        return self._formula(reduce(_plus, products))

    def _whole(self, i: int) -> str:
        return self.notation.partial(self.graph.names[self.graph.root], self.graph.names[i], None)

    def _partial(self, link: Link) -> str:
        names = self.graph.names
        return self.notation.partial(names[link.out], names[link.operand], link.place if link.twice else None)

    def _name(self, i: int) -> str:
        return self.notation.name(self.graph.names[i])

    def _formula(self, formula: Formula) -> str:
        return self.notation.formula(formula, self.digits)

    def _number(self, x: float) -> str:
        return self._formula(Formula(x))


def _product(path: Path) -> float:
    return reduce(lambda upstream, link: link.passes(upstream), path, 1.0)


def _times(a: Formula, b: Formula) -> Formula:
    return applied(ops.mul, (a, b), a.data * b.data)


def _plus(a: Formula, b: Formula) -> Formula:
    return applied(ops.add, (a, b), a.data + b.data)


def _large(count: int) -> str:
    """A count of paths, which can be astronomically large.

    >>> _large(1234), _large(10 ** 30)
    ('1,234', 'about 10^30')
    """
    return f"{count:,}" if count < 10**9 else say("explain.about", exponent=len(str(count)) - 1)
