"""A program inside another function that is compiled or differentiated: it calls its function, on Values.

A replay gives numbers, and no gradient flows back through a number. So where a program is given Values, or called while
a graph is being made, its function leaves its nodes in that graph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from ... import ops
from ...context import state
from ...errors import CompileError
from ...functional import Nested, Scalar, flatten, unflatten
from ...value import Constant, Value
from ..recording.record import Recorder
from .arguments import batched_results
from .calls import Call


def is_recorded() -> bool:
    """Whether another program records here."""
    return bool(state.watched) and any(isinstance(observer, Recorder) for observer in state.observers())


def is_inside() -> bool:
    """Whether a graph is being made here, in order to differentiate it or to record it."""
    return bool(state.differentiations()) or is_recorded()


def require_outside(name: str) -> None:
    """Raise CompileError inside of a function that is compiled or differentiated.

    Args:
        name: of the method that was called.
    """
    if not is_inside():
        return
    around = "gg.compile" if is_recorded() else state.differentiations()[-1].name
    file, line = state.outer_frame()
    raise CompileError(
        f"{file}, line {line}: program.{name} gives numbers, and no gradient flows back through a number inside "
        f"{around}: call the program itself there, program(x), or gg.value_and_grad(program)(x), which can be "
        "differentiated again"
    )


def holds_values(data: Iterable[Nested]) -> bool:
    """Whether there is a Value among the arguments."""
    return any(isinstance(x, Value) for arg in data for x in _scalars(arg))


def _scalars(arg: Nested) -> Sequence[object]:
    if isinstance(arg, np.ndarray):
        return arg.ravel().tolist() if arg.dtype == object else ()
    return flatten(arg)


def called_inside(function: Callable[..., object], given: Call, reduction: str) -> object:
    """What the function returns, as part of the graph that is being made.

    Numbers come back where there are only numbers: no Value was given, and the result depends on none.

    Args:
        function: of Values.
        given: the arguments of the program.
        reduction: "mean", "sum" or "none" of a batch; "" without one.
    """
    run = given.of_data(function)
    if reduction:
        result = _of_batch([run(*args) for args in _samples(given.data)], reduction)
    else:
        result = run(*[_with_values(arg) for arg in given.data])
    return result if holds_values(given.data) or is_recorded() else _plain(result)


def _with_values(arg: Nested) -> Nested:
    """An argument whose numbers are constants, so that the function finds their methods."""
    return unflatten(arg, [_as_value(x) for x in flatten(arg)])


def _as_value(x: Scalar) -> Value:
    return x if isinstance(x, Value) else Constant(x)


def _samples(data: Sequence[Nested]) -> list[list[Nested]]:
    """The arguments of each sample of a batch."""
    arrays = [arg if isinstance(arg, np.ndarray) else np.array(arg, dtype=object) for arg in data]
    shapes = [array.shape for array in arrays]
    if len({shape[:1] for shape in shapes}) != 1 or () in shapes or shapes[0][0] == 0:
        raise ValueError(
            f"a batch needs arguments with one and the same number of samples first, got shapes "
            f"{', '.join(map(str, shapes)) or 'none'}"
        )
    return [[_with_values(array[i]) for array in arrays] for i in range(shapes[0][0])]


def _of_batch(results: Sequence[object], reduction: str) -> object:
    """The results of all samples as one."""
    rows = [[_as_value(x) for x in flatten(result)] for result in results]  # type: ignore[arg-type]  # flatten looks
    like = unflatten(results[0], [0.0] * len(rows[0]))  # type: ignore[arg-type]  # as above
    if reduction == "none":
        numbers = np.empty((len(rows), len(rows[0])), dtype=object)
        numbers[:] = rows
        return batched_results(like, numbers.T)
    if len(rows[0]) != 1:
        raise CompileError(
            f"the {reduction} over a batch is of one number a sample, but the function returns {len(rows[0])}: return "
            "one, or compile with reduction='none'"
        )
    total = ops.sum_of(*(row[0] for row in rows))
    return unflatten(like, [total * (1.0 / len(rows)) if reduction == "mean" else total])


def _plain(result: object) -> object:
    """The result with numbers in place of constants, if there are no other Values in it."""
    flat = flatten(result)  # type: ignore[arg-type]  # flatten looks
    if any(isinstance(x, Value) and not x.is_constant for x in flat):
        return result
    return unflatten(result, [x._data if isinstance(x, Value) else x for x in flat])  # type: ignore[arg-type]  # as above
