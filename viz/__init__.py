"""Pictures of graphs and models, and plots of training.

>>> from glassgrad import viz
>>> from glassgrad import Value
>>> w, x = Value(-3.0, label="w"), Value(2.0, label="x")
>>> loss = (w * x).tanh()
>>> loss.backward()
>>> picture = viz.draw(loss)      # a notebook shows it
>>> picture.svg[:4]
'<svg'

A picture is made in three steps: what it shows is a scene, a layout engine says where everything stands, and the
painter writes the SVG.

    draw             the one call
    scene/           what a picture shows: cards and edges as plain data
    layout/          where everything stands
    paint/           the SVG, its colours, and files made of it
    explaining/      a gradient in words and formulas
    player/          backward one edge at a time
    run_page/        a training run as plots, as a page, as a picture
    page/            one offline file of HTML
    command/         the command line
"""

from __future__ import annotations

if __name__ == "viz":
    raise ImportError("type `from glassgrad import viz`: this folder is a part of glassgrad")

from .draw import draw, to_dot
from .explaining.explain import Explanation, explain
from .layout.engines import LayoutError
from .paint.picture import Picture
from .paint.render import MissingLibraryError
from .player.steps import Steps, steps
from .run_page import plots
from .run_page.training import TrainingPageError, training
from .scene.choose import DrawError

__all__ = [
    "draw", "to_dot", "explain", "steps", "training", "plots",
    "Explanation", "Picture", "Steps",
    "DrawError", "LayoutError", "MissingLibraryError", "TrainingPageError",
]  # fmt: skip
