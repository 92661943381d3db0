"""Scripts in languages that differentiate by themselves: the forward pass, with new arrays instead of buffers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...errors import CompileError
from ...op import WHOLE, Op
from .. import layout
from ..normal_form.normalise import STOP
from ..plan import Access, Group, Map, Operand, Plan, Reduce, Segment, laid_out
from .languages import Language
from .spellings import spelled
from .with_reverse import leaf_names, other_path


def forward_script(language: Language, plan: Plan, leaves: Sequence[np.ndarray], reduction: str) -> str:
    """The program as a script that prints its value and, where it has one result, its gradients.

    Args:
        language: what to write it in.
        plan: the program.
        leaves: the numbers of the parameters, then of each argument (with a batch: numbers, samples).
        reduction: of a batch; "" without one.

    Raises:
        CompileError: the language has no form for an op.
    """
    if plan.exact:
        raise CompileError(
            f"sums='exact' has no form in {language.name}: export to 'numpy' or 'python', or compile with sums='fast'"
        )
    names = leaf_names(plan)
    lines = [*language.head, ""]
    if plan.guards:
        lines += [
            "",
            "def require(holds, sentence):",
            "    if not bool(holds.all()):",
            "        raise ValueError(sentence)",
        ]
        lines.append("")
    lines += ["", f"def run({', '.join(names)}):"]
    lines += [f"    {line}" for line in _ForwardPass(language, plan).lines(reduction)]
    lines += ["", ""]
    lines += [f"{name} = {language.leaf.format(numbers.tolist())}" for name, numbers in zip(names, leaves)]
    lines += [f"value = run({', '.join(names)})", 'print("value", value.tolist())']
    if len(plan.out_order) == 1 and reduction != "none":
        lines += language.gradients(names)
    return "\n".join(lines) + "\n"


class _ForwardPass:
    """Writes the forward pass. Storages keep their batch axis last."""

    def __init__(self, language: Language, plan: Plan) -> None:
        self.language, self.plan, self.np = language, plan, language.np

    def lines(self, reduction: str) -> list[str]:
        """The body of the function, its ``return`` included."""
        code = [self._group(group) for group in self.plan.groups]
        code += [self._guards(number) for number in range(len(self.plan.guards))]
        outs = self._concatenated([self._read(x, laid_out(x), False) for x in self.plan.outs], 0)
        if reduction in ("mean", "sum"):
            return [*code, f"return {outs}[0].{reduction}()"]
        if len(self.plan.out_order) == 1 and not reduction:
            return [*code, f"return {outs}[0]"]
        return [*code, f"return {outs}[{self._array(self.plan.out_order.tolist())}]"]

    def _group(self, group: Group) -> str:
        storage = self.plan.storages[group.out]
        if isinstance(group, Map):
            operands = [self._operand(x, group.op, storage.batched) for x in group.operands]
            return f"{storage.name} = {spelled(group.op, operands, self.language)}"
        if isinstance(group, Reduce):
            pieces = [self._read(x, laid_out(x), storage.batched) for x in group.pieces]
            largest = self.language.largest.format(self._concatenated(pieces, 1))
            return f"{storage.name} = {spelled(STOP, [largest], self.language)}"
        terms = [self._segment(segment, storage.batched) for segment in group.segments]
        if group.offset.any():
            terms.append(self._read(group.offset, group.offset, storage.batched))
        return f"{storage.name} = {' + '.join(terms)}"

    def _guards(self, number: int) -> str:
        guards = self.plan.guards[number]
        batched = self._is_batched(guards.condition)
        truths = guards.truths[:, None] if batched else guards.truths
        condition = self._read(guards.condition, guards.condition.positions, batched)
        return f"require(({condition} != 0.0) == {self._array(truths.tolist())}, {other_path(guards.lines)!r})"

    def _concatenated(self, pieces: list[str], axis: int) -> str:
        return pieces[0] if len(pieces) == 1 else f"{self.np}.concatenate([{', '.join(pieces)}], {axis})"

    def _operand(self, operand: Operand, op: Op, batched: bool) -> str:
        """An operand of an op; one number is written as such where the op is a sign between its operands."""
        if isinstance(operand, np.ndarray) and op.infix != WHOLE and (operand == operand.flat[0]).all():
            return repr(float(operand.flat[0]))
        return self._read(operand, laid_out(operand), batched)

    def _segment(self, segment: Segment, batched: bool) -> str:
        scale = "" if segment.coefficient == 1.0 else f"{segment.coefficient!r} * "
        if segment.matrix:
            return f"{scale}{self._matrix_product(segment, batched)}"
        factors = [self._read(x, laid_out(x), batched) for x in (segment.left, segment.right) if x is not None]
        return f"{scale}({' * '.join(factors)}).sum(1)"

    def _matrix_product(self, segment: Segment, batched: bool) -> str:
        """A product of two matrices, flat, with a batch axis if the group has one."""
        assert segment.right is not None
        sides = ((segment.left, "sik"), (segment.right, "sjk"))
        letters = [f"{axes}n" if self._is_batched(side) else axes for side, axes in sides]
        either = any(self._is_batched(side) for side, _ in sides)
        factors = ", ".join(self._read(side, laid_out(side), False) for side, _ in sides)
        product = f"{self.np}.einsum('{','.join(letters)}->{'sijn' if either else 'sij'}', {factors})"
        if either:
            return f"{product}.reshape(-1, {self._samples()})"
        return f"{product}.reshape(-1)[..., None]" if batched else f"{product}.reshape(-1)"

    def _is_batched(self, operand: Operand) -> bool:
        return isinstance(operand, Access) and self.plan.storages[operand.storage].batched

    def _samples(self) -> str:
        return next(f"{s.name}.shape[1]" for s in self.plan.storages if s.kind == "argument" and s.batched)

    def _read(self, operand: Operand, shaped: np.ndarray, batched: bool) -> str:
        """Code for an operand in the shape of ``shaped``; with a batch axis if it has one, or if ``batched``."""
        lift = "[..., None]" if batched and not self._is_batched(operand) else ""
        if not isinstance(operand, Access):
            return f"{self._array(shaped.tolist())}{lift}"
        storage = self.plan.storages[operand.storage]
        name, positions = storage.name, shaped.reshape(-1)
        if (positions >= storage.size).any():
            return self._with_ones(operand, shaped, lift)
        if (np.diff(positions) == 1).all():
            code = name if len(positions) == storage.size else f"{name}[{positions[0]}:{positions[-1] + 1}]"
            if shaped.ndim > 1:
                sizes = [str(size) for size in shaped.shape]
                code += f".reshape({', '.join([*sizes, self._samples()] if storage.batched else sizes)})"
            return f"{code}{lift}"
        return f"{name}[{self._index(shaped)}]{lift}"

    def _index(self, shaped: np.ndarray) -> str:
        """Positions as an array, written as a sum of ranges where they advance evenly."""
        view = layout.view_of(shaped)
        if view is None:
            return self._array(shaped.tolist())
        parts = [str(view.start)] if view.start else []
        for axis, (n, stride) in enumerate(zip(view.shape, view.strides)):
            scaled = f"{self.np}.arange({n})" if stride == 1 else f"{self.np}.arange({n}) * {stride}"
            spread = ", ".join(":" if a == axis else "None" for a in range(len(view.shape)))
            parts.append(f"({scaled})[{spread}]" if len(view.shape) > 1 else f"({scaled})")
        return " + ".join(parts)

    def _with_ones(self, operand: Access, shaped: np.ndarray, lift: str) -> str:
        """Features above the row of ones that a bias multiplies; the script makes the ones as it needs them."""
        storage = self.plan.storages[operand.storage]
        shape = f"({storage.ones}, {self._samples()})" if storage.batched else f"{storage.ones}"
        return f"{self._concatenated([storage.name, f'{self.np}.ones({shape})'], 0)}[{self._index(shaped)}]{lift}"

    def _array(self, numbers: object) -> str:
        return self.language.constant.format(numbers)
