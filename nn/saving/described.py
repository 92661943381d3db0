"""What a model, an optimizer, a rate and a loss are, as JSON: files say it, and it is compared with what is given."""

from __future__ import annotations

import functools
import inspect
from itertools import groupby

from ..models.layers import MLP, Layer, Neuron
from ..models.module import Module, modules_in
from ..optim.optimizers import Optimizer
from ..optim.rate import Memoryless, Schedule
from .files import CheckpointError, Json

Content = dict[str, Json]


def model_settings(model: Module) -> Content | None:
    """How to build an MLP again; None where a file cannot say it: other classes, own functions, odd parts."""
    if type(model) is not MLP or not _is_regular(model):
        return None
    return {
        "nin": model.nin,
        "nouts": list(model.nouts),
        "activations": list(model.activations),
        "init": model.init if isinstance(model.init, str) else "uniform",
        "fused": model.fused,
    }


def _is_regular(model: MLP) -> bool:
    """Whether each neuron is one that ``MLP`` would make, and no parameter is shared."""
    sizes = [model.nin, *model.nouts]
    count = sum((inputs + 1) * outputs for inputs, outputs in zip(sizes, sizes[1:]))
    return len(set(model.parameters())) == count and all(
        type(layer) is Layer and len({neuron.activation for neuron in layer.neurons}) == 1
        and all(type(n) is Neuron and n.is_portable and n.fused == model.fused for n in layer.neurons)
        for layer in model.layers
    )  # fmt: skip


def activations_of(model: Module) -> list[Json]:
    """The activation of each neuron within, in order, as [name, how many follow each other]."""
    names = [module.activation for module in modules_in(model) if isinstance(module, Neuron)]
    return [[name, len(list(run))] for name, run in groupby(names)]


def optimizer_settings(optimizer: Optimizer) -> Content:
    """The numbers and flags that an optimizer was made with, but its rate."""
    names = [name for name in inspect.signature(type(optimizer)).parameters if name in vars(optimizer)]
    found = {name: vars(optimizer)[name] for name in names}
    return {name: json for name, item in found.items() if (json := _plain(item)) is not None}


def rate_name(schedule: Schedule) -> str:
    """A schedule and its settings; a function of one's own by its name."""
    if isinstance(schedule, Memoryless):
        return name_of(schedule.formula)
    names = [name for name in inspect.signature(type(schedule)).parameters if name in vars(schedule)]
    settings = [(name, vars(schedule)[name]) for name in names]
    shown = [f"{name}={_worded(item)}" for name, item in settings]
    return f"{type(schedule).__name__}({', '.join(shown)})"


def name_of(function: object) -> str:
    """The name of a function, with the settings that ``functools.partial`` gives it."""
    if isinstance(function, functools.partial):
        settings = [*map(_worded, function.args), *(f"{k}={_worded(item)}" for k, item in function.keywords.items())]
        return f"{name_of(function.func)}({', '.join(settings)})"
    return getattr(function, "__name__", type(function).__name__).removeprefix("_")


def compare(name: str, what: str, found: Json, given: Json, remedy: str = "give the same") -> None:
    """Refuse what differs, naming both sides.

    Raises:
        CheckpointError: found is not given.
    """
    if found != given:
        raise CheckpointError(
            f"{name} was saved with the {what} {_shown(found)}, and what is given has {_shown(given)}: {remedy}"
        )


def compare_settings(name: str, what: str, found: Json, given: Content, but: tuple[str, ...] = ()) -> None:
    """``compare`` for each setting in both."""
    if not isinstance(found, dict):
        raise CheckpointError(f"{name}: the settings of its {what} are {found!r:.60}, not an object; use another copy")
    for key in [key for key in given if key not in but]:
        compare(name, f"{what}'s {key}", found.get(key), given[key])


def _shown(item: Json) -> str:
    return f"{item!r:.100}"


def _worded(item: object) -> str:
    if isinstance(item, Schedule):
        return rate_name(item)
    return repr(item) if _plain(item) is not None else name_of(item)


def _plain(item: object) -> Json:
    if isinstance(item, (bool, int, float, str)):
        return item
    if isinstance(item, (tuple, list)) and all(isinstance(part, (bool, int, float, str)) for part in item):
        return list(item)
    return None
