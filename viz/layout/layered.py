"""A small layered layout of our own, for machines on which no Graphviz runs: plain Python, linear but for its sorts.

The steps are those of Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical system structures"
(1981): ranks by longest path, crossings thinned out by barycentre sweeps, positions pulled towards the neighbours. An
edge across several ranks passes through a *bend* in each. The x of this file runs along the ranks' order (the direction
of reading), y across it; ``TB`` scenes are turned at the very end.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ..scene.scene import Scene
from .extent import fitted, outlines
from .geometry import Geometry, Point

_SWEEPS = 8
_GAP, _BEND = 22.0, 10.0  # px between boxes of one rank; px that a bend takes there
_RANK_GAP = 46.0
_ARROW = 8.0

Path = list[int]  # the slots through which an edge runs: a box, bends, a box


def layered(scene: Scene) -> Geometry:
    """Lay a scene out. Groups get an outline only where their boxes came to stand with no stranger among them."""
    across = scene.direction == "LR"
    sizes = [box.size if across else box.size[::-1] for box in scene.boxes]
    pairs = [(edge.tail, edge.head) for edge in scene.edges]
    rank = _ranks(len(sizes), _acyclic(len(sizes), pairs))
    paths, slot_rank = _paths(pairs, rank)
    thickness = [float(height) for _, height in sizes] + [_BEND] * (len(slot_rank) - len(sizes))
    columns = _ordered(slot_rank, paths)
    y = _placed(columns, paths, thickness)
    x = _rank_positions(scene, rank, sizes, across)
    centres = [(x[slot_rank[slot]], y[slot]) for slot in range(len(slot_rank))]
    curves = _curves(pairs, paths, centres, sizes)
    return _turned(scene, centres, curves, across)


def _acyclic(count: int, pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The edges, with those that close a cycle turned round."""
    heads: list[list[int]] = [[] for _ in range(count)]
    for tail, head in pairs:
        heads[tail].append(head)
    finished: dict[int, bool] = {}
    turned = set()
    for start in range(count):
        stack = [start]
        while stack:
            box = stack[-1]
            if box in finished:
                finished[stack.pop()] = True
                continue
            finished[box] = False
            for head in heads[box]:
                if finished.get(head) is False:
                    turned.add((box, head))
                elif head not in finished:
                    stack.append(head)
    return [(head, tail) if (tail, head) in turned else (tail, head) for tail, head in pairs if tail != head]


def _ranks(count: int, pairs: Sequence[tuple[int, int]]) -> list[int]:
    """Longest path from the boxes that nothing feeds; these then move up to right before what they feed."""
    heads: list[list[int]] = [[] for _ in range(count)]
    waiting = [0] * count
    for tail, head in pairs:
        heads[tail].append(head)
        waiting[head] += 1
    sources = [box for box in range(count) if not waiting[box]]
    rank, ready = [0] * count, list(sources)
    for box in ready:
        for head in heads[box]:
            rank[head] = max(rank[head], rank[box] + 1)
            waiting[head] -= 1
            if not waiting[head]:
                ready.append(head)
    for box in sources:
        rank[box] = min((rank[head] for head in heads[box]), default=1) - 1
    return rank


def _paths(pairs: Sequence[tuple[int, int]], rank: Sequence[int]) -> tuple[list[Path], list[int]]:
    """The slots of each edge from its lower to its higher rank, and the rank of every slot, bends included."""
    slot_rank, paths = list(rank), []
    for pair in pairs:
        low, high = sorted(pair, key=lambda box: rank[box])
        bends = range(rank[low] + 1, rank[high])
        paths.append([low, *range(len(slot_rank), len(slot_rank) + len(bends)), high])
        slot_rank.extend(bends)
    return paths, slot_rank


def _neighbours(paths: Sequence[Path], count: int) -> tuple[list[list[int]], list[list[int]]]:
    before: list[list[int]] = [[] for _ in range(count)]
    after: list[list[int]] = [[] for _ in range(count)]
    for path in paths:
        for a, b in pairwise(path):
            before[b].append(a)
            after[a].append(b)
    return before, after


def _ordered(slot_rank: Sequence[int], paths: Sequence[Path]) -> list[list[int]]:
    """The slots of each rank, in an order with few crossings."""
    columns: list[list[int]] = [[] for _ in range(max(slot_rank, default=-1) + 1)]
    for slot, r in enumerate(slot_rank):
        columns[r].append(slot)
    before, after = _neighbours(paths, len(slot_rank))
    place = [0.0] * len(slot_rank)
    for column in columns:
        _number(column, place)
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        near = before if forward else after
        for column in columns if forward else reversed(columns):
            wish = {slot: _mean([place[n] for n in near[slot]], place[slot]) for slot in column}
            column.sort(key=wish.__getitem__)
            _number(column, place)
    return columns


def _number(column: Sequence[int], place: list[float]) -> None:
    for i, slot in enumerate(column):
        place[slot] = (i + 0.5) / len(column)


def _mean(numbers: Sequence[float], default: float) -> float:
    return sum(numbers) / len(numbers) if numbers else default


def _placed(columns: list[list[int]], paths: Sequence[Path], thickness: Sequence[float]) -> list[float]:
    """The centre of each slot across the reading direction, near the mean of its neighbours."""
    before, after = _neighbours(paths, len(thickness))
    y = [0.0] * len(thickness)
    for column in columns:
        _settle(column, [0.0] * len(column), thickness, y)
    for sweep in range(_SWEEPS):
        for column in columns if sweep % 2 else reversed(columns):
            near = [(before[slot] if sweep % 2 else after[slot]) or before[slot] + after[slot] for slot in column]
            wishes = [_mean([y[n] for n in ns], y[slot]) for slot, ns in zip(column, near)]
            _settle(column, wishes, thickness, y)
    return y


def _settle(column: Sequence[int], wishes: Sequence[float], thickness: Sequence[float], y: list[float]) -> None:
    """Put each slot as near to its wish as the others let it, in the order given: least squares, by pooling neighbours.

    (The pool-adjacent-violators algorithm for isotonic regression, on the wishes less the room taken so far.)
    """
    offsets, end = [], 0.0
    for slot in column:
        offsets.append(end + thickness[slot] / 2)
        end += thickness[slot] + _GAP
    pools: list[list[float]] = []  # sum and count
    for wish, offset in zip(wishes, offsets):
        pools.append([wish - offset, 1])
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] >= pools[-1][0] / pools[-1][1]:
            total, count = pools.pop()
            pools[-1][0] += total
            pools[-1][1] += count
    starts = [total / count for total, count in pools for _ in range(int(count))]
    for slot, start, offset in zip(column, starts, offsets):
        y[slot] = start + offset


def _rank_positions(scene: Scene, rank: Sequence[int], sizes: Sequence[tuple[int, int]], across: bool) -> list[float]:
    """The centre of each rank in the reading direction; before it there is room for its edges' labels."""
    widest = [0.0] * (max(rank, default=-1) + 1)
    gaps = [_RANK_GAP] * len(widest)
    for r, (width, _) in zip(rank, sizes):
        widest[r] = max(widest[r], width)
    for edge in scene.edges:
        if edge.label:
            r = max(rank[edge.tail], rank[edge.head])
            gaps[r] = max(gaps[r], _RANK_GAP / 2 + edge.label_size[0 if across else 1])
    positions: list[float] = []
    end = 0.0
    for size, gap in zip(widest, gaps):
        positions.append(end + gap + size / 2)
        end = positions[-1] + size / 2
    return positions


def _curves(
    pairs: Sequence[tuple[int, int]],
    paths: Sequence[Path],
    centres: Sequence[Point],
    sizes: Sequence[tuple[int, int]],
) -> list[list[Point]]:
    """Smooth curves through the bends, each with a port of its own on the out's side."""
    ports = _ports(paths, centres, sizes)
    curves = []
    for (tail, _), path, port in zip(pairs, paths, ports):
        low, *bends, high = path
        start = (centres[low][0] + sizes[low][0] / 2, centres[low][1])
        end = (centres[high][0] - sizes[high][0] / 2, centres[high][1] + port)
        along = tail == low
        points = [start, *(centres[bend] for bend in bends), end]
        if not along:
            points.reverse()
        tip, step = points[-1], -_ARROW if along else _ARROW
        points[-1] = (tip[0] + step, tip[1])
        curves.append([*_smooth(points), tip])
    return curves


def _ports(paths: Sequence[Path], centres: Sequence[Point], sizes: Sequence[tuple[int, int]]) -> list[float]:
    """How far from the middle of the out's side each edge ends: in the order in which they arrive."""
    arriving: dict[int, list[int]] = {}
    for i, path in enumerate(paths):
        arriving.setdefault(path[-1], []).append(i)
    ports = [0.0] * len(paths)
    for box, edges in arriving.items():
        edges.sort(key=lambda i: centres[paths[i][-2]][1])
        for k, i in enumerate(edges):
            ports[i] = ((k + 0.5) / len(edges) - 0.5) * 0.6 * sizes[box][1]
    return ports


def _smooth(points: Sequence[Point]) -> list[Point]:
    curve = [points[0]]
    for (x0, y0), (x1, y1) in pairwise(points):
        middle = (x0 + x1) / 2
        curve += [(middle, y0), (middle, y1), (x1, y1)]
    return curve


def _turned(scene: Scene, centres: Sequence[Point], curves: list[list[Point]], across: bool) -> Geometry:
    """The geometry in the scene's own direction."""

    def turn(point: Point) -> Point:
        return point if across else (point[1], point[0])

    here = [turn(point) for point in centres[: len(scene.boxes)]]
    lines = [[turn(point) for point in curve] for curve in curves]
    labels = [_middle(line) if edge.label else None for edge, line in zip(scene.edges, lines)]
    return fitted(scene, here, lines, labels, outlines(scene, here), "layered")


def _middle(curve: Sequence[Point]) -> Point:
    """Half way along the last piece of the curve, where it nears the out that the label speaks of."""
    a, b, c, d = curve[-5:-1]
    return (a[0] + 3 * b[0] + 3 * c[0] + d[0]) / 8, (a[1] + 3 * b[1] + 3 * c[1] + d[1]) / 8
