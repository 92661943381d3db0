"""Optimizers: each is one update equation on float64 arrays.

``update`` is the mathematics: it takes parameters, gradient and state as arrays and returns new ones. ``step`` applies
it to the Values; ``nn.fit`` calls ``advanced`` on flat arrays. In the equations θ are the parameters, g their gradient,
η the rate, λ the weight decay; t counts from 1. A new optimizer is a class with ``update``, and its name in ``TABLE``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from ...autograd.value import Value
from ..checks import ArgumentError, real
from ..data import Floats
from ..mistakes import guided
from ..parameters import data_of, gradient_of, write_data, zero_gradient
from .rate import Rate, as_schedule, rate_at

State = dict[str, Floats]


@dataclass(frozen=True)
class Position:
    """How far an optimizer has come: how many updates it has made, and its state after them."""

    iteration: int = 0
    state: State = field(default_factory=dict)


class Optimizer:
    """Base of optimizers: moves ``parameters`` against their gradients, at a rate that may change with the step.

    Args:
        parameters: the Values to move; ``model.parameters()``.
        lr: the rate η, or a schedule ``step -> rate`` (see ``nn.schedules``).
        weight_decay: λ, how much of each parameter is added to its gradient.

    Raises:
        ArgumentError: no parameters, one twice, a computed or constant value, a setting out of range.
        TypeError: something other than Values.

    >>> class Signs(Optimizer):  # one of your own
    ...     def update(self, theta, gradient, state, rate, t):
    ...         return theta - rate * np.sign(gradient), state
    >>> w = Value(1.0); w.grad = 7.0
    >>> Signs([w], lr=0.25).step(); w.data
    0.75
    """

    @guided
    def __init__(self, parameters: Iterable[Value], lr: Rate, *, weight_decay: float = 0.0) -> None:
        self.parameters = _checked(parameters)
        self.schedule = as_schedule(lr)
        self.weight_decay = real("weight_decay", weight_decay, 0.0)
        self.position = Position()

    @property
    def iteration(self) -> int:
        """How many updates have been made."""
        return self.position.iteration

    @property
    def lr(self) -> float:
        """The rate of the next update. Assign a rate or a schedule to change it."""
        return rate_at(self.schedule, self.iteration)

    @lr.setter
    def lr(self, rate: Rate) -> None:
        self.schedule = as_schedule(rate)

    def update(self, theta: Floats, gradient: Floats, state: State, rate: float, t: int) -> tuple[Floats, State]:
        """The update equation: new parameters and new state; what was given is left as it is."""
        raise NotImplementedError(f"{type(self).__name__} has no update equation")

    def decayed(self, theta: Floats, gradient: Floats) -> Floats:
        """The gradient with the weight decay in it: g + λθ."""
        return gradient + self.weight_decay * theta if self.weight_decay else gradient

    def advanced(
        self, theta: Floats, gradient: Floats, position: Position, rate: float | None = None
    ) -> tuple[Floats, Position]:
        """The parameters and position one update further; at the schedule's rate, if none is given."""
        if rate is None:
            rate = rate_at(self.schedule, position.iteration)
        t = position.iteration + 1
        theta, state = self.update(theta, gradient, position.state, rate, t)
        return theta, Position(t, state)

    def step(self) -> None:
        """Move the parameters by one update, along the gradients that ``backward()`` left in them.

        >>> w = Value(3.0)
        >>> (w * w).backward()
        >>> SGD([w], lr=0.1).step(); w.data
        2.4
        """
        theta, gradient = data_of(self.parameters), gradient_of(self.parameters)
        theta, position = self.advanced(theta, gradient, self.position)
        write_data(self.parameters, theta)
        self.position = position

    def zero_grad(self) -> None:
        """Set every gradient to 0; ``backward()`` adds to what it finds."""
        zero_gradient(self.parameters)

    def reset(self) -> None:
        """Forget all updates: iteration 0, no state, and a schedule that has forgotten all losses."""
        self.position = Position()
        self.schedule.reset()


class SGD(Optimizer):
    """Gradient descent, with momentum if asked for.

    g ← g + λθ;  v ← μv + g (v = g at first);  θ ← θ − ηv, or with Nesterov's form θ ← θ − η(g + μv).
    Without momentum θ ← θ − ηg. Source: Sutskever et al. 2013, in PyTorch's form (the rate stands outside of v).

    Args:
        parameters, lr, weight_decay: as for ``Optimizer``.
        momentum: μ, how much of the velocity v is kept; 0 for none.
        nesterov: look ahead along v; needs a momentum.

    >>> w = Value(1.0); w.grad = 2.0
    >>> SGD([w], lr=0.25, momentum=0.9).step(); w.data
    0.5
    """

    @guided
    def __init__(
        self,
        parameters: Iterable[Value],
        lr: Rate,
        *,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr, weight_decay=weight_decay)
        self.momentum = real("momentum", momentum, 0.0)
        self.nesterov = nesterov
        if nesterov and not self.momentum:
            raise ArgumentError("nesterov=True needs a momentum above 0, such as momentum=0.9")

    def update(self, theta: Floats, gradient: Floats, state: State, rate: float, t: int) -> tuple[Floats, State]:
        """The update equation."""
        g = self.decayed(theta, gradient)
        if not self.momentum:
            return theta - rate * g, state
        v = self.momentum * state["velocity"] + g if state else g.copy()
        return theta - rate * (g + self.momentum * v if self.nesterov else v), {"velocity": v}


class RMSprop(Optimizer):
    """Each gradient divided by the root of a running mean of its squares.

    g ← g + λθ;  s ← αs + (1−α)g²;  d = g/(√s + ε);  θ ← θ − ηd, or with momentum v ← μv + d;  θ ← θ − ηv.
    Source: Tieleman & Hinton 2012, lecture 6.5 of "Neural Networks for Machine Learning".

    Args:
        parameters, lr, weight_decay: as for ``Optimizer``.
        alpha: α, from 0 to below 1: how much of the running mean s is kept.
        eps: ε, which keeps the divisor away from 0.
        momentum: μ; 0 for none.

    >>> w = Value(1.0); w.grad = 2.0
    >>> RMSprop([w], lr=0.01).step(); round(w.data, 6)
    0.9
    """

    @guided
    def __init__(
        self,
        parameters: Iterable[Value],
        lr: Rate = 0.01,
        *,
        alpha: float = 0.99,
        eps: float = 1e-8,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr, weight_decay=weight_decay)
        self.alpha, self.eps = real("alpha", alpha, 0.0, 1.0), real("eps", eps, 0.0)
        self.momentum = real("momentum", momentum, 0.0)

    def update(self, theta: Floats, gradient: Floats, state: State, rate: float, t: int) -> tuple[Floats, State]:
        """The update equation."""
        g = self.decayed(theta, gradient)
        s = self.alpha * state.get("squares", 0.0) + (1.0 - self.alpha) * g * g
        d = g / (np.sqrt(s) + self.eps)
        if not self.momentum:
            return theta - rate * d, {"squares": s}
        v = self.momentum * state.get("velocity", 0.0) + d
        return theta - rate * v, {"squares": s, "velocity": v}


class Adagrad(Optimizer):
    """Each gradient divided by the root of the sum of all its squares.

    g ← g + λθ;  s ← s + g²;  θ ← θ − η/(1 + (t−1)·decay) · g/(√s + ε). Source: Duchi, Hazan & Singer 2011.

    Args:
        parameters, lr, weight_decay: as for ``Optimizer``.
        decay: how fast the rate falls; 0 for not at all.
        eps: ε, which keeps the divisor away from 0.

    >>> w = Value(1.0); w.grad = 2.0
    >>> Adagrad([w], lr=0.25).step(); round(w.data, 9)
    0.75
    """

    @guided
    def __init__(
        self,
        parameters: Iterable[Value],
        lr: Rate = 0.01,
        *,
        decay: float = 0.0,
        eps: float = 1e-10,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr, weight_decay=weight_decay)
        self.decay, self.eps = real("decay", decay, 0.0), real("eps", eps, 0.0)

    def update(self, theta: Floats, gradient: Floats, state: State, rate: float, t: int) -> tuple[Floats, State]:
        """The update equation."""
        g = self.decayed(theta, gradient)
        s = state.get("squares", 0.0) + g * g
        return theta - rate / (1.0 + (t - 1) * self.decay) * g / (np.sqrt(s) + self.eps), {"squares": s}


class Adam(Optimizer):
    """Running means of the gradient and of its square, both corrected for their start at 0.

    g ← g + λθ;  m ← β₁m + (1−β₁)g;  v ← β₂v + (1−β₂)g²;  θ ← θ − η · m̂/(√v̂ + ε), m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ).
    Source: Kingma & Ba 2015.

    Args:
        parameters, lr, weight_decay: as for ``Optimizer``.
        betas: β₁ and β₂, from 0 to below 1: how much of m and v is kept.
        eps: ε, which keeps the divisor away from 0.

    >>> w = Value(1.0); w.grad = 2.0
    >>> Adam([w], lr=0.25).step(); round(w.data, 6)
    0.75
    """

    @guided
    def __init__(
        self,
        parameters: Iterable[Value],
        lr: Rate = 0.001,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr, weight_decay=weight_decay)
        if not isinstance(betas, Sequence) or len(betas) != 2:
            raise TypeError(f"betas must be two numbers, such as (0.9, 0.999), got {betas!r:.60}")
        first, second = betas
        self.betas = real("betas[0]", first, 0.0, 1.0), real("betas[1]", second, 0.0, 1.0)
        self.eps = real("eps", eps, 0.0)

    def update(self, theta: Floats, gradient: Floats, state: State, rate: float, t: int) -> tuple[Floats, State]:
        """The update equation."""
        g = self.decayed(theta, gradient)
        return self._moved(theta, g, state, rate, t)

    def _moved(self, theta: Floats, g: Floats, state: State, rate: float, t: int) -> tuple[Floats, State]:
        beta1, beta2 = self.betas
        m = beta1 * state.get("mean", 0.0) + (1.0 - beta1) * g
        v = (1.0 - beta2) * g
        v *= g
        v += beta2 * state.get("squares", 0.0)
        denominator = v / (1.0 - beta2**t)
        np.sqrt(denominator, out=denominator)
        denominator += self.eps
        step = rate / (1.0 - beta1**t) * m
        step /= denominator
        return theta - step, {"mean": m, "squares": v}


class AdamW(Adam):
    """Adam, with the weight decay taken out of the gradient: θ ← (1 − ηλ)θ, then Adam's update without λ.

    Source: Loshchilov & Hutter 2019, "Decoupled Weight Decay Regularization".

    Args:
        parameters, lr, betas, eps: as for ``Adam``.
        weight_decay: λ, which here shrinks the parameters themselves.

    >>> w = Value(1.0); w.grad = 0.0
    >>> AdamW([w], lr=0.5, weight_decay=0.5).step(); w.data
    0.75
    """

    @guided
    def __init__(
        self,
        parameters: Iterable[Value],
        lr: Rate = 0.001,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(parameters, lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def update(self, theta: Floats, gradient: Floats, state: State, rate: float, t: int) -> tuple[Floats, State]:
        """The update equation."""
        return self._moved(theta * (1.0 - rate * self.weight_decay), gradient, state, rate, t)


TABLE: dict[str, type[Optimizer]] = {
    kind.__name__: kind
    for kind in (
        SGD, RMSprop, Adagrad, Adam, AdamW,
    )
}  # fmt: skip


def _checked(parameters: Iterable[Value]) -> list[Value]:
    if not hasattr(parameters, "__iter__"):
        got = type(parameters).__name__
        called = ": call it" if callable(parameters) and not hasattr(parameters, "parameters") else ""
        raise TypeError(f"an optimizer takes a list of Values: model.parameters(), or [w] for one; got a {got}{called}")
    checked = list(parameters)
    if not checked:
        raise ArgumentError("the optimizer has no parameters to move: give it model.parameters()")
    for parameter in checked:
        if not isinstance(parameter, Value):
            raise TypeError(
                f"an optimizer moves Values, such as those of model.parameters(), got {type(parameter).__name__}: "
                f"{parameter!r:.60}"
            )
        if parameter.op is not None or parameter.is_constant:
            raise ArgumentError(f"an optimizer moves leaves, and {parameter!r} is computed or constant")
    if len(set(checked)) < len(checked):
        raise ArgumentError("a parameter is given to the optimizer twice: give each once")
    return checked
