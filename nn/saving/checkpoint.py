"""Models, optimizers and histories as JSON, with no code in them, and back. All is checked before any is changed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TypeGuard

from ...autograd.value import Value
from ..checks import ArgumentError, listed
from ..models import init
from ..models.layers import MLP, check_wiring
from ..models.module import Module
from ..optim.optimizers import Optimizer
from ..training.history import History
from . import files
from .described import activations_of, compare, compare_settings, model_settings
from .files import CheckpointError, Json
from .histories import history_content
from .sections import Content, is_finite, section
from .updates import optimizer_content, restored_of


def save(
    model: Module,
    path: str | PathLike[str],
    *,
    optimizer: Optimizer | None = None,
    history: History | None = None,
) -> Path:
    """Write a model, and the optimizer and history if given, to a JSON file; returns the file's full path.

    Raises:
        SaveError: (an OSError) it cannot be written; a file already there stays whole, and keeps its permissions. What
            is no regular file, or is read-only, is left alone.
        CheckpointError: (a ValueError) a parameter is nan or infinite.
        ArgumentError: (a ValueError) the layers of an MLP do not fit each other, or the optimizer moves parameters of
            another model.
        TypeError: not a model, optimizer or history.

    >>> model = MLP(2, [3, 1], seed=0)
    >>> path = save(model, "model.json")
    >>> load(path)([1.0, 2.0]).data == model([1.0, 2.0]).data
    True
    """
    check_model(model, "save takes the model first, then the path, as nn.save(model, 'model.json')")
    content: Content = {"model": model_content(model)}
    if optimizer is not None:
        check_optimizer(optimizer)
        if set(optimizer.parameters) - set(model.parameters()):
            raise ArgumentError("the optimizer moves parameters that are not this model's: save it with its own model")
        content["optimizer"] = optimizer_content(optimizer)
    if history is not None:
        if not isinstance(history, History):
            raise TypeError(f"history must be what nn.fit returns, got {type(history).__name__}: {history!r:.60}")
        content["history"] = history_content(history)
    return files.write(path, content)


def load(path: str | PathLike[str], into: Module | None = None, *, optimizer: Optimizer | None = None) -> Module:
    """The model in a file from ``save`` or ``fit``: a new MLP, or ``into``, which then gets the file's parameters.

    ``into`` is needed for models of your own class, and for MLPs whose activation is a function of your own.

    The file must say the same as what is given: the class of the model, its sizes and activations (how it starts does
    not count), the kind and settings of the optimizer (its rate does not count).

    Args:
        optimizer: receives the state that was saved with the model.

    Raises:
        CheckpointError: (a ValueError) the file is damaged or foreign, or does not fit; nothing has been changed.
        TypeError: not a model or optimizer.
        OSError: it cannot be opened.

    >>> load(save(MLP(2, [1], seed=0), "model.json"))
    MLP of [Layer of [LinearNeuron(2)]]
    """
    if into is not None:
        check_model(into, "into= takes a model, as nn.load('model.json', into=model)")
    if optimizer is not None:
        check_optimizer(optimizer)
    content, name = files.read(path), files.path_of(path).name
    model, numbers = fitting(content, into, name)
    restored = None if optimizer is None else restored_of(content, optimizer, name)
    for value, number in numbers:
        value.data = number
    if optimizer is not None and restored is not None:
        restored.give_to(optimizer)
    return model


def fitting(content: Content, into: Module | None, name: str) -> tuple[Module, list[tuple[Value, float]]]:
    """The model, and for each of its parameters the number in the file; nothing is changed.

    Raises:
        CheckpointError: the file's model is not this one, or cannot be built.
    """
    found = section(content, "model", name)
    numbers = parameter_numbers(found, name)
    model = into if into is not None else _rebuilt(found, len(numbers), name)
    named = named_parameters(model)
    _check_names(numbers, [parameter for parameter, _ in named], name)
    if into is not None:
        _check_kind(found, into, name)
    return model, [(value, numbers[parameter]) for parameter, value in named]


def check_model(model: object, remedy: str) -> None:
    """Refuse what is no model.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(model, Module):
        raise TypeError(f"{remedy}; got {type(model).__name__}: {model!r:.60}")


def check_optimizer(optimizer: object) -> None:
    """Refuse what is no optimizer.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(optimizer, Optimizer):
        raise TypeError(
            f"optimizer must be one, such as nn.Adam(model.parameters()), got {type(optimizer).__name__}: "
            f"{optimizer!r:.60}"
        )


# ── models ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def named_parameters(model: Module) -> list[tuple[str, Value]]:
    """The parameters with their names; numbered, where ``parameters()`` lists others than the attributes show."""
    named, listed_ = model.named_parameters(), model.parameters()
    if {value for _, value in named} == set(listed_):
        return named
    return [(f"parameters.{i}", value) for i, value in enumerate(listed_)]


def model_content(model: Module) -> Content:
    """A model's kind, how to build it again (MLPs of known parts only), and its parameters by name."""
    check_wiring(model)
    parameters: Content = {}
    for name, value in named_parameters(model):
        if not math.isfinite(value.data):
            raise CheckpointError(
                f"{name} is {value.data}: a model with nan or infinity cannot be saved; train it again"
            )
        parameters[name] = value.data
    return {
        "type": type(model).__name__,
        "settings": model_settings(model),
        "activations": activations_of(model),
        "parameters": parameters,
    }


def _check_kind(found: Content, model: Module, name: str) -> None:
    """Refuse another class, other sizes, other activations."""
    compare(name, "model", found.get("type"), type(model).__name__)
    compare(name, "activations", found.get("activations"), activations_of(model))
    settings = model_settings(model)
    if settings is not None and found.get("settings") is not None:
        compare_settings(name, "model", found["settings"], settings, but=("init", "activations"))


def _rebuilt(found: Content, parameters: int, name: str) -> MLP:
    settings = found.get("settings")
    if found.get("type") != "MLP" or not isinstance(settings, dict):
        raise CheckpointError(
            f"{name} holds a {found.get('type')!s:.60} that cannot be built from the file alone: build it yourself, "
            f"then nn.load({name!r}, into=model)"
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
            raise CheckpointError(f"{name}: {parameter:.80} is {number!r:.60}, not a finite number; use another copy")
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
