"""Draws the two pictures of the README's section on compiling: ``python docs/compiled.py``."""

from __future__ import annotations

from pathlib import Path

import glassgrad as gg
from glassgrad import nn, viz
from glassgrad.nn.data import two_moons

HERE = Path(__file__).parent


def main() -> None:
    """One sample's graph, folded by neuron; and the program that 100 samples become."""
    X, classes = two_moons(100)
    model = nn.MLP(2, [16, 16, 1], activation="relu", seed=0)

    def score(x: list[float]) -> gg.Value:
        out = model(x)
        return out if isinstance(out, gg.Value) else out[0]

    def loss() -> gg.Value:
        losses = [(1 - (2 * c - 1) * score(x)).relu() for x, c in zip(X.tolist(), classes.tolist())]
        return sum(losses) * 0.01 + 1e-4 * sum(p * p for p in model.parameters())

    one = score(X[0].tolist())
    one.backward()
    viz.draw(one, fold="neuron", theme="light").save(str(HERE / "neurons.svg"))
    program = gg.compile(loss)
    program.backward()
    viz.draw(program, theme="light").save(str(HERE / "program.svg"))


if __name__ == "__main__":
    main()
