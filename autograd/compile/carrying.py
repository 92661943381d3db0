"""Programs in copies and pickles: a program is its function and its options, and is recorded anew where it arrives."""

from __future__ import annotations

import importlib
import pickle
import sys
from collections.abc import Callable
from copy import deepcopy
from functools import partial, reduce
from types import CellType, FrameType, FunctionType, MethodType, ModuleType
from typing import Any

Memo = dict[int, Any]


class Carried:
    """What is made of a function and options, and is copied and pickled as these."""

    _function: Callable[..., object]
    _options: tuple[object, ...]

    def __copy__(self) -> Any:
        return self._made(object.__new__(type(self)), self._function)

    def __deepcopy__(self, memo: Memo) -> Any:
        memo[id(self)] = copied = object.__new__(type(self))  # what the function is closed over may hold it
        return self._made(copied, with_its_values(self._function, memo))

    def _made(self, copied: Any, function: Callable[..., object]) -> Any:
        copied.__init__(function, *self._options)
        return copied

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        place = _home(self, self._function)
        return (type(self), (self._function, *self._options)) if place is None else (_by_name, place)


# ── deep copies ────────────────────────────────────────────────────────────────────────────────────────────────────


def with_its_values(function: Callable[..., Any], memo: Memo) -> Callable[..., Any]:
    """A deep copy of a function: of what it is closed over, of its defaults, of the object of a bound method.

    Python's ``deepcopy`` takes a function for one thing that never changes, so that a copied model would hold a program
    of the Values of the old one. What is found by name, globals and modules, is shared.

    Args:
        function: what to copy.
        memo: of the ``deepcopy`` that is under way; what it has copied already is taken from there.
    """
    if isinstance(function, MethodType):
        return MethodType(with_its_values(function.__func__, memo), deepcopy(function.__self__, memo))
    if type(function) is partial:
        whole = with_its_values(function.func, memo)
        return partial(whole, *deepcopy(function.args, memo), **deepcopy(function.keywords, memo))
    if not isinstance(function, FunctionType):
        return deepcopy(function, memo)
    if not (function.__closure__ or function.__defaults__ or function.__kwdefaults__ or function.__dict__):
        return function
    return memo[id(function)] if id(function) in memo else _copied(function, memo)


def _copied(function: FunctionType, memo: Memo) -> FunctionType:
    cells = function.__closure__ or ()
    fresh = [cell for cell in cells if id(cell) not in memo]
    memo.update({id(cell): CellType() for cell in fresh})  # functions that share a cell share its copy
    closure = tuple([memo[id(cell)] for cell in cells])
    copied = FunctionType(function.__code__, function.__globals__, function.__name__, None, closure)
    memo[id(function)] = copied  # before the cells are filled: the function may be in one of them
    for cell in fresh:
        _fill(memo[id(cell)], cell, memo)
    copied.__defaults__, copied.__kwdefaults__ = deepcopy((function.__defaults__, function.__kwdefaults__), memo)
    copied.__dict__.update({name: _thing(x, memo) for name, x in function.__dict__.items()})
    copied.__qualname__, copied.__module__, copied.__doc__ = (
        function.__qualname__,
        function.__module__,
        function.__doc__,
    )
    return copied


def _fill(copied: CellType, cell: CellType, memo: Memo) -> None:
    try:
        content = cell.cell_contents
    except ValueError:  # there is nothing in it yet
        return
    copied.cell_contents = _thing(content, memo)


def _thing(thing: Any, memo: Memo) -> Any:
    if isinstance(thing, ModuleType):
        return thing
    return with_its_values(thing, memo) if callable(thing) else deepcopy(thing, memo)


# ── pickles ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _by_name(module: str, name: str) -> Any:
    """What stands under that name in a module, which is imported."""
    return reduce(getattr, name.split("."), importlib.import_module(module))


def _home(program: object, function: Callable[..., Any]) -> tuple[str, str] | None:
    """The module and the name of a program that stands where its function would, as a decorator puts it there.

    None if pickle is to write the function.

    Raises:
        pickle.PicklingError: pickle finds functions by name, and this one has none.
    """
    function = _innermost(function)
    if not isinstance(function, FunctionType) or _writes_functions():
        return None
    place = (function.__module__, function.__qualname__)
    found = _found(*place)
    if found is program:
        return place
    if found is not function:
        raise pickle.PicklingError(
            f"a program is pickled as its function, which pickle finds by its name, and {place[1]} cannot be found by "
            f"its name in {place[0]}: compile a function that is defined at the level of a module, or pickle with "
            "cloudpickle (joblib's processes do), which writes lambdas and inner functions whole"
        )
    return None


def _innermost(function: Any) -> Any:
    while isinstance(function, (MethodType, partial)):
        if isinstance(function, MethodType):
            return None  # found by its object
        function = function.func
    return function


def _found(module: str, name: str) -> object:
    try:
        return reduce(getattr, name.split("."), sys.modules[module])
    except (KeyError, AttributeError):
        return None


def _writes_functions() -> bool:
    """Whether the pickler at work writes functions whole, as cloudpickle does: it is in the frames above us."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if hasattr(frame.f_locals.get("self"), "reducer_override"):
            return True
        frame = frame.f_back
    return False
