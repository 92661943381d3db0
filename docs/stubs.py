"""Write the type stubs afresh: what checkers and editors are told of the names that Python makes at run time.

python docs/stubs.py            # after a change of a row, of a function made of rows, or of an ``__all__``
python docs/stubs.py --check    # whether they are current

``autograd/__init__.pyi`` has each row as a function, ``autograd/methods.pyi`` as a method of ``Value``, and
``src/glassgrad/__init__.pyi`` the names of the door. A function is written out for each kind of number: floats give a
float, and a Value among the operands gives a Value.
"""

from __future__ import annotations

import inspect
import itertools
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from inspect import Parameter, Signature
from pathlib import Path
from textwrap import fill
from types import ModuleType

import glassgrad as gg
from glassgrad.autograd import functions
from glassgrad.autograd.op import TABLE

ROOT = Path(__file__).parents[1]
HEADER = "# Written by `python docs/stubs.py`: what is changed here by hand is lost."
WIDTH = 120


def stubs() -> dict[Path, str]:
    """The text of each stub."""
    texts = {"src/glassgrad/__init__.pyi": door(), "autograd/__init__.pyi": engine(), "autograd/methods.pyi": methods()}
    return {ROOT / path: "\n".join([HEADER, "", *lines, ""]) for path, lines in texts.items()}


def door() -> Iterator[str]:
    """The names of ``glassgrad``: its own, and the engine's."""
    own = [name for name in gg.__all__ if name not in gg.autograd.__all__]
    packages = [name for name in own if isinstance(getattr(gg, name), ModuleType)]
    yield from _import(".", packages)
    yield "from .autograd import *"
    yield from imports(gg, set(own) - {*packages})
    yield from ("", "__version__: str", "", *_all(own), "__all__ += autograd.__all__")


def engine() -> Iterator[str]:
    """The names of ``glassgrad.autograd``: rows and functions written out, the others imported."""
    names = gg.autograd.__all__
    written = [name for name in names if name in TABLE or name in functions.__all__]
    yield from ("from collections.abc import Iterable", "from typing import overload", "")
    yield from imports(gg.autograd, set(names) - {*written})
    yield from ("", *_all(names), "")
    for name in written:
        yield from overloads(name, getattr(gg.autograd, name))


def methods() -> Iterator[str]:
    """The methods of ``Value`` that are made from rows and functions, as a base class."""
    yield from ("from .value import Value", "", "class Methods:")
    for name, made in vars(gg.Value).items():
        if inspect.isfunction(made) and hasattr(made, "__wrapped__") or made in vars(functions).values():
            yield f"    def {name}{method(made)}: ..."


def imports(package: ModuleType, names: Iterable[str]) -> Iterator[str]:
    """Import statements that take these names of the package from the modules that define them."""
    homes: dict[str, list[str]] = {}
    for name in names:
        homes.setdefault(getattr(package, name).__module__.removeprefix(package.__name__), []).append(name)
    for home in sorted(homes):
        yield from _import(home, homes[home])


# ── a function for each kind of number ─────────────────────────────────────────────────────────────────────────────


def overloads(name: str, made: Callable[..., object]) -> Iterator[str]:
    """The function for floats, with its first line of help, and for Values."""
    floats, *others = map(_text, kinds(generic(made)))
    yield from ("@overload", f"def {name}{floats}:", f'    """{said(made)}"""', "")
    for signature in others:
        yield from ("@overload", f"def {name}{signature}: ...")


def said(made: Callable[..., object]) -> str:
    """The first line of the help. A function of Python's own has other words in each version, and so is named."""
    value = getattr(made, "value", made)
    if inspect.isbuiltin(value):
        return f"As {value.__module__}.{value.__name__}."
    return next(line for line in (made.__doc__ or "").splitlines() if line)


def method(made: Callable[..., object]) -> str:
    """The signature of a method: self is the first operand, and a Value comes of it."""
    itself, *others = filled(generic(made), itertools.repeat("Value | float"), "Value").parameters.values()
    kind = others[0].kind if others else Parameter.POSITIONAL_OR_KEYWORD
    return _text(Signature([itself.replace(name="self", kind=kind, annotation=Parameter.empty), *others],
                           return_annotation="Value"))  # fmt: skip


def generic(made: Callable[..., object]) -> Signature:
    """The signature in terms of T, a kind of number. That of a function has it; each operand of a row is a T."""
    signature = inspect.signature(made)
    given = signature.return_annotation is not Signature.empty
    parameters = [
        p.replace(annotation=p.annotation.replace("T | float", "T") if given else "T")
        for p in signature.parameters.values()
    ]
    return Signature(parameters, return_annotation=signature.return_annotation if given else "T")


def kinds(signature: Signature) -> Iterator[Signature]:
    """Floats alone; the first Value in each of the places; and lists in which floats and Values are mixed."""
    count = len(signature.parameters)
    yield filled(signature, ["float"] * count, "float")
    for first in range(count):
        yield filled(signature, ["float"] * first + ["Value"] + ["Value | float"] * count, "Value")
    if any("Iterable" in p.annotation for p in signature.parameters.values()):
        yield filled(signature, ["Value | float"] * count, "Value | float")


def filled(signature: Signature, numbers: Iterable[str], result: str) -> Signature:
    """The signature with a kind of number for the T of each parameter and of the result.

    What must be a Value has no default, nor has what stands before it.
    """
    parameters = [
        p.replace(annotation=_with(p.annotation, kind)) for p, kind in zip(signature.parameters.values(), numbers)
    ]
    required = max((i for i, p in enumerate(parameters) if p.annotation == "Value"), default=-1) + 1
    parameters[:required] = [p.replace(default=Parameter.empty) for p in parameters[:required]]
    returned = " | ".join(_with(signature.return_annotation, one) for one in result.split(" | "))
    return signature.replace(parameters=parameters, return_annotation=returned)


# ── as text ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _with(annotation: str, kind: str) -> str:
    return re.sub(r"\bT\b", kind, annotation)


def _text(signature: Signature) -> str:
    return str(signature).replace("'", "")


def _all(names: Iterable[str]) -> list[str]:
    listed = fill(", ".join(f'"{name}"' for name in names), WIDTH, initial_indent="    ", subsequent_indent="    ")
    return ["__all__ = [", f"{listed},", "]  # fmt: skip"]


def _import(module: str, names: Iterable[str]) -> list[str]:
    return [f"from {module} import {name} as {name}" for name in sorted(names)]  # in a stub ``as`` makes a name public


if __name__ == "__main__":
    stale = {path: text for path, text in stubs().items() if not path.exists() or path.read_text("utf-8") != text}
    if "--check" in sys.argv[1:]:
        names = ", ".join(str(path.relative_to(ROOT)) for path in stale)
        sys.exit(f"stale: {names}. Run `python docs/stubs.py`" if stale else 0)
    for path, text in stale.items():
        path.write_text(text, encoding="utf-8")
