"""What is printed is what was computed: formulas and explanations in text and LaTeX, parsed back and evaluated."""

from __future__ import annotations

import math
import random
import re

import pytest

import glassgrad as gg
from glassgrad import Value
from glassgrad.autograd import ops
from glassgrad.autograd.graph import topological
from glassgrad.autograd.op import Op
from glassgrad.viz.explaining.explain import explain
from glassgrad.viz.explaining.formula import Formula, applied, latex_name, local_derivative, unique_names

# `\\tanh\\left({0}\\right)` in a row says how that op is called in LaTeX
CALLED = re.compile(r"(\\(?:(?!\{\d\}).)*?)\\left\((?:\{\d\}(?:, )?)+\\right\)")
COMMAND = re.compile(r"(\\[a-z]+(?:\[\d\])?)\{\{\{0\}\}\}")
FUNCTIONS = dict(ops.TABLE)
FUNCTIONS |= {found[1].format(): row for row in ops.TABLE.values() if (found := CALLED.fullmatch(row.latex))}
# and `\\sqrt{{{0}}}`, that it is a command with one pair of braces
COMMANDS = {found[1]: row for row in ops.TABLE.values() if (found := COMMAND.fullmatch(row.latex))}
RELATIONS = {"<": ops.less, r"\le": ops.less_equal, ">": ops.greater, r"\ge": ops.greater_equal, "=": ops.equal}
RELATIONS |= {r"\ne": ops.not_equal, "≤": ops.less_equal, "≥": ops.greater_equal, "≠": ops.not_equal}
PRODUCTS = {"×": ops.mul, r"\cdot": ops.mul, "÷": ops.div, "%": ops.mod, r"\bmod": ops.mod, "//": ops.floor_divide}
TOKEN = re.compile(
    r"\\left[(|]|\\right[)|]|\\left\\lfloor|\\left\\lceil|\\right\\rfloor|\\right\\rceil|\\mathrm\{[^}]*\}"
    r"|\\operatorname\{[^}]*\}'*|\\partial_[xy]|\\log\\Gamma|\\psi\^|\\log_\{10\}|\\log_2|\\[a-z]+\[\d\]|\\[A-Za-z]+'*"
    r"|[^\W\d_](?:_\{\d+\})?(?:\^\{\\prime\})?(?!\w)"
    r"|[^\W\d]\w*|\d+(?:\.\d+)?(?:e[−-]?\d+)?|//|[-+−×÷%^{}()\[\],<>=≤≥≠|√∞]|\s+"
)


class Reader:
    """A reader of both notations with the rules of school: powers bind more than signs, these more than × and ÷, those
    more than + and −; chains are read from the left, powers from the right."""

    def __init__(self, printed, values):
        self.tokens = [token for token in TOKEN.findall(printed) if not token.isspace()]
        assert "".join(self.tokens) == re.sub(r"\s", "", printed), printed
        self.values = values

    def all(self):
        result = self.relation()
        assert not self.tokens, self.tokens
        return result

    def peek(self):
        return self.tokens[0] if self.tokens else ""

    def take(self, *wanted):
        token = self.tokens.pop(0)
        assert not wanted or token in wanted, (token, wanted)
        return token

    def relation(self):
        left = self.sum()
        return RELATIONS[self.take()](left, self.sum()) if self.peek() in RELATIONS else left

    def sum(self):
        result = self.product()
        while self.peek() in ("+", "-", "−"):
            row = ops.add if self.take() == "+" else ops.sub
            result = row(result, self.product())
        return result

    def product(self):
        result = self.signed()
        while self.peek() in PRODUCTS:
            row = PRODUCTS[self.take()]
            result = row(result, self.signed(leading=False))
        return result

    def signed(self, leading=True):
        if self.peek() in ("-", "−"):
            assert leading, "a sign after an operator needs brackets"
            self.take()
            return -self.signed()
        return self.power()

    def power(self):
        base = self.atom()
        if self.peek() != "^":
            return base
        self.take()
        exponent = self.braced() if self.peek() == "{" else self.power()
        assert self.peek() != "^", "a double superscript is no LaTeX"
        return ops.pow(base, exponent)

    def braced(self):
        self.take("{")
        result = self.relation()
        self.take("}")
        return result

    def atom(self):
        token = self.take()
        closing = {"(": ")", r"\left(": r"\right)", "[": "]", r"\left|": r"\right|",
                   r"\left\lfloor": r"\right\rfloor", r"\left\lceil": r"\right\rceil"}  # fmt: skip
        if token in closing:
            inner = self.relation()
            self.take(closing[token])
            return {"|": abs, "r": ops.floor, "l": ops.ceil}.get(self.kind(token), lambda x: x)(inner)
        if token == r"\frac":
            return ops.div(self.braced(), self.braced())
        if token == r"\partial_x":
            return self.derivative_of_power()
        if token == r"\psi^":
            return ops.polygamma(self.braced(), self.atom())
        if token in COMMANDS:
            return COMMANDS[token](self.braced())
        if re.match(r"\d", token):
            return float(token.replace("−", "-"))
        if token in ("∞", r"\infty"):
            return math.inf
        if token in self.values:
            return self.values[token]
        if token == "e":
            return math.e
        return self.call(token)

    def derivative_of_power(self):
        self.take("^")
        n = self.braced()
        self.take(r"\partial_y")
        self.take("^")
        k = self.braced()
        x = self.atom()
        self.take("^")
        return ops.power_derivative(x, self.braced(), n, k)

    def kind(self, token):
        return "|" if "|" in token else "r" if "floor" in token else "l" if "ceil" in token else ""

    def call(self, token):
        row = FUNCTIONS[token]
        closing = ")" if self.take("(", r"\left(") == "(" else r"\right)"
        operands = [self.relation()]
        while self.peek() == ",":
            self.take()
            operands.append(self.relation())
        self.take(closing)
        return ops.round_to(*operands) if row is ops.round and len(operands) == 2 else row(*operands)


def read(printed, values):
    return Reader(printed, values).all()


def both_ways(formula, values):
    """The numbers that the formula's text and LaTeX stand for."""
    text = read(formula.text(17), values)
    latex = read(formula.latex(17), {latex_name(name): x for name, x in values.items()})
    return text, latex


def agree(formula, values):
    expected = pytest.approx(formula.data, rel=1e-12, abs=1e-300, nan_ok=True)
    text, latex = both_ways(formula, values)
    assert text == expected, formula.text(17)
    assert latex == expected, formula.latex(17)


VALUES = {"a": 1.75, "b": -0.625, "x": 0.375, "w12": -2.5, "loss": 3.0}
BINARY = [row for row in ops.TABLE.values() if len(row.partials) == 2 and not row.variadic]
UNARY = [row for row in ops.TABLE.values() if len(row.partials) == 1 and not row.variadic]


@pytest.mark.parametrize("seed", range(60))
def test_any_nesting_is_read_back(seed):
    random_ = random.Random(seed)

    def grown(depth):
        if depth == 0 or random_.random() < 0.15:
            name = random_.choice([*VALUES, ""])
            return Formula(VALUES[name], name) if name else Formula(random_.choice([-2.0, -0.5, 3.0, 2.5e-7]))
        row = random_.choice([*[ops.add, ops.sub, ops.mul, ops.div, ops.neg, ops.pow] * 6, *UNARY, *BINARY])
        operands = [grown(depth - 1) for _ in row.partials]
        if row is ops.logaddexp and max(abs(operand.data) for operand in operands) > 700.0:  # its LaTeX overflows
            return operands[0]
        return applied(row, operands, row.value(*(operand.data for operand in operands)))

    for _ in range(20):
        formula = grown(4)
        if abs(formula.data) < 1e100:  # larger ones say little after a rounding here and there
            agree(formula, VALUES)


@pytest.mark.parametrize("row", [row for row in ops.TABLE.values() if not row.variadic], ids=lambda row: row.name)
def test_every_rule_is_read_back(row):
    """Each op and each of its local derivatives, printed with names, gives the number that the table gives."""
    points = [tuple(min(max(x, low + 0.2), high - 0.2) for x, (low, high) in zip((0.4, 0.7, -0.3, 0.9), row.domain))]
    points.append(
        tuple(min(max(x, low + 0.1), high - 0.1) for x, (low, high) in zip((-1.3, 2.0, 1.1, 0.6), row.domain))
    )
    for point in points:
        point = tuple(float(round(x)) if i in row.whole else x for i, x in enumerate(point))
        names = ("a", "b", "x", "y")[: len(row.partials)]
        operands = [Formula(x, name) for name, x in zip(names, point)]
        out = Formula(row.value(*point), "f")
        values = {**dict(zip(names, point)), "f": out.data}
        agree(applied(row, operands, out.data), values)
        for i, rule in enumerate(row.partials):
            if rule is not None:
                derivative = local_derivative(row, i, operands, out)
                assert derivative.data == pytest.approx(float(row.partial(i, point, out.data)), rel=1e-12)
                agree(derivative, values)


@pytest.mark.parametrize("row", [ops.sum_of, ops.dot_of, ops.logsumexp_of], ids=lambda row: row.name)
def test_ops_of_any_number_of_operands(row):
    point = (1.5, -2.0, 0.25, 3.0)
    operands = [Formula(x, name) for name, x in zip("abxy", point)]
    out = Formula(row.value(*point), "f")
    agree(applied(row, operands, out.data), {**dict(zip("abxy", point)), "f": out.data})
    for i in range(4):
        agree(local_derivative(row, i, operands, out), {**dict(zip("abxy", point)), "f": out.data})


a, b, c = Formula(5.0, "a"), Formula(3.0, "b"), Formula(2.0, "c")
SHAPES = [
    (a - (b - c), "a − (b − c)", "a - (b - c)"),
    (a - b - c, "a − b − c", "a - b - c"),
    (a / (b / c), "a ÷ (b ÷ c)", r"\frac{a}{\frac{b}{c}}"),
    ((a**b) ** c, "(a^b)^c", "(a^{b})^{c}"),
    (a ** (b**c), "a^(b^c)", "a^{b^{c}}"),
    ((-a) ** c, "(−a)^c", "(-a)^{c}"),
    (-(a**c), "−a^c", "-a^{c}"),
    (a * -b, "a × (−b)", r"a \cdot (-b)"),
    (-a * b, "−a × b", r"-a \cdot b"),
    (Formula(-2.0) ** c, "(−2)^c", "(-2)^{c}"),
    (Formula(2.5e-7) ** c, "2.5e−7^c", r"(2.5 \cdot 10^{-7})^{c}"),
    ((a + b) * c, "(a + b) × c", r"(a + b) \cdot c"),
    (ops.exp(a) ** c, "exp(a)^c", "(e^{a})^{c}"),
    (1.0 * a**1.0, "a", "a"),
]


@pytest.mark.parametrize(("formula", "text", "latex"), SHAPES, ids=[text for _, text, _ in SHAPES])
def test_brackets_stand_where_they_are_needed(formula, text, latex):
    assert (formula.text(), formula.latex()) == (text, latex)


def test_a_zero_is_not_folded_away():
    zero = Formula(0.0, "z")
    assert (zero * a).text() == "z × a"
    assert (a + zero).text() == "a + z"


HOSTILE = ["<script>alert(1)</script>", "$$x$$", r"\href{javascript:x}{y}", "a|b", "a_b^c", "x`y"]


@pytest.mark.parametrize("label", HOSTILE)
def test_a_name_in_latex_is_neither_a_command_nor_html(label):
    shown = latex_name(label)
    assert shown.startswith(r"\mathrm{")
    inside = re.sub(r"\\(backslash|wedge|sim|lt|gt|vert)\{\}|\\text\{‘\}|\\[{}$&#%_ ]", "", shown[8:-1])
    assert not set(inside) & set("<>$\\{}^|_`"), inside


# ── whole explanations ─────────────────────────────────────────────────────────────────────────────────────────────


def textbook(x=1.0, w=0.0, b=0.0):
    x, w, b = Value(x, label="x"), Value(w, label="w"), Value(b, label="b")
    return 1 / (1 + gg.exp(-(w * x + b))), w, x, b


def test_the_textbook_sigmoid():
    f, w, _, _ = textbook()
    explanation = explain(f, wrt=w)
    [path] = explanation.paths
    assert [link.local for link in path] == [-0.25, 1.0, 1.0, -1.0, 1.0, 1.0]
    assert explanation.gradient == 0.25
    steps = "h1 = w × x = 0, h2 = h1 + b = 0, h3 = −h2 = 0, h4 = exp(h3) = 1, h5 = 1 + h4 = 2, h6 = 1 ÷ h5 = 0.5"
    assert ", ".join(line.split("  ")[0] for line in explanation.text.splitlines()[3:9]) == steps
    assert explanation.text.splitlines()[-2:] == ["       = −0.25 × 1 × 1 × (−1) × 1 × 1", "       = 0.25"]


def random_graph(random_, leaves=3, ops_=7):
    nodes = [Value(random_.uniform(-2, 2), label=name) for name in "abcdef"[:leaves]]
    wrt = nodes[0]
    for _ in range(ops_):
        row = random_.choice([ops.add, ops.sub, ops.mul, ops.mul, ops.tanh, ops.neg, ops.sigmoid, ops.maximum])
        nodes.append(row(*(random_.choice(nodes[-5:]) for _ in row.partials)))
    return nodes[-1] * nodes[-2] + wrt, wrt


def evaluated(explanation):
    """The numbers that the printed sums of an explanation stand for, without the lines of ∂s, in text and LaTeX."""
    chain = explanation.subgraph
    values = dict(zip(chain.graph.names, (node.data for node in chain.graph.nodes)))
    text = explanation.text.rpartition("\n\n")[2].splitlines()
    yield from (read(line.partition(" = ")[2], values) for line in text[1:])
    lines = explanation.latex.rpartition(r"\frac{\partial")[2].split("&= ")[1:]
    values = {latex_name(name): x for name, x in values.items()}
    yield from (read(line.replace(r"\end{aligned}", "").replace("\\\\", ""), values) for line in lines)


@pytest.mark.parametrize("seed", range(25))
def test_the_sum_over_paths_is_the_gradient_of_the_engine(seed):
    root, wrt = random_graph(random.Random(seed))
    root.backward()
    explanation = explain(root, wrt=wrt, digits=17)
    assert explanation.gradient == wrt.grad
    assert explanation.count == len(explanation.paths) >= 1
    total = sum(math.prod(link.local for link in path) for path in explanation.paths)
    assert total == pytest.approx(wrt.grad, rel=1e-9, abs=1e-12)
    numbers = list(evaluated(explanation))
    assert len(numbers) >= 2
    assert numbers == pytest.approx([wrt.grad] * len(numbers), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_node_by_node_where_there_are_too_many_paths(seed):
    root, wrt = random_graph(random.Random(seed), ops_=12)
    root.backward()
    explanation = explain(root, wrt=wrt, most_paths=0, digits=17)
    assert explanation.paths is None
    assert "node by node" in explanation.text
    numbers = list(evaluated(explanation))
    assert numbers == pytest.approx([wrt.grad] * len(numbers), rel=1e-9, abs=1e-12)


def test_paths_are_counted_without_being_listed():
    x = Value(1.0, label="x")
    y = x
    for _ in range(400):
        y = y + y
    explanation = explain(y, wrt=x)
    assert explanation.count == 2**400
    assert "about 10^120 paths lead from x to h400" in explanation.text
    assert len(explanation.text) < 20_000


def test_which_of_two_like_operands_is_told_by_its_place():
    x = Value(3.0, label="x")
    explanation = explain(x * x, wrt=x)
    assert "∂h1/∂x|₁ = x = 3, ∂h1/∂x|₂ = x = 3" in explanation.text
    assert "path 2: h1 ← x|₂" in explanation.text
    assert r"\left.\frac{\partial h_{1}}{\partial x}\right\rvert_{2}" in explanation.latex
    assert "|₁" not in explain(x * 2.0, wrt=x).text


def test_few_paths_of_many_links_are_not_listed():
    x = y = Value(1.0, label="x")
    for _ in range(9):
        y = y * 1.5
    many = explain(sum([y] * 5), wrt=x)  # five paths of 9 links in common and up to 5 more
    assert sum(map(len, many.paths or ())) in range(50, 120)
    for _ in range(13):
        y = y * 1.5
    assert explain(sum([y] * 5), wrt=x).paths is None


def test_of_many_uses_the_first_few_are_written_out():
    x = Value(1.0, label="x")
    assert explain(gg.sum([x] * 8), wrt=x, most_paths=0).text.count("…") == 0
    assert explain(gg.sum([x] * 9), wrt=x, most_paths=0).text.count(" + …") == 2


def test_a_path_of_thirty_thousand_links():
    x = Value(1.0, label="x")
    y = x
    for _ in range(30_000):
        y = y + 1.0
    explanation = explain(y, wrt=x)
    assert (explanation.count, explanation.gradient) == (1, 1.0)
    assert "too long to list" in explanation.text


def test_an_inner_value_may_be_explained_too():
    f, *_ = textbook(2.0, 0.3, -1.0)
    f.backward()
    inner = topological(f)[3]
    assert explain(f, wrt=inner).gradient == inner.grad
    assert explain(f, wrt=f).gradient == 1.0
    assert "by itself is 1" in explain(f, wrt=f).text


def test_what_the_root_does_not_depend_on_has_gradient_0():
    x, y, z = Value(1.0, label="x"), Value(2.0, label="y"), Value(3.0, label="z")
    root = gg.where(gg.less(x, 2.0), y, 2.0 * y)
    assert "z was" not in explain(root, wrt=x).text
    for wrt, why in ((z, "was not computed from z"), (x, "only by operands that have no derivative")):
        explanation = explain(root, wrt=wrt)
        assert (explanation.gradient, explanation.count) == (0.0, 0)
        assert why in explanation.text
        assert why in explanation.markdown.replace("$", "")
        assert explanation.svg.startswith("<svg")


@pytest.mark.parametrize("names", [["x", "x′", "x"], ["x", "x", "x′", "x′3", "x"]])
def test_a_name_made_to_tell_two_apart_is_not_that_of_a_third(names):
    assert len(set(unique_names(names))) == len(names)


def test_equal_labels_are_told_apart_and_formulas_as_labels_are_quoted():
    a, b, c = Value(2.0, label="x"), Value(3.0, label="x"), Value(4.0, label="x + 1")
    text = explain(a * b * c, wrt=b).text
    assert "h1 = x × x′ = 6" in text
    assert "h2 = h1 × “x + 1” = 24" in text


def test_in_a_notebook_it_is_mathematics_and_text():
    f, w, *_ = textbook()
    explanation = explain(f, wrt=w)
    bundle = explanation._repr_mimebundle_()
    assert bundle == {"text/markdown": explanation.markdown, "text/plain": explanation.text}
    table = [line for line in explanation.markdown.splitlines() if line.startswith("| $")]
    assert len(table) == 6
    assert all(line.count("|") == 3 for line in table), "a bar in a formula would end its cell"
    assert explanation.markdown.count("$") % 2 == 0


@pytest.mark.parametrize(("times", "kinds"), [(2, ["text/markdown", "image/svg+xml"]), (400, ["text/markdown"])])
def test_a_notebook_also_gets_the_picture_where_there_can_be_one(times, kinds, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda thing, raw=False: shown.append((thing, raw)))
    x = Value(1.0, label="x")
    y = x
    for _ in range(times):
        y = y * 1.01
    explain(y, wrt=x)._ipython_display_()
    bundles = [thing if raw else thing._repr_mimebundle_() for thing, raw in shown]
    assert [next(iter(bundle)) for bundle in bundles] == kinds
    assert all("marked" in bundle["image/svg+xml"] for bundle in bundles[1:])


def test_bars_in_formulas_do_not_break_the_markdown_table():
    x = Value(-2.0, label="a|b")
    rows = [line for line in explain(abs(x) * abs(x), wrt=x).markdown.splitlines() if line.startswith("| $")]
    assert [row.count("|") for row in rows] == [3] * len(rows)


def test_the_paths_are_marked_in_the_picture():
    f, w, x, _ = textbook()
    explanation = explain(f, wrt=w)
    nodes = topological(f)
    marked = explanation.picture.scene.marked
    assert {str(i) for i, node in enumerate(nodes) if node.op or node is w} <= marked
    assert str(nodes.index(x)) not in marked
    assert len([key for key in marked if ":" in key and key.split(":")[0].isdigit()]) >= 6
    assert explanation.svg.count('marked"') >= 13


def test_numbers_are_printed_as_finely_as_asked():
    x = Value(1 / 3, label="x")
    assert "= 0.667 " in explain(x * x, wrt=x, digits=3).text
    assert repr(2 / 3) in explain(x * x, wrt=x, digits=16).text


def test_recorded_numbers_are_never_mixed_with_new_ones():
    f, w, *_ = textbook()
    w.data = 5.0
    with pytest.raises(gg.StaleGraphError, match="w"):
        explain(f, wrt=w)


def test_an_op_of_ones_own_is_explained_as_the_others_are():
    x = Value(0.5, label="x")
    y = Op("my_op", "my", lambda x: x * x * x, (lambda x, out: 3.0 * x * x,), None)(x)
    explanation = explain(y, wrt=x)
    assert "h1 = my_op(x) = 0.125" in explanation.text
    assert "∂h1/∂x = 3 × x × x = 0.75" in explanation.text
    assert r"\operatorname{my\_op}\left(x\right)" in explanation.latex


@pytest.mark.parametrize(
    ("root", "wrt", "error", "said"),
    [
        (1.0, Value(1.0), TypeError, "root must be a Value, got float"),
        (Value(1.0), "w", TypeError, "wrt must be a Value, got str"),
        (Value(1.0).detach(), Value(1.0), gg.NoGradientError, "takes no gradient"),
        (Value(1.0), Value(1.0).detach(), gg.NoGradientError, "wrt, constant 1.0, is a constant"),
    ],
)
def test_what_cannot_be_explained_says_why(root, wrt, error, said):
    with pytest.raises(error, match=said):
        explain(root, wrt)


# ── branches that are not taken ──────────────────────────────────────────────────────────────────────────────────────

BESIDE_AN_INFINITY = {
    "relu": lambda x: gg.sqrt(gg.relu(x)),
    "two paths": lambda x: gg.sqrt(gg.relu(x)) + gg.sqrt(2.0 * gg.relu(x)),
    "maximum": lambda x: gg.log(gg.maximum(x, 0.0)),
}


@pytest.mark.parametrize("most_paths", [0, 20])
@pytest.mark.parametrize("name", BESIDE_AN_INFINITY)
def test_a_branch_that_is_not_taken_passes_0_and_says_so(name, most_paths):
    x = Value(-1.0, label="x")
    explained = explain(BESIDE_AN_INFINITY[name](x), x, most_paths=most_paths)
    assert explained.gradient == 0.0
    assert "nan" not in explained.text
    assert "by selection" in explained.text
    assert "by selection" in explained.markdown


def test_where_all_is_finite_nothing_is_said_of_selection():
    x = Value(-1.0, label="x")
    assert "selection" not in explain(gg.exp(gg.relu(x)), x).text
