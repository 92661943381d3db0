"""Program: a function that is recorded once and replayed, with its gradients."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Generic, Literal, TypeVar, overload

import numpy as np

from ..collector import collector_paused
from ..errors import CompileError
from ..functional import Nested, unflatten
from ..value import Value
from .arguments import Prepared, prepare, results
from .emit.build import Broken, Built
from .emit.direct import OtherShapeError
from .export.script import script
from .summary import ArraySummary, arrays, summary
from .variant import Variant

if TYPE_CHECKING:
    from ..signatures import Scalar, Scalars, T

Reduction = Literal["mean", "sum", "none"]
Out = TypeVar("Out", covariant=True)
_MOST_VARIANTS = 64


class Program(Generic[Out]):
    """A function of Values, compiled. Made by ``gg.compile``; called like the function, with numbers.

    Attributes:
        parameters: the Values that the function is closed over, in the order of ``parameter_vector``; () before the
            first call.
        parameter_vector: their numbers, float64; ``replay`` reads it, and you may write into it.
        gradient_vector: where ``replay`` leaves the gradient with respect to them.
    """

    def __init__(self, function: Callable[..., object], batch: bool, reduction: Reduction) -> None:
        self._function = function
        self._batch = batch
        self._reduction: str = reduction if batch else ""
        self._variants: dict[object, list[Variant]] = {}
        self._lock = threading.RLock()
        self._index: dict[Value, int] = {}
        self.parameter_vector = np.zeros(0)
        self.gradient_vector = np.zeros(0)
        self._last: Variant | None = None
        self._direct: dict[str, Callable[..., object]] = {}

    @property
    def parameters(self) -> tuple[Value, ...]:
        """The Values that the function is closed over, in the order of ``parameter_vector``."""
        return tuple(self._index)

    # ── calls ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def __call__(self, *args: Nested) -> Out:
        """What the function returns for these numbers: floats, in the shape of what it returns."""
        found = self._called_directly(args, "nothing")
        if found is not None:
            return found  # type: ignore[return-value]  # in the shape of Out
        with self._lock:
            variant, _, answer = self._run(args, "nothing", read=True)
            result = results(variant, answer, self._batch)
            self._offer_direct(variant, args, "nothing", result)
            return result  # type: ignore[return-value]  # in the shape of Out

    @overload
    def value_and_grad(self, x: float, /) -> tuple[float, float]: ...
    @overload
    def value_and_grad(self, x: T, /) -> tuple[float, T]: ...
    @overload
    def value_and_grad(self) -> tuple[float, np.ndarray]: ...
    @overload
    def value_and_grad(self, *args: Nested, wrt: Literal["parameters"]) -> tuple[float, np.ndarray]: ...
    @overload
    def value_and_grad(self, *args: Nested, wrt: Literal["both"]) -> tuple[float, tuple[Nested, np.ndarray]]: ...
    @overload
    def value_and_grad(self, *args: Nested, wrt: str = "") -> tuple[float, Nested]: ...
    def value_and_grad(self, *args: Nested, wrt: str = "") -> tuple[float, object]:
        """The function's value and its gradient.

        Args:
            args: the arguments.
            wrt: "arguments" (the default, where there are any): gradients in their shape, a tuple if there are several;
                "parameters" (the default otherwise): an array in the order of ``parameters``; "both": a pair of these.

        Raises:
            CompileError: the function returns more than one number, or a branch goes another way in a batch.
        """
        wrt = wrt or ("arguments" if args else "parameters")
        found = self._called_directly(args, wrt)
        if found is not None:
            return found  # type: ignore[return-value]  # direct writes a pair for these wrt
        with self._lock:
            variant, built, answer = self._run(args, wrt, read=True)
            of_arguments = [unflatten_gradient(a, g, self._batch) for a, g in zip(args, built.argument_gradients)]
            arguments = of_arguments[0] if len(of_arguments) == 1 else tuple(of_arguments)
            parameters = self.gradient_vector.copy() if wrt != "arguments" else None
            gradients = {"arguments": arguments, "parameters": parameters, "both": (arguments, parameters)}[wrt]
            self._offer_direct(variant, args, wrt, (answer, gradients))
            return answer, gradients  # type: ignore[return-value]  # _wanted has checked that it is one number

    def _called_directly(self, args: Sequence[Nested], wrt: str) -> object:
        """The answer of a small program; None if there is none, or it cannot answer for these arguments."""
        call = self._direct.get(wrt)
        if call is None:
            return None
        try:
            answer = call(*args)
        except (OtherShapeError, TypeError):
            return None
        return None if type(answer) is Broken else answer

    def _offer_direct(self, variant: Variant, args: Sequence[Nested], wrt: str, answer: object) -> None:
        """Keep a small program as a function of its arguments, for the calls that follow."""
        if wrt not in variant.offered and list(self._index) == variant.plan.parameters:
            variant.offered.add(wrt)
            call = variant.direct(args, wrt, answer)
            if call is not None:
                self._direct[wrt] = call

    def backward(self, *args: Nested) -> float:
        """Compute the value, and add its gradient to ``.grad`` of every parameter. Returns the value."""
        with self._lock:
            _, _, answer = self._run(args, "parameters", read=True)
            for parameter, gradient in zip(self._index, self.gradient_vector.tolist()):
                parameter.grad += gradient
            return answer  # type: ignore[return-value]  # one number: _wanted has checked

    def replay(self, *args: Nested) -> float:
        """The value at ``parameter_vector`` as it stands; the gradient is left in ``gradient_vector``.

        The parameters' Values are neither read nor written: this is the call for loops at full speed. ``sync()`` tells
        the Values when the loop is over.
        """
        with self._lock:
            return self._run(args, "parameters", read=False)[2]  # type: ignore[return-value]  # a replay gives one number

    def sync(self) -> None:
        """Write ``parameter_vector`` into the parameters' ``.data``."""
        for parameter, number in zip(self._index, self.parameter_vector.tolist()):
            parameter.data = number

    def load(self) -> None:
        """Read the parameters' ``.data`` into ``parameter_vector``."""
        self.parameter_vector[:] = [parameter._data for parameter in self._index]

    def fun_and_jac(self, theta: np.ndarray, *args: Nested) -> tuple[float, np.ndarray]:
        """Value and gradient at ``theta``, as ``scipy.optimize.minimize(program.fun_and_jac, theta, jac=True)`` asks.

        ``theta`` is the parameter vector or, for a function that has no parameters, its first argument.
        """
        with self._lock:
            if not self._variants:
                self._run(args if self._takes(args) else (theta, *args), "nothing", read=True)
            if not self._index:
                value, gradient = self.value_and_grad(theta, *args)
                return value, np.asarray(gradient[0] if args else gradient, dtype=float).ravel()
            self.parameter_vector[:] = theta
            return self.replay(*args), self.gradient_vector.copy()

    def _takes(self, args: Sequence[object]) -> bool:
        """Whether the function can be called with so many arguments."""
        code = getattr(self._function, "__code__", None)
        return code is None or code.co_argcount - len(self._function.__defaults__ or ()) <= len(args)

    # ── variants ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _run(self, args: Sequence[Nested], wrt: str, *, read: bool) -> tuple[Variant, Built, object]:
        """Run the variant that fits; record one if none does."""
        if read and self._index:
            self.load()
        prepared = prepare(args, self._batch)
        variants = self._variants.setdefault(prepared.key, [])
        for i, variant in enumerate(variants):
            built, answer = self._replayed(variant, prepared, wrt)
            if type(answer) is not Broken:
                if i:
                    variants.insert(0, variants.pop(i))
                self._last = variant
                return variant, built, answer
            if self._batch:
                self._refuse(variant, answer)
        if not read:
            self.sync()
        variant = self._recorded(prepared)
        variants.insert(0, variant)
        del variants[_MOST_VARIANTS:]
        built, answer = self._replayed(variant, prepared, wrt)
        if isinstance(answer, Broken):
            self._refuse(variant, answer)
        self._last = variant
        return variant, built, answer

    def _recorded(self, prepared: Prepared) -> Variant:
        with collector_paused():
            variant = Variant(self._function, prepared.sample, self._reduction)
        new = [p for p in variant.plan.parameters if p not in self._index]
        for parameter in new:
            self._index[parameter] = len(self._index)
        if new:
            self.parameter_vector = np.array([p._data for p in self._index])
            self.gradient_vector = np.zeros(len(self._index))
            if len(new) == len(self._index):
                variant.theta, variant.gradient = self.parameter_vector, self.gradient_vector
        return variant

    def _replayed(self, variant: Variant, prepared: Prepared, wrt: str) -> tuple[Built, object]:
        built = variant.bound.get((wrt, prepared.samples))
        if built is None:
            variant.bound.clear()
            built = variant.built(self._wanted(variant, wrt), prepared.samples)
            variant.bound[wrt, prepared.samples] = built
        at = None
        if variant.theta is not self.parameter_vector:
            at = [self._index[p] for p in variant.plan.parameters]
            variant.theta[:] = self.parameter_vector[at]
        prepared.fill(built.arguments, variant.counts)
        with np.errstate(all="ignore"):
            answer = built.run()
        if at is not None and wrt in ("parameters", "both") and type(answer) is not Broken:
            self.gradient_vector[:] = 0.0
            self.gradient_vector[at] = variant.gradient
        return built, answer

    def _wanted(self, variant: Variant, wrt: str) -> tuple[int, ...]:
        """The storages whose gradients are asked for."""
        if wrt == "nothing":
            return ()
        if len(variant.plan.out_order) != 1 or self._reduction == "none":
            raise CompileError(
                f"a gradient is of one number, but this program returns {len(variant.plan.out_order)}"
                f"{' for each sample' if self._reduction == 'none' else ''}: return a sum or mean, or compile "
                "gg.jacobian(f)"
            )
        arguments = tuple(range(1, 1 + len(variant.counts)))
        choices = {"arguments": arguments, "parameters": (0,), "both": (0, *arguments)}
        if wrt not in choices:
            raise ValueError(f"wrt={wrt!r}: expected one of {', '.join(map(repr, choices))}")
        return choices[wrt]

    def _refuse(self, variant: Variant, broken: Broken) -> None:
        guards = variant.plan.guards[broken.guards]
        line = guards.lines[int(np.argwhere(np.asarray(broken.where))[0][0])] if np.ndim(broken.where) else ""
        raise CompileError(
            f"{line} Python branched on a Value here, and the samples of this batch go different ways: write the "
            "choice into the graph with gg.where, gg.maximum, gg.minimum or relu, or compile with batch=False"
        )

    # ── what it is ─────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def source(self) -> str:
        """The NumPy source of the program that was used last; "" before the first call."""
        variant = self._last
        return "" if variant is None else variant.shown().source

    def summary(self) -> str:
        """How many scalar nodes became which array operations, and which ops have no array form.

        Raises:
            CompileError: the program has not been called yet.
        """
        return summary(self._required(), self._index)

    def arrays(self) -> list[ArraySummary]:
        """The arrays that the program computes, in order, described in words; ``viz.draw(program)`` draws them.

        Raises:
            CompileError: the program has not been called yet.
        """
        return arrays(self._unrolled().plan)

    def to_source(self, language: str = "numpy") -> str:
        """The program as a script that needs nothing of ours and prints the same numbers.

        It has the parameters and the last arguments in it, and prints the value and the gradient of each.

        Args:
            language: "numpy", "python" (float arithmetic), "torch" or "jax" (forward only: they differentiate).

        Raises:
            ValueError: no such language.
            CompileError: not called yet; or the language has no form for an op, or no batches ("python").
        """
        variant = self._unrolled()
        return script(language, variant.plan, variant.shown(), variant.numbers(), self._reduction)

    def _unrolled(self) -> Variant:
        """The variant that was used last, without loops."""
        variant = self._required()
        if variant.looped is not None:
            self.sync()
        return variant.unrolled()

    def _required(self) -> Variant:
        if self._last is None:
            raise CompileError("the program is recorded at its first call: call it once, then ask what it is")
        return self._last


def unflatten_gradient(like: Nested, gradient: np.ndarray, batch: bool) -> object:
    """The gradient of an argument in its shape."""
    if batch:
        return np.ascontiguousarray(gradient.T).reshape(np.asarray(like).shape)
    if isinstance(like, np.ndarray):
        return gradient.reshape(like.shape).copy()
    return unflatten(like, gradient.tolist())


@overload
def compile(
    function: Callable[..., Scalar], batch: Literal[False] = False, reduction: Reduction = "mean"
) -> Program[float]: ...
@overload
def compile(
    function: Callable[..., Scalars], batch: Literal[False] = False, reduction: Reduction = "mean"
) -> Program[list[float]]: ...
@overload
def compile(
    function: Callable[..., Scalar], batch: bool, reduction: Literal["mean", "sum"] = "mean"
) -> Program[float]: ...
@overload
def compile(function: Callable[..., Nested], batch: bool = False, reduction: Reduction = "mean") -> Program[Nested]: ...
def compile(function: Callable[..., object], batch: bool = False, reduction: Reduction = "mean") -> Program[object]:
    """Compile a function of Values into a program of array operations with its own reverse pass.

    It is recorded at its first call, re-rolled, and checked against the recorded graph; later calls replay it. The
    Values that it is closed over are its parameters, and are read afresh at every call. Plain numbers that it is closed
    over, and which Values those are, stay as they were when it was recorded: pass what changes as an argument.

    Args:
        function: takes numbers, or lists, tuples, dicts or arrays of them, and returns the same.
        batch: the arguments carry a leading batch axis; the function is recorded for one sample.
        reduction: of the function's values over a batch: "mean", "sum" or "none".

    Raises (when called):
        CompileError: a number left the graph (``float(v)``, ``.data``, ``backward()``).

    >>> from glassgrad.autograd.value import Value
    >>> w = Value(2.0)
    >>> program = compile(lambda x: sum((w * xi) ** 2 for xi in x))
    >>> program([1.0, 3.0])
    40.0
    >>> program.value_and_grad([1.0, 3.0])
    (40.0, [8.0, 24.0])
    >>> program.backward([1.0, 3.0]), w.grad
    (40.0, 40.0)
    """
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"reduction={reduction!r}: expected 'mean', 'sum' or 'none'")
    return Program(function, batch, reduction)
