"""Models, optimizers and histories as JSON, with no code in them, and back. All is checked before any is changed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TypeGuard

import numpy as np

from ...autograd.value import Value
from ..checks import listed
from ..models import init
from ..models.layers import MLP
from ..models.module import Module
from ..optim.optimizers import Optimizer, Position
from ..training.history import Epoch, History, Iteration, Snapshot
from . import files
from .files import CheckpointError, Json

Content = dict[str, Json]


def save(
    model: Module,
    path: str | PathLike[str],
    *,
    optimizer: Optimizer | None = None,
    history: History | None = None,
) -> Path:
    """Write a model, and the optimizer and history if given, to a JSON file; returns the file's full path.

    Raises:
        SaveError: (an OSError) it cannot be written; a file already there stays whole.
        CheckpointError: (a ValueError) a parameter is nan or infinite.

    >>> model = MLP(2, [3, 1], seed=0)
    >>> path = save(model, "model.json")
    >>> load(path)([1.0, 2.0]).data == model([1.0, 2.0]).data
    True
    """
    content: Content = {"model": model_content(model)}
    if optimizer is not None:
        content["optimizer"] = optimizer_content(optimizer)
    if history is not None:
        content["history"] = history_content(history)
    return files.write(path, content)


def load(path: str | PathLike[str], into: Module | None = None, *, optimizer: Optimizer | None = None) -> Module:
    """The model in a file from ``save`` or ``fit``: a new MLP, or ``into``, which then gets the file's parameters.

    ``into`` is needed for models of your own class, and for MLPs whose activation is a function of your own.

    Args:
        optimizer: receives the state that was saved with the model.

    Raises:
        CheckpointError: (a ValueError) the file is damaged or foreign, or does not fit; nothing has been changed.
        OSError: it cannot be opened.

    >>> load(save(MLP(2, [1], seed=0), "model.json"))
    MLP of [Layer of [LinearNeuron(2)]]
    """
    content, name = files.read(path), Path(path).name
    found = section(content, "model", name)
    numbers = parameter_numbers(found, name)
    model = into if into is not None else _rebuilt(found, len(numbers), name)
    named = named_parameters(model)
    _check_names(numbers, [parameter for parameter, _ in named], name)
    position = None
    if optimizer is not None:
        position = position_of(section(content, "optimizer", name), optimizer, name)
        restore_schedule(section(content, "optimizer", name), optimizer, name)
    for parameter, value in named:
        value.data = numbers[parameter]
    if optimizer is not None and position is not None:
        optimizer.position = position
    return model


# ── models ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def named_parameters(model: Module) -> list[tuple[str, Value]]:
    """The parameters with their names; numbered, where ``parameters()`` lists others than the attributes show."""
    named, listed_ = model.named_parameters(), model.parameters()
    if {value for _, value in named} == set(listed_):
        return named
    return [(f"parameters.{i}", value) for i, value in enumerate(listed_)]


def model_content(model: Module) -> Content:
    """A model's kind, how to build it again (MLPs of known parts only), and its parameters by name."""
    parameters: Content = {}
    for name, value in named_parameters(model):
        if not math.isfinite(value.data):
            raise CheckpointError(
                f"{name} is {value.data}: a model with nan or infinity cannot be saved; train it again"
            )
        parameters[name] = value.data
    return {"type": type(model).__name__, "settings": _settings(model), "parameters": parameters}


def _settings(model: Module) -> Content | None:
    if type(model) is not MLP:
        return None
    by_name = all(neuron.is_portable for layer in model.layers for neuron in layer.neurons)
    start = model.init if isinstance(model.init, str) else "uniform"
    return {
        "nin": model.nin,
        "nouts": list(model.nouts),
        "activations": list(model.activations),
        "init": start,
        "fused": model.fused,
    } if by_name else None  # fmt: skip


def _rebuilt(found: Content, parameters: int, name: str) -> MLP:
    settings = found.get("settings")
    if found.get("type") != "MLP" or not isinstance(settings, dict):
        raise CheckpointError(
            f"{name} holds a {found.get('type')} that cannot be built from the file alone: build it yourself, then "
            f"nn.load({name!r}, into=model)"
        )
    nin, nouts, activations = settings.get("nin"), settings.get("nouts"), settings.get("activations")
    start, fused = settings.get("init"), settings.get("fused")
    if not (_is_size(nin) and _are_sizes(nouts) and _are_names(activations)
            and isinstance(start, str) and start in init.TABLE and isinstance(fused, bool)):  # fmt: skip
        raise CheckpointError(f"{name}: the description of the network is not that of an MLP: {settings!r:.200}")
    expected = sum((i + 1) * o for i, o in zip([nin, *nouts], nouts))
    if expected != parameters:
        raise CheckpointError(
            f"{name}: an MLP({nin}, {nouts}) has {expected} parameters, and the file has {parameters}"
        )
    try:
        return MLP(nin, nouts, activation=activations, init=start, seed=0, fused=fused)
    except ValueError as error:
        raise CheckpointError(f"{name}: {error}") from None


def _is_size(item: Json) -> TypeGuard[int]:
    return isinstance(item, int) and not isinstance(item, bool) and item >= 1


def _are_sizes(items: Json) -> TypeGuard[list[int]]:
    return isinstance(items, list) and bool(items) and all(map(_is_size, items))


def _are_names(items: Json) -> TypeGuard[list[str]]:
    return isinstance(items, list) and bool(items) and all(isinstance(item, str) for item in items)


def parameter_numbers(found: Content, name: str) -> dict[str, float]:
    """The parameters of a model's section, each a finite float."""
    numbers = {}
    for parameter, number in section(found, "parameters", name).items():
        if not is_finite(number):
            raise CheckpointError(f"{name}: {parameter} is {number!r:.60}, not a finite number; use another copy")
        numbers[parameter] = float(number)
    return numbers


def _check_names(numbers: dict[str, float], wanted: Sequence[str], name: str) -> None:
    missing, foreign = [n for n in wanted if n not in numbers], sorted(set(numbers) - set(wanted))
    if missing or foreign:
        lacks = f"lacks {listed(missing)}" if missing else ""
        has = f"has {listed(foreign)} besides" if foreign else ""
        raise CheckpointError(
            f"{name} has {len(numbers)} parameters and the model {len(wanted)}; the file "
            f"{' and '.join(filter(None, (lacks, has)))}. Build the model with the sizes that it was saved with"
        )


# ── optimizers ─────────────────────────────────────────────────────────────────────────────────────────────────────


def optimizer_content(optimizer: Optimizer) -> Content:
    """An optimizer's kind, how many updates it has made, and its state."""
    state: Content = {name: array.tolist() for name, array in optimizer.position.state.items()}
    memory: list[Json] = [number if math.isfinite(number) else None for number in optimizer.schedule.memory()]
    return {
        "type": type(optimizer).__name__,
        "iteration": optimizer.iteration,
        "state": state,
        "schedule": memory or None,
    }


def position_of(found: Content, optimizer: Optimizer, name: str) -> Position:
    """The position in an optimizer's section, checked against the optimizer that it is for."""
    if found.get("type") != type(optimizer).__name__:
        raise CheckpointError(
            f"{name} was saved with {found.get('type')}, not {type(optimizer).__name__}: use the same kind of optimizer"
        )
    iteration, arrays = found.get("iteration"), section(found, "state", name)
    if not isinstance(iteration, int) or iteration < 0:
        raise CheckpointError(f"{name}: the optimizer's iteration is {iteration!r:.60}, not a whole number")
    count = len(optimizer.parameters)
    for label, numbers in arrays.items():
        if not isinstance(numbers, list) or len(numbers) != count or not all(map(is_finite, numbers)):
            raise CheckpointError(f"{name}: the optimizer's {label!r} must be {count} finite numbers, one a parameter")
    return Position(iteration, {label: np.array(numbers, dtype=float) for label, numbers in arrays.items()})


def restore_schedule(found: Content, optimizer: Optimizer, name: str) -> None:
    """Restore the memory of the optimizer's schedule, if it has one."""
    count, memory = len(optimizer.schedule.memory()), found.get("schedule")
    if not count:
        return
    if not isinstance(memory, list) or len(memory) != count or not all(n is None or is_finite(n) for n in memory):
        raise CheckpointError(f"{name} was not saved with a schedule like this optimizer's: use the same")
    optimizer.schedule.restore([_finite(number) if number is not None else math.inf for number in memory])


# ── histories ──────────────────────────────────────────────────────────────────────────────────────────────────────


def history_content(history: History) -> Content:
    """A history as JSON; a metric that is nan becomes null."""
    epochs: list[Json] = []
    for record in history.epochs:
        measured = (record.metrics, record.validation_metrics)
        metrics: list[Json] = [{k: v if math.isfinite(v) else None for k, v in m.items()} for m in measured]
        epochs.append([record.loss, record.validation_loss, *metrics])
    return {
        "iterations": [list(record) for record in history.iterations],
        "epochs": epochs,
        "snapshots": [[record.iteration, [*record.parameters]] for record in history.snapshots],
        "iterations_per_epoch": history.iterations_per_epoch,
        "engine": history.engine,
        "why_eager": history.why_eager,
        "stopped": history.stopped,
        "starts": list(history.starts),
    }


def history_of(found: Content, name: str) -> History:
    """A history from its JSON."""
    try:
        return History(
            iterations=[Iteration(*map(_finite, _list(record))) for record in _list(found["iterations"])],
            epochs=[_epoch(record) for record in _list(found["epochs"])],
            snapshots=[_snapshot(record) for record in _list(found["snapshots"])],
            iterations_per_epoch=int(_finite(found["iterations_per_epoch"])),
            engine=str(found["engine"]),
            why_eager=str(found["why_eager"]),
            stopped=str(found["stopped"]),
            starts=[_finite(loss) for loss in _list(found["starts"])],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{name}: its history cannot be read ({error!r:.100}); use another copy") from None


def _epoch(record: Json) -> Epoch:
    loss, validation, *measured = _list(record)
    metrics, validated = ({k: math.nan if v is None else _finite(v) for k, v in _dict(m).items()} for m in measured)
    return Epoch(_finite(loss), None if validation is None else _finite(validation), metrics, validated)


def _snapshot(record: Json) -> Snapshot:
    iteration, parameters = _list(record)
    return Snapshot(int(_finite(iteration)), [_finite(number) for number in _list(parameters)])


# ── sections and numbers ───────────────────────────────────────────────────────────────────────────────────────────


def section(content: Content, key: str, name: str) -> Content:
    """A part of a document that must be there and be an object."""
    found = content.get(key)
    if not isinstance(found, dict):
        raise CheckpointError(f"{name} has no {key!r} section: it was not saved with one, or is another kind of file")
    return found


def is_finite(number: Json) -> TypeGuard[float]:
    """Whether it is a number that a float can hold, and finite."""
    try:
        return isinstance(number, (int, float)) and not isinstance(number, bool) and math.isfinite(number)
    except OverflowError:
        return False


def _finite(number: Json) -> float:
    if not is_finite(number):
        raise ValueError(f"{number!r:.60} is not a finite number")
    return float(number)


def _list(item: Json) -> list[Json]:
    if not isinstance(item, list):
        raise TypeError(f"{item!r:.60} is not a list")
    return item


def _dict(item: Json) -> Content:
    if not isinstance(item, dict):
        raise TypeError(f"{item!r:.60} is not an object")
    return item
