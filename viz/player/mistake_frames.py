"""Three mistakes that everybody makes once, played beside the right algorithm until a number differs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..explaining.named_graph import NamedGraph
from ..scene.cards import GRADIENT_ROW, VALUE_ROW, edge_key
from ..words import say
from .frame import Frame, Words
from .writes import Comparison, Mistake, Pair, Write, compare

WRONG_ROW = "wrong"

_LOOP = """for node in reversed(topological(root)):
    for operand, local in edges(node):
        operand.grad += local * node.grad"""
_TWICE = """root.backward()
root.zero_grad()
root.backward()"""


@dataclass(frozen=True)
class Lesson:
    """A mistake as code, beside the right code; what it is called, and why it is one, stands in the table of words."""

    right: str
    wrong: str


LESSONS: dict[Mistake, Lesson] = {
    "order": Lesson(
        _LOOP,
        "def backward(node):\n    for operand, local in edges(node):\n        operand.grad += local * node.grad\n"
        "        backward(operand)",
    ),
    "assign": Lesson(_LOOP, _LOOP.replace("+=", "=")),
    "no-zero-grad": Lesson(_TWICE, "root.backward()\nroot.backward()"),
}


def mistake_frames(graph: NamedGraph, mistake: Mistake, digits: int = 4) -> list[Frame]:
    """The frames of the right and the wrong algorithm side by side, and the verdict."""
    words = Words(graph, digits)
    found = compare(graph, mistake)
    return [_given(words), *_moves(words, mistake, found), _verdict(words, mistake, found)]


def _given(words: Words) -> Frame:
    changes = [(str(i), VALUE_ROW, words.number(node.data)) for i, node in enumerate(words.graph.nodes)]
    return Frame("start", say("compare.start"), (), changes=tuple(changes), remark=say("compare.start_why"))


def _moves(words: Words, mistake: Mistake, found: Comparison) -> Iterator[Frame]:
    again = False
    for pair in found.pairs:
        if pair.clears:
            again = True
            yield _clearing(words)
        elif pair.right is not None and pair.right.link is None:
            yield _seed(words, again)
        else:
            yield _move(words, mistake, pair)


def _seed(words: Words, again: bool) -> Frame:
    """backward() begins: every gradient is 0 (in a second one, what leaves hold stays), the root's is 1."""
    nodes, root = words.graph.nodes, words.graph.root
    taking = [root] if again else [i for i, node in enumerate(nodes) if not node.is_constant]
    changes = [(str(i), row, words.number(float(i == root))) for i in taking for row in (GRADIENT_ROW, WRONG_ROW)]
    line = say("player.seed_equation", equation=f"{words.gradient(root)} = 1")
    title = say("player.seed", name=words.name(root))
    return Frame("seed", title, (line,), str(root), changes=tuple(changes), wrong_lines=(line,))


def _clearing(words: Words) -> Frame:
    nodes = words.graph.nodes
    inner = [i for i, node in enumerate(nodes) if node.op is not None]
    leaves = [i for i, node in enumerate(nodes) if node.op is None and not node.is_constant]
    zero = words.number(0.0)
    changes = [(str(i), row, zero) for i in inner for row in (GRADIENT_ROW, WRONG_ROW)]
    changes += [(str(i), GRADIENT_ROW, zero) for i in leaves]
    return Frame(
        "zero",
        say("compare.clear"),
        (say("compare.cleared"),),
        changes=tuple(changes),
        wrong_lines=(say("compare.not_cleared"),),
    )


def _move(words: Words, mistake: Mistake, pair: Pair) -> Frame:
    right, wrong = pair.right, pair.wrong
    changes = []
    for write, row in ((right, GRADIENT_ROW), (wrong, WRONG_ROW)):
        if write is not None:
            changes.append((str(write.node), row, words.number(write.after)))
            if write.link is not None:
                changes.append(words.label(write.link))
    node, edges = _where(right)
    wrong_node, wrong_edges = _where(wrong)
    return Frame(
        "backward",
        _heading(words, right, wrong),
        _said(words, right),
        node,
        (str(right.node),) if right else (),
        edges,
        tuple(changes),
        _said(words, wrong, assigns=mistake == "assign"),
        wrong_node,
        wrong_edges,
    )


def _where(write: Write | None) -> tuple[str, tuple[str, ...]]:
    if write is None or write.link is None:
        return "", ()
    return str(write.link.out), (edge_key(write.link.out, write.link.place),)


def _heading(words: Words, right: Write | None, wrong: Write | None) -> str:
    def moved(write: Write | None) -> str:
        if write is None or write.link is None:
            return say("compare.no_move")
        return say("compare.move", out=words.name(write.link.out), operand=words.name(write.link.operand))

    if moved(right) == moved(wrong):
        return say("compare.both", move=moved(right))
    return say("compare.each", right=moved(right), wrong=moved(wrong))


def _said(words: Words, write: Write | None, *, assigns: bool = False) -> tuple[str, ...]:
    if write is None:
        return (say("compare.finished"),)
    if assigns:
        kept = f"{words.gradient(write.node)} = {words.number(write.after)}"
        lost = say("compare.lost", equation=kept, number=words.number(write.before)) if write.before else kept
        return (*words.contribution(write)[1:], lost)
    return (*words.contribution(write)[1:], words.sum(write))


def _verdict(words: Words, mistake: Mistake, found: Comparison) -> Frame:
    if found.differing is None:
        return Frame("done", say("compare.harmless"), (), remark=say(f"mistake.{mistake}.harmless"))
    gradient, wrong = words.gradient(found.differing), words.number(found.wrong)
    return Frame(
        "verdict",
        say("compare.stop", name=words.name(found.differing)),
        (f"{gradient} = {words.number(found.right)}",),
        str(found.differing),
        wrong_lines=(say("compare.passed_on", number=wrong) if mistake == "order" else f"{gradient} = {wrong}",),
        wrong_node=str(found.differing),
        remark=say(f"mistake.{mistake}.why"),
    )
