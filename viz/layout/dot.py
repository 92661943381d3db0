"""Graphviz's language: a scene's shapes into DOT, json0 positions back, and the readable DOT of ``to_dot``.

Only numbers go to Graphviz: nodes are positions in the scene, boxes have fixed sizes, labels are empty tables of
a fixed size. So no user text can break DOT, reach an SVG past our escaping, or be measured in a font that is not there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import graphviz

from ..scene.scene import Box, Scene
from .extent import OUTLINE_MARGIN, fitted, outlines
from .geometry import Geometry, Point, Rect

_POINTS_PER_INCH = 72  # Graphviz takes sizes in inches; one of its points is one px of ours
_LABEL = (
    '<<TABLE BORDER="0" CELLBORDER="0" CELLPADDING="0" CELLSPACING="0" FIXEDSIZE="TRUE"'
    ' WIDTH="{}" HEIGHT="{}"><TR><TD></TD></TR></TABLE>>'
)
_NET_RANKSEP, _DENSE_RANKSEP = 0.6, 0.8  # inches: straight lines between full layers need room to part


def shapes(scene: Scene) -> str:
    """The scene's shapes alone, as DOT for Graphviz."""
    return "\n".join(_lines(scene))


def _lines(scene: Scene) -> Iterator[str]:
    across = scene.direction == "LR"
    yield "digraph {"
    yield f"graph [rankdir={scene.direction} nodesep=0.3 ranksep={0.5 if across else 0.38}]"
    yield 'node [shape=box fixedsize=true label=""]'
    yield "edge [arrowsize=0.7]"
    if scene.net:
        yield f"graph [ordering=out splines=line ranksep={_DENSE_RANKSEP if scene.is_dense else _NET_RANKSEP}]"
    if scene.is_dense:
        yield "edge [arrowhead=none tailport=e headport=w]" if across else "edge [arrowhead=none tailport=s headport=n]"
    for i, box in enumerate(scene.boxes):
        width, height = box.size
        yield f"{i} [width={width / _POINTS_PER_INCH:.6f} height={height / _POINTS_PER_INCH:.6f}]"
    for i, members in enumerate(() if scene.net else scene.groups.values()):  # ordering=out is lost in clusters
        yield f"subgraph cluster_{i} {{ margin={OUTLINE_MARGIN} {' '.join(map(str, members))} }}"
    for i, edge in enumerate(scene.edges):
        label = f" label={_LABEL.format(*edge.label_size)}" if edge.label else ""
        yield f"{edge.tail} -> {edge.head} [id={i}{label}]"
    yield "}"


def geometry(scene: Scene, json0: str, layout: str) -> Geometry:
    """Read Graphviz's json0 back.

    Raises:
        ValueError, KeyError, IndexError: the answer is not a layout of this scene.
    """
    answer = json.loads(json0)
    if not isinstance(answer, dict) or not {"bb", "objects"} <= answer.keys():
        raise ValueError("no positions in it")
    centres: list[Point] = [(0.0, 0.0)] * len(scene.boxes)
    curves: list[list[Point]] = [[]] * len(scene.edges)
    labels: list[Point | None] = [None] * len(scene.edges)
    around: dict[str, Rect] = {}
    names = list(scene.groups)
    for thing in answer.get("objects", ()):
        if thing["name"].startswith("cluster_"):
            left, bottom, right, top = _numbers(thing["bb"])
            around[names[int(thing["name"][8:])]] = (left, -top, right, -bottom)
        else:
            centres[int(thing["name"])] = _point(thing["pos"])
    for edge in answer.get("edges", ()):
        i = int(edge["id"])
        curves[i] = _spline(edge["pos"])
        labels[i] = _point(edge["lp"]) if "lp" in edge else None
    if not all(curves):
        raise ValueError("an edge was lost")
    return fitted(scene, centres, curves, labels, around or outlines(scene, centres), layout)


def _numbers(text: str) -> list[float]:
    return [float(x) for x in text.split(",")]


def _point(text: str) -> Point:
    """A position; Graphviz counts upwards, we downwards."""
    x, y = _numbers(text)
    return x, -y


def _spline(pos: str) -> list[Point]:
    """The points of ``e,x,y x,y x,y …``; the arrow's tip comes first in DOT, and last here."""
    words = pos.split()
    tips = [word for word in words if word.startswith("e,")]
    line = [_point(word) for word in words if word not in tips]
    return [*line, _point(tips[0][2:]) if tips else line[-1]]


def digraph(scene: Scene) -> graphviz.Digraph:
    """The scene as readable DOT: numeric ids, escaped labels."""
    graph = graphviz.Digraph(
        graph_attr={"rankdir": scene.direction}, node_attr={"shape": "box", "fontname": "monospace"}
    )
    for i, box in enumerate(scene.boxes):
        if not box.group:
            graph.node(str(i), label=_label(box))
    for i, (name, members) in enumerate(scene.groups.items()):
        with graph.subgraph(name=f"cluster_{i}", graph_attr={"label": graphviz.escape(name)}) as cluster:
            for member in members:
                cluster.node(str(member), label=_label(scene.boxes[member]))
    for edge in scene.edges:
        label = {"label": graphviz.escape(edge.label)} if edge.label else {}
        graph.edge(str(edge.tail), str(edge.head), **label)
    return graph


def _label(box: Box) -> str:
    lines = [box.shown_title, *(f"{name} {text}" for name, text in box.shown_rows)]
    return str(graphviz.nohtml("".join(graphviz.escape(line) + r"\l" for line in lines)))
