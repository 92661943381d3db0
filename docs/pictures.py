"""All pictures of the README and the docs, made with public names only.

python docs/pictures.py                     # all of them, into docs/pictures/
python docs/pictures.py graph player        # some

They are to be made again after a change of a colour, of a layout or of what a picture says.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import re
import sys
from collections.abc import Callable
from pathlib import Path

from glassgrad import Value, nn, viz

sys.path.insert(0, str(Path(__file__).parent))  # when a test runs this file, its neighbours are not on the path
from house import house

FOLDER = Path(__file__).parent / "pictures"
README = Path(__file__).parents[1] / "README.md"


def example() -> Value:
    """A small graph in which a is used twice, after its backward pass."""
    a, b, c = Value(2.0, label="a"), Value(-3.0, label="b"), Value(7.0, label="c")
    e = a * b
    e.label = "e"
    d = e + c
    d.label = "d"
    loss = d.tanh() * a
    loss.label = "L"
    loss.backward()
    return loss


def graph() -> str:
    """Values, gradients, and local derivatives on the edges."""
    return viz.draw(example()).svg


def player() -> str:
    """The step in which a second gradient arrives at a."""
    return viz.steps(example()).frame(11).svg


def training() -> str:
    """Two moons, learned by 2-8-8-1 neurons."""
    X, y = nn.two_moons(200, noise=0.1, seed=0)
    model = nn.MLP(2, [8, 8, 1], activation="tanh", seed=0)
    optimizer = nn.Adam(model.parameters(), lr=0.02)
    history = nn.fit(model, X, y, loss=nn.binary_cross_entropy, optimizer=optimizer, epochs=60, batch_size=20,
                     snapshots=20, progress=False)  # fmt: skip
    return viz.training(history).picture.svg


def neurons() -> str:
    """One of the points of the README's program, folded by neuron."""
    X, _ = nn.two_moons(100)
    score = nn.MLP(2, [16, 16, 1], activation="relu", seed=0)(X[0].tolist())
    score.backward()
    return viz.draw(score, fold="neuron", theme="light").svg


def program() -> str:
    """What ``compile`` makes of the README's own code."""
    blocks = re.findall(r"^```python\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    [code] = [block for block in blocks if "program = gg.compile(loss)" in block]
    names: dict[str, object] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(code, "README.md", "exec"), names)
    return viz.draw(names["program"], theme="light").svg


PICTURES: dict[str, Callable[[], str]] = {
    "graph": graph, "player": player, "training": training, "neurons": neurons, "program": program,
    "house": house,
}  # fmt: skip

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Make the pictures of the README and the docs.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of {', '.join(PICTURES)}; by default all")
    for name in parser.parse_args().names or PICTURES:
        if name not in PICTURES:
            parser.error(f"no picture is called {name!r}: there are {', '.join(PICTURES)}")
        (FOLDER / f"{name}.svg").write_text(PICTURES[name](), encoding="utf-8")
