"""The reverse pass: the chain rule over the groups, last one first.

The local derivatives of an op come from its row, run on ``Expr`` operands; those of products are products again.
``gradients`` collects what each group gives to its operands.
"""

from __future__ import annotations

import math
from collections.abc import Collection

import numpy as np

from ...op import Op
from ..layout import View, view_of
from ..plan import Access, Map, Operand, Products, Reduce, Segment, width
from .contract import Lettered, contract
from .expression import BATCH, PASSED, Expr, factors, negated
from .forward import Forward, Seen, Written
from .gradients import Gradients, injective
from .members import letters
from .writer import Shape


class Reverse(Gradients):
    """Writes the reverse pass of a forward pass that has been written."""

    def __init__(self, forward: Forward, wanted: Collection[int], *, kept: bool = False) -> None:
        super().__init__(forward)
        self.varies = [s in wanted for s in range(len(self.plan.storages))]
        for group in self.plan.groups:
            if not isinstance(group, Reduce):
                self.varies[group.out] = self._depends(group)
        self.wanted = wanted
        self.kept = kept  # gradients of floats stay floats

    def write(self, root: Operand, seed: Expr) -> None:
        """Write the reverse pass from the root, whose gradient is ``seed``."""
        if isinstance(root, Access) and self.varies[root.storage]:
            self._add_seed(root, seed)
        for written in reversed(self.forward.written):
            if self.varies[written.group.out]:
                self._group(written)
        for s in () if self.kept else self.wanted:
            self.finish(s)

    def _depends(self, group: Map | Products) -> bool:
        """Whether a derivative passes through the group."""
        if isinstance(group, Products):
            return any(self.varies[x.storage] for x in group.accesses())
        rules = group.op.partials * (len(group.operands) if group.op.variadic else 1)
        return any(self._varies(x) and rule is not None for x, rule in zip(group.operands, rules))

    def _varies(self, operand: Operand | None) -> bool:
        return isinstance(operand, Access) and self.varies[operand.storage]

    def _group(self, written: Written) -> None:
        group = written.group
        if written.singles and written.singles[0][0]:
            for member, (seen, out) in enumerate(written.singles):
                self._single(written, member, seen, out)
        elif isinstance(group, Map):
            self._map(written, group)
        elif isinstance(group, Products):
            if self.forward.held[group.out].singles is not None:
                self._total(written, group)
            else:
                self._products(written, group)

    # ── float arithmetic ───────────────────────────────────────────────────────────────────────────────────────────

    def _single(self, written: Written, member: int, seen: list[Seen], out: Expr) -> None:
        g = self.single_gradient(written.group.out, member)
        if g is None:
            return
        if isinstance(written.group, Products):
            coefficients = [s.coefficient for s in written.group.segments for _ in range(width(s.left))]
            for c, left, right in zip(coefficients, seen[::2], seen[1::2]):
                self._give_single(left, c * (g * right.expr))
                self._give_single(right, c * (g * left.expr))
            return
        op = written.group.op
        for i, operand in enumerate(seen):
            if self._varies(operand.access):
                local = op.partial(i, [x.expr for x in seen], out)
                if local is not None:
                    self._give_single(operand, passed(op, i, local, g))

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
            self.writer.evaluate(found[position])  # at once: an expression of thousands of terms would be too deep

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

    def _map(self, written: Written, group: Map) -> None:
        g = self.array(group.out, written.shape)
        if g is None:
            return
        operands = [x.expr for x in written.seen]
        same: dict[tuple[int, bytes], tuple[Seen, Expr]] = {}
        for i, seen in enumerate(written.seen):
            if self._varies(seen.access):
                local = group.op.partial(i, operands, written.out)
                if local is not None:
                    key = (seen.access.storage, seen.access.positions.tobytes())  # type: ignore[union-attr]  # what varies is an access
                    term = passed(group.op, i, local, g)
                    same[key] = (seen, same[key][1] + term if key in same else term)
        for seen, term in same.values():
            self._give(seen, term, written)

    def _give(self, seen: Seen, term: Expr, written: Written) -> None:
        """Add a term, in the shape of the group, to the gradient of an operand."""
        batched = self.plan.storages[written.group.out].batched
        self.give(seen, term, written.shape, batched)

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
        """The term without its batch axis, which has been summed."""
        if term.shape == ():
            return term
        code = self.writer.evaluate(term)
        return Expr(self.writer.made_once(f"{code}[..., 0]", "w"), shape=term.shape[:-1])

    def _summed(self, term: Expr, full: Shape, axes: tuple[int, ...]) -> Expr:
        """The term, broadcast to ``full``, summed over these axes, which stay with length 1."""
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
        """Add elements to the positions that they were gathered from; elements of one position are summed first."""
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
        targets, starts = np.unique(positions[order], return_index=True)
        count = len(positions)
        rows = f"{count}, n" if storage.batched else f"{count}"
        flat = writer.made_once(f"{buffer}.reshape({rows})", "w")
        sums = f"{flat}[{writer.fixed(order)}]"
        if len(targets) < len(order):
            sums = f"np.add.reduceat({sums}, {writer.fixed(starts)}, axis=0)"
        writer.line(f"{name}[{writer.fixed(targets)}] += {sums}")

    # ── sums of products ───────────────────────────────────────────────────────────────────────────────────────────

    def _total(self, written: Written, group: Products) -> None:
        g = self.single_gradient(group.out, 0)
        if g is None:
            return
        for segment, left, right in zip(group.segments, written.seen[::2], written.seen[1::2]):
            scaled = segment.coefficient * g
            shape = next((x.view.shape for x in (left, right) if x.view is not None), None) or _shape_of(left, right)
            if left.access and right.access and _same(left.access, right.access):
                if self._varies(left.access):
                    self.give(left, (2.0 * scaled) * right.expr, shape, False)
                continue
            for mine, other in ((left, right), (right, left)):
                if self._varies(mine.access):
                    self.give(mine, scaled * other.expr, shape, False)

    def _products(self, written: Written, group: Products) -> None:
        g = self.array(group.out, written.shape)
        if g is None:
            return
        batched = self.plan.storages[group.out].batched
        seen = iter(written.seen)
        for segment in group.segments:
            left, right = next(seen), next(seen)
            scaled = segment.coefficient * g
            if segment.matrix:
                self._matrix(segment, group, scaled, left, right, written)
            else:
                self._rows(segment, scaled, left, right, written.shape, batched)

    def _rows(self, segment: Segment, g: Expr, left: Seen, right: Seen, shape: Shape, batched: bool) -> None:
        terms = width(segment.left)
        if terms > 1:
            g, shape = self._widened(g, batched), (*shape, terms)
        if left.access and right.access and _same(left.access, right.access):
            if self._varies(left.access):
                self.give(left, (2.0 * g) * right.expr, shape, batched)
            return
        for mine, other in ((left, right), (right, left)):
            if self._varies(mine.access):
                self.give(mine, g * other.expr, shape, batched)

    def _widened(self, g: Expr, batched: bool) -> Expr:
        """The gradient with one more axis, for the terms."""
        if g.shape == ():
            return g
        code = self.writer.evaluate(g)
        index = "[..., None, :]" if batched else "[..., None]"
        shape = (*g.shape[:-1], 1, g.shape[-1]) if batched else (*g.shape, 1)
        return Expr(self.writer.made_once(code + index, "w"), shape=shape)

    def _matrix(self, segment: Segment, group: Products, g: Expr, left: Seen, right: Seen, written: Written) -> None:
        writer, batched = self.writer, self.plan.storages[group.out].batched
        full = (*written.shape, BATCH) if batched else written.shape
        name = writer.evaluate(g)
        if g.shape != full:
            whole = writer.buffer(full)
            writer.line(f"np.copyto({whole}, {name})")
            name = whole
        upstream = self.forward.grid(name, group.shape, batched)
        assert segment.right is not None
        for operand, axes, other, other_axes in (
            (segment.left, "sik", segment.right, "sjk"), (segment.right, "sjk", segment.left, "sik"),
        ):  # fmt: skip
            if isinstance(operand, Access) and self.varies[operand.storage]:
                operand, other = self._without_ones(operand, other)
                self._give_matrix(operand, axes, upstream, self.forward.lettered(other, other_axes))

    def _without_ones(self, operand: Access, other: Operand) -> tuple[Access, Operand]:
        """The two factors without the column of ones that a bias multiplies: ones take no gradient."""
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
        kept = letters(sizes, axes) or axes[-1]
        kept = f"{kept}n" if storage.batched else kept
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


def passed(op: Op, i: int, local: Expr | float, upstream: Expr) -> Expr:
    """What passes to operand i: local × upstream, by selection where the op selects."""
    return PASSED(local, upstream) if op.selecting(i) else local * upstream


def _same(a: Access, b: Access) -> bool:
    return (
        a.storage == b.storage and a.positions.shape == b.positions.shape and bool((a.positions == b.positions).all())
    )


def _shape_of(left: Seen, right: Seen) -> Shape:
    return next((x.access.positions.reshape(-1).shape for x in (left, right) if x.access is not None), (1,))
