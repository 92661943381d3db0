"""One frame of the player as a picture of its own: for slides, for a README, for viewers that run no scripts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..paint.graph_picture import GraphPicture
from ..paint.theme import Theme
from ..pipeline import painted_again
from ..scene.cards import GRADIENT_ROW, UNKNOWN, VALUE_ROW
from ..scene.heading import heading
from ..scene.scene import LABEL
from ..words import say
from .frame import Frame
from .mistake_frames import WRONG_ROW

_SHOWN_LATER = (VALUE_ROW, GRADIENT_ROW, WRONG_ROW)  # rows that are unknown until a step says them


def said(frame: Frame) -> list[str]:
    """What a step says under its title, as text."""
    if frame.wrong_lines:
        lines = [say("compare.right_line", line=line) for line in frame.lines]
        lines += [say("compare.wrong_line", line=line) for line in frame.wrong_lines]
    else:
        lines = list(frame.lines)
    return lines + ([frame.remark] if frame.remark else [])


def frame_picture(drawn: GraphPicture, played: Sequence[Frame], at: int, theme: Theme) -> GraphPicture:
    """The picture at that step. All steps of a graph give pictures of one size, so that slides do not jump."""
    known = {(key, row): text for frame in played[: at + 1] for key, row, text in frame.changes}
    frame, scene = played[at], drawn.scene
    boxes = []
    for box in scene.boxes:
        rows = [(name, UNKNOWN if name in _SHOWN_LATER else text) for name, text in box.rows]
        boxes.append(replace(box, rows=tuple((name, known.get((box.key, name), text)) for name, text in rows)))
    edges = [replace(edge, label=known.get((edge.key, LABEL), "") if edge.label else "") for edge in scene.edges]
    changed = frozenset((key, row) for key, row, _ in frame.changes) if frame.phase != "seed" else frozenset()
    texts = [[each.title, *said(each)] for each in played]
    title = say("page.step_title", step=at + 1, count=len(played), title=frame.title)
    scene = replace(scene, boxes=boxes, edges=edges, title=title, marks=_marks(frame), changed=changed,
                    heading=heading(texts, at, f"{at + 1} / {len(played)}", drawn.geometry.width))  # fmt: skip
    return painted_again(drawn, scene, theme)


def _marks(frame: Frame) -> dict[str, str]:
    """What is in play, as the page marks it; the right algorithm's marks go over the wrong one's."""
    return {
        **dict.fromkeys(frame.wrong_edges, "wrong-active"),
        **dict.fromkeys(frame.edges, "active"),
        frame.wrong_node: "wrong-current",
        **dict.fromkeys(frame.operands, "near"),
        frame.node: "current",
    }
