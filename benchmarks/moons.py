"""Two half circles that hold each other: the data of micrograd's demo, from a seed of our own."""

from __future__ import annotations

import numpy as np


def two_moons(count: int = 100, *, noise: float = 0.1, seed: int = 1337) -> tuple[list[list[float]], list[int]]:
    """``count`` points (x, y) and their classes, −1 or 1, shuffled.

    The shapes are scikit-learn's ``make_moons``: half of the unit circle, and its mirror image moved by (1, ½); each
    coordinate with normal noise.
    """
    rng = np.random.default_rng(seed)
    outer = count // 2
    angles = np.concatenate([np.linspace(0.0, np.pi, outer), np.linspace(0.0, np.pi, count - outer)])
    classes = np.repeat([-1, 1], [outer, count - outer])
    upper = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    points = np.where(classes[:, None] < 0, upper, [1.0, 0.5] - upper) + rng.normal(scale=noise, size=(count, 2))
    order = rng.permutation(count)
    return points[order].tolist(), classes[order].tolist()
