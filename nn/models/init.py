"""How weights start. An initializer is (source, inputs, outputs) -> one weight; biases start at 0.

``inputs`` is how many numbers the neuron takes, ``outputs`` how many neurons share them. A new initializer is a
function here, and its name in ``TABLE``.
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

from .module import Draws

Initializer = Callable[[Draws, int, int], float]


def uniform(source: Draws, inputs: int, outputs: int) -> float:
    """Uniform in (−1, 1), as in micrograd. Good for a few inputs; from about 10 on choose one that scales with them."""
    return source.uniform(-1.0, 1.0)


def normal(source: Draws, inputs: int, outputs: int) -> float:
    """Normal with mean 0 and variance 1."""
    return source.gauss(0.0, 1.0)


def xavier_uniform(source: Draws, inputs: int, outputs: int) -> float:
    """Uniform within ±√(6/(inputs+outputs)): variance 2/(inputs+outputs), for tanh (Glorot & Bengio 2010, eq. 16)."""
    limit = sqrt(6.0 / (inputs + outputs))
    return source.uniform(-limit, limit)


def xavier_normal(source: Draws, inputs: int, outputs: int) -> float:
    """Normal with variance 2/(inputs+outputs), for tanh (Glorot & Bengio 2010)."""
    return source.gauss(0.0, sqrt(2.0 / (inputs + outputs)))


def he_uniform(source: Draws, inputs: int, outputs: int) -> float:
    """Uniform within ±√(6/inputs): variance 2/inputs, for relu (He et al. 2015)."""
    limit = sqrt(6.0 / inputs)
    return source.uniform(-limit, limit)


def he_normal(source: Draws, inputs: int, outputs: int) -> float:
    """Normal with variance 2/inputs, for relu (He et al. 2015, eq. 10)."""
    return source.gauss(0.0, sqrt(2.0 / inputs))


def lecun_normal(source: Draws, inputs: int, outputs: int) -> float:
    """Normal with variance 1/inputs (LeCun et al. 1998, "Efficient BackProp", eq. 16)."""
    return source.gauss(0.0, sqrt(1.0 / inputs))


def zeros(source: Draws, inputs: int, outputs: int) -> float:
    """0, for linear models. In a hidden layer all neurons then stay alike for ever."""
    return 0.0


TABLE: dict[str, Initializer] = {
    rule.__name__: rule
    for rule in (uniform, normal, xavier_uniform, xavier_normal, he_uniform, he_normal, lecun_normal, zeros)
}
