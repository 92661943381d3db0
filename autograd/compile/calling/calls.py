"""What a program is called with: the numbers that vary, and the form around them, which is recorded once for each form.

Strings, None, bare bools and what is named as static belong to the form, as do the names of keyword arguments, the keys
of dicts and the classes of dataclasses. Everything else has to be numbers.
"""

from __future__ import annotations

import dataclasses
import inspect
import numbers
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ...functional import Nested
from ...value import Value

Form = tuple[Any, ...]
_LEAF: Form = ("numbers",)
_SIMPLE = frozenset((float, int))


@dataclasses.dataclass(slots=True)
class Call:
    """The arguments of one call, taken apart.

    Attributes:
        data: numbers, arrays, and nested lists of numbers: what the recorded function is given.
        forms: what stands around them, one form for each argument; () where the data are the arguments themselves.
        names: of the last arguments, which were given by keyword.
    """

    data: Sequence[Nested]
    forms: tuple[Form, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def key(self) -> object:
        """What the call has in common with those that the same recording can serve."""
        return (self.forms, self.names) if self.forms else ()

    def of_data(self, function: Callable[..., object]) -> Callable[..., object]:
        """The function of the data alone."""
        if not self.forms:
            return function
        forms, names = self.forms, self.names
        first = len(forms) - len(names)

        def of_data(*data: object) -> object:
            given = _restored(forms, data)
            return function(*given[:first], **dict(zip(names, given[first:])))

        return of_data

    def around(self, gradients: Sequence[object]) -> list[object]:
        """Gradients of the data as gradients of the arguments that have numbers."""
        if not self.forms:
            return list(gradients)
        return [x for x, form in zip(_restored(self.forms, gradients), self.forms) if _has_numbers(form)]


def call(args: Sequence[object], kwargs: Mapping[str, object], static: Static, batch: bool) -> Call:
    """Take the arguments of a call apart.

    Raises:
        TypeError: something is neither made of numbers nor static.
    """
    if not (kwargs or static.names) and all(map(_is_simple, args)):
        return Call(args)  # type: ignore[arg-type]  # it has been looked at
    data: list[Nested] = []
    forms = []
    for name, arg in [*zip(static.positional(len(args)), args), *kwargs.items()]:
        forms.append(_fixed(arg, name) if name in static.names else _form(arg, data, name, batch))
    return Call(data, tuple(forms), tuple(kwargs))


class Static:
    """The arguments that are static, by name.

    Raises:
        ValueError: the function has no argument of that name.
    """

    def __init__(self, function: Callable[..., object], names: Sequence[str]) -> None:
        self.names = frozenset((names,) if isinstance(names, str) else names)
        self._positional: list[str] = []
        try:
            found = inspect.signature(function).parameters
        except (TypeError, ValueError):
            return
        by_position = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        self._positional = [name for name, p in found.items() if p.kind in by_position]
        unknown = sorted(self.names - found.keys())
        if unknown and not any(p.kind is inspect.Parameter.VAR_KEYWORD for p in found.values()):
            raise ValueError(f"static={unknown[0]!r}: the function has no such argument, only {', '.join(found)}")

    def positional(self, count: int) -> list[str]:
        """The names of so many positional arguments."""
        return [*self._positional[:count], *(f"argument {i}" for i in range(len(self._positional), count))]


def _is_simple(arg: object) -> bool:
    """Whether an argument is numbers, an array, or a nested list of these, and so is its own form."""
    kind = type(arg)
    if kind is np.ndarray or kind is float:
        return True
    if kind in (list, tuple):
        return set(map(type, arg)) <= _SIMPLE or all(type(x) is bool or _is_simple(x) for x in arg)  # type: ignore[attr-defined, call-overload]  # a list
    return kind is int or isinstance(arg, (Value, np.floating, np.integer))


def _form(arg: object, data: list[Nested], name: str, batch: bool) -> Form:
    """The form of an argument; its numbers are added to the data."""
    if arg is None or isinstance(arg, (str, bytes, bool, np.bool_)):
        return _fixed(arg, name)
    if isinstance(arg, Mapping):
        return ("dict", tuple(arg), tuple([_form(x, data, f"{name}[{key!r}]", batch) for key, x in arg.items()]))
    if dataclasses.is_dataclass(arg) and not isinstance(arg, type):
        names = tuple(field.name for field in dataclasses.fields(arg))
        return (
            "dataclass",
            type(arg),
            names,
            tuple([_form(getattr(arg, x), data, f"{name}.{x}", batch) for x in names]),
        )
    named = isinstance(arg, tuple) and hasattr(arg, "_fields")
    if isinstance(arg, (list, tuple)) and (named or not batch) and not _is_simple(arg):
        items = [x if type(x) is not bool else float(x) for x in arg]
        return ("list", type(arg), tuple([_form(x, data, f"{name}[{i}]", batch) for i, x in enumerate(items)]))
    data.append(_numbers(arg, name))
    return _LEAF


def _numbers(arg: object, name: str) -> Nested:
    """A number, a list or an array of numbers."""
    if isinstance(arg, (list, tuple, np.ndarray, Value, numbers.Real)):
        return arg  # type: ignore[return-value]  # what is in it is looked at when it is copied
    if isinstance(arg, range):
        return [float(x) for x in arg]
    if hasattr(arg, "__array__"):
        return np.asarray(arg)
    raise TypeError(
        f"{name} is a {type(arg).__name__}, whose numbers a program cannot find: pass numbers, or lists, tuples, "
        f"dicts, dataclasses or arrays of them; or name it in gg.compile(f, static=({name!r},)) if it is fixed"
    )


def _fixed(arg: object, name: str) -> Form:
    try:
        hash(arg)
    except TypeError:
        raise TypeError(
            f"{name} is static, so it must be hashable, and a {type(arg).__name__} is not: pass a tuple or a string"
        ) from None
    return ("static", type(arg), arg)


def _has_numbers(form: Form) -> bool:
    return form is _LEAF or form[0] != "static" and any(map(_has_numbers, form[-1]))


def _restored(forms: Sequence[Form], data: Sequence[object]) -> list[object]:
    """The arguments again, with these data in them."""
    following = iter(data)
    return [_filled(form, following) for form in forms]


def _filled(form: Form, data: Iterator[object]) -> object:
    kind = form[0]
    if kind == "numbers":
        return next(data)
    if kind == "static":
        return form[2]
    items = [_filled(inner, data) for inner in form[-1]]
    if kind == "dict":
        return dict(zip(form[1], items))
    made = form[1]
    if kind == "list":
        return made(*items) if hasattr(made, "_fields") else made(items)
    new = made.__new__(made)
    for name, item in zip(form[2], items):
        object.__setattr__(new, name, item)  # the class may be frozen
    return new
