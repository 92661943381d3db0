"""Pictures of graphs and models, and plots of training.

>>> import viz
>>> from autograd import Value
>>> w, x = Value(-3.0, label="w"), Value(2.0, label="x")
>>> loss = (w * x).tanh()
>>> loss.backward()
>>> picture = viz.draw(loss)      # a notebook shows it
>>> picture.svg[:4]
'<svg'
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
