"""From scalars back to arrays: ``compile(f)`` records f, finds the array operations in it, and replays those.

1. ``record``: run the function once; keep the graph, the parameters and the guards.
2. ``normalise``: one way to write each thing; every sum a sum of products.
3. ``reroll``: groups of like nodes, and grids of products, which are matrix products (``grid``, ``products``,
   ``places``); what comes of it is a ``plan``. ``layout`` knows which positions are views.
4. ``emit``: NumPy source, forward and reverse (``writer``, ``expression``, ``contract``, ``forward``, ``reverse``,
   ``gradients``; ``direct`` for small functions; ``array_forms`` finds the functions that rows name).
5. ``check``: the first answers against the recorded graph.

``program`` is what the user holds (``variant``, ``arguments``, ``summary``), and ``export`` writes scripts (``shake``,
``spellings``). To follow one neuron: ``normalise`` makes it a row times a column, ``grid`` sees that all rows meet all
columns, ``products`` adds the bias as one more column, ``contract`` writes the ``np.matmul``.
"""

from __future__ import annotations

from .program import Program, compile

__all__ = ["Program", "compile"]
