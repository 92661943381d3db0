"""All words that people are shown stand in one table: none outside it, each of its texts used, each used text in it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from glassgrad.viz.words import current, say, speaking
from glassgrad.viz.words.english import ENGLISH
from glassgrad.viz.words.language import Language, Plural

VIZ = Path(__file__).parents[2] / "viz"
TREES = {
    path.relative_to(VIZ).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted(VIZ.rglob("*.py"))
    if path.relative_to(VIZ).as_posix() != "words/english.py"
}
ASSETS = {path.name: path.read_text(encoding="utf-8") for path in sorted((VIZ / "page" / "assets").iterdir())}

# Two words side by side, or one with a capital: what an English sentence or title has and a name in code has not.
PROSE = re.compile(r"[A-Za-z]['A-Za-z]+,? [A-Za-z]['A-Za-z]+|\b[A-Z][a-z]{2,}\b")
TAG = re.compile(r"<[^>]*>?")
SHOWN_ATTRIBUTES = re.compile(r'(?:aria-label|title|alt)="([^"]*)"')

# Literals that look like prose and are none: why, and where (a file; a function, a method, or a name at its top).
NO_WORDS: dict[str, list[tuple[str, str]]] = {
    "what an exception says, which is English where it is raised": [
        ("run_page/plots.py", "_curves"),
        ("scene/choose.py", "_too_large"),
        ("scene/choose.py", "_folded"),
        ("words/lookup.py", "_unknown"),
        ("words/lookup.py", "_listed"),
    ],
    "classes of the style sheet": [
        ("paint/graph_svg.py", "_heading"),
        ("paint/graph_svg.py", "_outline"),
        ("paint/graph_svg.py", "_card"),
        ("paint/graph_svg.py", "_label"),
    ],
    "CSS, a policy, DOT, or a field of a file's format": [
        ("layout/dot.py", "_lines"),
        ("page/page.py", "Page.html"),
        ("paint/theme.py", "FONT"),
        ("paint/theme.py", "custom_properties"),
        ("run_page/plots.py", "Plot._bytes"),
    ],
    "code, the same in every language": [
        ("player/mistake_frames.py", "_LOOP"),
        ("player/mistake_frames.py", "LESSONS"),
        ("command/expression.py", "Operand"),
    ],
    "patterns of argparse's own sentences": [("command/arguments.py", "_SENTENCES")],
    "keys of groups, whose words are those of group_name": [("scene/scene.py", "(INPUTS, OTHERS)")],
}
EXCEPTED = [place for places in NO_WORDS.values() for place in places]

# Where the key is not written in the call itself; the tests at the end of the part on keys look at these.
CHOSEN_ELSEWHERE = {
    ("command/arguments.py", "_reworded"),
    ("command/expression.py", "_not_understood"),
    ("page/page.py", "markup"),
}


def _parts(tree: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    """The statements of a file with the name of each: a function's, a method's, or the first that is assigned to."""
    for statement in tree.body:
        if isinstance(statement, ast.ClassDef):
            yield from ((f"{statement.name}.{name}", part) for name, part in _parts(statement))
        elif isinstance(statement, ast.Assign):
            yield ast.unparse(statement.targets[0]), statement
        elif isinstance(statement, ast.AnnAssign):
            yield ast.unparse(statement.target), statement
        else:
            yield getattr(statement, "name", ""), statement


def _literals(node: ast.AST, raised: bool) -> Iterator[str]:
    """The strings of a tree but for docstrings, format specifications, patterns and (with ``raised``) exceptions."""
    if isinstance(node, ast.Raise) and not raised:
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("re.compile", "re.search", "warnings.warn"):
        return
    if isinstance(node, ast.JoinedStr):
        yield "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
        inside = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
    elif isinstance(node, ast.Constant):
        yield from [node.value] if isinstance(node.value, str) else []
        return
    else:
        inside = ast.iter_child_nodes(node)
    for child in inside:
        yield from _literals(child, raised)


def _prose(literal: str) -> list[str]:
    """The words in a literal, whose HTML is taken away but for the attributes that are read out or shown."""
    shown = [*SHOWN_ATTRIBUTES.findall(literal), TAG.sub("\n", literal)]
    return [found for text in shown for found in PROSE.findall(text)]


def _prose_of(name: str) -> dict[str, list[str]]:
    """For each owner in a file the prose in its literals. Sentences that the command raises are its output."""
    found: dict[str, list[str]] = {}
    for owner, statement in _parts(TREES[name]):
        for literal in _literals(statement, raised=name.startswith("command/")) if owner != "__all__" else ():
            if prose := _prose(literal):
                found.setdefault(owner, []).extend(prose)
    return found


@pytest.mark.parametrize(
    "literal", ["two words", "Play", '<b title="Some words">', "<p>Hello</p>", "don't stop", "one, two"]
)
def test_prose_is_recognised(literal):
    assert _prose(literal)


@pytest.mark.parametrize("literal", ["graph", "card.value", '<b class="row text">', " · ", "d/dx", "stroke-width:1.4"])
def test_what_is_no_prose_is_not(literal):
    assert not _prose(literal)


@pytest.mark.parametrize("name", TREES)
def test_no_word_stands_outside_the_table(name):
    found = {owner: prose for owner, prose in _prose_of(name).items() if (name, owner) not in EXCEPTED}
    assert not found, f"{name} holds words of its own; put them into viz/words/english.py and ask for them with say()"


@pytest.mark.parametrize(("name", "owner"), EXCEPTED)
def test_each_exception_from_this_is_needed(name, owner):
    assert _prose_of(name).get(owner)


# ── keys and placeholders ──────────────────────────────────────────────────────────────────────────────────────────


def _calls() -> Iterator[tuple[str, str, ast.Call]]:
    """Each call of ``say``, with its file and its owner."""
    for name, tree in TREES.items():
        for owner, statement in _parts(tree):
            for node in ast.walk(statement):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "say":
                    yield name, owner, node


def _keys(argument: ast.expr) -> list[str]:
    """The keys that an argument of ``say`` can be: of an f-string all that fit it; [""] for one that nothing fits."""
    if isinstance(argument, ast.Constant):
        return [argument.value]
    if isinstance(argument, ast.IfExp):
        return _keys(argument.body) + _keys(argument.orelse)
    assert isinstance(argument, ast.JoinedStr), ast.unparse(argument)
    parts = (re.escape(part.value) if isinstance(part, ast.Constant) else "[^.]+" for part in argument.values)
    pattern = "".join(parts)
    return [key for key in ENGLISH.table if re.fullmatch(pattern, key)] or [""]


def test_each_used_key_exists_and_gets_the_placeholders_of_its_text():
    wrong = []
    for name, owner, call in _calls():
        if (name, owner) in CHOSEN_ELSEWHERE:
            continue
        given = {keyword.arg for keyword in call.keywords}
        wrong += [f"{name}: {ast.unparse(call)}" for key in _keys(call.args[0]) if ENGLISH.fields.get(key) != given]
    assert not wrong


def test_each_text_is_used():
    used = {
        key for name, owner, call in _calls() if (name, owner) not in CHOSEN_ELSEWHERE for key in _keys(call.args[0])
    }
    literals = (literal for tree in TREES.values() for literal in _literals(tree, raised=True))
    used |= {literal for literal in literals if literal in ENGLISH.table}
    used |= {key for text in ASSETS.values() for key in re.findall(r"\{([a-z_]+\.[a-z_.]+)\}", text)}
    assert not ENGLISH.table.keys() - used


def test_texts_are_plain_and_keys_say_where_they_are_shown():
    for key, text in ENGLISH.table.items():
        assert re.fullmatch(r"[a-z]+(\.[A-Za-z_-]+)+", key)
        for form in (text.one, text.many) if isinstance(text, Plural) else (text,):
            assert form and form.strip("\n") == form
            assert all(name is None or name.isidentifier() for _, name, _, _ in Formatter().parse(form))


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: say("card.edgse", count=1), KeyError, "the nearest key in English is 'card.edges'"),
        (lambda: say("card.edges"), TypeError, "'card.edges' takes count, not no placeholder"),
        (lambda: say("badge.leaf", name="x"), TypeError, "'badge.leaf' takes no placeholder, not name"),
        (lambda: Language("xx", {"a.b": "{}"}), ValueError, r"a.b: {} is no plain name"),
        (lambda: Language("xx", {"a.b": "{x.y}"}), ValueError, r"a.b: {x.y} is no plain name"),
    ],
)
def test_a_wrong_key_or_placeholder_fails_loudly(call, error, said):
    with pytest.raises(error, match=re.escape(said)):
        call()


@pytest.mark.parametrize(("count", "said"), [(0, "0 edges"), (1, "1 edge"), (2, "2 edges"), (21, "21 edges")])
def test_one_and_many(count, said):
    assert say("card.edges", count=count) == said


def test_a_language_ends_with_its_block():
    other = Language("xx", {"badge.leaf": "叶"})
    with speaking(other):
        assert (current(), say("badge.leaf")) == (other, "叶")
        with pytest.raises(KeyError, match="no text 'badge.root' in the language 'xx'"):
            say("badge.root")
    assert (current(), say("badge.leaf")) == (ENGLISH, "leaf")


# ── scripts and pieces of HTML ─────────────────────────────────────────────────────────────────────────────────────

JAVASCRIPT = re.compile(r"""//[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`""")
NO_WORDS_IN_SCRIPTS = {"use strict": "a directive", ".scroll, select, input, textarea": "a selector"}


@pytest.mark.parametrize("name", [name for name in ASSETS if name.endswith(".js")])
def test_scripts_hold_no_words(name):
    literals = [found[1:-1] for found in JAVASCRIPT.findall(ASSETS[name]) if not found.startswith("//")]
    assert not [
        text for text in literals if _prose(re.sub(r"\$\{[^}]*\}", "{}", text)) and text not in NO_WORDS_IN_SCRIPTS
    ]


@pytest.mark.parametrize("name", [name for name in ASSETS if name.endswith(".html")])
def test_pieces_of_html_show_words_of_the_table_alone(name):
    html = ASSETS[name]
    shown = [*SHOWN_ATTRIBUTES.findall(html), *re.findall(r'data-(?:play|pause)="([^"]*)"', html), *TAG.split(html)]
    assert all(re.fullmatch(r"\{[a-z_.]+\}", text) for text in shown if text.strip())
