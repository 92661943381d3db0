"""Pictures of graphs and models, and plots of training.

>>> import viz
>>> from autograd import Value
>>> w, x = Value(-3.0, label="w"), Value(2.0, label="x")
>>> loss = (w * x).tanh()
>>> loss.backward()
>>> picture = viz.draw(loss)      # a notebook shows it
>>> picture.svg[:4]
'<svg'

A picture is made in three steps: what it shows is a scene, a layout engine says where everything stands, and the
painter writes the SVG.

    draw, picture, drawing            what users call, and what they get
    scene                             cards and edges as plain data
    choose, cards, fold               the scene of a graph: whole, by neuron or by layer, or refused
    model, program                    the scenes of a model and of a compiled program
    layout, dot, layered, extent      where everything stands: Graphviz, or a small layout of our own
    paint, theme, text                the SVG: shapes, colours, letters and numbers
    render, files                     PNG and PDF; files that are whole or not there
    explain, account, notation        a gradient in words and formulas
    chain, formula                    paths and derivatives in symbols, which both tell of
    steps, frames, folded_frames      the player, and what each of its steps says; ``still`` is one of them as a picture
    trace, mistakes                   backward as data, by the right algorithm and by wrong ones
    plots, training, curves, network  a training run: as plots, and as a page that plays it
    training_still                    how it ended, as a picture
    page                              one offline file of HTML
    cli, learn, expression            the command: what it does, and the formulas that it reads
"""

from __future__ import annotations

import nn.own_autograd  # noqa: F401  # first: is the package called autograd ours?
from viz import plots
from viz.choose import DrawError
from viz.draw import draw, to_dot
from viz.explain import Explanation, explain
from viz.layout import LayoutError
from viz.picture import Picture
from viz.render import MissingLibraryError
from viz.steps import Steps, steps
from viz.training import TrainingPageError, training

__all__ = [
    "draw", "to_dot", "explain", "steps", "training", "plots",
    "Explanation", "Picture", "Steps",
    "DrawError", "LayoutError", "MissingLibraryError", "TrainingPageError",
]  # fmt: skip
