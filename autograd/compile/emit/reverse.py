"""Stage 4, emit, the reverse pass: the chain rule over the steps, last one first.

The local derivatives are those of the op rows, run on ``Expr`` operands; a product's are products again. A gradient is
added to where its element lies: the first to arrive writes, those that follow add, and what a single consumer gives is
not even written, but goes into the next expression as it is.
"""

from __future__ import annotations

import math
from collections.abc import Collection

import numpy as np

from ..layout import View, view_of
from ..plan import Access, Fold, Map, Operand, Products, Segment
from .contract import Lettered, contract
from .expression import BATCH, Expr, factors, negated
from .forward import Forward, Seen, Trace, letters
from .gradients import Gradients, injective
from .writer import Shape


class Reverse(Gradients):
    """Writes the reverse pass of a forward pass that has been written."""

    def __init__(self, forward: Forward, wanted: Collection[int], *, kept: bool = False) -> None:
        super().__init__(forward)
        self.varies = [s in wanted for s in range(len(self.plan.storages))]
        for step in self.plan.steps:
            if not isinstance(step, Fold):
                self.varies[step.out] = self._depends(step)
        self.wanted = wanted
        self.kept = kept  # gradients of floats stay floats

    def write(self, root: Operand, seed: Expr) -> None:
        """Write the reverse pass from the root, whose gradient is ``seed``."""
        if isinstance(root, Access) and self.varies[root.storage]:
            self._add_seed(root, seed)
        for trace in reversed(self.forward.traces):
            if self.varies[trace.step.out]:
                self._step(trace)
        for s in () if self.kept else self.wanted:
            self.finish(s)

    def _depends(self, step: Map | Products) -> bool:
        """Whether a derivative passes through the step."""
        if isinstance(step, Products):
            return any(self.varies[x.storage] for x in step.accesses())
        rules = step.op.partials * (len(step.operands) if step.op.variadic else 1)
        return any(self._varies(x) and rule is not None for x, rule in zip(step.operands, rules))

    def _varies(self, operand: Operand | None) -> bool:
        return isinstance(operand, Access) and self.varies[operand.storage]

    def _step(self, trace: Trace) -> None:
        step = trace.step
        if trace.singles and trace.singles[0][0]:
            for member, (seen, out) in enumerate(trace.singles):
                self._single(trace, member, seen, out)
        elif isinstance(step, Map):
            self._map(trace, step)
        elif isinstance(step, Products):
            if self.forward.held[step.out].singles is not None:
                self._total(trace, step)
            else:
                self._products(trace, step)

    # ── float arithmetic ───────────────────────────────────────────────────────────────────────────────────────────

    def _single(self, trace: Trace, member: int, seen: list[Seen], out: Expr) -> None:
        g = self.single_gradient(trace.step.out, member)
        if g is None:
            return
        if isinstance(trace.step, Products):
            coefficients = [
                s.coefficient for s in trace.step.segments
                for _ in range((s.left.positions if isinstance(s.left, Access) else s.left).shape[-1])
            ]  # fmt: skip
            for c, left, right in zip(coefficients, seen[::2], seen[1::2]):
                self._give_single(left, c * (g * right.expr))
                self._give_single(right, c * (g * left.expr))
            return
        op = trace.step.op
        for i, operand in enumerate(seen):
            if self._varies(operand.access):
                local = op.partial(i, [x.expr for x in seen], out)
                if local is not None:
                    self._give_single(operand, local * g)

    def _give_single(self, operand: Seen, term: Expr) -> None:
        if not self._varies(operand.access):
            return
        assert operand.access is not None
        s, position = operand.access.storage, int(operand.access.positions.flat[0])
        if self.forward.held[s].singles is None:
            view = View(position, (1,), (1,))
            self.accumulate(s, operand.access.positions, view, Expr(self.writer.evaluate(term), single=True), (1,))
            return
        if position < self.forward.held[s].size:
            found = self.adjoints[s].singles
            found[position] = found[position] + term if position in found else term
            self.writer.evaluate(found[position])  # now: a sum of thousands would be too deep to be written at one go

    def single_gradient(self, s: int, position: int) -> Expr | None:
        """The gradient of one number that is a float; None for 0 by structure."""
        adjoint = self.adjoints[s]
        if adjoint.written is not None or adjoint.pending is not None:
            size = self.forward.held[s].size
            array = self.array(s, (size,))
            assert array is not None
            adjoint.pending = adjoint.written = None
            name = self.writer.evaluate(array)
            for p in range(size):
                term = Expr(name, single=True)
                if array.shape:
                    got = self.writer.name("g")
                    self.writer.line(f"{got} = {name}.item({p if array.shape == (size,) else 0})")
                    term = Expr(got, single=True)
                adjoint.singles[p] = adjoint.singles[p] + term if p in adjoint.singles else term
        found = adjoint.singles.get(position)
        if found is not None:
            self.writer.evaluate(found)
        return found

    # ── arrays ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _map(self, trace: Trace, step: Map) -> None:
        g = self.array(step.out, trace.shape)
        if g is None:
            return
        operands = [x.expr for x in trace.seen]
        same: dict[tuple[int, bytes], tuple[Seen, Expr]] = {}
        for i, seen in enumerate(trace.seen):
            if self._varies(seen.access):
                local = step.op.partial(i, operands, trace.out)
                if local is not None:
                    key = (seen.access.storage, seen.access.positions.tobytes())  # type: ignore[union-attr]
                    term = local * g
                    same[key] = (seen, same[key][1] + term if key in same else term)
        for seen, term in same.values():
            self._give(seen, term, trace)

    def _give(self, seen: Seen, term: Expr, trace: Trace) -> None:
        """Add a term of the shape of the step to the gradient of an operand."""
        batched = self.plan.storages[trace.step.out].batched
        self.give(seen, term, trace.shape, batched)

    def give(self, seen: Seen, term: Expr, shape: Shape, batched: bool) -> None:
        """Add a term to the gradient of the elements that ``seen`` shows in that shape."""
        access = seen.access
        assert access is not None
        storage, held = self.plan.storages[access.storage], self.forward.held[access.storage]
        full = (*shape, BATCH) if batched else shape
        if held.singles is not None and not self.forward.is_array(access):
            total = self._summed(term, full, tuple(range(len(full))))
            self._give_single(Seen(seen.expr, Access(access.storage, access.positions.reshape(-1)[:1])), total)
            return
        if seen.view is not None and injective(seen.view):
            axes = [a for a, (n, s) in enumerate(zip(seen.view.shape, seen.view.strides)) if n > 1 and s == 0]
            axes += [len(shape)] if batched and not storage.batched else []
            term = self._summed(term, full, tuple(axes))
            if batched and not storage.batched:
                term = self._dropped(term, shape)
            shown = tuple(n if s else 1 for n, s in zip(seen.view.shape, seen.view.strides)) or (1,)
            view = View(seen.view.start, shown, seen.view.strides or (1,))
            self.accumulate(access.storage, access.positions, view, term, shown)
            return
        self._scatter(access, term, full, batched)

    def _dropped(self, term: Expr, shape: Shape) -> Expr:
        """A term whose batch axis has been summed, without that axis."""
        if term.shape == ():
            return term
        code = self.writer.evaluate(term)
        return Expr(self.writer.made_once(f"{code}[..., 0]", "w"), shape=term.shape[:-1])

    def _summed(self, term: Expr, full: Shape, axes: tuple[int, ...]) -> Expr:
        """The term, taken as broadcast to ``full``, summed over these axes (which stay, with length 1)."""
        if not axes:
            return term
        positive, product = negated(term), factors(term)
        if positive is not None:
            return -self._summed(positive, full, axes)
        for factor, other in (product, product[::-1]) if product else ():
            thin = factor.shape and all(factor.shape[a] == 1 for a in axes) and len(axes) < len(full)
            if factor.single or (thin and other.shape):
                return factor * self._summed(other, full, axes)
        writer = self.writer
        shape = term.shape or (1,) * len(full)
        repeated = [a for a in axes if shape[a] == 1 and full[a] != 1]
        count = math.prod(full[a] for a in repeated if full[a] != BATCH)
        if any(full[a] == BATCH for a in repeated):
            term = Expr("samples", single=True) * term
        term = float(count) * term
        real = tuple(a for a in axes if shape[a] != 1)
        if not real:
            return self._as_single(term, shape) if len(axes) == len(full) else term
        code = writer.evaluate(term)
        if len(axes) == len(full):
            name = writer.name("v")
            writer.line(f"{name} = float({code}.sum())")
            return Expr(name, single=True)
        kept = tuple(1 if a in real else n for a, n in enumerate(shape))
        buffer = writer.buffer(kept)
        writer.line(f"np.add.reduce({code}, axis={real}, keepdims=True, out={buffer})")
        return Expr(buffer, shape=kept)

    def _as_single(self, term: Expr, shape: Shape) -> Expr:
        """An array of one element as a float."""
        if term.shape == () or term.single:
            return term
        name = self.writer.name("v")
        self.writer.line(f"{name} = {self.writer.evaluate(term)}.item()")
        return Expr(name, single=True)

    def _scatter(self, access: Access, term: Expr, full: Shape, batched: bool) -> None:
        """Add elements to where they were gathered from, sorted by that place, those of one place summed."""
        writer, storage = self.writer, self.plan.storages[access.storage]
        name = self.ready(access.storage, np.arange(storage.size))
        if batched and not storage.batched:
            term = self._dropped(self._summed(term, full, (len(full) - 1,)), full[:-1])
            full = full[:-1]
        buffer = writer.evaluate(term)
        if term.shape != full:
            whole = writer.buffer(full)
            writer.line(f"np.copyto({whole}, {buffer})")
            buffer = whole
        positions = access.positions.reshape(-1)
        kept = np.flatnonzero(positions < storage.size)
        order = kept[np.argsort(positions[kept], kind="stable")]
        places, starts = np.unique(positions[order], return_index=True)
        count = len(positions)
        flat = writer.made_once(f"{buffer}.reshape({count}{', n' * storage.batched})", "w")
        sums = f"{flat}[{writer.fixed(order)}]"
        if len(places) < len(order):
            sums = f"np.add.reduceat({sums}, {writer.fixed(starts)}, axis=0)"
        writer.line(f"{name}[{writer.fixed(places)}] += {sums}")

    # ── sums of products ───────────────────────────────────────────────────────────────────────────────────────────

    def _total(self, trace: Trace, step: Products) -> None:
        g = self.single_gradient(step.out, 0)
        if g is None:
            return
        for segment, left, right in zip(step.segments, trace.seen[::2], trace.seen[1::2]):
            scaled = segment.coefficient * g
            shape = next((x.view.shape for x in (left, right) if x.view is not None), None) or _shape_of(left, right)
            if left.access and right.access and _same(left.access, right.access):
                if self._varies(left.access):
                    self.give(left, (2.0 * scaled) * right.expr, shape, False)
                continue
            for mine, other in ((left, right), (right, left)):
                if self._varies(mine.access):
                    self.give(mine, scaled * other.expr, shape, False)

    def _products(self, trace: Trace, step: Products) -> None:
        g = self.array(step.out, trace.shape)
        if g is None:
            return
        batched = self.plan.storages[step.out].batched
        seen = iter(trace.seen)
        for segment in step.segments:
            left, right = next(seen), next(seen)
            scaled = segment.coefficient * g
            if segment.matrix:
                self._matrix(segment, step, scaled, left, right, trace)
            else:
                self._rows(segment, scaled, left, right, trace.shape, batched)

    def _rows(self, segment: Segment, g: Expr, left: Seen, right: Seen, shape: Shape, batched: bool) -> None:
        width = (segment.left.positions if isinstance(segment.left, Access) else segment.left).shape[-1]
        if width > 1:
            g, shape = self._widened(g, batched), (*shape, width)
        if left.access and right.access and _same(left.access, right.access):
            if self._varies(left.access):
                self.give(left, (2.0 * g) * right.expr, shape, batched)
            return
        for mine, other in ((left, right), (right, left)):
            if self._varies(mine.access):
                self.give(mine, g * other.expr, shape, batched)

    def _widened(self, g: Expr, batched: bool) -> Expr:
        """With one more axis for the terms."""
        if g.shape == ():
            return g
        code = self.writer.evaluate(g)
        index = "[..., None, :]" if batched else "[..., None]"
        shape = (*g.shape[:-1], 1, g.shape[-1]) if batched else (*g.shape, 1)
        return Expr(self.writer.made_once(code + index, "w"), shape=shape)

    def _matrix(self, segment: Segment, step: Products, g: Expr, left: Seen, right: Seen, trace: Trace) -> None:
        writer, batched = self.writer, self.plan.storages[step.out].batched
        full = (*trace.shape, BATCH) if batched else trace.shape
        name = writer.evaluate(g)
        if g.shape != full:
            whole = writer.buffer(full)
            writer.line(f"np.copyto({whole}, {name})")
            name = whole
        upstream = self.forward.grid(name, step.shape, batched)
        for operand, axes, other, other_axes in (
            (segment.left, "sik", segment.right, "sjk"), (segment.right, "sjk", segment.left, "sik"),
        ):  # fmt: skip
            if isinstance(operand, Access) and self.varies[operand.storage]:
                operand, other = self._without_ones(operand, other)  # type: ignore[arg-type]
                self._give_matrix(operand, axes, upstream, self.forward.lettered(other, other_axes))

    def _without_ones(self, operand: Access, other: Operand) -> tuple[Access, Operand]:
        """The factors without the column of ones that carries a bias: ones take no gradient."""
        kept = np.flatnonzero((operand.positions < self.plan.storages[operand.storage].size).all(axis=(0, 1)))
        if len(kept) == operand.positions.shape[2]:
            return operand, other
        cut = Access(other.storage, other.positions[:, :, kept]) if isinstance(other, Access) else other[:, :, kept]
        return Access(operand.storage, operand.positions[:, :, kept]), cut

    def _give_matrix(self, operand: Access, axes: str, upstream: Lettered, other: Lettered) -> None:
        writer, storage = self.writer, self.plan.storages[operand.storage]
        sizes = operand.positions.shape
        shape = tuple(n for n in sizes if n > 1) or (1,)
        tail: Shape = (BATCH,) if storage.batched else ()
        view = view_of(operand.positions.reshape(shape))
        kept = (letters(sizes, axes) or axes[-1]) + "n" * storage.batched
        if (
            view is not None
            and not view.repeats
            and injective(view)
            and self.untouched(operand.storage, operand.positions)
        ):
            target = self.target(operand.storage, operand.positions, view)
            contract(writer, upstream, other, Lettered(target, kept))
            return
        buffer = writer.buffer((*shape, *tail))
        contract(writer, upstream, other, Lettered(buffer, kept))
        seen = Seen(Expr(), Access(operand.storage, operand.positions.reshape(shape)), view)
        self.give(seen, Expr(buffer, shape=(*shape, *tail)), shape, storage.batched)

    def _add_seed(self, root: Access, seed: Expr) -> None:
        position = int(root.positions.flat[0])
        if self.forward.held[root.storage].singles is not None:
            self.adjoints[root.storage].singles[position] = seed
            return
        view = View(position, (1,), (1,))
        self.accumulate(root.storage, np.array([position]), view, seed, (1,))


def _same(a: Access, b: Access) -> bool:
    return (
        a.storage == b.storage and a.positions.shape == b.positions.shape and bool((a.positions == b.positions).all())
    )


def _shape_of(left: Seen, right: Seen) -> Shape:
    return next((x.access.positions.reshape(-1).shape for x in (left, right) if x.access is not None), (1,))
