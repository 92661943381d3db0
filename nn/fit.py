"""fit: the one call that trains. Its arguments are checked here, and several starts are tried where asked for."""

from __future__ import annotations

import math
import random
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from tqdm import tqdm

from ..autograd.context.state import Differentiation
from ..autograd.value import Value
from .checks import ArgumentError, known, positive, real, whole
from .data import DataWarning, Samples, remark_on_scale, samples_of, split
from .losses import TABLE as LOSSES
from .losses import Loss, binary_cross_entropy, check_targets, cross_entropy, loss_value
from .metrics import Metric
from .mistakes import guided, takes
from .models.layers import MLP
from .models.module import Module
from .optim.optimizers import Adam, Optimizer
from .parameters import data_of, write_data
from .saving.described import name_of
from .saving.files import destination, path_of
from .saving.resume import restore_run, save_run
from .training.auto import AutoEngine
from .training.compiled import CompiledEngine
from .training.eager import EagerEngine
from .training.engine import Engine
from .training.history import History
from .training.point import Undo
from .training.run import Callback, DivergedError, Training
from .training.settings import EarlyStopping, Settings

Validation = tuple[ArrayLike, ArrayLike] | Samples | float | None
EngineName = Literal["auto", "compiled", "eager"]

ENGINES: dict[str, Callable[[Module, Loss, Sequence[Value], Samples], Engine]] = {
    "auto": AutoEngine,
    "compiled": CompiledEngine,
    "eager": EagerEngine,
}


@guided
def fit(
    model: Module,
    X: ArrayLike,
    y: ArrayLike,
    *,
    loss: str | Loss,
    optimizer: Optimizer | None = None,
    epochs: int = 10,
    batch_size: int | None = 32,
    seed: int = 0,
    validation: Validation = None,
    metrics: Metric | Mapping[str, Metric] | None = None,
    early_stopping: int | EarlyStopping | None = None,
    callbacks: Callback | Iterable[Callback] = (),
    on_iteration: Callback | None = None,
    l2: float = 0.0,
    clip_norm: float | None = None,
    clip_value: float | None = None,
    snapshots: int = 0,
    restarts: int = 1,
    checkpoint: str | PathLike[str] | None = None,
    checkpoint_every: int = 1,
    resume: bool | str | PathLike[str] = False,
    progress: bool | None = None,
    engine: EngineName = "auto",
) -> History:
    """Train ``model`` by gradient descent on the mean of ``loss(model(x), y)`` over batches of the samples.

    An epoch passes over the N samples once, in ⌈N / batch_size⌉ iterations: ``batch_size=1`` is stochastic descent,
    ``None`` batch descent. The same arguments give the same numbers, bit for bit.

    Args:
        model: a Module, called with one sample as a list of floats.
        X: N samples, N×d (a flat list has one input a sample); y: N targets, or N×k.
        loss: a function of one sample's outputs and target, such as ``nn.mse``, or its name.
        optimizer: of all or some of the model's parameters; continues from its state. By default
            ``Adam(model.parameters(), lr=0.01)``.
        epochs: passes over the data, those before a resume included.
        seed: of the order of the samples, and of restarts.
        validation: samples to measure after each epoch: (X, y), or the fraction of X and y to put aside for it.
        metrics: a function of outputs and targets to measure after each epoch, as ``nn.accuracy``; several by name.
        early_stopping: the patience in epochs, or an ``EarlyStopping``.
        callbacks: called with the ``Training`` after each epoch; ``training.stop()`` ends it.
        on_iteration: called likewise after each update.
        l2: adds l2·Σp² over the optimizer's parameters to the loss.
        clip_norm, clip_value: limits of the gradient's norm, and of each of its entries (applied first).
        snapshots: every so many iterations all parameters are kept in ``history.snapshots``; 0 for none.
        restarts: how many starts to try: the first from the model as it is, the others drawn by seed; keep the best.
        checkpoint: a file to write the run to every ``checkpoint_every`` epochs, at the end and on an interrupt.
        resume: a file to continue from; True means ``checkpoint``, if it exists.
        progress: whether to show a progress bar on stderr; by default in terminals and notebooks.
        engine: "compiled" (by ``gg.compile``), "eager" (a graph per batch), or "auto": compiled where that works.
            The numbers are the same to rounding. ``history.engine`` says which it was, ``history.why_eager`` why.

    Returns:
        The history. Ctrl-C ends training after the last complete update and returns it too, with ``.stopped`` set to
        "interrupted"; the model, the optimizer and the checkpoint are those of that update.

    Raises:
        ArgumentError: (a ValueError) data or settings that cannot be right; nothing has been changed.
        TypeError: something of the wrong type.
        DivergedError: (a FloatingPointError) the loss became nan or infinite; the model keeps its last parameters.
        CheckpointError: (a ValueError) the file to resume from is damaged or does not fit.
        SaveError: (an OSError) the checkpoint cannot be written.

    >>> from glassgrad import nn
    >>> model = nn.MLP(1, [1], seed=0)
    >>> opt = nn.SGD(model.parameters(), lr=0.1)
    >>> history = fit(model, [0.0, 1.0, 2.0], [1.0, 3.0, 5.0], loss=nn.mse, optimizer=opt, epochs=200, batch_size=None)
    >>> round(model.layers[0].neurons[0].w[0].data, 3), len(history.loss)
    (2.0, 200)
    """
    if not isinstance(model, Module):
        raise TypeError(f"model must be a Module, such as an MLP, got {type(model).__name__}: {model!r:.60}")
    samples, held_out = _validation(samples_of(X, y), validation, seed)
    if optimizer is None:
        optimizer = Adam(model.parameters(), lr=0.01)
    function = known(loss, LOSSES, "loss") if isinstance(loss, str) else loss
    _check_fit(model, optimizer, function, samples, held_out)
    remark_on_scale(samples, stacklevel=4)
    _remark_on_logits(model, function, stacklevel=4)
    path, source = _paths(checkpoint, resume)
    settings = Settings(
        samples, whole("epochs", epochs), None if batch_size is None else whole("batch_size", batch_size, 1),
        whole("seed", seed), held_out, _metrics(metrics), _stopping(early_stopping),
        _callbacks("callbacks", callbacks), _one_callback("on_iteration", on_iteration), real("l2", l2, 0.0),
        None if clip_norm is None else positive("clip_norm", clip_norm),
        None if clip_value is None else positive("clip_value", clip_value),
        whole("snapshots", snapshots), path, whole("checkpoint_every", checkpoint_every, 1), function,
    )  # fmt: skip
    if whole("restarts", restarts, 1) > 1 and (path or source):
        raise ArgumentError(
            "restarts cannot go with checkpoint or resume: find the best start first, then continue from it"
        )
    chosen_engine = known(engine, ENGINES, "engine")(model, function, optimizer.parameters, samples)
    with _bar(settings.iterations * restarts, progress) as bar:
        return _best_of(restarts, lambda start: Training(settings, model, optimizer, chosen_engine, start), source, bar)


# ── one start, or several ──────────────────────────────────────────────────────────────────────────────────────────


def _best_of(restarts: int, begin: Callable[[int], Training], source: Path | None, bar: tqdm) -> History:
    """Train each start, and give the model the parameters of the best."""
    first = begin(0)
    if source is not None:
        restore_run(first, source)
        bar.update(first.iteration)
    starts = [first]
    before = Undo.of(first.point, first.optimizer, first.model.parameters())
    try:
        _train(restarts, begin, starts, before, bar)
        return _chosen(starts, restarts)
    except KeyboardInterrupt:  # between two starts, or after the last; a run in progress has its own way to end
        ended = any(training.history.stopped for training in starts)
        if restarts > 1 or not ended:
            before.put_back(first.optimizer)
        if not ended:
            first.settle("interrupted")
        return _chosen(starts, restarts)


def _train(restarts: int, begin: Callable[[int], Training], starts: list[Training], before: Undo, bar: tqdm) -> None:
    """Train each start, all from the same settings. One may diverge, as long as another does not."""
    show = _nothing if bar.disable else partial(_show, bar)
    for start in range(restarts):
        if start:
            before.put_back(starts[0].optimizer)
            _draw_afresh(begin(start))
            starts.append(begin(start))
        try:
            starts[-1].run(show, _save)
        except DivergedError:
            if start == restarts - 1 and not any(training.history.stopped for training in starts):
                raise
        if starts[-1].history.stopped == "interrupted":
            return


def _chosen(starts: Sequence[Training], restarts: int) -> History:
    """Leave the model and the optimizer as the best start left them."""
    ended = [training for training in starts if training.history.stopped]
    best = min(ended, key=_score)
    if restarts > 1:
        best.history.starts = [_score(training) for training in ended]
        if best.end is not None:
            best.end.put_back(best.optimizer)
        best.sync()
    return best.history


def _score(training: Training) -> float:
    """How low a start has come; infinity where it has not completed an epoch."""
    if training.best is not None:
        return training.best.loss
    monitored = training.history.monitored or training.history.loss[-1:]
    return monitored[-1] if monitored else math.inf


def _draw_afresh(training: Training) -> None:
    """Draw the optimizer's parameters afresh; the others keep their numbers."""
    moved = set(training.optimizer.parameters)
    kept = [value for value in training.model.parameters() if value not in moved]
    numbers = data_of(kept)
    training.model.reset(random.Random(f"{training.settings.seed} start {training.start}"))
    write_data(kept, numbers)
    training.optimizer.reset()


def _save(training: Training) -> None:
    if training.settings.checkpoint is not None:
        save_run(training, training.settings.checkpoint)


# ── arguments ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _check_fit(model: Module, optimizer: Optimizer, loss: Loss, samples: Samples, held_out: Samples | None) -> None:
    """Evaluate one sample first, so mismatches are reported before anything changes."""
    if not callable(loss):
        raise TypeError(f'loss must be a function of outputs and target, or its name, such as "mse", got {loss!r:.60}')
    if not takes(loss, 2):
        raise TypeError(f"the loss {name_of(loss)} must take two arguments, one sample's outputs and its target")
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer must be one, such as nn.Adam(model.parameters()), got {optimizer!r:.60}")
    foreign = set(optimizer.parameters) - set(model.parameters())
    if foreign:
        raise ArgumentError(
            f"the optimizer moves {len(foreign)} parameters that are not this model's: make it with model.parameters()"
        )
    for part, kind in ((samples, ""), (held_out, "validation ")):
        if part is not None:
            x, target = part.sample(0)
            with Differentiation("the loss of fit"):
                output = model(x)
                check_targets(loss, output, part.y, kind)
                loss_value(loss(output, target))


def _remark_on_logits(model: Module, loss: Loss, stacklevel: int) -> None:
    """Warn of a sigmoid before a loss that has one."""
    if loss in (binary_cross_entropy, cross_entropy) and isinstance(model, MLP) and model.activations[-1] == "sigmoid":
        warnings.warn(
            f"{name_of(loss)} takes logits and has the sigmoid in it, and the last layer of the model has another: "
            "leave the last layer linear",
            DataWarning,
            stacklevel=stacklevel,
        )


def _validation(samples: Samples, validation: Validation, seed: int) -> tuple[Samples, Samples | None]:
    if validation is None:
        return samples, None
    if isinstance(validation, Samples):
        return samples, validation
    if isinstance(validation, (float, np.floating)):
        return split(samples.X, samples.y, real("validation", validation, 0.0, 1.0), seed)
    if not isinstance(validation, (tuple, list)) or len(validation) != 2:
        raise TypeError(f"validation must be (X, y) or a fraction of the samples, got {validation!r:.60}")
    held_out = samples_of(*validation, kind="validation ")
    if held_out.X.shape[1:] != samples.X.shape[1:]:
        raise ArgumentError(
            f"samples of validation X have the shape {held_out.X.shape[1:]}, those of X {samples.X.shape[1:]}: "
            "give both the same"
        )
    return samples, held_out


def _metrics(metrics: Metric | Mapping[str, Metric] | None) -> dict[str, Metric]:
    if callable(metrics):
        return {getattr(metrics, "__name__", "metric"): metrics}
    if metrics is not None and not (isinstance(metrics, Mapping) and all(map(callable, metrics.values()))):
        raise TypeError(
            'metrics must be a function, or functions by name, such as nn.accuracy or {"accuracy": nn.accuracy}, got '
            f"{metrics!r:.60}"
        )
    return dict(metrics or {})


def _callbacks(name: str, given: Callback | Iterable[Callback]) -> tuple[Callback, ...]:
    several = (given,) if callable(given) or not isinstance(given, Iterable) else tuple(given)
    for callback in several:
        _one_callback(name, callback, optional=False)
    return several


def _one_callback(name: str, callback: Callback | None, optional: bool = True) -> Callback | None:
    """A callback, if it can be called with one argument."""
    if callback is None and optional:
        return None
    if not callable(callback):
        raise TypeError(f"{name} must be functions of one Training, such as print, got {callback!r:.60}")
    if not takes(callback, 1):
        raise TypeError(
            f"{name}: {name_of(callback)} must take one argument, the Training: def {name_of(callback)}(training)"
        )
    return callback


def _stopping(rule: int | EarlyStopping | None) -> EarlyStopping | None:
    return rule if rule is None or isinstance(rule, EarlyStopping) else EarlyStopping(whole("early_stopping", rule, 1))


def _paths(
    checkpoint: str | PathLike[str] | None, resume: bool | str | PathLike[str]
) -> tuple[Path | None, Path | None]:
    """Where to write the run, and where to continue from."""
    path = None if checkpoint is None else path_of(checkpoint)
    if path is not None and not path.resolve().parent.is_dir():
        raise ArgumentError(f"checkpoint: there is no folder {path.resolve().parent}; make it first")
    if path is not None:
        destination(path)
    if not isinstance(resume, bool):
        return path, path_of(resume)
    if resume and path is None:
        raise ArgumentError("resume=True needs checkpoint=, the file to continue from")
    return path, path if resume and path is not None and path.exists() else None


# ── the progress bar ───────────────────────────────────────────────────────────────────────────────────────────────


def _bar(total: int, progress: bool | None) -> tqdm:
    shown = progress if progress is not None else sys.stderr.isatty() or "ipykernel" in sys.modules
    return tqdm(total=total, disable=not shown, unit=" iterations", dynamic_ncols=True)


def _show(bar: tqdm, training: Training) -> None:
    bar.update()
    if training.iteration % training.settings.iterations_per_epoch == 0:
        bar.set_postfix_str(f"loss {training.history.iterations[-1].loss:.4g}", refresh=False)


def _nothing(training: Training) -> None:
    """Show nothing."""
