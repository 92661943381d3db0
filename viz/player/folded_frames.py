"""The player's frames for a folded graph: one step a card, forward and then backward."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from ..explaining.named_graph import NamedGraph
from ..scene.cards import GRADIENT_ROW, VALUE_ROW
from ..scene.scene import Scene, group_name
from ..words import say
from .frame import Frame, Words


@dataclass(frozen=True)
class _Card:
    """A card of the folded picture: its nodes, and the nodes of it that are used outside."""

    key: str
    title: str
    is_single: bool
    members: tuple[int, ...]
    outputs: tuple[int, ...]
    fed_by: tuple[str, ...]
    edges: tuple[str, ...]


def folded_frames(graph: NamedGraph, scene: Scene, digits: int = 4) -> list[Frame]:
    """Forward card by card, in the order in which they are complete, and backward the other way round."""
    words = Words(graph, digits)
    cards = _cards(graph, scene)
    start = Frame(
        "start",
        say("folded.start", nodes=len(graph.nodes), cards=len(cards)),
        (say("folded.start_why"),),
        changes=tuple(_leaf(words, card) for card in cards if card.is_single and not graph.nodes[card.members[0]].op),
    )
    done = Frame("done", say("player.done"), (say("folded.done", count=len(graph.nodes)),))
    backward = (frame for card in reversed(cards) for frame in _backward(words, card))
    made = (_forward(words, card) for card in cards if not card.is_single or graph.nodes[card.members[0]].op)
    return [start, *made, *backward, done]


def _cards(graph: NamedGraph, scene: Scene) -> list[_Card]:
    """The cards in the order in which their last values are computed."""
    box_of = scene.box_of
    outputs: dict[int, dict[int, None]] = defaultdict(dict)
    for i in range(len(graph.nodes)):
        for k in graph.operands(i):
            if box_of[k] != box_of[i]:
                outputs[box_of[k]][k] = None
    outputs[box_of[graph.root]][graph.root] = None
    cards = []
    for b, members in sorted(enumerate(scene.members), key=lambda card: card[1][-1]):
        box, name = scene.boxes[b], graph.symbol(members[0]).text()
        coming = [edge for edge in scene.edges if edge.head == b]
        tails = tuple(dict.fromkeys(scene.boxes[edge.tail].key for edge in coming))
        edges = tuple(edge.key for edge in coming)
        is_single = box.kind != "group"
        title = name if is_single else group_name(box.key)
        cards.append(_Card(box.key, title, is_single, tuple(members), tuple(outputs[b]), tails, edges))
    return cards


def _leaf(words: Words, card: _Card) -> tuple[str, str, str]:
    return card.key, VALUE_ROW, words.number(words.graph.nodes[card.members[0]].data)


def _forward(words: Words, card: _Card) -> Frame:
    values = [f"{words.name(i)} = {words.number(words.graph.nodes[i].data)}" for i in card.outputs]
    changes = [(card.key, VALUE_ROW, words.number(words.graph.nodes[i].data)) for i in card.outputs[-1:]]
    if card.is_single:
        i = card.members[0]
        lines = [f"{words.name(i)} = {words.graph.definition(i).text(words.digits)}", f"= {values[0].split(' = ')[-1]}"]
    else:
        lines = [say("folded.values", count=len(card.members)), say("folded.outside", values=words.listed(values))]
    return Frame(
        "forward",
        say("folded.forward", card=card.title),
        tuple(lines),
        card.key,
        card.fed_by,
        card.edges,
        tuple(changes),
    )


def _backward(words: Words, card: _Card) -> Iterator[Frame]:
    taking = [i for i in card.outputs if not words.graph.nodes[i].is_constant]
    if not taking:
        return
    gradients = [f"{words.gradient(i)} = {words.number(words.graph.gradients[i])}" for i in taking]
    changes = [(card.key, GRADIENT_ROW, words.number(words.graph.gradients[i])) for i in taking[-1:]]
    leaves = sum(words.graph.nodes[i].op is None and not words.graph.nodes[i].is_constant for i in card.members)
    lines = [words.listed(gradients)]
    if card.members[-1] == words.graph.root:
        lines.append(say("folded.seed"))
    else:
        lines.append(say("folded.sum", count=len(taking)))
    if leaves and not card.is_single:
        lines.append(say("folded.leaves", count=leaves))
    yield Frame(
        "backward",
        say("folded.backward", card=card.title),
        tuple(lines),
        card.key,
        card.fed_by,
        card.edges,
        tuple(changes),
    )
