"""Three mistakes that everybody makes once, played beside the right algorithm until a number differs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..explaining.named_graph import NamedGraph
from ..scene.cards import GRADIENT_ROW, VALUE_ROW, edge_key
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
    """What a mistake is, in a sentence and in code beside the right code."""

    title: str
    right: str
    wrong: str
    why: str
    harmless: str


LESSONS: dict[Mistake, Lesson] = {
    "order": Lesson(
        "Recursion without a topological order",
        _LOOP,
        "def backward(node):\n    for operand, local in edges(node):\n        operand.grad += local * node.grad\n"
        "        backward(operand)",
        "It went on to its operands before all its uses had passed their gradient to it (and would go on again"
        " later). In topological order, backwards, a node waits until its gradient is complete.",
        "No value that an operation made is used twice here, so each gradient is complete when it is passed on.",
    ),
    "assign": Lesson(
        "= in place of +=",
        _LOOP,
        _LOOP.replace("+=", "="),
        "It is used more than once, and = keeps only what came last. The gradient is the sum over all uses: +=.",
        "No value is used twice here, so there is nothing to add up.",
    ),
    "no-zero-grad": Lesson(
        "Gradients that are not cleared",
        _TWICE,
        "root.backward()\nroot.backward()",
        "It still held its gradient from the first backward, and the second one was added to it. Call zero_grad()"
        " before each backward, unless adding up over batches is what you want.",
        "All gradients of the leaves are 0 here, so there is nothing left over.",
    ),
}


def mistake_frames(graph: NamedGraph, mistake: Mistake, digits: int = 4) -> list[Frame]:
    """The frames of the right and the wrong algorithm side by side, and the verdict."""
    words = Words(graph, digits)
    found = compare(graph, mistake)
    return [_given(words), *_moves(words, mistake, found), _verdict(words, mistake, found)]


def _given(words: Words) -> Frame:
    changes = [(str(i), VALUE_ROW, words.number(node.data)) for i, node in enumerate(words.graph.nodes)]
    remark = "Forward is the same for both, so all values are known. Each step is one move of both."
    return Frame("start", "Forward is done", (), changes=tuple(changes), remark=remark)


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
    name = words.name(root)
    line = f"grad({name}) = 1: a value's derivative by itself"
    return Frame("seed", f"Backward starts at {name}", (line,), str(root), changes=tuple(changes), wrong_lines=(line,))


def _clearing(words: Words) -> Frame:
    nodes = words.graph.nodes
    inner = [i for i, node in enumerate(nodes) if node.op is not None]
    leaves = [i for i, node in enumerate(nodes) if node.op is None and not node.is_constant]
    zero = words.number(0.0)
    changes = [(str(i), row, zero) for i in inner for row in (GRADIENT_ROW, WRONG_ROW)]
    changes += [(str(i), GRADIENT_ROW, zero) for i in leaves]
    return Frame(
        "zero",
        "Before a second backward",
        ("zero_grad(): every gradient is 0 again",),
        changes=tuple(changes),
        wrong_lines=("zero_grad() is forgotten: the leaves keep what they hold",),
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
            return "nothing left to do"
        return f"{words.name(write.link.out)} to {words.name(write.link.operand)}"

    if moved(right) == moved(wrong):
        return f"Both: {moved(right)}"
    return f"Right: {moved(right)} · wrong: {moved(wrong)}"


def _said(words: Words, write: Write | None, *, assigns: bool = False) -> tuple[str, ...]:
    if write is None:
        return ("done",)
    if assigns:
        lost = f" (the {words.number(write.before)} that was there is lost)" if write.before else ""
        return (*words.contribution(write)[1:], f"grad({words.name(write.node)}) = {words.number(write.after)}{lost}")
    return (*words.contribution(write)[1:], words.sum(write))


def _verdict(words: Words, mistake: Mistake, found: Comparison) -> Frame:
    lesson = LESSONS[mistake]
    if found.differing is None:
        return Frame("done", "On this graph the mistake changes nothing", (), remark=lesson.harmless)
    name = words.name(found.differing)
    verb = "it passed on" if mistake == "order" else f"grad({name}) ="
    return Frame(
        "verdict",
        f"Stop: {name} has the wrong gradient",
        (f"grad({name}) = {words.number(found.right)}",),
        str(found.differing),
        wrong_lines=(f"{verb} {words.number(found.wrong)}",),
        wrong_node=str(found.differing),
        remark=lesson.why,
    )
