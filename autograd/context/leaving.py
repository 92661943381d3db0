"""A number leaves the graph: ``float(v)``, ``math.sin(v)``, and whatever else asks a Value for its bare number.

No gradient flows back through a number. So inside of functions that are differentiated it is an error, elsewhere a
warning, once for each line.
"""

from __future__ import annotations

import linecache
import re
import sys
import warnings
from collections.abc import Callable
from opcode import opname
from types import FrameType
from typing import Protocol

from ..errors import GlassgradWarning, LeavesGraphError, LeavesGraphWarning, NoDependenceWarning
from ..op import TABLE
from . import state


class _Node(Protocol):
    """What is copied: nodes stand above this module."""

    @property
    def is_constant(self) -> bool:
        """Whether it takes no gradient."""


_OTHER_NAMES = {"fabs": "abs", "fsum": "sum", "dist": "hypot"}
_shown: tuple[object, set[tuple[type, str, int]]] = (None, set())  # what has been warned of, and to whom
_CALLED = re.compile(r"\b(?:math|cmath|np|numpy)\.(\w+)\(")


def left() -> None:
    """Refuse, inside of what is differentiated, that a number of a Value is read; warn elsewhere.

    Raises:
        LeavesGraphError: at once, and at the end of the differentiation should the function swallow it.
    """
    if state.watched and not state.records():
        return
    frame = state.user_frame()
    inside = state.differentiations()
    if inside:
        inside[-1].refuse(
            LeavesGraphError(
                f"{place(frame)} reads the number of a Value inside {inside[-1].name}, and no gradient flows back "
                f"through a number. {_remedy(frame)}"
            )
        )
    _warn(
        LeavesGraphWarning(
            f"the number of a Value that takes gradient is read here, and no gradient flows back through a number. "
            f"{_remedy(frame)}"
        ),
        frame,
    )


def copied(node: _Node) -> None:
    """Refuse a copy of what takes gradient inside of what is differentiated or compiled: none flows through it.

    Raises:
        LeavesGraphError: at once, and at the end of the differentiation should the function swallow it.
    """
    if node.is_constant:
        return
    if state.watched:
        state.notify("copied", node)
    inside = state.differentiations()
    if inside:
        inside[-1].refuse(
            LeavesGraphError(
                f"{place(state.user_frame())} copies a Value inside {inside[-1].name}, and no gradient flows back "
                "from a copy. Remedy: use the Value itself; where a constant is meant, v.detach()"
            )
        )


def sign_taken() -> None:
    """Warn if it is ``np.sign`` of an object array that compares a Value with 0: it gives bare ints, and no nodes."""
    frame = sys._getframe(3)  # below: the comparison of two numbers, and the Value's operator
    code = frame.f_code
    if "sign" not in code.co_names or opname[code.co_code[frame.f_lasti]].startswith("COMPARE"):
        return
    if re.search(r"\b(?:np|numpy)\.sign\(", _source(frame)) and (not state.watched or state.records()):
        _warn(
            LeavesGraphWarning(
                "np.sign of an array of Values compares them, and gives bare numbers in place of nodes. Remedy: "
                "np.array([gg.sign(v) for v in values])"
            ),
            frame,
        )


def nothing_depends(asked: str, function: Callable[..., object]) -> None:
    """Warn that what was asked for is 0, because the function's result depends on no argument."""
    _warn(
        NoDependenceWarning(
            f"{asked}: the result of {getattr(function, '__qualname__', 'the function')} depends on none of the "
            "arguments that it is differentiated by, so that its gradient is 0. Was a number read out on the way "
            "(.data), a Value detached, or computed under no_grad()?"
        ),
        state.user_frame(),
    )


def _warn(warning: GlassgradWarning, frame: FrameType) -> None:
    """Warn of a line of the user's, once, whatever filter shows it. A filter that makes it an error raises each time.

    Python forgets its own memory when a library changes filters for a while, and keeps none under "always".
    """
    global _shown
    file, line, sink = frame.f_code.co_filename, frame.f_lineno, getattr(warnings, "_showwarnmsg_impl", None)
    if _shown[0] is not sink:  # somebody collects warnings: a test, mostly
        _shown = (sink, set())
    if (type(warning), file, line) in _shown[1] and not _is_error(type(warning)):
        return
    _shown[1].add((type(warning), file, line))
    warnings.warn_explicit(
        warning,
        type(warning),
        file,
        line,
        module=frame.f_globals.get("__name__", "<unknown>"),
        registry=frame.f_globals.setdefault("__warningregistry__", {}),
    )


def _is_error(category: type[GlassgradWarning]) -> bool:
    """Whether the first of Python's filters that fits makes an error of it, which is raised each time."""
    fitting = (action for action, _, kind, _, _ in warnings.filters if issubclass(category, kind))
    return next(fitting, "default") == "error"


def place(frame: FrameType) -> str:
    """Where that is, for a message: file, line and, where it is known, what stands there."""
    source = _source(frame)
    return f"{frame.f_code.co_filename}, line {frame.f_lineno}:{f' `{source}`' if source else ''}"


def _source(frame: FrameType) -> str:
    return linecache.getline(frame.f_code.co_filename, frame.f_lineno, frame.f_globals).strip()


def _remedy(frame: FrameType) -> str:
    """What to write instead."""
    called = (_CALLED.findall(_source(frame)) or [""])[0]
    named = _OTHER_NAMES.get(called, called)
    instead = f"gg.{named}(v)" if named in TABLE else "gg.sin(v) in place of math.sin(v), an array of dtype object"
    return (
        f"Remedy: compute with the Value ({instead}); where a constant is meant, v.detach(); where the bare number is, "
        "v.data"
    )
