"""Two classes called Value: what to say where a reloaded module's Values meet those that were made before."""

from __future__ import annotations

import time


class Dated:
    """A base of classes that know when they were made; of two of one name the later is that of the reloaded module."""

    __slots__ = ()
    _class_made = 0

    def __init_subclass__(cls) -> None:
        cls._class_made = time.perf_counter_ns()


def two_classes(thing: object, ours: type[Dated]) -> str:
    """What to say where ``thing`` is of another class by the same name; "" where it is not."""
    other = type(thing)
    made = getattr(other, "_class_made", 0)
    if isinstance(thing, ours) or not made or other.__module__ != ours.__module__:
        return ""
    before, after = (
        ("this operand's", "the operation's") if made < ours._class_made else ("the operation's", "this operand's")
    )
    return (
        f"there are two classes called {other.__name__}, because the module {ours.__module__} was loaded twice "
        f"(importlib.reload, an autoreload, or removed from sys.modules): {before} is the older, {after} the newer. "
        "Make the older Values anew (w = gg.Value(w.data), after `import glassgrad as gg`), or start Python afresh"
    )
