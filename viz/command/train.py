"""What ``glassgrad demo`` and ``train`` do: from a table to a folder with a trained model, its gradients checked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from ... import autograd, nn
from ...autograd import Value
from ...autograd.gradcheck.report import Report
from ...nn.data import Samples
from ...nn.datasets import Table
from ...nn.losses import Loss
from ..draw import draw
from ..errors import DrawError, MissingLibraryError
from ..paint.graph_picture import GraphPicture
from ..run_page import plots
from ..scene.text import number
from ..words import say

Floats = NDArray[np.float64]

ROUNDING = 1e-12  # a smaller spread, beside a column's size, would not survive the way into the weights and back
SMALLEST_SIZE = 1e-300  # a weight is divided by it
_MOST_CLASSES = 12  # whose names are printed
ROWS_CHECKED = 8  # enough for every weight to matter, few enough for the differences to be quick


@dataclass(frozen=True)
class Settings:
    """How to train. ``rate`` is Adam's, ``held_out`` the part of the rows that is kept back to test on."""

    hidden: tuple[int, ...] = (8,)
    epochs: int = 60
    batch_size: int = 16
    rate: float = 0.02
    held_out: float = 0.2
    seed: int = 0


@dataclass(frozen=True)
class Scale:
    """Mean and standard deviation of each column: what a network trains on should be near 1."""

    mean: Floats
    deviation: Floats

    @classmethod
    def of(cls, rows: Floats) -> Scale:
        """The scale of these rows. A column that never changes, but for rounding, is brought to 0 by its own size.

        Squares are taken of numbers near 1, so that they neither overflow nor vanish.
        """
        size = np.abs(rows).max(axis=0)
        size = np.where(size > SMALLEST_SIZE, size, 1.0)
        spread = (rows / size).std(axis=0)
        changes = spread > ROUNDING
        mean = np.where(changes, size * (rows / size).mean(axis=0), rows[0])
        return cls(mean, size * np.where(changes, spread, 1.0))

    def applied(self, rows: Floats) -> Floats:
        """The rows in standard deviations from the mean."""
        scaled: Floats = (rows - self.mean) / self.deviation
        return scaled


@dataclass(frozen=True)
class Task:
    """A table, split and scaled, with the loss that fits its target."""

    table: Table
    train: Samples
    held_out: Samples
    inputs: Scale
    targets: Scale

    @classmethod
    def of(cls, table: Table, settings: Settings) -> Task:
        """Split with the seed, and scaled as the rows to train on ask for: the others count as unseen."""
        train, held_out = nn.split(table.features, table.targets, settings.held_out, settings.seed)
        inputs = Scale.of(train.X)
        targets = Scale(np.zeros(1), np.ones(1)) if table.classes else Scale.of(_column(train))
        train, held_out = (_scaled(part, inputs, None if table.classes else targets) for part in (train, held_out))
        return cls(table, train, held_out, inputs, targets)

    @property
    def outputs(self) -> int:
        """One for each class, or one number."""
        return len(self.table.classes) or 1

    @property
    def loss(self) -> Loss:
        """Cross-entropy for classes, mean squared error for numbers."""
        return nn.cross_entropy if self.table.classes else nn.mse


def _scaled(part: Samples, inputs: Scale, targets: Scale | None) -> Samples:
    y = part.y if targets is None else targets.applied(_column(part))[:, 0]
    return Samples(inputs.applied(part.X), y)


def _column(part: Samples) -> Floats:
    return part.y[:, np.newaxis].astype(float)


def run(table: Table, settings: Settings, folder: Path) -> None:
    """Train on a table, print how well it went and the check of its gradients, and write everything to the folder.

    Raises:
        OSError: the folder cannot be written to; it then holds what it held before.
        DivergedError: the loss became nan or infinite.
        KeyboardInterrupt: training was interrupted.
    """
    task = Task.of(table, settings)
    with _drafts_of(folder) as drafts:
        _introduce(task, settings)
        sizes = [*settings.hidden, task.outputs]
        model = nn.MLP(len(table.feature_names), sizes, activation="tanh", seed=settings.seed, fused=True)
        history = _fitted(model, task, settings)
        _print_scores(model, task)
        print(f"\n{say('command.gradients')}")
        print(_check(model, task), end="\n\n")
        written = [_graph(model, task).save(drafts / "graph.svg"), *_plots(history, task, drafts)]
        _take_scales(model, task)
        written.append(nn.save(model, drafts / "model.json"))
    names = say("join.items").join(path.name for path in written)
    print(say("command.wrote_all", names=names, folder=folder.resolve()))


def _introduce(task: Task, settings: Settings) -> None:
    table, comma = task.table, say("join.items")
    kind = say("command.a_number")
    if table.classes:
        many = len(table.classes) > _MOST_CLASSES
        kind = say("command.classes", count=len(table.classes)) if many else comma.join(table.classes)
    print(say("command.table", name=table.name, count=len(table), target=table.target_name, kind=kind,
              features=comma.join(table.feature_names)))  # fmt: skip
    print(say("command.split", train=len(task.train), held_out=len(task.held_out), seed=settings.seed))


def _fitted(model: nn.MLP, task: Task, settings: Settings) -> nn.History:
    history = nn.fit(
        model,
        task.train.X,
        task.train.y,
        loss=task.loss,
        optimizer=nn.Adam(model.parameters(), lr=settings.rate),
        epochs=settings.epochs,
        batch_size=settings.batch_size,
        seed=settings.seed,
        validation=(task.held_out.X, task.held_out.y),
        metrics={"accuracy": nn.accuracy} if task.table.classes else {},
        progress=True,
    )
    if history.stopped == "interrupted":
        raise KeyboardInterrupt
    return history


def _print_scores(model: nn.MLP, task: Task) -> None:
    for name, part in (("training", task.train), ("held_out", task.held_out)):
        outputs = nn.predict(model, part.X)
        if task.table.classes:
            percent = 100 * nn.accuracy(outputs, part.y)
            print(say(f"command.{name}_accuracy", count=len(part), percent=percent))
        else:
            error = float(np.sqrt(np.mean((np.array(outputs) - part.y) ** 2)))
            size = float(task.targets.deviation[0])
            print(say(f"command.{name}_error", count=len(part), error=number(error * size),
                      target=task.table.target_name, deviation=number(size)))  # fmt: skip


def _check(model: nn.MLP, task: Task) -> Report:
    rows, targets = task.train.X[:ROWS_CHECKED].tolist(), task.train.y[:ROWS_CHECKED].tolist()
    chosen = [value for layer in model.layers for value in (layer.neurons[0].w[0], layer.neurons[0].b)]

    def loss() -> Value:
        return task.loss([model(row) for row in rows], targets)

    return autograd.gradcheck(loss, (), parameters=chosen, raise_error=False)


def _graph(model: nn.MLP, task: Task) -> GraphPicture:
    """A card a neuron or, where those are too many, a layer."""
    x, y = task.train.sample(0)
    inputs = [Value(xi, label=name) for xi, name in zip(x, task.table.feature_names)]
    model.zero_grad()
    loss = task.loss([model(inputs)], [y])
    loss.label = "loss"
    loss.backward()
    try:
        return draw(loss, fold="neuron")
    except DrawError:
        return draw(loss, fold="layer")


def _plots(history: nn.History, task: Task, folder: Path) -> list[Path]:
    """The paths of the plots, none if matplotlib is not installed."""
    trained, unseen = say("plot.training"), say("plot.held_out")
    try:
        losses = plots.loss({trained: history.loss, unseen: history.validation_loss})
    except MissingLibraryError as error:
        print(say("command.no_plots", reason=error))
        return []
    saved = [losses.save(folder / "loss.svg")]
    if task.table.classes:
        plot = plots.accuracy({trained: history.metric("accuracy"), unseen: history.validation_metric("accuracy")})
        saved.append(plot.save(folder / "accuracy.svg"))
    return saved


def _take_scales(model: nn.MLP, task: Task) -> None:
    """Move the scales into the first and last layer's weights: the saved model takes rows as the table has them."""
    for neuron in model.layers[0].neurons:
        for weight, mean, deviation in zip(neuron.w, task.inputs.mean.tolist(), task.inputs.deviation.tolist()):
            weight.data /= deviation
            neuron.b.data -= weight.data * mean
    for neuron in model.layers[-1].neurons:
        for parameter in (*neuron.w, neuron.b):
            parameter.data *= float(task.targets.deviation[0])
        neuron.b.data += float(task.targets.mean[0])


@contextmanager
def _drafts_of(folder: Path) -> Iterator[Path]:
    """A place to write to; when all is written it moves to the folder, which is so never half full.

    It lies in the folder, so that one that cannot be written to is found out before any training.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder, prefix=".drafts-") as drafts:
            yield Path(drafts)
            for path in Path(drafts).iterdir():
                path.replace(folder / path.name)
    except OSError as error:
        reason = str(error) if error.errno is None else os.strerror(error.errno)
        told = say("command.cannot_write", reason=reason)
        raise OSError(error.errno, told, str(folder)) from error
