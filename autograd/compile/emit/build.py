"""Stage 4, emit: a plan as Python source, and the source as functions.

``build(n)`` in the source makes the buffers for batches of n samples and returns ``run``: all that happens at a call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..plan import Access, Plan, Products
from .expression import BATCH, Expr, Literal
from .forward import Forward
from .reverse import Reverse

NUMPY_CALL, PER_ELEMENT, PER_FLOAT = 0.9, 0.0006, 0.05  # µs: what decides between arrays and floats


class Broken(NamedTuple):
    """A guard that does not hold: the number of the group of guards, and which of them (for which samples)."""

    group: int
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
    """One form of a program: forward alone, or with the gradients of some leaves."""

    source: str
    build: Callable[..., Callable[[], object]]
    calls: list[str]
    objects: dict[str, object]
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
    forward.writer.line(f"return {result}")
    source = _source(forward, reduction)
    namespace = dict(forward.writer.objects, Broken=Broken)
    exec(compile(source, "<program>", "exec"), namespace)
    build: Callable[..., Callable[[], object]] = namespace["build"]  # type: ignore[assignment]
    return Emitted(source, build, list(forward.writer.body), forward.writer.objects, bool(wanted))


def floats_are_faster(plan: Plan) -> bool:
    """Whether float arithmetic for everything takes less time than NumPy's calls for each step."""
    arrays = floats = 0.0
    for step in plan.steps:
        size = plan.storages[step.out].size
        terms = size
        if isinstance(step, Products):
            lefts = [s.left.positions if isinstance(s.left, Access) else s.left for s in step.segments]
            terms = sum(left.shape[-1] for left in lefts) * size
        arrays += NUMPY_CALL + PER_ELEMENT * terms
        floats += PER_FLOAT * terms
    return floats < arrays


def _is_batched(plan: Plan) -> bool:
    out = plan.outs[0]
    return isinstance(out, Access) and plan.storages[out.storage].batched


def write_guards(forward: Forward) -> None:
    """Lines that return what is broken where a guard does not hold."""
    writer, plan = forward.writer, forward.plan
    for number, guards in enumerate(plan.guards):
        access, truths = guards.condition, guards.truths
        if forward.held[access.storage].singles is not None:
            for i, (position, truth) in enumerate(zip(access.positions.tolist(), truths.tolist())):
                condition = writer.evaluate(forward.element(access.storage, position))
                writer.line(f"if {'not ' * truth}{condition}: return Broken({number}, [{i}])")
            continue
        batched = plan.storages[access.storage].batched
        shape, views = forward.fitted([access], len(access.positions))
        seen = forward.see(access, shape, views[0], batched)
        expected = writer.fixed(truths.reshape((*shape, 1) if batched else shape))
        writer.line(f"broken = ({seen.expr.code} != 0.0) != {expected}")
        writer.line(f"if broken.any(): return Broken({number}, broken)")


def _single_result(forward: Forward, reduction: str) -> str:
    """The one number that comes of the program."""
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
    """All numbers that come of the program, in one array; a batch's samples along its last axis."""
    writer, plan = forward.writer, forward.plan
    count = len(plan.out_order)
    writer.setup.append(f"results = np.empty(({count}, n))" if batched else f"results = np.empty({count})")
    start = 0
    for piece in plan.outs:
        positions = piece.positions if isinstance(piece, Access) else piece
        size = len(positions)
        target = f"results[{start}:{start + size}]"
        if isinstance(piece, Access) and forward.held[piece.storage].singles is not None:
            codes = [writer.evaluate(forward.element(piece.storage, int(p))) for p in positions]
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
    """The whole program as text."""
    plan, writer = forward.plan, forward.writer
    leaves = [s.name for s in plan.storages if s.kind != "group"]
    setup = list(writer.setup)
    if reduction:
        setup.insert(0, "samples = float(n)")
        setup.insert(1, "seed = 1.0 / n")
    lines = [f"def build({', '.join([*leaves, *(f'd_{name}' for name in leaves), 'n'])}):"]
    lines += [f"    {line}" for line in setup]
    lines += ["", "    def run():"]
    lines += [f"        {line}" for line in writer.body]
    lines += ["", "    return run"]
    return "\n".join(lines) + "\n"


def bind(emitted: Emitted, plan: Plan, theta: np.ndarray, gradient: np.ndarray, samples: int) -> Built:
    """Make the buffers for batches of ``samples`` (0: no batch), and the function that runs on them."""
    arguments, gradients = [], []
    for storage in plan.storages:
        if storage.kind == "argument":
            rows = storage.size + storage.ones
            array = np.ones((samples, rows)).T if storage.by_sample else np.ones((rows, samples))
            array = array if storage.batched else np.ones(rows)
            arguments.append(array)
            gradients.append(np.zeros((storage.size, samples) if storage.batched else storage.size))
    run = emitted.build(theta, *arguments, gradient, *gradients, samples)
    return Built(run, theta, arguments, gradient, gradients)


__all__ = ["BATCH", "Broken", "Built", "Emitted", "bind", "emit"]
