"""Products of two arrays, summed over the axes that they share, as BLAS calls.

Axes have letters: s (independent products), i (left rows), j (right rows), k (terms), n (samples of a batch). The
forward pass is ik,jk→ij, and the two reverse passes are ij,jk→ik and ij,ik→jk: the same product with other letters. A
transpose is another order of the letters, which BLAS takes as a flag.
"""

from __future__ import annotations

from dataclasses import dataclass

from .writer import Writer


@dataclass
class Lettered:
    """The code of an array, and a letter for each of its axes (axes of length 1 are left out)."""

    code: str
    axes: str

    def as_axes(self, axes: str) -> str:
        """Code for the array with its axes in that order."""
        if axes == self.axes:
            return self.code
        if axes == self.axes[::-1]:
            return f"{self.code}.T"
        return f"{self.code}.transpose({', '.join(str(self.axes.index(a)) for a in axes)})"

    def spread(self, axes: str) -> str:
        """Code for the array with these axes; those that it lacks have length 1."""
        mine = self.as_axes("".join(a for a in axes if a in self.axes))
        if len(self.axes) == len(axes):
            return mine
        return f"{mine}[{', '.join(':' if a in self.axes else 'None' for a in axes)}]"


def contract(writer: Writer, a: Lettered, b: Lettered, out: Lettered) -> None:
    """Write the code for out = Σ a·b, summed over the letters that out lacks."""
    summed = [x for x in a.axes if x in b.axes and x not in out.axes]
    if any(x not in b.axes and x not in out.axes for x in a.axes) or any(
        x not in a.axes and x not in out.axes for x in b.axes
    ):
        _einsum(writer, a, b, out)
    elif not summed:
        once = writer.made_once
        left, right = once(a.spread(out.axes), "w"), once(b.spread(out.axes), "w")
        writer.line(f"np.multiply({left}, {right}, out={out.code})")
    elif len(summed) == 1:
        _matmul(writer, a, b, out, summed[0])
    elif not any(x in a.axes and x in b.axes for x in out.axes):
        free_a = "".join(x for x in a.axes if x not in summed)
        free_b = "".join(x for x in b.axes if x not in summed)
        which = [[x.axes.index(letter) for letter in summed] for x in (a, b)]
        product = Lettered(f"np.tensordot({a.code}, {b.code}, {which})", free_a + free_b)
        writer.line(f"np.copyto({out.code}, {product.as_axes(out.axes)})")
    else:
        _einsum(writer, a, b, out)


def _matmul(writer: Writer, a: Lettered, b: Lettered, out: Lettered, k: str) -> None:
    """A matrix product, or a stack of them: all letters but the last two are stacked in front."""
    both = [x for x in out.axes if x in a.axes and x in b.axes]
    rows = [x for x in out.axes if x in a.axes and x not in b.axes]
    columns = [x for x in out.axes if x in b.axes and x not in a.axes]
    if len(rows) > 1 and len(columns) > 1 or "n" in both:
        return _einsum(writer, a, b, out)
    stacked = both + (rows[:-1] if len(rows) > 1 else []) + (columns[:-1] if len(columns) > 1 else [])
    row, column = "".join(rows[-1:]), "".join(columns[-1:])
    if row and column and out.axes.index(row) > out.axes.index(column):
        return _matmul(writer, b, a, out, k)  # so that out is written along its rows
    if stacked and not (row and column):
        return _einsum(writer, a, b, out)
    front = "".join(stacked)
    left = a.as_axes("".join(x for x in front if x in a.axes) + row + k)
    right = b.as_axes("".join(x for x in front if x in b.axes) + k + column)
    target = out.as_axes(front + row + column)
    once = writer.made_once
    writer.line(f"np.matmul({once(left, 'w')}, {once(right, 'w')}, out={once(target, 'w')})")
    return None


def _einsum(writer: Writer, a: Lettered, b: Lettered, out: Lettered) -> None:
    writer.line(f"np.einsum('{a.axes},{b.axes}->{out.axes}', {a.code}, {b.code}, out={out.code})")
