"""What a model and a loss are closed over, as a flat list that is quickly compared with what it is now.

A compiled program keeps the numbers, flags and parameters that were there when it was recorded. This list says whether
they still are: attributes of modules and of other objects of the user's, items of lists and dicts, what functions are
closed over, their defaults, and the globals that they name; in any depth, but not into installed packages. It is made
breadth first, so that its beginning holds what is nearest to the model and the loss.
"""

from __future__ import annotations

import sys
import types
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from operator import is_
from typing import Any

import numpy as np

from ...autograd.compile.recording.random_states import KINDS, SHARED, set_state, state_of
from ...autograd.context.state import is_installed
from ...autograd.value import Value
from ..models.module import Module

_OURS = __package__.partition(".")[0]
_MOST_BYTES = 4096  # of an array whose contents are compared
_NEAR = 64  # objects at the beginning of the list, which ``near`` compares
_ATOMS = (int, float, complex, str, bytes, type(None), Value)
_MISSING = object()


@dataclass
class _Holder:
    """One thing that holds others: how to read what it holds, what that was, and how to put it back."""

    path: str
    read: Callable[[], Sequence[object]]
    write: Callable[[Sequence[object]], None]
    names: Sequence[str]
    held: Sequence[object]
    lists: tuple[list[Any], list[Any]] | None = (
        None  # itself and a copy: for a list of numbers and Values, the usual one
    )

    def is_same(self) -> bool:
        """Whether it holds what it held."""
        if self.lists is not None:
            try:
                if self.lists[0] == self.lists[1]:  # compares what is not the same object, and so mostly nothing
                    return True
            except TypeError:  # a Value where a number was
                return False
        return _same(self.read(), self.held)


class Surroundings:
    """The objects that these roots hold, as of now.

    Args:
        roots: things by name, such as a model and a loss.

    >>> options = {"factor": 1.0}
    >>> closed = Surroundings({"options": options})
    >>> options["factor"] = 2.0
    >>> closed.moved()
    "options['factor']"
    """

    def __init__(self, roots: dict[str, object]) -> None:
        self._holders: list[_Holder] = []
        self.sources: list[Any] = [*SHARED]  # of random numbers
        self._walk(roots)
        pairs = [holder.lists for holder in self._holders if holder.lists is not None]
        self._lists, self._copies = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        self._others = [holder for holder in self._holders if holder.lists is None]
        counts = np.cumsum([len(holder.held) for holder in self._holders])
        self._near = self._holders[: int(np.searchsorted(counts, _NEAR)) + 1]

    def moved(self) -> str:
        """The name of what is no longer the same; "" if all is."""
        try:
            if self._lists == self._copies and all(_same(holder.read(), holder.held) for holder in self._others):
                return ""
        except TypeError:  # a Value where a number was
            pass
        return _difference(self._holders)

    def near_moved(self) -> str:
        """The same of the beginning of the list alone."""
        return _difference(self._near)

    def put_back(self) -> None:
        """Give each holder what it held."""
        for holder in self._holders:
            if not holder.is_same():
                holder.write(holder.held)

    def random_states(self) -> list[object]:
        """The states of all sources of random numbers: Python's, NumPy's, and those among the objects."""
        return [state_of(source) for source in self.sources]

    def put_back_random(self, states: Sequence[object]) -> bool:
        """Set the sources to these states; whether any of them was at another."""
        drawn = [
            (source, state) for source, state in zip(self.sources, states) if repr(state_of(source)) != repr(state)
        ]
        for source, state in drawn:
            set_state(source, state)
        return bool(drawn)

    # ── the walk ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _walk(self, roots: dict[str, object]) -> None:
        waiting: deque[tuple[str, object]] = deque(roots.items())
        seen: set[int] = set()
        while waiting:
            path, thing = waiting.popleft()
            if id(thing) in seen:
                continue
            seen.add(id(thing))
            if isinstance(thing, KINDS):
                self.sources.append(thing)
            for holder in _holders(path, thing):
                self._holders.append(holder)
                waiting.extend(pair for pair in zip(holder.names, holder.held) if not isinstance(pair[1], _ATOMS))


def _same(now: Sequence[object], then: Sequence[object]) -> bool:
    """Whether these are the same objects, or equal numbers and texts."""
    return len(now) == len(then) and (
        all(map(is_, now, then)) or all(a is b or _equal(a, b) for a, b in zip(now, then))
    )


def _equal(a: object, b: object) -> bool:
    """Whether it makes no difference which: equal numbers and texts, and what a model keeps of its last call."""
    if isinstance(a, Value) and isinstance(b, Value):
        return _is_computed(a) and _is_computed(b)
    return type(a) is type(b) and isinstance(a, (int, float, str, bytes)) and (a == b or (a != a and b != b))


def _is_computed(value: Value) -> bool:
    return value.op is not None or value.is_constant


def _difference(holders: Sequence[_Holder]) -> str:
    for holder in holders:
        if not holder.is_same():
            now = holder.read()
            changed = (name for name, a, b in zip(holder.names, now, holder.held) if a is not b and not _equal(a, b))
            return next(changed, holder.path) if len(now) == len(holder.held) else holder.path
    return ""


# ── what holds what ────────────────────────────────────────────────────────────────────────────────────────────────


def _holders(path: str, thing: object) -> Iterator[_Holder]:
    """What this thing holds directly."""
    if isinstance(thing, np.ndarray):
        yield from _of_array(path, thing)
    elif isinstance(thing, (list, tuple, set, frozenset)):
        yield _of_items(path, thing)
    elif isinstance(thing, dict):
        yield _of_dict(path, thing, list(thing), lambda key: f"{path}[{key!r:.20}]")
    elif isinstance(thing, types.FunctionType):
        yield from _of_function(path, thing)
    elif isinstance(thing, types.MethodType):
        yield _fixed(path, (thing.__self__, thing.__func__))
    elif isinstance(thing, partial):
        yield _fixed(path, (thing.func, *thing.args, *thing.keywords.values()))
    elif isinstance(thing, type):
        yield from _of_classes(path, thing)
    elif not isinstance(thing, types.ModuleType):
        yield from _of_instance(path, thing)


def _fixed(path: str, held: Sequence[object]) -> _Holder:
    """What cannot change, but may hold what can."""
    return _Holder(path, lambda: held, lambda items: None, [path] * len(held), held)


def _of_items(path: str, items: Any) -> _Holder:
    def write(held: Sequence[object]) -> None:
        if isinstance(items, list):
            items[:] = held

    held = tuple(items)
    plain = isinstance(items, list) and all(isinstance(item, _ATOMS) for item in items)
    names = [f"{path}[{i}]" for i in range(len(held))]
    return _Holder(path, lambda: tuple(items), write, names, held, (items, list(items)) if plain else None)


def _of_dict(path: str, found: Any, keys: list[Any], name: Callable[[Any], str]) -> _Holder:
    def write(held: Sequence[object]) -> None:
        for key in [key for key in found if key not in keys]:
            del found[key]
        found.update(zip(keys, held))

    held = tuple(found.values())
    return _Holder(path, lambda: tuple(found.values()), write, [name(key) for key in keys], held)


def _of_names(path: str, found: Any, keys: Sequence[str]) -> _Holder:
    """Some names of a module or a class."""

    def read() -> Sequence[object]:
        return [found.get(key, _MISSING) for key in keys]

    def write(held: Sequence[object]) -> None:
        if isinstance(found, dict):
            found.update({key: item for key, item in zip(keys, held) if item is not _MISSING})

    return _Holder(path, read, write, [f"{path}.{key}" if path else key for key in keys], read())


def _of_array(path: str, array: np.ndarray) -> Iterator[_Holder]:
    if array.dtype == object:
        items = array.ravel().tolist()
        yield _Holder(path, lambda: array.ravel().tolist(), lambda held: None, [path] * len(items), items)
    elif array.nbytes <= _MOST_BYTES:
        before = array.copy()

        def write(held: Sequence[object]) -> None:
            array[...] = before

        yield _Holder(path, lambda: (array.tobytes(),), write, [path], (array.tobytes(),))


def _of_function(path: str, function: types.FunctionType) -> Iterator[_Holder]:
    code, cells = function.__code__, function.__closure__ or ()

    def read() -> Sequence[object]:
        return [_contents(cell) for cell in cells]

    def write(held: Sequence[object]) -> None:
        for cell, item in zip(cells, held):
            if item is not _MISSING:
                cell.cell_contents = item

    if cells:
        yield _Holder(path, read, write, list(code.co_freevars), read())
    defaults = (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
    if defaults:
        yield _fixed(path, defaults)
    if _is_users(function.__module__):
        yield from _of_globals(function.__globals__, _names(code))


def _contents(cell: types.CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:
        return _MISSING


def _of_globals(found: dict[str, Any], names: Sequence[str]) -> Iterator[_Holder]:
    """The globals of these names, and in modules of the user's what is named beside them."""
    keys = [name for name in names if name in found]
    yield _of_names("", found, keys)
    for key in keys:
        module = found[key]
        if isinstance(module, types.ModuleType) and _is_users(module.__name__):
            yield _of_names(key, vars(module), [name for name in names if name in vars(module)])


def _names(code: types.CodeType) -> list[str]:
    """The globals and attributes that the code names, in functions inside of it too."""
    inner = (constant for constant in code.co_consts if isinstance(constant, types.CodeType))
    return list(dict.fromkeys(chain(code.co_names, *map(_names, inner))))


def _of_instance(path: str, thing: object) -> Iterator[_Holder]:
    """Attributes of an object of the user's, or of a Module; and of the user's classes that it is of."""
    users = [kind for kind in type(thing).__mro__ if _is_users(kind.__module__)]
    if not users and not isinstance(thing, Module):
        return
    attributes = getattr(thing, "__dict__", None)
    if isinstance(attributes, dict):
        yield _of_dict(path, attributes, list(attributes), lambda key: f"{path}.{key}")
    slots = [slot for kind in users for slot in vars(kind).values() if isinstance(slot, types.MemberDescriptorType)]
    if slots:
        yield _of_slots(path, thing, slots)
    yield from _of_classes(path, type(thing))


def _of_slots(path: str, thing: object, slots: Sequence[types.MemberDescriptorType]) -> _Holder:
    names = [slot.__name__ for slot in slots]

    def read() -> Sequence[object]:
        return [getattr(thing, name, _MISSING) for name in names]

    def write(held: Sequence[object]) -> None:
        for name, item in zip(names, held):
            if item is not _MISSING:
                setattr(thing, name, item)

    return _Holder(path, read, write, [f"{path}.{name}" for name in names], read())


def _of_classes(path: str, found: type) -> Iterator[_Holder]:
    """What a class says for its instances, in classes of the user's that it inherits from too."""
    for kind in found.__mro__:
        if _is_users(kind.__module__):
            yield _of_names(path, vars(kind), [key for key in vars(kind) if not _is_pythons(key)])


def _is_pythons(name: str) -> bool:
    return name.startswith("__") and name != "__call__"


def _is_users(module: str | None) -> bool:
    """Whether a module is neither installed nor ours."""
    if module is None or module == _OURS or module.startswith(f"{_OURS}."):
        return False
    file = getattr(sys.modules.get(module), "__file__", None)
    return module not in sys.builtin_module_names and (file is None or not is_installed(file))
