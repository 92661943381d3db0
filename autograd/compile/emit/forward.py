"""Stage 4, emit, the forward pass: each step of the plan as lines of code.

Small groups, and all of a small program, are written as float arithmetic: a NumPy call costs as much as ten of those.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ..layout import View, fit, row_major, view_of
from ..plan import PARAMETERS, Access, Fold, Map, Operand, Plan, Products, Segment, Step
from .contract import Lettered, contract
from .expression import BATCH, Expr, Literal
from .writer import Shape, Writer, shape_code, view_code

FEW = 4  # members of a group that is written as float arithmetic


@dataclass
class Held:
    """A storage as code: the name of its array, or one expression for each of its numbers."""

    name: str
    size: int
    batched: bool
    singles: list[Expr] | None = None
    packed: str = ""  # the name of an array with the singles in it


@dataclass
class Seen:
    """An operand as a step saw it: an expression, and which elements of its storage that is."""

    expr: Expr
    access: Access | None = None
    view: View | None = None


@dataclass
class Trace:
    """What a step has been written as; the reverse pass goes on from there."""

    step: Step
    shape: Shape = ()
    seen: list[Seen] = field(default_factory=list)
    out: Expr | None = None
    singles: list[tuple[list[Seen], Expr]] = field(default_factory=list)  # for each member, if written as floats


class Forward:
    """Writes the forward pass, and remembers how it was written."""

    def __init__(self, plan: Plan, *, singles: bool, unpacked: bool = False) -> None:
        self.plan = plan
        self.writer = Writer()
        self.all_single = singles
        self.held = [Held(s.name, s.size, s.batched) for s in plan.storages]
        self.traces: list[Trace] = []
        self._elements: dict[tuple[int, int], Expr] = {}
        self._gathers: dict[tuple[int, Shape, bytes], str] = {}
        for s, storage in enumerate(plan.storages):
            if storage.kind != "group":
                self._leaves(s, unpacked)

    def write(self) -> None:
        """Write all steps."""
        for step in self.plan.steps:
            if self._is_single(step):
                self._single_step(step)
            elif isinstance(step, Map):
                self._map(step)
            elif isinstance(step, Fold):
                self._fold(step)
            else:
                self._products(step)

    # ── storages and their elements ────────────────────────────────────────────────────────────────────────────────

    def _leaves(self, s: int, unpacked: bool) -> None:
        """Parameters and arguments are arrays that the caller fills; a program of floats unpacks them."""
        held = self.held[s]
        if self.all_single and held.size:
            names = leaf_names(s, held.size)
            held.singles = [Expr(name, single=True) for name in names]
            if not unpacked:
                array = f"{held.name}[:{held.size}]" if self.plan.storages[s].ones else held.name
                self.writer.line(f"{', '.join(names)}{',' * (len(names) == 1)} = {array}.tolist()")

    def allocate(self, s: int) -> None:
        """An array for a storage, with its ones behind."""
        storage = self.plan.storages[s]
        tail: Shape = (BATCH,) if storage.batched else ()
        rows = storage.size + storage.ones
        code = "n" if storage.batched else ""
        shape = f"({rows}, {code})" if tail else str(rows)
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
        """The array of a storage; singles are packed into one when an array operation needs them."""
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
        """An operand of a step of that shape; ``view`` is None where its elements must be gathered."""
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
        """The name of an array of that shape with the elements in it; gathered once, also for the reverse pass."""
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
        """Fixed numbers, as one where they are all the same."""
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
        """The results of a step as an array of that shape."""
        storage = self.plan.storages[s]
        view = View(0, shape, row_major(shape))
        code = view_code(storage.name, storage.size + storage.ones, view, batched=storage.batched)
        return Expr(self.writer.made_once(code, "w"), shape=(*shape, BATCH) if storage.batched else shape)

    # ── steps ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _is_single(self, step: Step) -> bool:
        storage = self.plan.storages[step.out]
        if self.all_single:
            return True
        if storage.batched or storage.size > FEW or isinstance(step, Fold):
            return False
        terms = sum(s.left.size if isinstance(s.left, np.ndarray) else s.left.positions.size for s in step.segments) \
            if isinstance(step, Products) else storage.size  # fmt: skip
        return terms <= 2 * FEW

    def _single_step(self, step: Step) -> None:
        trace, exprs = Trace(step), []
        for member in range(self.plan.storages[step.out].size):
            if isinstance(step, Products):
                seen, expr = self._single_products(step, member)
            else:
                operands = step.operands if isinstance(step, Map) else step.pieces
                seen = [self._single_operand(x, int(i)) for x in operands for i in _row(x, member)]
                expr = step.op(*(x.expr for x in seen))
            self.writer.evaluate(expr)
            exprs.append(expr)
            trace.singles.append((seen, expr))
        self.held[step.out].singles = exprs
        self.traces.append(trace)

    def _single_operand(self, operand: Operand, i: int) -> Seen:
        if not isinstance(operand, Access):
            return Seen(Literal(float(operand.flat[i])))
        position = int(operand.positions.flat[i])
        return Seen(self.element(operand.storage, position), Access(operand.storage, np.array([position])))

    def _single_products(self, step: Products, member: int) -> tuple[list[Seen], Expr]:
        """Left, right, left, right, … of a member's terms, and their sum."""
        seen: list[Seen] = []
        total: Expr | float = float(step.offset[member])
        for segment in step.segments:
            lefts, rights = _member_terms(segment, step.shape, member)
            for i, j in zip(lefts, rights):
                left = self._single_operand(segment.left, i)
                right = Seen(Literal(1.0)) if segment.right is None else self._single_operand(segment.right, j)
                seen += left, right
                term = segment.coefficient * (left.expr * right.expr)
                total = term if isinstance(total, float) and total == 0.0 else total + term
        return seen, total  # type: ignore[return-value]

    def _map(self, step: Map) -> None:
        storage = self.plan.storages[step.out]
        shape, views = self.fitted(step.operands, storage.size)
        seen = [self.see(x, shape, view, storage.batched) for x, view in zip(step.operands, views)]
        self.allocate(step.out)
        out = self.out_expr(step.out, shape)
        expr = step.op(*(x.expr for x in seen))
        self.writer.evaluate_into(expr, out.code, out.shape)
        self.traces.append(Trace(step, shape, seen, out))

    def _fold(self, step: Fold) -> None:
        """The largest over the last axis, piece by piece."""
        storage, parts = self.plan.storages[step.out], []
        for piece in step.pieces:
            positions = piece.positions if isinstance(piece, Access) else piece
            view = view_of(positions) if isinstance(piece, Access) else None
            parts.append(self.see(piece, positions.shape, view, storage.batched).expr)
        self.allocate(step.out)
        out = self.out_expr(step.out, (storage.size,))
        shape = (*(len(p) for p in [range(storage.size)]), sum(_width(p) for p in step.pieces))
        tail = (BATCH,) if storage.batched else ()
        whole, start = parts[0].code, 0
        if len(parts) > 1 or parts[0].shape != (*shape, *tail):
            whole = self.writer.buffer((*shape, *tail))
            for part, piece in zip(parts, step.pieces):
                stop = start + _width(piece)
                self.writer.line(f"{whole}[:, {start}:{stop}] = {part.code}")
                start = stop
        self.writer.line(f"{self.writer.array_function(step.op)}({whole}, axis=1, out={out.code})")
        self.traces.append(Trace(step, (storage.size,), [], out))

    def _products(self, step: Products) -> None:
        storage = self.plan.storages[step.out]
        if storage.size == 1 and not storage.batched:
            self._total(step)
            return
        from_matrix = any(s.matrix for s in step.segments)
        shape = tuple(n for n in step.shape if n > 1) or (1,)
        if not from_matrix:
            firsts = [_first_column(x) for s in step.segments for x in (s.left, s.right) if x is not None]
            shape, _ = self.fitted(firsts, storage.size)
        self.allocate(step.out)
        out = self.out_expr(step.out, shape)
        trace = Trace(step, shape, [], out)
        parts = [self._segment(s, step, trace, storage.batched, first=i == 0) for i, s in enumerate(step.segments)]
        total = parts[0]
        for part in parts[1:]:
            total = total + part
        if step.offset.any():
            total = total + self.numbers(step.offset.reshape(shape), storage.batched)
        self.writer.evaluate_into(total, out.code, out.shape)
        self.traces.append(trace)

    def _segment(self, segment: Segment, step: Products, trace: Trace, batched: bool, *, first: bool) -> Expr:
        """A segment of a group as an expression of the group's shape."""
        out = trace.out
        assert out is not None
        tail: Shape = (BATCH,) if batched else ()
        if segment.matrix:
            left, right = self.lettered(segment.left, "sik"), self.lettered(segment.right, "sjk")  # type: ignore[arg-type]
            trace.seen += Seen(Expr(left.code)), Seen(Expr(right.code))
            return segment.coefficient * self._matrix(
                left, right, step, out, trace.shape, first and segment.coefficient == 1.0
            )
        alone = len(step.segments) == 1 and segment.coefficient == 1.0 and not step.offset.any()
        width = _width(segment.left)
        pair = [self.rows(x, trace.shape, width, batched) for x in (segment.left, segment.right) if x is not None]
        trace.seen += pair if len(pair) == 2 else [*pair, Seen(Literal(1.0))]
        product = pair[0].expr * pair[1].expr if len(pair) == 2 else pair[0].expr
        if width > 1:
            product = self._summed(product, (*trace.shape, width, *tail), out.code if alone else "")
        return segment.coefficient * product

    def _matrix(self, left: Lettered, right: Lettered, step: Products, out: Expr, shape: Shape, direct: bool) -> Expr:
        """A matrix product, written into ``out`` if it is the first part of it and has all its axes."""
        batched = "n" in left.axes + right.axes
        lifted = out.shape[-1] == BATCH and not batched
        full = (*shape, BATCH) if batched else shape
        name = out.code if direct and not lifted else self.writer.buffer(full)
        contract(self.writer, left, right, self.grid(name, step.shape, batched))
        return (
            Expr(self.writer.made_once(f"{name}[..., None]", "w"), shape=(*shape, 1))
            if lifted
            else Expr(name, shape=full)
        )

    def _summed(self, product: Expr, shape: Shape, out: str) -> Expr:
        """Over the axis of the terms: the last but the batch's."""
        writer, batched = self.writer, shape[-1] == BATCH
        axis = -2 if batched else -1
        width = shape[axis]
        kept = (*product.shape[:axis], *product.shape[axis:][1:])
        if not product.shape or product.shape[axis] == 1:
            dropped = writer.evaluate(product)
            if product.shape:
                dropped = writer.made_once(f"{dropped}[..., 0{', :' * batched}]", "w")
            return Expr(dropped, shape=kept, single=product.single) * float(width)
        out = out if kept == (*shape[:axis], *shape[axis:][1:]) else ""
        buffer = out or writer.buffer(kept)
        writer.line(f"np.add.reduce({writer.evaluate(product)}, axis={axis}, out={buffer})")
        return Expr(buffer, shape=kept)

    def rows(self, operand: Operand, shape: Shape, width: int, batched: bool) -> Seen:
        """An operand (members, terms) in the shape of its group, the terms as one more axis if there are several."""
        full = (*shape, width) if width > 1 else shape
        if not isinstance(operand, Access):
            return self.see(operand, full, None, batched)
        positions = operand.positions.reshape(full)
        return self.see(Access(operand.storage, positions), full, view_of(positions), batched)

    def _total(self, step: Products) -> None:
        """One sum of many terms: its result is a Python float."""
        trace = Trace(step)
        total: Expr | float = float(step.offset[0])
        for segment in step.segments:
            operands = [x for x in (segment.left, segment.right) if x is not None]
            shape, views = self.fitted(operands, _width(segment.left))
            seen = [self.see(x, shape, view, False) for x, view in zip(operands, views)]
            trace.seen += seen if len(seen) == 2 else [*seen, Seen(Literal(1.0))]
            part = segment.coefficient * self._dotted([x.expr for x in seen], shape)
            total = part if isinstance(total, float) and total == 0.0 else total + part
        self.writer.evaluate(total)  # type: ignore[arg-type]
        trace.singles = [([], total)]  # type: ignore[list-item]
        self.held[step.out].singles = [total]  # type: ignore[list-item]
        self.traces.append(trace)

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
        """The results of a matrix product, or their gradients, by name."""
        kept = letters(sizes, "sij")
        code = name if kept or not batched else self.writer.made_once(f"{name}[0]", "w")
        return Lettered(code, kept + "n" * batched)

    def lettered(self, operand: Operand, axes: str) -> Lettered:
        """An operand of a matrix product; axes of length 1 are left out."""
        positions = operand.positions if isinstance(operand, Access) else operand
        kept = letters(positions.shape, axes)
        shape = tuple(n for n in positions.shape if n > 1) or (1,)
        kept = kept or axes[-1]
        if not isinstance(operand, Access):
            return Lettered(self.writer.fixed(operand.reshape(shape)), kept)
        flat = Access(operand.storage, positions.reshape(shape))
        held = self.held[operand.storage]
        tail: Shape = (BATCH,) if held.batched else ()
        self.array_name(operand.storage)
        view = view_of(flat.positions)
        if view is None:
            return Lettered(self._gathered(flat, shape, False), kept + "n" * held.batched)
        rows = held.size + self.plan.storages[operand.storage].ones
        code = self.writer.made_once(view_code(self.array_name(operand.storage), rows, view, batched=held.batched), "w")
        if view.repeats:
            code = self.writer.made_once(f"np.broadcast_to({code}, {shape_code((*shape, *tail))})", "w")
        return Lettered(code, kept + "n" * held.batched)


def leaf_names(s: int, size: int) -> list[str]:
    """What a program of floats calls the numbers of a leaf storage."""
    return [f"{'p' if s == PARAMETERS else f'x{s - 1}_'}{i}" for i in range(size)]


def letters(sizes: Sequence[int], axes: str) -> str:
    """The letters of the axes that are longer than 1."""
    return "".join(letter for letter, n in zip(axes, sizes) if n > 1)


def _width(operand: Operand) -> int:
    return int((operand.positions if isinstance(operand, Access) else operand).shape[-1])


def _row(operand: Operand, member: int) -> range:
    """The flat indices of a member's elements of an operand."""
    shape = (operand.positions if isinstance(operand, Access) else operand).shape
    width = shape[1] if len(shape) > 1 else 1
    return range(member * width, member * width + width)


def _first_column(operand: Operand) -> Operand:
    if isinstance(operand, Access):
        return Access(operand.storage, operand.positions[:, 0])
    return operand[:, 0]


def _member_terms(segment: Segment, shape: tuple[int, int, int], member: int) -> tuple[range, range]:
    """The flat indices of a member's left and right factors."""
    width = _width(segment.left)
    if not segment.matrix:
        return range(member * width, (member + 1) * width), range(member * width, (member + 1) * width)
    _, i, j = shape
    s, rest = divmod(member, i * j)
    a, b = divmod(rest, j)
    left, right = (s * i + a) * width, (s * j + b) * width
    return range(left, left + width), range(right, right + width)
