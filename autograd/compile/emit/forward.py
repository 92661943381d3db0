"""The forward pass: each group of the plan as lines of code.

Small groups, and all groups of a small program, are written as float arithmetic: one NumPy call takes as long as ten
float operations.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ..layout import View, fit, row_major, view_of
from ..plan import Access, Group, Map, Operand, Plan, Products, Reduce, Segment, laid_out, width
from .contract import Lettered, contract
from .expression import BATCH, Expr, Literal
from .members import first_column, leaf_names, letters, member_terms, row
from .writer import Shape, Writer, shape_code, view_code

FEW = 4  # members of a group that is written as float arithmetic


@dataclass
class Held:
    """A storage as code: the name of its array, or an expression for each of its numbers."""

    name: str
    size: int
    batched: bool
    singles: list[Expr] | None = None
    packed: str = ""  # the name of an array with the singles in it


@dataclass
class Seen:
    """An operand as a group reads it: an expression, and which elements of a storage it shows."""

    expr: Expr
    access: Access | None = None
    view: View | None = None


@dataclass
class Written:
    """How a group was written in the forward pass; the reverse pass reads it."""

    group: Group
    shape: Shape = ()
    seen: list[Seen] = field(default_factory=list)
    out: Expr | None = None
    singles: list[tuple[list[Seen], Expr]] = field(default_factory=list)  # for each member, if written as floats


class Forward:
    """Writes the forward pass, and keeps how each group was written."""

    def __init__(self, plan: Plan, *, singles: bool, unpacked: bool = False) -> None:
        self.plan = plan
        self.writer = Writer()
        self.all_single = singles
        self.held = [Held(s.name, s.size, s.batched) for s in plan.storages]
        self.written: list[Written] = []
        self._elements: dict[tuple[int, int], Expr] = {}
        self._gathers: dict[tuple[int, Shape, bytes], str] = {}
        for s, storage in enumerate(plan.storages):
            if storage.kind != "group":
                self._leaves(s, unpacked)

    def write(self) -> None:
        """Write all groups."""
        for group in self.plan.groups:
            if self._is_single(group):
                self._single_group(group)
            elif isinstance(group, Map):
                self._map(group)
            elif isinstance(group, Reduce):
                self._reduce(group)
            else:
                self._products(group)

    # ── storages and their elements ────────────────────────────────────────────────────────────────────────────────

    def _leaves(self, s: int, unpacked: bool) -> None:
        """Parameters and arguments are arrays that the caller fills; float arithmetic unpacks them into names."""
        held = self.held[s]
        if self.all_single and held.size:
            names = leaf_names(s, held.size)
            held.singles = [Expr(name, single=True) for name in names]
            if not unpacked:
                array = f"{held.name}[:{held.size}]" if self.plan.storages[s].ones else held.name
                targets = f"{names[0]}," if len(names) == 1 else ", ".join(names)
                self.writer.line(f"{targets} = {array}.tolist()")

    def allocate(self, s: int) -> None:
        """Make the array of a storage; its ones follow its numbers."""
        storage = self.plan.storages[s]
        rows = storage.size + storage.ones
        shape = f"({rows}, n)" if storage.batched else str(rows)
        self.writer.setup.append(f"{storage.name} = np.empty({shape})")
        if storage.ones:
            self.writer.setup.append(f"{storage.name}[{storage.size}:] = 1.0")

    def element(self, s: int, position: int) -> Expr:
        """One number of a storage as a Python float."""
        held = self.held[s]
        if position >= held.size:
            return Literal(1.0)
        if held.singles is not None:
            return held.singles[position]
        key = (s, position)
        if key not in self._elements:
            name = self.writer.name("e")
            self.writer.line(f"{name} = {held.name}.item({position})")
            self._elements[key] = Expr(name, single=True)
        return self._elements[key]

    def array_name(self, s: int) -> str:
        """The name of the array of a storage; floats are packed into one when an array operation needs it."""
        held = self.held[s]
        if held.singles is None:
            return held.name
        if not held.packed:
            held.packed = held.name
            rows = held.size + self.plan.storages[s].ones
            self.writer.setup.append(f"{held.name} = np.ones({rows})")
            codes = ", ".join(self.writer.evaluate(x) for x in held.singles)
            self.writer.line(f"{held.name}[:{held.size}] = {codes}")
        return held.packed

    def is_array(self, access: Access) -> bool:
        """Whether the access is read as an array rather than as one float."""
        return self.held[access.storage].singles is None or bool((access.positions != access.positions.flat[0]).any())

    # ── operands ───────────────────────────────────────────────────────────────────────────────────────────────────

    def see(self, operand: Operand, shape: Shape, view: View | None, batched: bool) -> Seen:
        """An operand of a group of that shape; ``view`` is None where its elements must be gathered."""
        if not isinstance(operand, Access):
            return Seen(self.numbers(operand.reshape(shape), batched))
        if not self.is_array(operand):
            return Seen(self.element(operand.storage, int(operand.positions.flat[0])), operand)
        held = self.held[operand.storage]
        name, lifted = self.array_name(operand.storage), batched and not held.batched
        tail: Shape = (BATCH,) if held.batched else (1,) if lifted else ()
        if view is None:
            return Seen(Expr(self._gathered(operand, shape, lifted), shape=(*shape, *tail)), operand)
        rows = held.size + self.plan.storages[operand.storage].ones
        code = view_code(name, rows, view, batched=held.batched, lifted=lifted)
        shown = tuple(n if s else 1 for n, s in zip(view.shape, view.strides))
        return Seen(Expr(self.writer.made_once(code, "w"), shape=(*shown, *tail)), operand, view)

    def _gathered(self, access: Access, shape: Shape, lifted: bool) -> str:
        """The name of an array of that shape with the elements gathered in it, once for both passes."""
        writer, held = self.writer, self.held[access.storage]
        key = (access.storage, shape, access.positions.tobytes())
        if key not in self._gathers:
            at = writer.fixed(access.positions.reshape(shape))
            self._gathers[key] = buffer = writer.buffer((*shape, BATCH) if held.batched else shape)
            axis = ", axis=0" if held.batched else ""
            writer.line(f"np.take({self.array_name(access.storage)}, {at}{axis}, out={buffer}, mode='clip')")
        name = self._gathers[key]
        return writer.made_once(f"{name}[..., None]", "w") if lifted else name

    def numbers(self, array: np.ndarray, batched: bool) -> Expr:
        """Fixed numbers; one number if they are all the same."""
        first = array.flat[0]
        if (array == first).all() or (array != array).all():
            return Literal(float(first))
        array = array[..., None] if batched else array
        return Expr(self.writer.fixed(array), shape=array.shape)

    def fitted(self, operands: Sequence[Operand], members: int) -> tuple[Shape, list[View | None]]:
        """The shape of a group, and for each operand its view (None: a gather, a float or fixed numbers)."""
        arrays = [x for x in operands if isinstance(x, Access) and self.is_array(x)]
        shape, found = fit([x.positions.reshape(-1) for x in arrays]) if arrays else ((members,), [])
        if not shape:
            shape, found = (1,), [view and View(view.start, (1,), (1,)) for view in found]
        views = iter(found)
        return shape, [next(views) if isinstance(x, Access) and self.is_array(x) else None for x in operands]

    def out_expr(self, s: int, shape: Shape) -> Expr:
        """The results of a group as an array of that shape."""
        storage = self.plan.storages[s]
        view = View(0, shape, row_major(shape))
        code = view_code(storage.name, storage.size + storage.ones, view, batched=storage.batched)
        return Expr(self.writer.made_once(code, "w"), shape=(*shape, BATCH) if storage.batched else shape)

    # ── groups ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _is_single(self, group: Group) -> bool:
        storage = self.plan.storages[group.out]
        if self.all_single:
            return True
        if storage.batched or storage.size > FEW or isinstance(group, Reduce):
            return False
        if isinstance(group, Products):
            return sum(laid_out(segment.left).size for segment in group.segments) <= 2 * FEW
        return True

    def _single_group(self, group: Group) -> None:
        written, exprs = Written(group), []
        for member in range(self.plan.storages[group.out].size):
            if isinstance(group, Products):
                seen, expr = self._single_products(group, member)
            else:
                operands = group.operands if isinstance(group, Map) else group.pieces
                seen = [self._single_operand(x, int(i)) for x in operands for i in row(x, member)]
                expr = group.op(*(x.expr for x in seen))
            self.writer.evaluate(expr)
            exprs.append(expr)
            written.singles.append((seen, expr))
        self.held[group.out].singles = exprs
        self.written.append(written)

    def _single_operand(self, operand: Operand, i: int) -> Seen:
        if not isinstance(operand, Access):
            return Seen(Literal(float(operand.flat[i])))
        position = int(operand.positions.flat[i])
        return Seen(self.element(operand.storage, position), Access(operand.storage, np.array([position])))

    def _single_products(self, group: Products, member: int) -> tuple[list[Seen], Expr]:
        """The factors of a member's terms as left, right, left, right, …, and the sum of the products."""
        seen: list[Seen] = []
        codes: list[str] = []
        total: Expr | float = float(group.offset[member])
        for segment in group.segments:
            lefts, rights = member_terms(segment, group.shape, member)
            for i, j in zip(lefts, rights):
                left = self._single_operand(segment.left, i)
                right = Seen(Literal(1.0)) if segment.right is None else self._single_operand(segment.right, j)
                seen += left, right
                term = segment.coefficient * (left.expr * right.expr)
                if self.plan.exact:
                    codes.append(self.writer.evaluate(term))
                    continue
                total = term if isinstance(total, float) and total == 0.0 else total + term
                self.writer.evaluate(total)  # at once: an expression of thousands of terms would be too deep
        if self.plan.exact:
            total = exact_sum(self.writer, f"({', '.join(codes)},)")
        assert isinstance(total, Expr)
        return seen, total

    def _map(self, group: Map) -> None:
        storage = self.plan.storages[group.out]
        shape, views = self.fitted(group.operands, storage.size)
        seen = [self.see(x, shape, view, storage.batched) for x, view in zip(group.operands, views)]
        self.allocate(group.out)
        out = self.out_expr(group.out, shape)
        expr = group.op(*(x.expr for x in seen))
        self.writer.evaluate_into(expr, out.code, out.shape)
        self.written.append(Written(group, shape, seen, out))

    def _reduce(self, group: Reduce) -> None:
        """Reduce over the last axis of the pieces, which are copied side by side into one array."""
        storage, parts = self.plan.storages[group.out], []
        for piece in group.pieces:
            view = view_of(piece.positions) if isinstance(piece, Access) else None
            parts.append(self.see(piece, laid_out(piece).shape, view, storage.batched).expr)
        self.allocate(group.out)
        out = self.out_expr(group.out, (storage.size,))
        shape = (storage.size, sum(width(piece) for piece in group.pieces))
        tail = (BATCH,) if storage.batched else ()
        whole, start = parts[0].code, 0
        if len(parts) > 1 or parts[0].shape != (*shape, *tail):
            whole = self.writer.buffer((*shape, *tail))
            for part, piece in zip(parts, group.pieces):
                stop = start + width(piece)
                self.writer.line(f"{whole}[:, {start}:{stop}] = {part.code}")
                start = stop
        self.writer.line(f"{self.writer.array_function(group.op)}({whole}, axis=1, out={out.code})")
        self.written.append(Written(group, (storage.size,), [], out))

    def _products(self, group: Products) -> None:
        storage = self.plan.storages[group.out]
        if storage.size == 1 and not storage.batched:
            self._total(group)
            return
        from_matrix = any(s.matrix for s in group.segments)
        shape = tuple(n for n in group.shape if n > 1) or (1,)
        if not from_matrix:
            firsts = [first_column(x) for s in group.segments for x in (s.left, s.right) if x is not None]
            shape, _ = self.fitted(firsts, storage.size)
        self.allocate(group.out)
        out = self.out_expr(group.out, shape)
        written = Written(group, shape, [], out)
        if self.plan.exact:
            self._exactly(group, written, storage.batched)
            return
        parts = [self._segment(s, group, written, storage.batched, first=i == 0) for i, s in enumerate(group.segments)]
        total = parts[0]
        for part in parts[1:]:
            self.writer.evaluate(total)
            total = total + part
        if group.offset.any():
            total = total + self.numbers(group.offset.reshape(shape), storage.batched)
        self.writer.evaluate_into(total, out.code, out.shape)
        self.written.append(written)

    def _exactly(self, group: Products, written: Written, batched: bool) -> None:
        """Sums of products, each rounded once."""
        assert written.out is not None
        parts = []
        for segment in group.segments:
            product = self._product(segment, written, batched)
            parts.append(f"({self.writer.evaluate(product)}, {width(segment.left)})")
        self.writer.line(f"arrays.sum_exactly({written.out.code}, {len(written.shape)}, {', '.join(parts)})")
        self.written.append(written)

    def _product(self, segment: Segment, written: Written, batched: bool) -> Expr:
        """The products of a segment's factors, before they are summed; where there are several, they are an axis."""
        terms = width(segment.left)
        pair = [self.rows(x, written.shape, terms, batched) for x in (segment.left, segment.right) if x is not None]
        written.seen += pair if len(pair) == 2 else [*pair, Seen(Literal(1.0))]
        return pair[0].expr * pair[1].expr if len(pair) == 2 else pair[0].expr

    def _segment(self, segment: Segment, group: Products, written: Written, batched: bool, *, first: bool) -> Expr:
        """A segment of a group as an expression of the group's shape."""
        out = written.out
        assert out is not None
        tail: Shape = (BATCH,) if batched else ()
        if segment.matrix:
            assert segment.right is not None
            left, right = self.lettered(segment.left, "sik"), self.lettered(segment.right, "sjk")
            written.seen += Seen(Expr(left.code)), Seen(Expr(right.code))
            return segment.coefficient * self._matrix(
                left, right, group, out, written.shape, first and segment.coefficient == 1.0
            )
        alone = len(group.segments) == 1 and segment.coefficient == 1.0 and not group.offset.any()
        terms = width(segment.left)
        product = self._product(segment, written, batched)
        if terms > 1:
            product = self._summed(product, (*written.shape, terms, *tail), out.code if alone else "")
        return segment.coefficient * product

    def _matrix(self, left: Lettered, right: Lettered, group: Products, out: Expr, shape: Shape, direct: bool) -> Expr:
        """A matrix product; written straight into ``out`` if ``direct`` and if it has all its axes."""
        batched = "n" in left.axes + right.axes
        lifted = out.shape[-1] == BATCH and not batched
        full = (*shape, BATCH) if batched else shape
        name = out.code if direct and not lifted else self.writer.buffer(full)
        contract(self.writer, left, right, self.grid(name, group.shape, batched))
        return (
            Expr(self.writer.made_once(f"{name}[..., None]", "w"), shape=(*shape, 1))
            if lifted
            else Expr(name, shape=full)
        )

    def _summed(self, product: Expr, shape: Shape, out: str) -> Expr:
        """The product, summed over the terms: the last axis but the batch's."""
        writer, batched = self.writer, shape[-1] == BATCH
        axis = -2 if batched else -1
        kept = (*product.shape[:axis], *product.shape[axis:][1:])
        if not product.shape or product.shape[axis] == 1:
            dropped = writer.evaluate(product)
            if product.shape:
                dropped = writer.made_once(f"{dropped}[..., 0, :]" if batched else f"{dropped}[..., 0]", "w")
            return Expr(dropped, shape=kept, single=product.single) * float(shape[axis])
        out = out if kept == (*shape[:axis], *shape[axis:][1:]) else ""
        buffer = out or writer.buffer(kept)
        writer.line(f"np.add.reduce({writer.evaluate(product)}, axis={axis}, out={buffer})")
        return Expr(buffer, shape=kept)

    def rows(self, operand: Operand, shape: Shape, terms: int, batched: bool) -> Seen:
        """An operand (members, terms) in the shape of its group; several terms are one more axis."""
        full = (*shape, terms) if terms > 1 else shape
        if not isinstance(operand, Access):
            return self.see(operand, full, None, batched)
        positions = operand.positions.reshape(full)
        return self.see(Access(operand.storage, positions), full, view_of(positions), batched)

    def _total(self, group: Products) -> None:
        """One sum of many terms; the result is a Python float."""
        written = Written(group)
        total: Expr | float = float(group.offset[0])
        codes = []
        for segment in group.segments:
            operands = [x for x in (segment.left, segment.right) if x is not None]
            shape, views = self.fitted(operands, width(segment.left))
            seen = [self.see(x, shape, view, False) for x, view in zip(operands, views)]
            written.seen += seen if len(seen) == 2 else [*seen, Seen(Literal(1.0))]
            if self.plan.exact:
                product = seen[0].expr * seen[1].expr if len(seen) == 2 else seen[0].expr
                codes.append(f"*np.broadcast_to({self.writer.evaluate(product)}, {shape}).ravel().tolist()")
                continue
            part = segment.coefficient * self._dotted([x.expr for x in seen], shape)
            total = part if isinstance(total, float) and total == 0.0 else total + part
            self.writer.evaluate(total)  # at once: an expression of thousands of terms would be too deep
        if self.plan.exact:
            total = exact_sum(self.writer, f"[{', '.join(codes)}]")
        assert isinstance(total, Expr)
        written.singles = [([], total)]
        self.held[group.out].singles = [total]
        self.written.append(written)

    def _dotted(self, exprs: list[Expr], shape: Shape) -> Expr:
        """Σ left·right of two arrays, or Σ of one, as a Python float."""
        writer = self.writer
        name = writer.name("v")
        codes = [writer.evaluate(x) for x in exprs]
        if all(x.shape == shape for x in exprs) and len(exprs) == 2:
            call = f"{codes[0]}.dot({codes[1]})" if len(shape) == 1 else f"np.vdot({codes[0]}, {codes[1]})"
        else:
            product = exprs[0] if len(exprs) == 1 else exprs[0] * exprs[1]
            if product.single:
                return product * float(math.prod(shape))
            repeats = math.prod(shape) // math.prod(product.shape)
            code = writer.evaluate(product)
            call = f"{code}.sum()" + (f" * {float(repeats)}" if repeats > 1 else "")
        writer.line(f"{name} = float({call})")
        return Expr(name, single=True)

    def grid(self, name: str, sizes: Sequence[int], batched: bool) -> Lettered:
        """The array of that name as the results of a matrix product, or as their gradients."""
        kept = letters(sizes, "sij")
        code = name if kept or not batched else self.writer.made_once(f"{name}[0]", "w")
        return Lettered(code, f"{kept}n" if batched else kept)

    def lettered(self, operand: Operand, axes: str) -> Lettered:
        """An operand of a matrix product; axes of length 1 are left out."""
        sizes = laid_out(operand).shape
        kept = letters(sizes, axes) or axes[-1]
        shape = tuple(n for n in sizes if n > 1) or (1,)
        if not isinstance(operand, Access):
            return Lettered(self.writer.fixed(operand.reshape(shape)), kept)
        flat = Access(operand.storage, operand.positions.reshape(shape))
        held = self.held[operand.storage]
        tail: Shape = (BATCH,) if held.batched else ()
        kept = f"{kept}n" if held.batched else kept
        self.array_name(operand.storage)
        view = view_of(flat.positions)
        if view is None:
            return Lettered(self._gathered(flat, shape, False), kept)
        rows = held.size + self.plan.storages[operand.storage].ones
        code = self.writer.made_once(view_code(self.array_name(operand.storage), rows, view, batched=held.batched), "w")
        if view.repeats:
            code = self.writer.made_once(f"np.broadcast_to({code}, {shape_code((*shape, *tail))})", "w")
        return Lettered(code, kept)


def exact_sum(writer: Writer, terms: str) -> Expr:
    """The sum of floats, rounded once."""
    name = writer.name("v")
    writer.line(f"{name} = total({terms})")
    return Expr(name, single=True)
