"""Program: a function that is recorded once and replayed, with its gradients."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Generic, Literal, TypeVar, overload

import numpy as np

from ..context import state
from ..errors import CompileError
from ..functional import Nested, flatten
from ..value import Value
from .calling.arguments import HoldsValuesError, Prepared, prepare, results, unflatten_gradient
from .calling.audits import audit, verified
from .calling.backing_off import BackOff
from .calling.calls import Call, Static, call
from .calling.choices import require_one, takes, wanted
from .calling.eager import eagerly
from .calling.inside import called_inside, is_inside, is_recorded, require_outside
from .calling.quick import quick_replay
from .calling.splitting import Answer, fitting, merged
from .calling.watch import Watch
from .carrying import Carried
from .described import Described
from .emit.build import Broken
from .emit.direct import OtherShapeError
from .variant import Variant

if TYPE_CHECKING:
    from ..functional.signatures import T

Reduction = Literal["mean", "sum", "none"]
Sums = Literal["fast", "exact"]
Out = TypeVar("Out", covariant=True)
_MOST_VARIANTS, _MOST_DIRECT = 64, 16


class Program(Described, Carried, Generic[Out]):
    """A function of Values, compiled. Made by ``gg.compile``; called like the function, with numbers.

    Attributes:
        parameters: the Values that the function is closed over, in the order of ``parameter_vector``; () before the
            first call.
        parameter_vector: their numbers, float64; ``replay`` reads it, and you may write into it, but not replace it.
        gradient_vector: where ``replay`` leaves the gradient with respect to them.
    """

    def __init__(
        self,
        function: Callable[..., object],
        batch: bool,
        reduction: Reduction,
        sums: Sums = "fast",
        static: Sequence[str] = (),
    ) -> None:
        if not callable(function):
            raise TypeError(f"gg.compile takes a function of Values, got {type(function).__name__}: {function!r:.60}")
        super().__init__()
        self._function = function
        self._batch = batch
        self._reduction: str = reduction if batch else ""
        self._sums = sums
        self._static = Static(function, static)
        self._options = (batch, reduction, sums, sorted(self._static.names))
        self._variants: dict[object, list[Variant]] = {}
        self._back_off = BackOff()
        self._watch = Watch(function)
        self._follows = False  # whether the parameters are those of the next run alone
        self._lock = threading.RLock()
        self._last: Variant | None = None
        self._direct: dict[str, list[Callable[..., object]]] = {}

    # ── calls ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def __call__(self, *args: object, **kwargs: object) -> Out:
        """What the function returns for these numbers: floats, in the shape of what it returns.

        Given Values, or inside of a function that is compiled or differentiated, it calls the function and returns
        Values, through which gradients flow.
        """
        found = None if kwargs else self._called_directly(args, "nothing")
        if found is not None:
            return found  # type: ignore[return-value]  # in the shape of Out
        if not is_inside():
            try:
                return self._replied(args, kwargs)
            except HoldsValuesError:
                pass
        given = call(args, kwargs, self._static, self._batch)
        return called_inside(self._function, given, self._reduction)  # type: ignore[return-value]  # of Values

    def _replied(self, args: Sequence[object], kwargs: Mapping[str, object]) -> Out:
        """What a call answers to numbers."""
        with self._lock:
            call, answer = self._run(args, kwargs, "nothing", read=True)
            result = results(answer.like, answer.numbers, self._batch)
            self._offer_direct(call, answer, "nothing", result)
            return result  # type: ignore[return-value]  # in the shape of Out

    @overload
    def value_and_grad(self, x: float, /) -> tuple[float, float]: ...
    @overload
    def value_and_grad(self, x: T, /) -> tuple[float, T]: ...
    @overload
    def value_and_grad(self) -> tuple[float, np.ndarray]: ...
    @overload
    def value_and_grad(
        self, *args: object, wrt: Literal["parameters"], **kwargs: object
    ) -> tuple[float, np.ndarray]: ...
    @overload
    def value_and_grad(
        self, *args: object, wrt: Literal["both"], **kwargs: object
    ) -> tuple[float, tuple[Nested, np.ndarray]]: ...
    @overload
    def value_and_grad(self, *args: object, wrt: str = "", **kwargs: object) -> tuple[float, Nested]: ...
    def value_and_grad(self, *args: object, wrt: str = "", **kwargs: object) -> tuple[float, object]:
        """The function's value and its gradient.

        Args:
            args, kwargs: the arguments.
            wrt: "arguments" (the default, where there are any): gradients in their shape, a tuple if there are several;
                static ones have none; "parameters" (the default otherwise): an array in the order of ``parameters``;
                "both": a pair of these.

        Raises:
            CompileError: the function returns more than one number; or it is called inside of a function that is
                compiled or differentiated, through which gradients could flow to parameters.
        """
        wrt = wrt or ("arguments" if args or kwargs else "parameters")
        found = None if kwargs else self._called_directly(args, wrt)
        if found is not None:
            return found  # type: ignore[return-value]  # direct writes a pair for these wrt
        with self._lock:
            self._require_outside("value_and_grad")
            call, answer = self._run(args, kwargs, wrt, read=True)
            self._require_outside("value_and_grad")
            of_data = [unflatten_gradient(x, g, self._batch) for x, g in zip(call.data, answer.gradients)]
            of_arguments = call.around(of_data) if of_data else []
            arguments = of_arguments[0] if len(of_arguments) == 1 else tuple(of_arguments)
            parameters = self.gradient_vector.copy() if wrt != "arguments" else None
            gradients = {"arguments": arguments, "parameters": parameters, "both": (arguments, parameters)}[wrt]
            self._offer_direct(call, answer, wrt, (answer.numbers, gradients))
            return answer.numbers, gradients  # type: ignore[return-value]  # _wanted has checked that it is one number

    def _called_directly(self, args: Sequence[object], wrt: str) -> object:
        """The answer of a small program; None if there is none, or it cannot answer for these arguments."""
        calls = self._direct.get(wrt)
        watch = self._watch
        if calls is None or watch.left <= 1:
            return None
        if (state.watched or self._index and state.differentiating()) and self._needs_a_graph():
            return None
        if watch.closed is not None and watch.closed.changed():
            return None
        watch.left -= 1
        for direct in calls:
            try:
                answer = direct(*args)
            except (OtherShapeError, TypeError):
                continue
            if type(answer) is not Broken:
                if len(calls) > 1:
                    self._back_off.hits += 1
                return answer
        return None

    def _needs_a_graph(self) -> bool:
        """Whether numbers alone would not do here: somebody watches, or gradients could flow to parameters."""
        return state.wants_replays() or bool(self._index) and is_inside()

    def _require_outside(self, name: str) -> None:
        """Raise CompileError inside of another function, unless there is nothing that gradients could flow to."""
        if self._index or is_recorded():
            require_outside(name)

    def _offer_direct(self, call: Call, answer: Answer, wrt: str, result: object) -> None:
        """Keep a small program as a function of its arguments, for the calls that follow."""
        variant = answer.variant
        if variant is None or call.forms or wrt in variant.offered:
            return
        variant.offered.add(wrt)
        if wrt != "parameters" or list(self._index) == variant.plan.parameters:
            direct = variant.direct(call.data, wrt, result)
            if direct is not None:
                self._direct[wrt] = [direct, *self._direct.get(wrt, ())][:_MOST_DIRECT]

    def backward(self, *args: object, **kwargs: object) -> float:
        """Compute the value, and add its gradient to ``.grad`` of every parameter. Returns the value."""
        with self._lock:
            require_outside("backward")
            _, answer = self._run(args, kwargs, "parameters", read=True)
            for parameter, gradient in zip(self._index, self.gradient_vector.tolist()):
                parameter.grad += gradient
            return answer.numbers  # type: ignore[return-value]  # one number: _wanted has checked

    def replay(self, *args: object, **kwargs: object) -> float:
        """The value at ``parameter_vector`` as it stands; the gradient is left in ``gradient_vector``.

        The parameters' Values are neither read nor written, and nothing else that the function is closed over is looked
        at: this is the call for loops at full speed. ``sync()`` tells the Values when the loop is over.
        """
        with self._lock:
            quick = self._direct.get("replay")
            if quick is not None and not (kwargs or state.watched or state.differentiating()):
                found = quick[0](args)
                if found is not None:
                    return found  # type: ignore[return-value]  # a number
            self._require_outside("replay")
            call, answer = self._run(args, kwargs, "parameters", read=False, look=False)
            self._offer_replay(call, answer)
            return answer.numbers  # type: ignore[return-value]  # one number

    def _offer_replay(self, call: Call, answer: Answer) -> None:
        """Keep the program that has run for replays of the same kind."""
        variant = answer.variant
        if variant is not None and not call.forms and variant.theta is self._parameter_vector:
            quick = quick_replay(variant, call.data)
            if quick is not None:
                self._direct["replay"] = [quick]

    def fun_and_jac(self, theta: np.ndarray, *args: Nested) -> tuple[float, np.ndarray]:
        """Value and gradient at ``theta``, as ``scipy.optimize.minimize(program.fun_and_jac, theta, jac=True)`` asks.

        ``theta`` is the parameter vector or, for a function that has no parameters, its first argument.
        """
        with self._lock:
            self._look()
            if not self._variants:
                self._run(args if takes(self._function, args) else (theta, *args), {}, "nothing", read=True)
            if not self._index:
                value, gradient = self.value_and_grad(theta, *args)
                return value, np.asarray(gradient[0] if args else gradient, dtype=float).ravel()
            self.parameter_vector[:] = theta
            return self._run(args, {}, "parameters", read=False)[1].numbers, self.gradient_vector.copy()  # type: ignore[return-value]  # one number

    def verify(self, *args: object, **kwargs: object) -> float:
        """Compare with one eager run: values and, where one number is returned, all gradients.

        Returns:
            The largest relative difference: relative to the eager number and a thousandth of the largest of its kind.

        Raises:
            CompileError: it is more than 1e-9; names the number.
        """
        with self._lock:
            given, answer = self._run(args, kwargs, "nothing", read=True)
            prepared = prepare(given.data, self._batch)
            single = isinstance(answer.numbers, float) and self._reduction != "none"
            if single:
                answer = self._answer(given, prepared, "both", read=True)
            gradients = dict(zip(self._index, self.gradient_vector.tolist())) if single else None
            try:
                return verified(given.of_data(self._function), prepared, self._reduction, answer, gradients)
            finally:
                self._watch.has_run()

    # ── variants ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _run(
        self, args: Sequence[object], kwargs: Mapping[str, object], wrt: str, *, read: bool, look: bool = True
    ) -> tuple[Call, Answer]:
        """Run the variant that fits; record one if none does, or if what the function is closed over has changed."""
        if look:
            self._look()
        if read and self._index:
            self.load()
        given = call(args, kwargs, self._static, self._batch)
        prepared = prepare(given.data, self._batch)
        answer = self._answer(given, prepared, wrt, read=read)
        if look and self._watch.is_due() and not self._stands(given, prepared, answer, read=read):
            answer = self._answer(given, prepared, wrt, read=read)
        return given, answer

    def _look(self) -> None:
        """Drop all variants if something that the function is closed over has changed."""
        if cause := self._watch.changed():
            self._watch.count(cause)
            self._drop()

    def _drop(self) -> None:
        self._watch.has_run()
        self._variants.clear()
        self._direct.clear()
        self._follows = True

    def _stands(self, given: Call, prepared: Prepared, answer: Answer, *, read: bool) -> bool:
        """Whether a run of the function gives the answer's numbers (of the first sample); if not, drop all variants."""
        if answer.variant is None:
            return True
        if not read:
            self.sync()
        difference = audit(given.of_data(self._function), prepared.sample, answer.variant)
        self._watch.has_run()
        if difference:
            self._watch.found(difference)
            self._drop()
        return not difference

    def _answer(self, given: Call, prepared: Prepared, wrt: str, *, read: bool) -> Answer:
        if self._watch.eager:
            return self._eagerly(given, prepared, wrt, read=read)
        key = (given.key, prepared.key)
        variants = self._variants.get(key) or self._variants.setdefault(key, [])
        if not variants:
            self._record(given, prepared, variants, read=read)
        if self._back_off.rests() or state.watched and state.wants_replays():
            return self._eagerly(given, prepared, wrt, read=read)
        for variant in tuple(variants):
            answer = self._replayed(variant, prepared, wrt)
            if answer is not None:
                return self._served(variant, variants, answer)
        if self._batch:
            return self._split(given, prepared, wrt, variants, read=read)
        if not self._back_off.may_record():
            self._back_off.tell(variants[0].plan.guards[0].lines[0])
            return self._eagerly(given, prepared, wrt, read=read)
        variant = self._record(given, prepared, variants, read=read)
        answer = self._replayed(variant, prepared, wrt)
        if answer is None:
            raise CompileError("a guard does not hold on the numbers that it was recorded with: use f itself")
        return self._served(variant, variants, answer)

    def _served(self, variant: Variant, variants: list[Variant], answer: Answer) -> Answer:
        """Note that a variant fitted: it is tried first from now on."""
        if len(variants) > 1:
            self._back_off.hit()
            if variants[0] is not variant:
                variants.remove(variant)
                variants.insert(0, variant)
        if self._last is not variant:
            self._last = variant
            self._direct.pop("replay", None)
        return answer

    def _split(self, given: Call, prepared: Prepared, wrt: str, variants: list[Variant], *, read: bool) -> Answer:
        """A batch whose samples go different ways: each way by itself, and all put back in order."""
        left = np.arange(prepared.samples)
        parts: list[tuple[np.ndarray, Answer, np.ndarray]] = []

        def answered(variant: Variant) -> np.ndarray:
            which, answer = fitting(left, prepared, lambda part: self._tried(variant, part, wrt))
            if answer is not None:
                parts.append((which, answer.kept(), self.gradient_vector.copy()))
                self._back_off.hits += 1
                self._last = variant
            return np.setdiff1d(left, which)

        for variant in tuple(variants):
            left = answered(variant)
            if not len(left):
                break
        while len(left):
            remaining = len(left)
            if self._back_off.may_record():
                left = answered(self._record(given, prepared.taken(left), variants, read=read))
            if len(left) == remaining:
                self._back_off.tell(variants[0].plan.guards[0].lines[0])
                answer = self._eagerly(given, prepared.taken(left), wrt, read=read)
                parts.append((left, answer, self.gradient_vector.copy()))
                break
        answer, self.gradient_vector[:] = merged(parts, prepared.samples, self._reduction, len(self._index))
        return answer

    def _eagerly(self, given: Call, prepared: Prepared, wrt: str, *, read: bool) -> Answer:
        """The answer of the function itself, run on Values."""
        if not read:
            self.sync()
        run = eagerly(given.of_data(self._function), prepared.each(), self._reduction, wrt != "nothing")
        if wrt != "nothing":
            require_one(len(flatten(run.result)), self._reduction)  # type: ignore[arg-type]  # nested, as f returned it
            self._know(run.leaves)
        self._watch.has_run()
        if wrt in ("parameters", "both"):
            self.gradient_vector[:] = [run.leaves.get(p, 0.0) for p in self._index]
        return Answer(None, run.result, run.answer, run.inputs)

    def _record(self, given: Call, prepared: Prepared, variants: list[Variant], *, read: bool) -> Variant:
        """Record the way that these arguments go."""
        if not read:
            self.sync()
        variant = Variant(given.of_data(self._function), prepared.sample, self._reduction, self._sums)
        self._watch.has_run()
        self._know(variant.plan.parameters)
        if list(self._index) == variant.plan.parameters:
            variant.theta, variant.gradient = self.parameter_vector, self.gradient_vector
        variants.insert(0, variant)
        del variants[_MOST_VARIANTS:]
        return variant

    def _know(self, parameters: Iterable[Value]) -> None:
        """Append Values that are not yet known to be parameters; after a change those known before are forgotten."""
        found = list(parameters)
        known = {} if self._follows and set(found) != self._index.keys() else dict(self._index)
        self._follows = False
        for parameter in found:
            known.setdefault(parameter, len(known))
        if known.keys() != self._index.keys():
            self._index = known
            self._parameter_vector = np.array([p._data for p in self._index])
            self._gradient_vector = np.zeros(len(self._index))
            self._direct.pop("parameters", None)
            self._direct.pop("replay", None)

    def _replayed(self, variant: Variant, prepared: Prepared, wrt: str) -> Answer | None:
        """The answer of a variant; None if a guard fails."""
        results = len(variant.plan.out_order)
        if results == 1 or wrt == "nothing":
            answer = self._tried(variant, prepared, wrt)
            return answer if type(answer) is Answer else None
        if isinstance(self._tried(variant, prepared, "nothing"), Answer):  # unless these arguments go another way
            require_one(results, self._reduction)
        return None

    def _tried(self, variant: Variant, prepared: Prepared, wrt: str) -> Answer | np.ndarray:
        """The answer of a variant, or for which samples a guard failed."""
        built = variant.bound.get((wrt, prepared.samples))
        if built is None:
            variant.bound.clear()
            built = variant.built(wanted(variant, wrt, self._reduction), prepared.samples)
            variant.bound[wrt, prepared.samples] = built
        at = None
        if variant.theta is not self._parameter_vector:
            at = [self._index[p] for p in variant.plan.parameters]
            variant.theta[:] = self.parameter_vector[at]
        prepared.fill(built.arguments, variant.counts)
        with np.errstate(all="ignore"):
            answer = built.run()
        if type(answer) is Broken:
            return variant.broken(answer, prepared.samples)
        if at is not None and wrt in ("parameters", "both"):
            self.gradient_vector[:] = 0.0
            self.gradient_vector[at] = variant.gradient
        numbers = answer if isinstance(answer, float) else np.asarray(answer)[variant.plan.out_order]
        return Answer(variant, variant.result, numbers, built.argument_gradients)
