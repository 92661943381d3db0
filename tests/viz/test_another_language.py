"""The proof that no word stands outside the table: with another table not one English word is to be seen."""

from __future__ import annotations

import contextlib
import csv
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter

import pytest

import glassgrad as gg
from glassgrad import Value, nn, viz
from glassgrad.autograd import ops
from glassgrad.autograd.gradcheck import report as gradcheck_report
from glassgrad.viz.command import cli
from glassgrad.viz.words import speaking
from glassgrad.viz.words.english import ENGLISH
from glassgrad.viz.words.language import Language, Plural

# Names of ops, values, formats and code, which are no words.
NAMES = {*ops.TABLE, "nan", "linear", "MLP", "layers", "neurons", "svg", "glassgrad"}


def _without_words(text):
    """A text of the other language: its placeholders between two brackets."""
    forms = (text.one, text.many) if isinstance(text, Plural) else (text,)
    names = dict.fromkeys(name for form in forms for _, name, _, _ in Formatter().parse(form) if name)
    return f"⟦{'·'.join(f'{{{name}}}' for name in names)}⟧"


OTHER = Language("xx", {key: _without_words(text) for key, text in ENGLISH.table.items()})


def words(shown, but=()):
    """The words in a text that belong to no name."""
    for name in but:
        shown = shown.replace(name, "")
    latex = r"\\[A-Za-z]+|\{aligned\}"
    return set(re.findall(r"[A-Za-z]{2,}", re.sub(latex, "", shown))) - NAMES


class _Shown(HTMLParser):
    """What a page or a picture shows or reads out, and the data of a page."""

    def __init__(self):
        super().__init__()
        self.inside, self.shown, self.data = [], [], ""

    def handle_starttag(self, tag, attributes):
        self.inside.append(tag)
        self.shown += [
            text for name, text in attributes if name in ("aria-label", "title", "alt", "data-play", "data-pause")
        ]

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        self.inside.pop()

    def handle_endtag(self, tag):
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data):
        if self.inside[-1:] == ["script"]:
            self.data = self.data or data
        elif self.inside[-1:] not in (["style"], ["pre"]):
            self.shown.append(data)


def shown(html):
    parser = _Shown()
    parser.feed(html)
    return parser


def graph():
    """A graph with everything that has words: a product, a function, a value used twice, a constant."""
    a, b = Value(2.0, label="甲"), Value(-3.0, label="乙")
    out = (a * b + 1.0).tanh() * a
    out.label = "丙"
    out.backward()
    return a, b, out


def network():
    model = nn.MLP(2, [16, 16, 1], activation="tanh", seed=0)
    return model, (model([1.0, 2.0]) - 1.0) ** 2


def fresh():
    """Values that nobody has called backward() on."""
    x = Value(1.0, label="甲")
    return x.exp() * x


PICTURES = {
    "a graph": lambda: viz.draw(graph()[2]),
    "before backward": lambda: viz.draw(fresh()),
    "no derivative": lambda: viz.draw((Value(1.0) < 2.0) * Value(2.0)),
    "part of a graph": lambda: viz.draw(graph()[2], depth=1),
    "by neuron": lambda: viz.draw(network()[1], fold="neuron"),
    "by layer": lambda: viz.draw(network()[1], fold="layer"),
    "opened": lambda: viz.draw(network()[1], open="layers.1.neurons.2"),
    "inputs and a loss in many parts": lambda: viz.draw(_with_many_parts(), fold="neuron"),
    "a model": lambda: viz.draw(nn.MLP(2, [3, 1], seed=0)),
    "a model by layer": lambda: viz.draw(nn.MLP(2, [3, 1], seed=0), fold="layer"),
    "a model with many weights": lambda: viz.draw(nn.MLP(20, [3, 1], seed=0)),
    "a graph of many lines": lambda: viz.draw(_long(70)),
}


def _with_many_parts():
    model = nn.MLP(2, [16, 16, 1], activation="tanh", seed=0)
    inputs = [Value(1.0) * Value(float(i)) + Value(2.0) for i in range(2)]
    for _ in range(8):
        inputs = [x.exp().log() for x in inputs]
    out = model(inputs)
    for _ in range(20):
        out = out.sin()
    return out


def _long(count):
    x = Value(0.5, label="甲")
    for _ in range(count):
        x = x.sin()
    return x


STEPS = {
    "steps": lambda: viz.steps(graph()[2]),
    "node by node": lambda: viz.steps(_long(70)),
    "folded": lambda: viz.steps(network()[1]),
    "folded with many parts": lambda: viz.steps(_with_many_parts(), fold="neuron"),
    **{
        mistake: lambda mistake=mistake: viz.steps(graph()[2], mistake=mistake)
        for mistake in ("order", "assign", "no-zero-grad")
    },
    "harmless": lambda: viz.steps(Value(2.0, label="甲").exp(), mistake="assign"),
}


def _run(*, snapshots=10, widths=(30, 1), X=((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)), activation="relu"):
    model = nn.MLP(len(X[0]), list(widths), activation=activation, seed=0)
    y = [0.0, 1.0, 1.0, 0.0]
    return nn.fit(model, [list(row) for row in X], y, loss=nn.mse, epochs=30, snapshots=snapshots, progress=False)


RUNS = {
    "a boundary": _run,
    "no snapshots": lambda: _run(snapshots=0),
    "three inputs": lambda: _run(X=((0.0, 0.0, 1.0), (0.0, 1.0, 1.0), (1.0, 0.0, 1.0), (1.0, 1.0, 1.0))),
    "sure and saturated": lambda: _run(X=((0.0, 0.0), (0.0, 9e2), (9e2, 0.0), (9e2, 9e2)), activation="tanh"),
}

EXPLANATIONS = {
    "two paths": lambda: _explained(*graph()),
    "one path": lambda: viz.explain((x := Value(2.0, label="甲")).exp(), wrt=x),
    "itself": lambda: viz.explain(x := Value(2.0, label="甲"), wrt=x),
    "not computed from it": lambda: viz.explain(Value(2.0, label="甲").exp(), wrt=Value(1.0, label="乙")),
    "by a condition": lambda: _by_condition(Value(2.0, label="甲")),
    "twice": lambda: viz.explain((x := Value(2.0, label="甲")) * x, wrt=x),
    "many paths": lambda: _doubled(60),
    "long": lambda: _explained_long(),
}


def _explained(a, b, out):
    return viz.explain(out, wrt=a)


def _by_condition(x):
    return viz.explain((x > 1.0) * Value(3.0, label="乙"), wrt=x)


def _doubled(times):
    x = out = Value(0.5, label="甲")
    for _ in range(times):
        out = out + out
    return viz.explain(out, wrt=x)


def _explained_long():
    x = out = Value(0.5, label="甲")
    for _ in range(150):
        out = out.sin()
    return viz.explain(out, wrt=x)


each = {name: pytest.mark.parametrize("make", table.values(), ids=list(table)) for name, table in (
    ("picture", PICTURES), ("steps", STEPS), ("run", RUNS), ("explanation", EXPLANATIONS))}  # fmt: skip


@each["picture"]
def test_pictures(make):
    with speaking(OTHER):
        picture = make()
    assert "⟦" in picture.svg
    assert words(" ".join(shown(picture.svg).shown)) == set()
    assert words(str(picture)) == set()


def test_a_program():
    program = gg.compile(lambda x, y: (x * y).tanh() + x)
    program(1.0, 2.0)
    stages = {text for stage in program.arrays() for text in (stage.what, stage.name)}
    stages.add(program.summary().split("\n")[0])  # the compiler's own words
    with speaking(OTHER):
        picture = viz.draw(program)
    assert words(" ".join(shown(picture.svg).shown), but=sorted(stages, key=len, reverse=True)) == set()


@each["steps"]
def test_players(make):
    with speaking(OTHER):
        player = make()
    page = shown(player.html)
    assert words(" ".join(page.shown)) == set()
    assert words(str(player)) == set()
    for frame in json.loads(page.data)["frames"]:
        texts = [frame["title"], frame["position"], frame.get("remark", "")]
        texts += (
            frame.get("lines", []) + frame.get("wrong_lines", []) + [text for _, _, text in frame.get("changes", [])]
        )
        assert words(" ".join(texts)) == set()
    assert words(" ".join(shown(player.embedded.partition("</iframe>")[2]).shown)) == set()
    still = player.frame(-1)
    assert words(" ".join(shown(still.svg).shown)) == set()
    assert words(str(still)) == set()


@each["run"]
def test_training_runs(make):
    history = make()
    with speaking(OTHER):
        run = viz.training(history)
    page = shown(run.html)
    data = json.loads(page.data)
    assert words(" ".join(page.shown)) == set()
    assert words(str(run)) == set()
    assert words(" ".join(data["states"].values())) == set()
    assert words(data.get("boundary", {}).get("legend", "")) == set()
    for frame in data["frames"]:
        assert words(" ".join([frame["title"], frame["said"], frame["position"], frame.get("boundary", "")])) == set()
    assert words(" ".join(shown(run.picture.svg).shown)) == set()
    assert words(str(run.picture)) == set()


@each["explanation"]
def test_explanations(make):
    with speaking(OTHER):
        explanation = make()
    for text in (explanation.text, explanation.markdown, explanation.latex):
        assert words(text.replace(r"\mathrm", "")) == set()


def test_plots():
    with speaking(OTHER):
        losses = viz.plots.loss(nn.fit(nn.MLP(1, [1], seed=0), [[0.0], [1.0]], [0.0, 1.0], loss=nn.mse, epochs=3, batch_size=1,
                                       validation=([[0.0]], [0.0]), progress=False))  # fmt: skip
        shares = viz.plots.accuracy([0.5, 1.0])
        plane = viz.plots.boundary(lambda x: x[0], [[0.0, 1.0], [1.0, 0.0]], [0, 1])
    for plot in (losses, shares, plane):
        (axes,) = plot.figure.axes
        legend = axes.get_legend()
        texts = [axes.get_xlabel(), axes.get_ylabel(), axes.get_title()]
        texts += [text.get_text() for text in [*legend.get_texts(), legend.get_title()]] if legend else []
        assert words(" ".join(texts)) == set()


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Path("表.csv").open("w", newline="", encoding="utf-8") as file:
        rows = [[x / 10, y, "上" if x > 5 * y else "下"] for x in range(-10, 11) for y in (-1, 0, 1)]
        csv.writer(file).writerows([["甲", "乙", "类"], *rows])
    return tmp_path


def _said(arguments, capsys):
    """What the command prints, and what it says of a mistake."""
    with speaking(OTHER), contextlib.suppress(SystemExit):
        cli.main(arguments)
    return capsys.readouterr()


COMMANDS = {
    "help": ["--help"],
    **{f"help of {command}": [command, "--help"] for command in ("demo", "train", "draw", "check")},
    "draw": ["draw", "甲*乙", "--at", "甲=1", "乙=2"],
    "no command": [],
    "another command": ["x"],
    "no expression": ["draw"],
    "no table": ["train"],
    "an unknown option": ["demo", "--9"],
    "an option without its number": ["demo", "--seed"],
    "no number": ["demo", "--seed", "甲"],
    "too small": ["train", "表.csv", "--target", "类", "--epochs", "0"],
    "no rate": ["train", "表.csv", "--target", "类", "--rate", "甲"],
    "a negative rate": ["train", "表.csv", "--target", "类", "--rate", "-1"],
    "no fraction": ["train", "表.csv", "--target", "类", "--held-out", "2"],
    "another kind": ["train", "表.csv", "--target", "类", "--predict", "9"],
    "no assignment": ["draw", "甲", "--at", "甲"],
    "twice": ["draw", "甲", "--at", "甲=1", "甲=1"],
    "not a number": ["draw", "甲", "--at", "甲=乙"],
    "not finite": ["draw", "甲", "--at", "甲=1e999"],
    **{expression: ["draw", expression, "--at", "甲=1"] for expression in (
        "", "1", "9" * 20_001, "[甲, 甲]", "9" * 400 + "*甲", "甲*乙", "丁(甲)", "exp(**甲)", "[甲][3]", "甲[0]", "甲^2",
        "甲@甲", "甲 if 甲 else 1", "甲 and 1", "甲.a", "1 < 甲 < 2", "lambda: 甲", "+".join(["甲"] * 3000))},
    "a name without use": ["draw", "甲", "--at", "甲=1", "乙=2"],
    "a constant": ["draw", "甲*pi", "--at", "甲=1", "pi=2"],
}  # fmt: skip
TYPED = (
    r"--[a-z-]+|[\w-]+\.(?:svg|png|pdf|dot|json|csv)|\b(?:demo|train|draw|check|auto|class|number)\b|-FILE|lambda|demo"
)


@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=[name[:20] for name in COMMANDS])
def test_the_command(arguments, table, capsys):
    said = "".join(_said(arguments, capsys))
    assert "⟦" in said
    assert words(re.sub(TYPED, "", said)) <= {"pi", "if", "else", "and"}


def test_the_command_that_trains(table, capsys, monkeypatch):
    reports = []
    monkeypatch.setattr(gradcheck_report.Report, "__str__", lambda report: reports.append(report) or "⟦⟧")
    said = _said(["train", "表.csv", "--target", "类", "--epochs", "2"], capsys).out  # the progress bar is nn.fit's
    assert len(reports) == 1
    assert words(re.sub(TYPED, "", said), but=[str(table)]) == set()


# ── in a browser, and as time passes ───────────────────────────────────────────────────────────────────────────────

ON_THE_PAGE = """return [document.title, ...[...document.querySelectorAll("*")].flatMap((element) => [
    ...["aria-label", "aria-valuetext", "title", "alt"].map((name) => element.getAttribute(name) || ""),
    ...[...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE
        && !element.closest("script, style, pre")).map((node) => node.textContent),
])].join(" ")"""


@pytest.mark.parametrize(
    "make", [STEPS["steps"], STEPS["order"], lambda: viz.training(_run())], ids=["steps", "a mistake", "a run"]
)
def test_scripts_bring_no_words_of_their_own(make, opened):
    with speaking(OTHER):
        page = make()
    browser = opened(page)
    for act in ("next", "play", "play", "last", "first"):
        assert words(browser.run(ON_THE_PAGE)) == set()
        browser.click(act)
    assert browser.run("return document.documentElement.lang") == "xx"


MADE = {
    "a picture": (PICTURES["a graph of many lines"], lambda made: made.svg + str(made) + made.dot),
    "a player": (STEPS["order"], lambda made: made.embedded + str(made.frame(3)) + made.frame(3).svg),
    "an explanation": (EXPLANATIONS["two paths"], lambda made: made.text + made.markdown + made.svg),
    "a run": (lambda: viz.training(_run()), lambda made: made.embedded + made.picture.svg),
}


@pytest.mark.parametrize(("make", "shown_as"), MADE.values(), ids=list(MADE))
def test_what_was_made_in_a_language_stays_in_it(make, shown_as):
    expected = shown_as(make())
    made = make()
    with speaking(OTHER):
        assert shown_as(made) == expected
        other = make()
    assert "⟦" in shown_as(other)
    assert shown_as(other) != expected
