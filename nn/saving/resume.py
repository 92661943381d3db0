"""A run in progress as a file, and back: parameters, optimizer, history and iteration, bit for bit."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from ..data import Samples
from ..parameters import data_of
from ..training.history import History
from ..training.point import Best, Point
from ..training.run import Training
from ..training.settings import Settings
from . import checkpoint, files, updates
from .described import compare, name_of, rate_name
from .files import CheckpointError, Json, SaveError
from .histories import history_content, history_of
from .sections import Content, count_of, is_finite, section

_AT_ANOTHER_RATE = (
    "give the same, or, to go on at another rate, nn.load(path, into=model, optimizer=optimizer) and fit without resume"
)


def save_run(training: Training, path: Path) -> None:
    """Write the run to ``path``; ``nn.load`` can read the model from it as well.

    Raises:
        SaveError: it cannot be written; a file already there stays whole. It carries the run's history.
    """
    best = training.best
    training.sync()
    content: Content = {
        "model": checkpoint.model_content(training.model),
        "optimizer": updates.optimizer_content(training.optimizer),
        "history": history_content(training.history),
        "training": {
            "data": fingerprint(training.settings),
            **_compared(training.settings),
            "iteration": training.iteration,
            "moved": _moved(training),
            "due": training.point.due,
            "stopping": training.point.stopping,
            "best": None if best is None else [best.loss, best.epoch, best.theta.tolist()],
        },
    }
    try:
        files.write(path, content)
    except SaveError as error:
        error.history = training.history
        raise


def restore_run(training: Training, path: Path) -> None:
    """Continue the run from the file; nothing is changed if the file does not fit.

    Raises:
        CheckpointError: the file is damaged or foreign, or was made with another model, loss, l2, optimizer, rate,
            batch size or seed, or other samples; both sides are named.
        OSError: it cannot be opened.
    """
    content, name = files.read(path), path.name
    found, optimizer = section(content, "training", name), training.optimizer
    for what, given in _compared(training.settings).items():
        compare(name, what, found.get(what), given)
    if found.get("data") != fingerprint(training.settings):
        raise CheckpointError(f"{name} was made with other samples; resume with the same, or start afresh without it")
    _, numbers = checkpoint.fitting(content, training.model, name)
    if found.get("moved") != _moved(training):
        raise CheckpointError(
            f"{name} was saved with an optimizer of other parameters, or of the same in another order: give it the same"
        )
    restored = updates.restored_of(content, optimizer, name)
    rate = section(content, "optimizer", name).get("rate")
    compare(name, "rate", rate, rate_name(optimizer.schedule), _AT_ANOTHER_RATE)
    history = _history(content, found, training, name)
    best = _best(found, len(history.epochs), len(optimizer.parameters), name)
    stopping = _stopping(found, name) if history.stopped == "interrupted" else ""
    for value, number in numbers:
        value.data = number
    restored.give_to(optimizer)
    training.history = history
    training.point = Point(
        len(history.iterations), data_of(optimizer.parameters), restored.position, len(history.epochs), best,
        found.get("due") is True, stopping,
    )  # fmt: skip
    training.engine.continue_as(history.engine, history.why_eager)
    training.history.engine = training.engine.name


def _compared(settings: Settings) -> Content:
    """What must be the same when a run is resumed, beside the model, the optimizer and the samples."""
    return {
        "loss": name_of(settings.loss),
        "l2": settings.l2,
        "batch_size": settings.batch_size,
        "seed": settings.seed,
    }


def _moved(training: Training) -> str:
    """Which parameters the optimizer moves, in their order, as a checksum: its memory goes by that order."""
    names = {value: name for name, value in checkpoint.named_parameters(training.model)}
    listed = "\n".join(names.get(value, "") for value in training.optimizer.parameters)
    return hashlib.sha256(listed.encode()).hexdigest()


def _stopping(found: Content, name: str) -> str:
    stopping = found.get("stopping")
    if stopping not in ("", "callback"):
        raise CheckpointError(f"{name}: why it is to stop cannot be {stopping!r:.60}; use another copy")
    return str(stopping)


def _history(content: Content, found: Content, training: Training, name: str) -> History:
    """The history, which must have as many updates as the run, and epochs to go with them."""
    history, settings = history_of(section(content, "history", name), name), training.settings
    try:
        iteration = count_of(found.get("iteration"))
    except ValueError as error:
        raise CheckpointError(f"{name}: the run's iteration cannot be right: {error}; use another copy") from None
    if iteration != len(history.iterations):
        raise CheckpointError(f"{name}: {iteration} iterations, but a history of {len(history.iterations)}")
    most = iteration // settings.iterations_per_epoch
    if len(history.epochs) not in (most, most - 1) or history.iterations_per_epoch != settings.iterations_per_epoch:
        raise CheckpointError(
            f"{name}: {len(history.epochs)} epochs do not go with {iteration} iterations, "
            f"{settings.iterations_per_epoch} an epoch; use another copy"
        )
    count = len(training.optimizer.parameters)
    if any(len(snapshot.parameters) != count for snapshot in history.snapshots):
        raise CheckpointError(f"{name}: a snapshot has not {count} parameters, as the optimizer; use another copy")
    return history


def fingerprint(settings: Settings) -> str:
    """The samples, as a checksum."""
    samples: Samples = settings.samples
    digest = hashlib.sha256(repr((samples.X.shape, samples.y.shape)).encode())
    for array in (samples.X, samples.y.astype(float)):
        digest.update(np.ascontiguousarray(array).astype("<f8").tobytes())
    return digest.hexdigest()


def _best(found: Content, epochs: int, count: int, name: str) -> Best | None:
    best: Json = found.get("best")
    if best is None:
        return None
    if isinstance(best, list) and len(best) == 3:
        loss, epoch, theta = best
        fits = isinstance(theta, list) and len(theta) == count and all(map(is_finite, theta))
        if is_finite(loss) and is_finite(epoch) and epoch in range(1, epochs + 1) and fits:
            return Best(float(loss), int(epoch), np.array(theta, dtype=float))
    raise CheckpointError(f"{name}: its best epoch cannot be read; use another copy")
