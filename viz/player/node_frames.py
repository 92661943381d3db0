"""The player's frames for a graph that is shown whole: forward node by node, backward edge by edge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..explaining.named_graph import Link, NamedGraph
from ..scene.cards import GRADIENT_ROW, VALUE_ROW, edge_key
from ..words import say
from .frame import Frame, Words
from .writes import Write, backward

EDGE_LEVEL = 60  # up to so many nodes backward goes edge by edge, above it node by node


def node_frames(graph: NamedGraph, digits: int = 4) -> list[Frame]:
    """Forward node by node, the seed, backward edge by edge (or node by node), and what came of it."""
    words = Words(graph, digits)
    by_edge = len(graph.nodes) <= EDGE_LEVEL
    writes = list(backward(graph))
    passing = _by_edge(words, writes[1:]) if by_edge else _by_node(words, writes[1:])
    return [_start(words), *_forward(words), _seed(words), *passing, _done(words)]


def _start(words: Words) -> Frame:
    """Only the leaves are known."""
    graph = words.graph
    leaves = [i for i, node in enumerate(graph.nodes) if node.op is None]
    named = [f"{words.name(i)} = {words.number(graph.nodes[i].data)}" for i in leaves if not graph.symbol(i).is_number]
    lines = (words.listed(named), say("player.start_why"))
    changes = [(str(i), VALUE_ROW, words.number(graph.nodes[i].data)) for i in leaves]
    return Frame("start", say("player.start"), lines, changes=tuple(changes))


def _forward(words: Words) -> Iterator[Frame]:
    graph = words.graph
    for i, node in enumerate(graph.nodes):
        if node.op is not None:
            shown = words.number(node.data)
            operands = graph.operands(i)
            yield Frame(
                "forward",
                say("player.forward", name=words.name(i)),
                (
                    f"{words.name(i)} = {graph.definition(i).text(words.digits)}",
                    f"= {graph.numbers(i).text(words.digits)}",
                    f"= {shown}",
                ),
                str(i),
                tuple(map(str, dict.fromkeys(operands))),
                tuple(edge_key(i, place) for place in range(len(operands))),
                ((str(i), VALUE_ROW, shown),),
            )


def _seed(words: Words) -> Frame:
    """Every gradient is 0, but the root's by itself."""
    graph = words.graph
    name = words.name(graph.root)
    taking = [i for i, node in enumerate(graph.nodes) if not node.is_constant]
    changes = [(str(i), GRADIENT_ROW, words.number(float(i == graph.root))) for i in taking]
    lines = (
        say("player.seed_equation", equation=f"{words.gradient(graph.root)} = ∂{name}/∂{name} = 1"),
        say("player.seed_others"),
        say("player.seed_order"),
    )
    return Frame("seed", say("player.seed", name=name), lines, str(graph.root), changes=tuple(changes))


def _by_edge(words: Words, writes: Sequence[Write]) -> Iterator[Frame]:
    for write in writes:
        link = write.link
        if link is not None:
            yield Frame(
                "backward",
                say("player.backward", out=words.name(link.out), operands=words.name(link.operand)),
                (*words.contribution(write), words.sum(write)),
                str(link.out),
                (str(link.operand),),
                (edge_key(link.out, link.place),),
                (words.label(link), (str(link.operand), GRADIENT_ROW, words.number(write.after))),
            )


def _by_node(words: Words, writes: Sequence[Write]) -> Iterator[Frame]:
    of_node: dict[int, list[tuple[Link, Write]]] = {}
    for write in writes:
        if write.link is not None:
            of_node.setdefault(write.link.out, []).append((write.link, write))
    for out, passed in of_node.items():
        upstream = words.number(passed[0][1].upstream)
        sums = [f"{words.sum(write)}" for _, write in passed]
        operands = list(dict.fromkeys(words.name(link.operand) for link, _ in passed))
        yield Frame(
            "backward",
            say("player.backward", out=words.name(out), operands=words.listed(operands)),
            (say("player.complete", equation=f"{words.gradient(out)} = {upstream}"),
             words.listed(sums)),
            str(out),
            tuple(dict.fromkeys(str(link.operand) for link, _ in passed)),
            tuple(edge_key(out, link.place) for link, _ in passed),
            (*(words.label(link) for link, _ in passed),
             *((str(link.operand), GRADIENT_ROW, words.number(write.after)) for link, write in passed)),
        )  # fmt: skip


def _done(words: Words) -> Frame:
    graph = words.graph
    root = words.name(graph.root)
    leaves = [i for i, node in enumerate(graph.nodes) if node.op is None and not node.is_constant]
    found = [f"∂{root}/∂{words.name(i)} = {words.number(graph.gradients[i])}" for i in leaves]
    lines = (words.listed(found), say("player.done_why"))
    return Frame("done", say("player.done"), lines)
