"""Where gradients are collected while the reverse pass is written.

The first gradient that reaches an element is written there, later ones are added. If a storage has one consumer, its
gradient is not written to an array at all, but used as an expression by the next one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from ... import ops
from ..layout import View, row_major
from .expression import BATCH, Expr
from .forward import Forward
from .writer import Shape, view_code


@dataclass
class Adjoint:
    """The gradient of one storage while it is being collected."""

    pending: tuple[Expr, Shape] | None = None  # the only contribution so far, of that shape; not written yet
    written: np.ndarray | None = None  # which elements of the array have been written
    singles: dict[int, Expr] = field(default_factory=dict)  # of numbers that are floats


class Gradients:
    """The gradient of every storage."""

    def __init__(self, forward: Forward) -> None:
        self.forward, self.writer, self.plan = forward, forward.writer, forward.plan
        self.adjoints = [Adjoint() for _ in self.plan.storages]

    def name(self, s: int) -> str:
        """The name of the array with the gradient of a storage."""
        return f"d_{self.plan.storages[s].name}"

    def accumulate(self, s: int, positions: np.ndarray, view: View, term: Expr, shape: Shape) -> None:
        """Add a term of that shape to the elements that the view shows, each once."""
        adjoint, storage = self.adjoints[s], self.plan.storages[s]
        whole = view.contiguous and view.start == 0 and math.prod(shape) == storage.size
        if whole and adjoint.pending is None and adjoint.written is None:
            adjoint.pending = (term, shape)
            return
        if (
            whole
            and adjoint.pending is not None
            and adjoint.pending[1] == shape
            and adjoint.pending[0].op is not ops.add
        ):
            adjoint.pending = (adjoint.pending[0] + term, shape)
            return
        if self.untouched(s, positions):
            self.writer.evaluate_into(term, self.target(s, positions, view), self._full(s, shape))
            return
        name = self.ready(s, positions)
        target = self.writer.made_once(self._view(s, view, name), "w")
        self.writer.line(f"np.add({target}, {self.writer.evaluate(term)}, out={target})")

    def _full(self, s: int, shape: Shape) -> Shape:
        return (*shape, BATCH) if self.plan.storages[s].batched else shape

    def _view(self, s: int, view: View, name: str) -> str:
        return view_code(name, self.plan.storages[s].size, view, batched=self.plan.storages[s].batched)

    def untouched(self, s: int, positions: np.ndarray) -> bool:
        """Whether nothing has been written there yet."""
        adjoint = self.adjoints[s]
        return adjoint.pending is None and (adjoint.written is None or not adjoint.written[positions].any())

    def _allocate(self, s: int) -> None:
        """Make the array for the gradient (the caller gives those of leaves), and write into it what is pending."""
        adjoint, storage = self.adjoints[s], self.plan.storages[s]
        if adjoint.written is not None:
            return
        adjoint.written = np.zeros(storage.size, bool)
        if storage.kind == "group":
            shape = f"({storage.size}, n)" if storage.batched else str(storage.size)
            self.writer.setup.append(f"{self.name(s)} = np.empty({shape})")
        if adjoint.pending is not None:
            term, shown = adjoint.pending
            adjoint.pending = None
            adjoint.written[:] = True
            code = self._view(s, View(0, shown, row_major(shown)), self.name(s))
            self.writer.evaluate_into(term, self.writer.made_once(code, "w"), self._full(s, shown))

    def target(self, s: int, positions: np.ndarray, view: View) -> str:
        """The name of a view of the gradient that the caller writes into; its elements count as written."""
        self._allocate(s)
        self.adjoints[s].written[positions] = True  # type: ignore[index]  # _allocate has made it
        return self.writer.made_once(self._view(s, view, self.name(s)), "w")

    def ready(self, s: int, positions: np.ndarray) -> str:
        """The name of the array to add to; those of ``positions`` that have not been written are set to 0 first."""
        self._allocate(s)
        written = self.adjoints[s].written
        assert written is not None
        positions = np.unique(positions)
        missing = positions[~written[positions]]
        if len(missing):
            self._fill(s, missing)
            written[missing] = True
        return self.name(s)

    def _fill(self, s: int, missing: np.ndarray) -> None:
        if len(missing) == self.plan.storages[s].size:
            self.writer.line(f"{self.name(s)}.fill(0.0)")
        elif missing[-1] - missing[0] + 1 == len(missing):
            self.writer.line(f"{self.name(s)}[{missing[0]}:{missing[-1] + 1}] = 0.0")
        else:
            self.writer.line(f"{self.name(s)}[{self.writer.fixed(missing)}] = 0.0")

    def array(self, s: int, shape: Shape) -> Expr | None:
        """The complete gradient of a storage, in that shape; None if it is 0 by structure."""
        adjoint, storage = self.adjoints[s], self.plan.storages[s]
        if adjoint.pending is not None:
            term, shown = adjoint.pending
            if shown == shape or term.shape == ():
                return term
            extra = len(shown) - len(shape)
            if extra > 0 and shown == (1,) * extra + shape:
                code = self.writer.evaluate(term)
                return Expr(self.writer.made_once(f"{code}[{'0, ' * extra}...]", "w"), shape=term.shape[extra:])
        if adjoint.pending is None and adjoint.written is None:
            return None
        name = self.ready(s, np.arange(storage.size))
        code = self._view(s, View(0, shape, row_major(shape)), name)
        return Expr(self.writer.made_once(code, "w"), shape=(*shape, BATCH) if storage.batched else shape)

    def finish(self, s: int) -> None:
        """Write the gradient of a leaf storage into its array."""
        storage, held = self.plan.storages[s], self.forward.held[s]
        if not storage.size:
            return
        if held.singles is None:
            self.ready(s, np.arange(storage.size))
            return
        self.writer.line(f"{self.name(s)}[:] = {', '.join(self.codes(s))}")

    def codes(self, s: int) -> list[str]:
        """The names of the gradients of numbers that are floats."""
        singles = self.adjoints[s].singles
        return [self.writer.evaluate(singles[p]) if p in singles else "0.0" for p in range(self.plan.storages[s].size)]


def injective(view: View) -> bool:
    """Whether different indices (along axes that are no broadcasts) show different elements."""
    axes = sorted((abs(s), n) for n, s in zip(view.shape, view.strides) if s and n > 1)
    reach = 0
    for stride, n in axes:
        if stride <= reach:
            return False
        reach += stride * (n - 1)
    return True
