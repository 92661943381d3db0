"""A plan as Python source, and the source as functions.

The source defines ``build(…, n)``, which makes the buffers for batches of n samples and returns ``run``; a call of the
program is a call of ``run``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ...op import Op
from ..plan import Access, Plan, Products, Storage, laid_out, width
from .expression import BATCH, PASSED, Expr, Literal
from .forward import Forward
from .reverse import Reverse

NUMPY_CALL, PER_ELEMENT, PER_FLOAT = 0.9, 0.0006, 0.05  # µs, measured; they decide between arrays and floats


class Broken(NamedTuple):
    """Guards that do not hold: their number in ``plan.guards``, and which of them (and for which samples) fail."""

    guards: int
    where: np.ndarray


@dataclass
class Built:
    """A program's function for one batch size, and the arrays that it reads and writes."""

    run: Callable[[], object]
    theta: np.ndarray
    arguments: list[np.ndarray]
    gradient: np.ndarray
    argument_gradients: list[np.ndarray]


@dataclass
class Emitted:
    """One form of a program: forward alone, or with the gradients of some leaves.

    Attributes:
        source: the text, which defines ``build``.
        build: makes the buffers, and returns the function that a call runs.
        lines: the lines of that function.
        arrays: the fixed arrays that the source uses, by name.
        functions: ops whose float form the source calls, by the name of that form.
        array_forms: ops whose array form is not a named function of NumPy or ours, by the name that the source uses.
        differentiates: whether gradients are computed.
    """

    source: str
    build: Callable[..., Callable[[], object]]
    lines: list[str]
    arrays: dict[str, np.ndarray]
    functions: dict[str, Op]
    array_forms: dict[str, Op]
    differentiates: bool


def emit(plan: Plan, *, wanted: Sequence[int] = (), reduction: str = "") -> Emitted:
    """Write the program of a plan.

    Args:
        plan: what to compute.
        wanted: the storages of leaves whose gradients are to be computed; none: forward only.
        reduction: of a batch: "mean", "sum", "none"; "" without a batch.
    """
    forward = Forward(plan, singles=not reduction and floats_are_faster(plan))
    forward.write()
    write_guards(forward)
    single = len(plan.out_order) == 1
    if single and reduction != "none":
        result = _single_result(forward, reduction)
    else:
        result = _results(forward, bool(reduction))
    if wanted:
        reverse = Reverse(forward, wanted)
        seed = Expr("seed", single=True) if reduction == "mean" else Literal(1.0)
        if reduction == "sum" and not _is_batched(plan):
            seed = Expr("samples", single=True)
        if reduction == "mean" and not _is_batched(plan):
            seed = Literal(1.0)
        reverse.write(plan.outs[0], seed)
        write_second_run(forward, wanted)
    forward.writer.line(f"return {result}")
    source = _source(forward, reduction)
    writer = forward.writer
    namespace = writer.namespace() | {"Broken": Broken}
    exec(compile(source, "<program>", "exec"), namespace)
    build: Callable[..., Callable[[], object]] = namespace["build"]  # type: ignore[assignment]  # made by that text
    return Emitted(source, build, list(writer.body), writer.arrays, writer.functions, writer.array_forms, bool(wanted))


def floats_are_faster(plan: Plan) -> bool:
    """Whether float arithmetic alone takes less time than NumPy calls for each group."""
    arrays = floats = 0.0
    for group in plan.groups:
        size = plan.storages[group.out].size
        terms = size
        if isinstance(group, Products):
            terms = sum(width(segment.left) for segment in group.segments) * size
        arrays += NUMPY_CALL + PER_ELEMENT * terms
        floats += PER_FLOAT * terms
    return floats < arrays


def _is_batched(plan: Plan) -> bool:
    out = plan.outs[0]
    return isinstance(out, Access) and plan.storages[out.storage].batched


def write_guards(forward: Forward) -> None:
    """Write lines that return ``Broken`` where a guard does not hold."""
    writer, plan = forward.writer, forward.plan
    for number, guards in enumerate(plan.guards):
        access, truths = guards.condition, guards.truths
        if forward.held[access.storage].singles is not None:
            for i, (position, truth) in enumerate(zip(access.positions.tolist(), truths.tolist())):
                condition = writer.evaluate(forward.element(access.storage, position))
                broken = f"not {condition}" if truth else condition
                writer.line(f"if {broken}: return Broken({number}, [{i}])")
            continue
        batched = plan.storages[access.storage].batched
        shape, views = forward.fitted([access], len(access.positions))
        seen = forward.see(access, shape, views[0], batched)
        expected = writer.fixed(truths.reshape((*shape, 1) if batched else shape))
        writer.line(f"broken = ({seen.expr.code} != 0.0) != {expected}")
        writer.line(f"if broken.any(): return Broken({number}, broken)")


def write_second_run(forward: Forward, wanted: Sequence[int]) -> None:
    """Write a line that runs the program again, by selection, where a gradient is not finite.

    A branch that was not taken has the local derivative 0: a product does for it unless it meets an infinity, and then
    a nan comes out below, in a gradient, where one look finds it. So branches cost one look while numbers are finite.
    """
    writer, plan = forward.writer, forward.plan
    if any(_selects(line) for line in writer.body):
        squares = [_square_of_gradient(plan.storages[s]) for s in wanted if plan.storages[s].size]
        look = f"(look := {' + '.join(squares)}) - look"  # not 0 beside an infinity or a nan
        writer.line(f"if {look} != 0.0 and passed is np.multiply: return run(arrays.selected)")


def _square_of_gradient(leaf: Storage) -> str:
    """Code for the sum of the squares of a leaf's gradients: finite if all of them are (and no square overflows)."""
    name = f"d_{leaf.name}"
    return f"float(np.vdot({name}, {name}))" if leaf.batched else f"float({name}.dot({name}))"


def _selects(line: str) -> bool:
    return line.startswith(f"{PASSED.array}(")


def _single_result(forward: Forward, reduction: str) -> str:
    """Code for the result of a program of one number."""
    writer, plan = forward.writer, forward.plan
    out = plan.outs[0]
    if not isinstance(out, Access):
        return writer.evaluate(Literal(float(out.flat[0]))) + (" * samples" if reduction == "sum" else "")
    if not _is_batched(plan):
        code = writer.evaluate(forward.element(out.storage, int(out.positions.flat[0])))
        return f"{code} * samples" if reduction == "sum" else code
    position = int(out.positions.flat[0])
    total = f"float({plan.storages[out.storage].name}[{position}].sum())"
    name = writer.name("result")
    writer.line(f"{name} = {total}" + (" * seed" if reduction == "mean" else ""))
    return name


def _results(forward: Forward, batched: bool) -> str:
    """Code for the results of a program, in one array; the samples of a batch are its last axis."""
    writer, plan = forward.writer, forward.plan
    count = len(plan.out_order)
    writer.setup.append(f"results = np.empty(({count}, n))" if batched else f"results = np.empty({count})")
    start = 0
    for piece in plan.outs:
        size = len(laid_out(piece))
        target = f"results[{start}:{start + size}]"
        if isinstance(piece, Access) and forward.held[piece.storage].singles is not None:
            codes = [writer.evaluate(forward.element(piece.storage, int(p))) for p in piece.positions]
            column = f"np.array(({', '.join(codes)},))[:, None]"
            writer.line(f"{target} = {column if batched else ', '.join(codes)}")
        else:
            shape, views = forward.fitted([piece], size) if isinstance(piece, Access) else ((size,), [None])
            seen = forward.see(piece, shape, views[0], batched)
            tail = "(" + ", ".join(map(str, shape)) + (", n" if batched else ",") + ")"
            writer.line(f"{target}.reshape({tail})[...] = {writer.evaluate(seen.expr)}")
        start += size
    return "results"


def _source(forward: Forward, reduction: str) -> str:
    """The text of the whole program."""
    plan, writer = forward.plan, forward.writer
    leaves = [s.name for s in plan.storages if s.kind != "group"]
    setup = list(writer.setup)
    if reduction:
        setup.insert(0, "samples = float(n)")
        setup.insert(1, "seed = 1.0 / n")
    lines = [f"def build({', '.join([*leaves, *(f'd_{name}' for name in leaves), 'n'])}):"]
    lines += [f"    {line}" for line in setup]
    lines += ["", f"    def run({'passed=np.multiply' if any(map(_selects, writer.body)) else ''}):"]
    lines += [f"        {line}" for line in writer.body]
    lines += ["", "    return run"]
    return "\n".join(lines) + "\n"


def bind(emitted: Emitted, plan: Plan, theta: np.ndarray, gradient: np.ndarray, samples: int) -> Built:
    """Make the buffers for batches of ``samples`` (0: no batch), and the function that runs on them."""
    arguments: list[np.ndarray] = []
    gradients: list[np.ndarray] = []
    for storage in plan.storages:
        if storage.kind == "argument":
            rows = storage.size + storage.ones
            batch = np.ones((samples, rows)).T if storage.by_sample else np.ones((rows, samples))
            arguments.append(batch if storage.batched else np.ones(rows))
            gradients.append(np.zeros((storage.size, samples) if storage.batched else storage.size))
    run = emitted.build(theta, *arguments, gradient, *gradients, samples)
    return Built(run, theta, arguments, gradient, gradients)


__all__ = ["BATCH", "Broken", "Built", "Emitted", "bind", "emit"]
