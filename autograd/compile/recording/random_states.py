"""The states of sources of random numbers, so that a run that is not the answer draws nothing from them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

SHARED: tuple[Any, ...] = (random, np.random.mtrand._rand)  # Python's and NumPy's own, which all code draws from

KINDS = (random.Random, np.random.Generator, np.random.RandomState)  # a function may hold its own


def state_of(source: Any) -> object:
    """The state of ``random``, of a ``random.Random``, or of one of NumPy's generators; it compares by ``==``."""
    if hasattr(source, "getstate"):
        return source.getstate()
    if isinstance(source, np.random.Generator):
        return source.bit_generator.state
    name, keys, *rest = source.get_state(legacy=True)
    return name, keys.tobytes(), *rest


def set_state(source: Any, state: Any) -> None:
    """Put the source into a state that ``state_of`` has given."""
    if hasattr(source, "setstate"):
        source.setstate(state)
    elif isinstance(source, np.random.Generator):
        source.bit_generator.state = state
    else:
        name, keys, *rest = state
        source.set_state((name, np.frombuffer(keys, dtype=np.uint32), *rest))


@contextmanager
def random_states_kept(sources: Sequence[Any] = SHARED) -> Iterator[None]:
    """Put the states of the sources, if not told of ``random`` and ``numpy.random``, back at the end of the block."""
    states = [state_of(source) for source in sources]
    try:
        yield
    finally:
        for source, state in zip(sources, states):
            set_state(source, state)
