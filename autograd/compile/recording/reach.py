"""Reach: the containers that a function can read from beside its arguments, found once.

Only what the code names is followed where that can be told: of globals, of one's own modules and classes, and of the
instances of one's own classes, the names that occur in the functions that were reached. (A list of losses that another
method appends to is nothing that this function depends on.)
"""

from __future__ import annotations

import functools
import sys
import types
from collections import ChainMap, UserDict, UserList, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter, itemgetter
from typing import Any

import numpy as np

from ...value import Constant, Value
from ..carrying import Carried

LARGEST_ARRAY = 4096  # bytes; larger arrays are not compared
_OURS = __package__.partition(".")[0]
_LEAVES = (Value, int, float, complex, bool, str, bytes, type(None), range, np.generic)
_EQUAL_IS_SAME = (Value, str, bytes, list, tuple, dict)  # or, of containers, is seen once it differs
_HOLDERS = (types.SimpleNamespace, ChainMap, UserDict, UserList)
_DEFINED = (type, types.FunctionType, types.BuiltinFunctionType, np.ufunc)
_NOT_CALLED = ("__init__", "__new__", "__repr__", "__str__", "__post_init__", "__reduce__", "__getstate__")
_READS_ANY = {"getattr", "hasattr", "vars", "__dict__", "asdict", "astuple", "fields"}


class Part:
    """Some of the objects: what one container holds.

    Args:
        path: what the container is called.
        live: the container, or what iterates over the objects as they are now.
        keys: what each item is called after the path, e.g. ``".rate"``; None: by number.
        copy: a copy of a list or a dict that may be compared by ``==``, which takes a nanosecond an item. That is as
            good as identity where no item is a number that equals one of another type or sign: an inner list that is
            replaced by an equal one matters once it differs, and is seen then.
    """

    __slots__ = ("copy", "items", "keys", "live", "path")

    def __init__(
        self, path: str, live: Iterable[object], keys: Sequence[str] | None = None, copy: object = None
    ) -> None:
        self.path, self.live, self.keys, self.copy = path, live, keys, copy
        self.items = self.now()

    def now(self) -> list[object]:
        """The objects as they are now."""
        return list(self.live.values()) if isinstance(self.live, dict) else list(self.live)

    def name(self, i: int) -> str:
        """What the item is called."""
        if self.keys is None:
            return f"{self.path}[{i}]".lstrip(".")
        return f"{self.path}{self.keys[i] if i < len(self.keys) else ''}".lstrip(".")


class _Read:
    """What ``get`` finds in ``source``, afresh at each iteration."""

    __slots__ = ("_get", "_source")

    def __init__(self, get: Callable[[Any], Iterable[object]], source: object) -> None:
        self._get, self._source = get, source

    def __iter__(self) -> Iterator[object]:
        return iter(self._get(self._source))


content = attrgetter("cell_contents")  # of a closure cell


class Cells:
    """What closure cells hold."""

    __slots__ = ("cells",)

    def __init__(self, cells: Sequence[types.CellType]) -> None:
        self.cells = cells

    def __iter__(self) -> Iterator[object]:
        return map(content, self.cells)


class _Contents:
    """The bytes and the shape of an array: the same objects as long as they are equal."""

    __slots__ = ("_array", "_last")

    def __init__(self, array: np.ndarray | bytearray | memoryview) -> None:
        self._array = array
        self._last: tuple[object, object] = (b"", ())

    def __iter__(self) -> Iterator[object]:
        array = self._array
        now = array.tobytes() if isinstance(array, np.ndarray) else bytes(array), getattr(array, "shape", ())
        if now != self._last:
            self._last = now
        return iter(self._last)


def reach(function: Callable[..., object]) -> list[Part]:
    """What the function reaches, container by container; [] if it closes over nothing."""
    names: set[str] = set()
    while True:
        walk = _Walk(function, names)
        if len(walk.names) == len(names):
            return walk.parts
        names = walk.names  # a helper that was found reads more attributes: once more, with these


class _Walk:
    """One pass over everything that can be reached, given the names that the code reads."""

    def __init__(self, function: Callable[..., object], names: set[str]) -> None:
        self.names = set(names)
        self.any = bool(_READS_ANY & names)
        self.parts: list[Part] = []
        self.package = (getattr(function, "__module__", None) or type(function).__module__).partition(".")[0]
        self._seen: dict[int, object] = {}
        self._stack: list[tuple[object, str]] = [(function, "")]
        while self._stack:
            item, path = self._stack.pop()
            if not isinstance(item, _LEAVES) and id(item) not in self._seen:
                self._seen[id(item)] = item
                self._open(item, path)
            elif type(item) is Constant and id(item) not in self._seen:
                self._seen[id(item)] = item
                self._add(Part(path, _Read(_number, item), [".data"]))

    def _open(self, item: object, path: str) -> None:
        if isinstance(item, types.FunctionType):
            self._function(item, path)
        elif isinstance(item, types.MethodType):
            self._stack += [(item.__func__, path), (item.__self__, path or "self")]
        elif isinstance(item, (staticmethod, classmethod)):
            self._stack.append((item.__func__, path))
        elif isinstance(item, functools.partial):
            self._stack += [(item.func, path), (item.args, f"{path}.args"), (item.keywords, f"{path}.keywords")]
        elif isinstance(item, Carried):  # a program inside a program: what its own runs leave in it is no change
            self._stack.append((item._function, path))
        elif isinstance(item, (property, functools.cached_property)):
            self._stack.append((getattr(item, "fget", None) or getattr(item, "func", None), path))
        elif isinstance(item, type):
            self._class(item, path)
        elif isinstance(item, types.ModuleType):
            if self._is_own(item.__name__):
                self._named(vars(item), path)
        else:
            self._data(item, path)

    # ── code ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _function(self, function: types.FunctionType, path: str) -> None:
        cells = [cell for cell in function.__closure__ or () if _is_full(cell)]
        if cells:
            keys = [
                f".{name}"
                for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ())
                if _is_full(cell)
            ]
            self._add(Part("", Cells(cells), keys))
        if function.__kwdefaults__ or function.__defaults__ or path and self._is_own(function.__module__):
            self._add(Part(path, _Read(_made_of, function), [f".{name}" for name in _MADE_OF]))
        if self._is_own(function.__module__):
            read = _names_of(function.__code__)
            self.names |= read
            found = function.__globals__
            self._named(found, "", {name for name in read if name in found and not self._is_library(found[name])})
            if function.__dict__:
                self._stack.append((function.__dict__, f"{path}.__dict__"))

    def _class(self, cls: type, path: str) -> None:
        for base in cls.__mro__:
            if self._is_own(base.__module__):
                called = {
                    name for name, item in vars(base).items()
                    if name.startswith("__") and isinstance(item, types.FunctionType) and name not in _NOT_CALLED
                }  # fmt: skip
                self._named(vars(base), path, self.names | called)

    def _named(self, namespace: Iterable[str], path: str, names: Iterable[str] | None = None) -> None:
        """Watch some names of a namespace: those that the code reads."""
        found = [name for name in sorted(self.names if names is None else names) if name in namespace]
        if found:
            self._add(Part(path, _Read(_several(itemgetter, found), namespace), [f".{name}" for name in found]))

    # ── data ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _data(self, item: object, path: str) -> None:
        if isinstance(item, np.ndarray):
            self._array(item, path)
        elif isinstance(item, (bytearray, memoryview)):
            self._add(Part(path, _Contents(item), ["", ""]))
        elif isinstance(item, dict):
            keys = [f"[{key!r}]" for key in item]
            self._add(_compared(path, item, keys))
            self._add(Part(path, item.keys(), keys))  # and their order
        elif isinstance(item, types.MappingProxyType):
            keys = [f"[{key!r}]" for key in item]
            self._add(Part(path, _Read(_values_and_keys, item), [*keys, *keys]))
        elif isinstance(item, (tuple, frozenset)):
            self._stack += [(x, f"{path}[{i}]") for i, x in enumerate(item)]
        elif isinstance(item, list):
            self._add(_compared(path, item, None))
        elif isinstance(item, (set, deque)):
            self._add(Part(path, item))
        elif isinstance(item, attrgetter):
            self.names |= {name for dotted in item.__reduce__()[1] for name in dotted.split(".")}
        self._attributes(item, path)

    def _array(self, array: np.ndarray, path: str) -> None:
        if array.dtype == object:
            self._add(Part(path, _Read(_flat, array)))
        elif array.nbytes <= LARGEST_ARRAY:
            self._add(Part(path, _Contents(array), ["", ""]))

    def _attributes(self, item: object, path: str) -> None:
        """Watch the attributes of an instance of one's own class, of a model, or of a holder of others' data."""
        cls = type(item)
        ours = cls.__module__.partition(".")[0] == _OURS
        if not (ours or self._is_own(cls.__module__) or cls in _HOLDERS):
            return
        if not ours:
            self._stack.append((cls, path))
        slots = [name for base in cls.__mro__ for name in _slots(base) if hasattr(item, name)]
        if slots:
            self._add(Part(path, _Read(_several(attrgetter, slots), item), [f".{name}" for name in slots]))
        held = getattr(item, "__dict__", None)
        if held is not None and (self.any or any(not self._is_own(base.__module__) for base in cls.__mro__[:-1])):
            keys = [f".{name}" for name in held]
            self._add(Part(path, held, keys, held.copy()) if ours else Part(path, held.values(), keys))
        elif held is not None:
            read = sorted(name for name in self.names if name in held or hasattr(cls, name))  # or may come to hide one
            self._add(Part(path, _Read(functools.partial(map, held.get), read), [f".{name}" for name in read]))

    # ── the rest ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _add(self, part: Part) -> None:
        self.parts.append(part)
        stack = self._stack
        for i, item in enumerate(part.items):
            if type(item) is not Value and type(item) is not float:
                stack.append((item, part.name(i)))

    def _is_own(self, module: str | None) -> bool:
        """Whether the user wrote it: it is in the function's package, or in none that is installed; and not in ours."""
        root = (module or "").partition(".")[0]
        return root != _OURS and (root == self.package or _is_no_library(root))

    def _is_library(self, item: object) -> bool:
        """Whether it is a module, class or function of a library, which nobody replaces."""
        if isinstance(item, types.ModuleType):
            return not self._is_own(item.__name__)
        return isinstance(item, _DEFINED) and not self._is_own(item.__module__)


@functools.cache
def _is_no_library(root: str) -> bool:
    if root in sys.stdlib_module_names:
        return root == "__main__"
    file = getattr(sys.modules.get(root), "__file__", None) or ""
    return "site-packages" not in file and "dist-packages" not in file


def _names_of(code: types.CodeType) -> set[str]:
    """The globals and attributes that a function's code reads, the functions written inside it included.

    So may any name that stands in it as a text: ``hasattr(model, "flag")``, ``case Model(flag=x)``.
    """
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= _names_of(constant)
        else:
            texts = constant if isinstance(constant, tuple) else (constant,)
            names |= {text for text in texts if isinstance(text, str) and text.isidentifier()}
    return names


def _slots(cls: type) -> Sequence[str]:
    """The names of a class's slots, as attributes: Python mangles those that begin with two underscores."""
    slots = vars(cls).get("__slots__", ())
    names = [name for name in ([slots] if isinstance(slots, str) else slots) if not name.endswith("__")]
    return [f"_{cls.__name__.lstrip('_')}{name}" if name.startswith("__") else name for name in names]


def _compared(path: str, container: list[object] | dict[object, object], keys: Sequence[str] | None) -> Part:
    """A list or dict, compared by ``==`` where that is as good as identity."""
    part = Part(path, container, keys)
    if all(map(_differs_from_all_others, part.items)):
        part.copy = container.copy()
    elif isinstance(container, dict):
        return Part(path, _Read(_values_and_keys, container), [*(keys or ()), *(keys or ())])
    return part


def _differs_from_all_others(item: object) -> bool:
    """Whether nothing else equals the object and differs from it: 1 == True, 0.0 == -0.0, and users' ``__eq__``."""
    if type(item) is float:
        return item != 0.0
    return isinstance(item, _EQUAL_IS_SAME) or type(item).__eq__ is object.__eq__


def _several(getter: Callable[..., Any], names: Sequence[str]) -> Callable[[Any], Iterable[object]]:
    """A getter that gives a tuple, for one name too."""
    get = getter(*names)
    return get if len(names) > 1 else lambda source: (get(source),)


def _values_and_keys(source: Mapping[object, object]) -> Iterable[object]:
    return *source.values(), *source


def _number(constant: Constant) -> Iterable[object]:
    return (constant._data,)


def _flat(array: np.ndarray) -> Iterable[object]:
    return array.ravel().tolist()


_MADE_OF = ("__code__", "__defaults__", "__kwdefaults__")
_made_of = attrgetter(*_MADE_OF)  # of a function


def _is_full(cell: types.CellType) -> bool:
    try:
        _ = cell.cell_contents
    except ValueError:
        return False
    return True
