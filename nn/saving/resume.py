"""A run in progress as a file, and back: parameters, optimizer, history and iteration, bit for bit."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from ..data import Samples
from ..parameters import data_of
from ..training.point import Best, Point
from ..training.run import Training
from ..training.settings import Settings
from . import checkpoint, files
from .checkpoint import Content
from .files import CheckpointError


def save_run(training: Training, path: Path) -> None:
    """Write the run to ``path``; ``nn.load`` can read the model from it as well.

    Raises:
        SaveError: it cannot be written; a file already there stays whole.
    """
    best = training.best
    training.sync()
    content: Content = {
        "model": checkpoint.model_content(training.model),
        "optimizer": checkpoint.optimizer_content(training.optimizer),
        "history": checkpoint.history_content(training.history),
        "training": {
            "data": fingerprint(training.settings),
            "iteration": training.iteration,
            "due": training.point.due,
            "stopping": training.point.stopping,
            "best": None if best is None else [best.loss, best.epoch, best.theta.tolist()],
        },
    }
    files.write(path, content)


def restore_run(training: Training, path: Path) -> None:
    """Continue the run from the file; nothing is changed if the file does not fit.

    Raises:
        CheckpointError: the file is damaged or foreign, or was made with another model, optimizer, batch size or seed.
        OSError: it cannot be opened.
    """
    content, name = files.read(path), path.name
    found = checkpoint.section(content, "training", name)
    if found.get("data") != fingerprint(training.settings):
        raise CheckpointError(
            f"{name} was made with other samples, batch_size or seed; resume with the same, or start afresh without it"
        )
    position = checkpoint.position_of(checkpoint.section(content, "optimizer", name), training.optimizer, name)
    history = checkpoint.history_of(checkpoint.section(content, "history", name), name)
    iteration = found.get("iteration")
    if not isinstance(iteration, int) or iteration != len(history.iterations):
        raise CheckpointError(f"{name}: {iteration!r:.60} iterations, but a history of {len(history.iterations)}")
    best = _best(found, len(training.optimizer.parameters), name)
    checkpoint.restore_schedule(checkpoint.section(content, "optimizer", name), training.optimizer, name)
    checkpoint.load(path, into=training.model)
    stopping = str(found.get("stopping")) if history.stopped == "interrupted" else ""
    training.history = history
    training.point = Point(
        iteration, data_of(training.optimizer.parameters), position, len(history.epochs), best,
        found.get("due") is True, stopping,
    )  # fmt: skip
    training.engine.continue_as(history.engine, history.why_eager)
    training.history.engine = training.engine.name


def fingerprint(settings: Settings) -> str:
    """What decides the batches: the samples, batch size and seed, as a checksum."""
    samples: Samples = settings.samples
    digest = hashlib.sha256(repr((samples.X.shape, samples.y.shape, settings.batch_size, settings.seed)).encode())
    for array in (samples.X, samples.y.astype(float)):
        digest.update(np.ascontiguousarray(array).astype("<f8").tobytes())
    return digest.hexdigest()


def _best(found: Content, count: int, name: str) -> Best | None:
    best = found.get("best")
    if best is None:
        return None
    if isinstance(best, list) and len(best) == 3:
        loss, epoch, theta = best
        fits = isinstance(theta, list) and len(theta) == count and all(map(checkpoint.is_finite, theta))
        if checkpoint.is_finite(loss) and isinstance(epoch, int) and fits:
            return Best(float(loss), epoch, np.array(theta, dtype=float))
    raise CheckpointError(f"{name}: its best epoch cannot be read; use another copy")
