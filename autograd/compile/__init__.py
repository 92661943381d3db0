"""From scalars back to arrays: ``compile(f)`` records f, finds the array operations in it, and replays those.

recording/    one run of the function, kept: graph, parameters, guards, and what it is closed over
fold/         the loops that Python ran, found again: scans and batches
normal_form/  one way to write each thing: sums of products of scalars
reroll/       like nodes form groups, and grids of products are matrix products
plan, layout  what reroll makes: groups over storages; which positions are views
array_forms   the functions that the rows name, looked up at import
emit/         a plan as NumPy source, forward and reverse
statements/   a folded program in one neutral form, forward and reverse; printed as float arithmetic with loops
looped        programs of scans over few scalars: fold → statements → text, without a plan of groups
check         the first answers against the recorded graph
export/       a plan as a script in NumPy, Python, PyTorch or JAX
calling/      from a call to the numbers that a program takes and back; which way it goes, and whether it still stands
program       what the user holds; variant is one recorded path, vectors its parameters' numbers and gradients
described     what a program says of itself, with summary; carrying: copies and pickles; entry makes programs

To follow one neuron: ``normal_form`` makes it a row times a column, ``reroll.grids`` sees that all rows meet all
columns, ``reroll.products`` adds the bias as one more column, ``emit.contract`` writes the ``np.matmul``.
"""

from __future__ import annotations

from .entry import compile
from .program import Program

__all__ = ["Program", "compile"]
