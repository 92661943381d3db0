"""What ``grad`` and its kin take and give back, for checkers and editors.

A derivative has the shape of the argument that it is with respect to. Types tell which argument that is where it is the
first; where it is another, they tell it if all arguments are of one type. Numbers give numbers: that a function reads
Values beside its arguments, so that Values come of it, is nothing that its type says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar, overload

from ..value import Value

if TYPE_CHECKING:
    import numpy as np

Scalar: TypeAlias = float | Value
Numbers: TypeAlias = "float | np.ndarray | Sequence[Numbers] | Mapping[str, Numbers]"
Nested: TypeAlias = "float | Value | np.ndarray | Sequence[Nested] | Mapping[str, Nested]"
Scalars: TypeAlias = "list[float] | list[Value] | list[float | Value]"  # what a function of several results returns

S = TypeVar("S", float, Value)
N = TypeVar("N", bound="Numbers")
T = TypeVar("T", bound="Nested")
U = TypeVar("U", bound="Nested")


class Gradient(Protocol):
    """The gradient with respect to the first argument."""

    @overload
    def __call__(self, x: float, /, *others: object) -> float: ...
    @overload
    def __call__(self, x: T, /, *others: object) -> T: ...


class GradientOfOne(Protocol):
    """The gradient with respect to one argument, whichever it is."""

    @overload
    def __call__(self, *args: float) -> float: ...
    @overload
    def __call__(self, *args: T) -> T: ...
    @overload
    def __call__(self, *args: object) -> Nested: ...


class GradientOfSeveral(Protocol):
    """The gradient with respect to several arguments, in the order in which they were asked for."""

    @overload
    def __call__(self, *args: float) -> tuple[float, ...]: ...
    @overload
    def __call__(self, *args: T) -> tuple[T, ...]: ...
    @overload
    def __call__(self, *args: object) -> tuple[Nested, ...]: ...


class ValueAndGradient(Protocol):
    """The value, and the gradient with respect to the first argument."""

    @overload
    def __call__(self, x: float, /, *others: object) -> tuple[float, float]: ...
    @overload
    def __call__(self, x: Value, /, *others: object) -> tuple[Value, Value]: ...
    @overload
    def __call__(self, x: N, /, *others: object) -> tuple[float, N]: ...
    @overload
    def __call__(self, x: T, /, *others: object) -> tuple[Scalar, T]: ...


class ValueAndGradientOfOne(Protocol):
    """The value, and the gradient with respect to one argument, whichever it is."""

    @overload
    def __call__(self, *args: float) -> tuple[float, float]: ...
    @overload
    def __call__(self, *args: N) -> tuple[float, N]: ...
    @overload
    def __call__(self, *args: T) -> tuple[Scalar, T]: ...
    @overload
    def __call__(self, *args: object) -> tuple[Scalar, Nested]: ...


class ValueAndGradientOfSeveral(Protocol):
    """The value, and the gradient with respect to several arguments."""

    @overload
    def __call__(self, *args: float) -> tuple[float, tuple[float, ...]]: ...
    @overload
    def __call__(self, *args: N) -> tuple[float, tuple[N, ...]]: ...
    @overload
    def __call__(self, *args: T) -> tuple[Scalar, tuple[T, ...]]: ...
    @overload
    def __call__(self, *args: object) -> tuple[Scalar, tuple[Nested, ...]]: ...


class JacobianOfList(Protocol):
    """For each number of a list the gradient with respect to the first argument."""

    @overload
    def __call__(self, x: float, /, *others: object) -> list[float]: ...
    @overload
    def __call__(self, x: T, /, *others: object) -> list[T]: ...


class JacobianOfArray(Protocol):
    """For each number of an array the gradient with respect to the first argument."""

    @overload
    def __call__(self, x: np.ndarray, /, *others: object) -> np.ndarray: ...
    @overload
    def __call__(self, x: object, /, *others: object) -> Nested: ...


class Hessian(Protocol):
    """The second derivatives with respect to the first argument."""

    @overload
    def __call__(self, x: float, /, *others: object) -> float: ...
    @overload
    def __call__(self, x: Value, /, *others: object) -> Value: ...
    @overload
    def __call__(self, x: np.ndarray, /, *others: object) -> np.ndarray: ...
    @overload
    def __call__(self, x: list[S], /, *others: object) -> list[list[S]]: ...
    @overload
    def __call__(self, x: tuple[S, ...], /, *others: object) -> tuple[tuple[S, ...], ...]: ...
    @overload
    def __call__(self, x: dict[str, S], /, *others: object) -> dict[str, dict[str, S]]: ...
    @overload
    def __call__(self, x: object, /, *others: object) -> Nested: ...
