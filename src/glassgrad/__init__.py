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

``nn``, ``viz`` and ``compile`` are imported when they are first asked for. ``show_versions`` is in ``versions``.
"""

from __future__ import annotations

from importlib import import_module as _import_module

from . import autograd
from .autograd import *  # noqa: F403  # the names of the engine are those of the package

__version__ = "0.1.0"

_LAZY = {
    "nn": ".nn",
    "viz": ".viz",
    "compile": ".autograd.compile",
    "Program": ".autograd.compile",
    "show_versions": ".versions",
}

__all__ = [*autograd.__all__, "autograd", *_LAZY]


def __getattr__(name: str) -> object:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = _import_module(_LAZY[name], __name__)
    globals()[name] = found = module if name in ("nn", "viz") else getattr(module, name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
