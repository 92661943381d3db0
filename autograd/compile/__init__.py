"""From scalars back to arrays: ``compile(f)`` records f, finds the array operations in it, and replays those.

record        run the function once; keep the graph, the parameters and the guards
twice         record it once more: it has to do the same again
closed_over   what the function reads beside its arguments (reach finds it), and what of it has changed since
fold/         the loops that Python ran, found again: scans and batches
normalise     one way to write each thing, as ``scalars``: sums of products, unless their terms are ``cancelling``
reroll/       like nodes form groups, and grids of products are matrix products
plan, layout  what reroll makes: groups over storages; which positions are views
array_forms   the functions that the rows name, looked up at import
emit/         a plan as NumPy source, forward and reverse
statements/   a folded program in one neutral form, forward and reverse; printed as float arithmetic with loops
looped        programs of scans over few scalars: fold → statements → text, without a plan of groups
check         the first answers against the recorded graph
export/       a plan as a script in NumPy, Python, PyTorch or JAX
calls         arguments of all kinds: what varies, and the form around it
watch         whether what the function closes over has changed; audits: one run of it beside the program's numbers,
              with ``random_states`` put back
splitting     batches whose samples go different ways; backing_off and eager where there are too many ways
inside        a program inside another function that is compiled or differentiated: it calls its function
carrying      programs in copies and pickles; vectors are their parameters' numbers and gradients
quick         replays of arrays like those of the call before
program       what the user holds; with variant (one recorded path), arguments, choices, summary, described; see entry

To follow one neuron: ``normalise`` makes it a row times a column, ``reroll.grids`` sees that all rows meet all columns,
``reroll.products`` adds the bias as one more column, ``emit.contract`` writes the ``np.matmul``.
"""

from __future__ import annotations

from .entry import compile
from .program import Program

__all__ = ["Program", "compile"]
