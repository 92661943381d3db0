"""The model's Values during a run: they stay behind the run's flat arrays until somebody looks at one of them.

To write a hundred thousand Values takes longer than an update, and most callbacks look at none. So while a run goes on,
its Values may belong to a class of their own, whose instances bring all of them in step at the first access to any
attribute of any of them, and are plain Values again from then on. Whoever looks, by whatever way, finds the numbers of
the last update; whoever does not look costs nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from itertools import repeat

from ...autograd.context.state import unobserved
from ...autograd.value import Value
from ..data import Floats
from ..parameters import write_data, write_gradient

Arrays = Callable[[], tuple[Floats, Floats]]


class LazyValues:
    """The Values of a run, and the arrays that they are to show.

    Args:
        values: leaves.
        arrays: gives their numbers and their gradients, as of the last update.

    >>> import numpy as np
    >>> w = Value(1.0)
    >>> lazy = LazyValues([w], lambda: (np.array([2.0]), np.array([0.5])))
    >>> lazy.fall_behind()
    >>> w.data, w.grad, lazy.behind
    (2.0, 0.5, False)
    """

    def __init__(self, values: Sequence[Value], arrays: Arrays) -> None:
        self.values, self._arrays = values, arrays
        self.behind = False
        self._kind = _behind(self) if all(type(value) is Value for value in values) else None

    def fall_behind(self) -> None:
        """From now on the arrays are ahead; Values of a class of the user's own are brought in step at once."""
        if self._kind is None:
            self.bring_in_step()
        elif not self.behind:
            self.behind = True
            _become(self.values, self._kind)

    def bring_in_step(self) -> None:
        """Write the arrays' numbers and gradients into the Values. Nobody is told: who looks has changed nothing."""
        numbers, gradient = self._arrays()
        with unobserved():
            write_data(self.values, numbers)
            write_gradient(self.values, gradient)
        if self.behind:
            _become(self.values, Value)
            self.behind = False


def _become(values: Sequence[Value], kind: type[Value]) -> None:
    """Make all of them instances of ``kind``: in C, so that no signal handler can break in half-way."""
    deque(map(object.__setattr__, values, repeat("__class__"), repeat(kind)), maxlen=0)


def _behind(lazy: LazyValues) -> type[Value]:
    """The class of these Values while they are behind."""

    class Behind(Value):
        __slots__ = ()

        def __getattribute__(self, name: str) -> object:
            lazy.bring_in_step()
            return getattr(self, name)

        def __setattr__(self, name: str, thing: object) -> None:
            lazy.bring_in_step()
            setattr(self, name, thing)

        def __copy__(self) -> Value:
            lazy.bring_in_step()
            return self.__copy__()

        def __deepcopy__(self, memo: dict[int, object]) -> Value:
            lazy.bring_in_step()
            return self.__deepcopy__(memo)

        def __reduce_ex__(self, protocol: object) -> object:  # type: ignore[override]  # any protocol, passed on
            lazy.bring_in_step()
            return self.__reduce_ex__(protocol)

    Behind.__name__ = Behind.__qualname__ = Value.__name__
    return Behind
