"""Pictures of graphs and models, and plots of training.

>>> from glassgrad import viz
>>> from glassgrad import Value
>>> w, x = Value(-3.0, label="w"), Value(2.0, label="x")
>>> loss = (w * x).tanh()
>>> loss.backward()
>>> picture = viz.draw(loss)      # a notebook shows it
>>> picture.svg[:4]
'<svg'

A picture is made in three steps: what it shows is a scene, a layout says where everything stands, and the painter
writes the SVG. ``pipeline`` has the one function that every picture goes through.

    draw             the one call
    pipeline         scene, layout, paint
    scene/           what a picture shows: cards and edges as plain data
    layout/          where everything stands
    paint/           the SVG, its colours, and files made of it
    explaining/      a gradient in words and formulas
    player/          backward one edge at a time
    run_page/        a training run as plots, as a page, as a picture
    page/            one offline file of HTML
    command/         the command line
    words/           every word that people are shown

``errors`` has what pictures refuse. ``training`` and ``plots`` need NumPy and are imported when they are first asked
for; the rest runs without it.
"""

from __future__ import annotations

if __name__ == "viz":
    raise ImportError("type `from glassgrad import viz`: this folder is a part of glassgrad")

from importlib import import_module as _import_module
from typing import TYPE_CHECKING as _TYPE_CHECKING

from .draw import draw, to_dot
from .errors import DrawError, LayoutError, MissingLibraryError, TrainingPageError
from .explaining.explain import Explanation, explain
from .paint.graph_picture import GraphPicture
from .paint.picture import Picture
from .player.steps import Steps, steps

if _TYPE_CHECKING:
    from .run_page import plots
    from .run_page.training import training

_LAZY = {"plots": (".run_page.plots", None), "training": (".run_page.training", "training")}

__all__ = [
    "draw", "to_dot", "explain", "steps", "training", "plots",
    "Explanation", "GraphPicture", "Picture", "Steps",
    "DrawError", "LayoutError", "MissingLibraryError", "TrainingPageError",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, inside = _LAZY[name]
    found = _import_module(module, __name__)
    globals()[name] = thing = getattr(found, inside) if inside else found
    return thing


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
