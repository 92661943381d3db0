"""glassgrad: a scalar autograd engine that you can see through.

>>> import glassgrad as gg
>>> w, x = gg.Value(2.0, label="w"), gg.Value(3.0, label="x")
>>> y = (w * x).tanh()
>>> y.backward()
>>> f"{w.grad:.3e}"
'7.373e-05'

    glassgrad.autograd    the engine; its names are names of glassgrad, too
    glassgrad.nn          networks of Values, and what trains them
    glassgrad.viz         pictures, explanations, players

Each is imported when one of its names is first asked for, so that a program pays only for what it uses; ``nn`` and
``compile`` import NumPy. Checkers and editors read the names in ``__init__.pyi``. ``pytest_plugin`` has the fixtures
for tests, ``versions`` the versions of all that glassgrad uses.
"""

from __future__ import annotations

from importlib import import_module as _import_module

__version__ = "0.1.0"

_PACKAGES = ("autograd", "nn", "viz")
_ELSEWHERE = {"compile": ".autograd.compile", "Program": ".autograd.compile", "show_versions": ".versions"}


def __getattr__(name: str) -> object:
    """What has not been asked for yet; the engine's names come all at once."""
    if name in _PACKAGES:
        return _import_module(f".{name}", __name__)  # which makes it an attribute, too
    if name in _ELSEWHERE:
        globals()[name] = found = getattr(_import_module(_ELSEWHERE[name], __name__), name)
        return found
    if name == "__all__" or not name.startswith("_"):
        engine = _import_module(".autograd", __name__)
        globals().update({known: getattr(engine, known) for known in engine.__all__})
        globals()["__all__"] = [*engine.__all__, *_ELSEWHERE, *_PACKAGES]
    if name not in globals():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return globals()[name]


def __dir__() -> list[str]:
    names: list[str] = __getattr__("__all__")  # type: ignore[assignment]  # as the line above has it
    return sorted({*globals(), *names})
