"""The arguments of ``fit``, checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from ..checks import real, whole
from ..data import Samples, iterations
from ..metrics import Metric


@dataclass(frozen=True)
class EarlyStopping:
    """Stop when the validation loss (without validation, the training loss) has not improved for ``patience`` epochs.

    An improvement is a loss below the best by more than ``min_delta``. With ``restore_best`` the model gets back the
    parameters of its best epoch when training ends (Prechelt 1998, "Early Stopping – But When?").

    Raises:
        ArgumentError: patience below 1, or a negative min_delta.

    >>> from glassgrad import nn
    >>> model, rule = nn.MLP(1, [1], seed=0), EarlyStopping(patience=2, min_delta=0.1)
    >>> history = nn.fit(model, [0.0, 1.0], [1.0, 3.0], loss=nn.mse, epochs=900, early_stopping=rule)
    >>> history.stopped
    'early'
    """

    patience: int = 10
    min_delta: float = 0.0
    restore_best: bool = True

    def __post_init__(self) -> None:
        whole("patience", self.patience, 1)
        real("min_delta", self.min_delta, 0.0)


@dataclass(frozen=True)
class Settings:
    """The arguments of ``fit``, checked."""

    samples: Samples
    epochs: int
    batch_size: int | None
    seed: int
    validation: Samples | None = None
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    early_stopping: EarlyStopping | None = None
    callbacks: Sequence[Callable[[Any], object]] = ()  # called with the Training, which stands above this module
    on_iteration: Callable[[Any], object] | None = None
    l2: float = 0.0
    clip_norm: float | None = None
    clip_value: float | None = None
    snapshots: int = 0
    checkpoint: Path | None = None
    checkpoint_every: int = 1
    loss: Callable[..., object] | None = None

    @cached_property
    def iterations_per_epoch(self) -> int:
        """⌈N / batch_size⌉."""
        return iterations(len(self.samples), self.batch_size)

    @property
    def iterations(self) -> int:
        """Updates in all."""
        return self.epochs * self.iterations_per_epoch
