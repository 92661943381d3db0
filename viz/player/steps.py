"""``steps``: a graph that one can step through, forward and then backward, in a notebook or as one offline file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape

from ...autograd import Value
from ...autograd.node import require_gradient
from ..errors import DrawError
from ..explaining.named_graph import NamedGraph
from ..page.page import Page, markup
from ..paint.graph_picture import GraphPicture
from ..paint.theme import Theme
from ..pipeline import picture_of
from ..scene.cards import GRADIENT_ROW, UNKNOWN, VALUE_ROW
from ..scene.choose import scene_of
from ..scene.folded_cards import FoldBy
from ..scene.scene import Box, Direction, Scene
from ..scene.text import visible
from ..words import say, speaking
from .folded_frames import folded_frames
from .frame import Frame
from .frame_picture import frame_picture, said
from .mistake_frames import LESSONS, WRONG_ROW, mistake_frames
from .node_frames import node_frames
from .writes import MISTAKES, Mistake

_CHROME, _MOST_HEIGHT = 380, 900  # px of a page without its picture; of a page in a notebook's cell


@dataclass(frozen=True, kw_only=True)
class Steps(Page):
    """What ``steps`` returns: a page. A notebook shows it; ``.save("steps.html")`` writes it; ``print`` tells it.

    Attributes:
        frames: the steps as data.
        drawn: the graph as the page has it.
    """

    frames: tuple[Frame, ...]
    drawn: GraphPicture

    def frame(self, i: int, theme: Theme = "auto") -> GraphPicture:
        """Step i, counted from 0 (−1 is the last), as a picture of its own, with its title and formula.

        Pictures of the same player have the same size, for slides; ``.svg`` and ``.save("step.svg")`` need no more than
        the picture, .png and .pdf the extra ``picture``.

        Raises:
            IndexError: there is no such step.
            DrawError: (a ValueError) no such theme.

        >>> x = Value(3.0, label="x")
        >>> print(steps(x * x).frame(3))
        Backward: h1 passes its gradient to x
        local derivative: ∂h1/∂x|₁ = x = 3
        local × upstream: ∂h1/∂x|₁ × grad(h1) = 3 × 1 = 3
        grad(x): 0 + 3 = 3
        <BLANKLINE>
                          value  grad
        x           leaf      3     3
        h1 = x × x  root      9     1
        """
        count = len(self.frames)
        if not -count <= i < count:
            raise IndexError(f"there is no step {i}: this player has {count}, from 0 to {count - 1}")
        with speaking(self.language):
            return frame_picture(self.drawn, self.frames, i % count, theme)


def steps(
    root: Value,
    *,
    mistake: Mistake | None = None,
    fold: FoldBy | None = None,
    digits: int = 4,
    direction: Direction | None = None,
    layout: str | None = None,
) -> Steps:
    """Play how root is computed and differentiated: forward node by node, then backward one edge at a time.

    Each step shows its formula with the numbers put in, and ``.grad`` before, what is added, and after. A graph of more
    than 60 nodes goes backward node by node; what is too large to be read is folded into neurons or layers, and else
    refused. Gradients are those of a first ``backward()``; nothing is written into the graph.

    Args:
        root: the value to differentiate.
        mistake: play a wrong algorithm beside the right one, until a number differs: "order" (recursion without a
            topological order), "assign" (= in place of +=), "no-zero-grad" (gradients that are not cleared).
        fold: "neuron" or "layer", as for ``draw``.
        digits: significant digits of the numbers.
        direction: "LR" or "TB", as for ``draw``.
        layout: what places the cards, as for ``draw``.

    Raises:
        TypeError: root is not a Value.
        NoGradientError: root takes no gradient.
        StaleGraphError: a leaf's .data was changed after the graph was recorded.
        DrawError: (a ValueError) no such mistake, or a graph that is too large; says the ways out.

    >>> x = Value(3.0, label="x")
    >>> print(steps(x * x))
    Start: the leaves are given
        x = 3
        Forward computes the other values; backward then finds the gradients.
    Forward: h1 is computed
        h1 = x × x
        = 3 × 3
        = 9
    Backward starts at h1
        grad(h1) = ∂h1/∂h1 = 1: a value's derivative by itself
        All other gradients start at 0; contributions will be added to them.
        From here on: topological order backwards, so each node is complete when its turn comes.
    Backward: h1 passes its gradient to x
        local derivative: ∂h1/∂x|₁ = x = 3
        local × upstream: ∂h1/∂x|₁ × grad(h1) = 3 × 1 = 3
        grad(x): 0 + 3 = 3
    Backward: h1 passes its gradient to x
        local derivative: ∂h1/∂x|₂ = x = 3
        local × upstream: ∂h1/∂x|₂ × grad(h1) = 3 × 1 = 3
        grad(x): 3 + 3 = 6
    Done: every gradient is complete
        ∂h1/∂x = 6
        These are the gradients of the leaves; leaves add them to what they held before.
    """
    if not isinstance(root, Value):
        raise TypeError(f"steps: root must be a Value, got {type(root).__name__}: {root!r:.60}")
    if mistake is not None and mistake not in MISTAKES:
        raise DrawError(f"mistake must be one of {', '.join(map(repr, MISTAKES))}, not {mistake!r}")
    require_gradient(root)
    scene = _scene(root, fold)
    graph = NamedGraph(root)
    folded = any(box.kind == "group" for box in scene.boxes)
    if folded and mistake:
        raise DrawError(
            f"mistakes are played on graphs that can be shown whole, and this one has {len(graph.nodes):,} nodes:"
            " take a smaller one, such as one sample or one neuron"
        )
    if folded:
        played = folded_frames(graph, scene, digits)
    else:
        played = mistake_frames(graph, mistake, digits) if mistake else node_frames(graph, digits)
    drawn = picture_of(_roomy(scene, played, bool(mistake)), direction=direction, layout=layout)
    return _page(drawn, played, mistake)


def _scene(root: Value, fold: FoldBy | None) -> Scene:
    try:
        return replace(scene_of([root], fold), note="")
    except DrawError as error:
        raise DrawError(f"{error}. Or step through a part of it: viz.steps(an inner value)") from None


def _roomy(scene: Scene, played: Sequence[Frame], compares: bool) -> Scene:
    """The scene at the last step, each card with room for what it shows at any step."""
    shown: dict[tuple[str, str], list[str]] = {}
    for frame in played:
        for key, row, text in frame.changes:
            shown.setdefault((key, row), [UNKNOWN]).append(text)
    return replace(scene, boxes=[_roomy_box(box, shown, compares) for box in scene.boxes])


def _roomy_box(box: Box, shown: dict[tuple[str, str], list[str]], compares: bool) -> Box:
    rows = list(box.rows)
    if compares and any(name == GRADIENT_ROW for name, _ in rows):
        rows.append((WRONG_ROW, UNKNOWN))
    last, widest = [], []
    for name, text in rows:
        texts = shown.get((box.key, name), [UNKNOWN if name in (GRADIENT_ROW, WRONG_ROW, VALUE_ROW) else text])
        last.append((name, texts[-1]))
        widest.append((name, max(texts, key=len)))
    size = replace(box, rows=tuple(widest)).size
    return replace(box, rows=tuple(last), tip=box.title, room=size)


def _page(drawn: GraphPicture, played: Sequence[Frame], mistake: Mistake | None) -> Steps:
    title = say("player.title", graph=drawn.scene.title)
    if mistake:
        title = say("player.mistake", mistake=say(f"mistake.{mistake}"), graph=drawn.scene.title)
    svg = drawn.svg_in_page
    height = min(_MOST_HEIGHT, _CHROME + (140 if mistake else 0) + round(drawn.geometry.height))
    said_of = [say("page.step", step=i, count=len(played), title=frame.title) for i, frame in enumerate(played, 1)]
    frames = [{**frame.as_json(), "position": position} for frame, position in zip(played, said_of)]
    data = {"frames": frames, "unknown": UNKNOWN}
    body = _body(title, svg, mistake)
    last = frame_picture(drawn, played, len(played) - 1, "auto")
    return Steps("steps", title, body, data, last, height, _told(played), frames=tuple(played), drawn=drawn)


def _told(played: Sequence[Frame]) -> str:
    """The steps as text."""
    lines = []
    for frame in played:
        lines += [frame.title, *(f"    {line}" for line in said(frame))]
    return "\n".join(lines)


def _body(title: str, svg: str, mistake: Mistake | None) -> str:
    lines = '<div id="lines" class="mono"></div>'
    code, keys = "", f"{say('page.keys')}{say('join.sentences')}{say('page.borders')}"
    if mistake:
        lesson, right, wrong = LESSONS[mistake], escape(say("compare.right")), escape(say("compare.wrong"))
        code = (
            f'<div class="both"><section><h2>{right}</h2><pre tabindex="0">{escape(lesson.right)}</pre></section>'
            f'<section><h2>{wrong}</h2><pre tabindex="0">{escape(lesson.wrong)}</pre></section></div>'
        )
        lines = (
            f'<div class="both"><section aria-label="{right}"><h2>{right}</h2>{lines}</section>'
            f'<section aria-label="{wrong}"><h2>{wrong}</h2><div id="wrong-lines" class="mono"></div></section></div>'
        )
    two = ' class="two"' if mistake else ""
    return (
        f"<main>\n<h1>{escape(visible(title))}</h1>\n{code}"
        f'<div id="formula"{two} role="status" aria-live="polite" tabindex="0"><p id="title"></p>{lines}'
        '<p id="remark"></p></div>\n'
        f"{markup('controls.html')}"
        f"<noscript><p>{escape(say('page.no_scripts'))}</p></noscript>\n"
        f'<div id="picture" class="scroll" tabindex="0" role="region" aria-label="{escape(say("page.graph"))}">'
        f"{svg}</div>\n"
        f'<p class="keys">{escape(keys)}</p>\n'
        "</main>"
    )
