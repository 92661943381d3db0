"""Module: anything with parameters that can be found, zeroed, drawn afresh and saved."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from typing import Protocol, cast

import numpy as np

from ...autograd.value import Value
from ..parameters import zero_gradient


class Draws(Protocol):
    """Where random numbers come from: a ``random.Random``, or the module ``random`` itself."""

    def uniform(self, a: float, b: float) -> float:
        """A number between a and b."""

    def gauss(self, mu: float, sigma: float) -> float:
        """A number from the normal distribution."""


_GLOBAL = cast(Draws, random)
Seed = int | Draws | None  # None: Python's global ``random``, so that ``random.seed(n)`` decides


def source_of(seed: Seed) -> Draws:
    """The source that a seed stands for."""
    if seed is None:
        return _GLOBAL
    if isinstance(seed, (int, np.integer)):
        return random.Random(int(seed))
    if hasattr(seed, "uniform") and hasattr(seed, "gauss"):
        return seed
    raise TypeError(f"a seed is an int, a random.Random or None, got {type(seed).__name__}: {seed!r:.60}")


class Module:
    """Base of layers and models. Parameters are the leaf Values among its attributes, at any depth.

    Attributes may be Values, Modules, and lists, tuples or dicts of these. A parameter's name is the path to it:
    ``layers.0.neurons.3.w1`` is ``self.layers[0].neurons[3].w[1]``.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.start = Value(1.0), Value(0.0)
    ...     def __call__(self, x):
    ...         return self.slope * x[0] + self.start
    >>> [name for name, _ in Line().named_parameters()]
    ['slope', 'start']
    """

    def __call__(self, x: list[float]) -> Value | list[Value]:
        """The outputs for one sample; each class of modules says what it computes."""
        raise NotImplementedError(f"{type(self).__name__} has no method __call__(self, x) that computes its outputs")

    def named_parameters(self) -> list[tuple[str, Value]]:
        """Each parameter once, with its name, in the order of the attributes."""
        found: dict[Value, str] = {}
        for name, value in _leaves(self, "", set()):
            found.setdefault(value, name)
        return [(name, value) for value, name in found.items()]

    def parameters(self) -> list[Value]:
        """Each parameter once, in the order of ``named_parameters``."""
        return [value for _, value in self.named_parameters()]

    def zero_grad(self) -> None:
        """Set every parameter's gradient to 0; ``backward()`` adds to what it finds."""
        zero_gradient(self.parameters())

    def reset(self, seed: Seed = None) -> None:
        """Draw the parameters of all modules inside afresh.

        Raises:
            TypeError: a module has parameters of its own and does not say how they are drawn.
        """
        draws = source_of(seed)
        for module in modules_in(self):
            module.initialize(draws)

    def initialize(self, source: Draws) -> None:
        """Draw the parameters that are this module's own, not those of modules inside it."""
        if any(isinstance(value, Value) for _, value in _items(self)):
            raise TypeError(
                f"{type(self).__name__} has parameters and no method initialize(source) that draws them: add one, "
                "or use neither reset() nor restarts"
            )


def _items(module: Module) -> Iterator[tuple[str, object]]:
    """What a module holds, in containers too, with its name; not what modules inside it hold."""
    for name, item in vars(module).items():
        yield name, item
        yield from ((f"{name}{_joined(key, inner)}", inner) for key, inner in _contents(item))


def _contents(container: object) -> Iterator[tuple[str, object]]:
    """What a list, tuple, dict or array of objects holds, at any depth."""
    if isinstance(container, dict):
        pairs: Iterable[tuple[object, object]] = container.items()
    elif isinstance(container, (list, tuple)) or (isinstance(container, np.ndarray) and container.dtype == object):
        pairs = enumerate(container)
    else:
        return
    for key, item in pairs:
        yield str(key), item
        yield from ((f"{key}.{inner_key}", inner) for inner_key, inner in _contents(item))


def _joined(key: str, item: object) -> str:
    """A weight in a list is w1; anything else in a list or dict has a dot: layers.0."""
    return key if isinstance(item, Value) and key.isdigit() else f".{key}"


def _leaves(module: Module, prefix: str, seen: set[int]) -> Iterator[tuple[str, Value]]:
    seen.add(id(module))
    for name, item in _items(module):
        if isinstance(item, Value) and item.op is None and not item.is_constant:
            yield prefix + name, item
        elif isinstance(item, Module) and id(item) not in seen:
            yield from _leaves(item, f"{prefix}{name}.", seen)


def modules_in(module: Module) -> Iterator[Module]:
    """The module and all modules within it, each once, outer before inner."""
    return _inside(module, set())


def _inside(module: Module, seen: set[int]) -> Iterator[Module]:
    seen.add(id(module))
    yield module
    for _, item in _items(module):
        if isinstance(item, Module) and id(item) not in seen:
            yield from _inside(item, seen)
