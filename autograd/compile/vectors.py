"""The parameters of a program, and their numbers and gradients as two arrays that stay where they are."""

from __future__ import annotations

import numpy as np

from ..value import Value


class Vectors:
    """What a program knows of the Values that its function is closed over."""

    def __init__(self) -> None:
        self._index: dict[Value, int] = {}
        self._parameter_vector = np.zeros(0)
        self._gradient_vector = np.zeros(0)

    @property
    def parameters(self) -> tuple[Value, ...]:
        """The Values that the function is closed over, in the order of ``parameter_vector``."""
        return tuple(self._index)

    @property
    def parameter_vector(self) -> np.ndarray:
        """The numbers of ``parameters``; ``replay`` reads them where they are, so write into it."""
        return self._parameter_vector

    @parameter_vector.setter
    def parameter_vector(self, given: np.ndarray) -> None:
        _require_in_place("parameter_vector", self._parameter_vector, given)

    @property
    def gradient_vector(self) -> np.ndarray:
        """Where ``replay`` leaves the gradient with respect to ``parameters``."""
        return self._gradient_vector

    @gradient_vector.setter
    def gradient_vector(self, given: np.ndarray) -> None:
        _require_in_place("gradient_vector", self._gradient_vector, given)

    def sync(self) -> None:
        """Write ``parameter_vector`` into the parameters' ``.data``."""
        for parameter, number in zip(self._index, self._parameter_vector.tolist()):
            parameter.data = number

    def load(self) -> None:
        """Read the parameters' ``.data`` into ``parameter_vector``."""
        self._parameter_vector[:] = [parameter._data for parameter in self._index]


def _require_in_place(name: str, vector: np.ndarray, given: object) -> None:
    """Raise AttributeError where a vector would be replaced; ``vector += x`` ends with an assignment of itself."""
    if given is not vector:
        raise AttributeError(
            f"program.{name} cannot be replaced, since the program reads and writes this very array: write into it, "
            f"program.{name}[:] = …"
        )
