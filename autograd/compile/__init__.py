"""From scalars back to arrays: ``compile(f)`` records f, finds the array operations in it, and replays those.

record      run the function once, keep the graph, the parameters and the guards
normalise   one way to write each thing; every sum a sum of products
reroll      groups of like nodes; grids of products are matrix products (grid, products, places, plan)
layout      positions that advance evenly are views
emit        NumPy source, forward and reverse (writer, expression, contract, forward, reverse)
check       the first answers against the recorded graph
program     what the user holds (variant, arguments)
"""

from __future__ import annotations

from autograd.compile.program import Program, compile

__all__ = ["Program", "compile"]
