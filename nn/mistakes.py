"""Calls with arguments that a function does not take: told in a sentence, with what was probably meant."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from difflib import get_close_matches
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_RATE = "the rate belongs to the optimizer: optimizer=nn.Adam(model.parameters(), lr=0.01)"
_OF_OPTIMIZER = "it is a setting of the optimizer: optimizer=nn.SGD(model.parameters(), lr=0.1, momentum=0.9)"
_SIZES = "the sizes of the layers are one list, the last one too: nn.MLP(2, [16, 1])"
_BY_NAME = "fit takes the model, X and y; the rest is given by name: nn.fit(model, X, y, loss=nn.mse, epochs=10)"

MEANT = {  # by function and argument; "" for any function, "*" for one argument too many
    "fit": {
        "lr": _RATE, "learning_rate": _RATE, "rate": _RATE, "momentum": _OF_OPTIMIZER, "weight_decay": _OF_OPTIMIZER,
        "validation_split": "write validation=0.2", "validation_data": "write validation=(X, y)",
        "verbose": "write progress=True or False", "shuffle": "samples are always shuffled, in an order by seed",
        "patience": "write early_stopping=10", "criterion": "write loss=nn.mse", "loss_fn": "write loss=nn.mse",
        "loss": 'say what to make small: loss=nn.mse, or its name, loss="mse"',
        "y": "give the targets too: nn.fit(model, X, y, loss=nn.mse)", "*": _BY_NAME,
    },
    "MLP": {"*": _SIZES, "nouts": _SIZES, "hidden": _SIZES, "sizes": _SIZES, "out": _SIZES,
            "nonlin": 'write activation="tanh"; the last layer is linear'},
    "split": {"test_size": "write fraction=0.25", "*": "it gives two Samples, each with .X and .y: split(X, y, 0.25)"},
    "accuracy": {"*": "it takes outputs and targets: nn.accuracy(nn.predict(model, X), y)"},
    "": {
        "learning_rate": "write lr=0.1", "lr": "give the rate, such as lr=0.1", "params": "write parameters",
        "beta1": "write betas=(0.9, 0.999)", "beta2": "write betas=(0.9, 0.999)", "n_samples": "write samples=100",
        "random_state": "write seed=0",
    },
}  # fmt: skip


def guided(function: Callable[P, T]) -> Callable[P, T]:
    """The function; a call that does not fit its arguments says what was probably meant. Other calls cost nothing more.

    >>> guided(lambda samples: samples)(n_samples=3)
    Traceback (most recent call last):
    TypeError: <lambda> takes no argument n_samples: write samples=100
    """

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except TypeError:
            mistake = _mistake(function, args, kwargs)
            if mistake is None:
                raise
            raise TypeError(mistake) from None

    return call


def _mistake(function: Callable[..., object], args: tuple[object, ...], kwargs: dict[str, object]) -> str | None:
    """What is wrong with the arguments, and the remedy; None where they fit."""
    signature = inspect.signature(function)
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        reason = error
    else:
        return None
    name = function.__qualname__.removesuffix(".__init__").rpartition(".")[2]
    names = [parameter for parameter in signature.parameters if parameter != "self"]
    known = f"it takes {', '.join(names)}"
    foreign = next((key for key in kwargs if key not in names), None)
    if foreign is not None:
        near = get_close_matches(foreign, names, n=1)
        remedy = _meant(name, foreign) or (f"the nearest is {near[0]}" if near else known)
        return f"{name} takes no argument {foreign}: {remedy}"
    missing = next((key for key in names if f"'{key}'" in str(reason)), None)
    if missing is not None:
        return f"{name} lacks {missing}: {_meant(name, missing) or known}"
    count = len(args) - ("self" in signature.parameters)
    return f"{name} was given {count} arguments without a name: {_meant(name, '*') or known}"


def _meant(function: str, argument: str) -> str:
    return MEANT.get(function, {}).get(argument) or MEANT[""].get(argument, "")


def takes(function: Callable[..., object], count: int) -> bool:
    """Whether it can be called with so many arguments; True where Python cannot tell."""
    try:
        inspect.signature(function).bind(*[None] * count)
    except TypeError:
        return False
    except ValueError:  # some functions written in C have no signature
        return True
    return True
