"""From scalars back to arrays: ``compile(f)`` records f, finds the array operations in it, and replays those.

record        run the function once; keep the graph, the parameters and the guards
fold/         the loops that Python ran, found again: scans and batches
normalise     one way to write each thing; every sum a sum of products
reroll/       like nodes form groups, and grids of products are matrix products
plan, layout  what reroll makes: groups over storages; which positions are views
array_forms   the functions that the rows name, looked up at import
emit/         a plan as NumPy source, forward and reverse
statements/   a folded program in one neutral form, forward and reverse; printed as float arithmetic with loops
looped        programs of scans over few scalars: fold → statements → text, without a plan of groups
check         the first answers against the recorded graph
export/       a plan as a script in NumPy, Python, PyTorch or JAX
program       what the user holds; with variant (one recorded path), arguments and summary

To follow one neuron: ``normalise`` makes it a row times a column, ``reroll.grids`` sees that all rows meet all columns,
``reroll.products`` adds the bias as one more column, ``emit.contract`` writes the ``np.matmul``.
"""

from __future__ import annotations

from .program import Program, compile

__all__ = ["Program", "compile"]
