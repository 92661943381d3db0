"""How code is written down: lines, names, buffers, views and expressions (a part of stage 4).

Everything that does not change from call to call (buffers, views of them, fixed numbers) is made once, in the set-up;
what runs at every call is a straight list of NumPy calls with ``out=``, and of float arithmetic for single numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ... import ops
from ...numerics import arrays, floats
from ...op import Op
from ..array_forms import array_form
from ..layout import View, strided
from .expression import BATCH, Expr, Literal

Shape = tuple[int, ...]


class Writer:
    """Collects the set-up, the body, and the objects that both refer to by name."""

    def __init__(self) -> None:
        self.setup: list[str] = []
        self.body: list[str] = []
        self.objects: dict[str, object] = {
            "np": np, "arrays": arrays, "strided": strided, "View": View, "inf": math.inf, "nan": math.nan,
            "divide": floats.divide,
        }  # fmt: skip
        self._known: dict[object, str] = {}
        self._count: dict[str, int] = {}

    def name(self, prefix: str) -> str:
        """A name that is not taken."""
        self._count[prefix] = number = self._count.get(prefix, 0) + 1
        return f"{prefix}{number}"

    def line(self, code: str) -> None:
        """Add a line to the body."""
        self.body.append(code)

    def made_once(self, code: str, prefix: str) -> str:
        """The name of what ``code`` gives in the set-up; the same code is evaluated once."""
        if code.isidentifier():
            return code
        if code not in self._known:
            self._known[code] = name = self.name(prefix)
            self.setup.append(f"{name} = {code}")
        return self._known[code]

    def buffer(self, shape: Shape, prefix: str = "t") -> str:
        """A new array of that shape."""
        name = self.name(prefix)
        self.setup.append(f"{name} = np.empty({shape_code(shape)})")
        return name

    def fixed(self, array: np.ndarray) -> str:
        """The name of an array of fixed numbers, or positions."""
        array = np.ascontiguousarray(array)
        key = (array.dtype.char, array.shape, array.tobytes())
        if key not in self._known:
            self._known[key] = name = self.name("c" if array.dtype.kind == "f" else "at")
            self.objects[name] = array
        return self._known[key]

    # ── expressions ────────────────────────────────────────────────────────────────────────────────────────────────

    def evaluate_into(self, expr: Expr, out: str, shape: Shape) -> None:
        """Write the code that computes the expression into ``out``, an array of that shape that may change later."""
        if expr.code == out:
            return
        if not expr.code and expr.shape == shape and not expr.single:
            key = (expr.op, *(self.evaluate(x) for x in expr.operands))
            if key not in self._known:
                self.line(self._array_call(expr.op, expr.operands, out))  # type: ignore[arg-type]
                return
        self.line(f"np.copyto({out}, {self.evaluate(expr)})")

    def evaluate(self, expr: Expr) -> str:
        """Write the code that computes the expression, unless it has been computed; the name of the result."""
        if expr.code:
            return expr.code
        key = (expr.op, *(self.evaluate(x) for x in expr.operands))
        if key in self._known:
            expr.code = self._known[key]
        elif expr.single:
            expr.code = self._known[key] = self.name("v")
            self.line(f"{expr.code} = {self.float_code(expr)}")
        else:
            expr.code = self._known[key] = self.buffer(expr.shape)
            self.line(self._array_call(expr.op, expr.operands, expr.code))  # type: ignore[arg-type]
        return expr.code

    def _array_call(self, op: Op, operands: Sequence[Expr], out: str) -> str:
        codes = [x.code for x in operands]
        if op is ops.mul and codes[0] == codes[1]:
            return f"np.square({codes[0]}, out={out})"
        return f"{self.array_function(op)}({', '.join(codes)}, out={out})"

    def array_function(self, op: Op) -> str:
        """How the op is called on arrays: by NumPy's name, by ours, or float by float."""
        if isinstance(op.array, str):
            return op.array
        name = f"{op.name}_each"
        self.objects[name] = array_form(op)
        return name

    def float_code(self, expr: Expr) -> str:
        """An op on Python floats as Python code; its operands have been evaluated."""
        op, codes = expr.op, [x.code for x in expr.operands]
        assert op is not None
        if op.python:
            return op.python.format(*codes)
        name = f"{op.name}_"
        self.objects[name] = op.value
        return f"{name}({', '.join(codes)})"


def shape_code(shape: Shape) -> str:
    """A shape as code; the batch axis is ``n``."""
    inner = ", ".join("n" if size == BATCH else str(size) for size in shape)
    return f"({inner},)" if len(shape) == 1 else f"({inner})"


def view_code(name: str, size: int, view: View, *, batched: bool, lifted: bool = False) -> str:
    """Code for a view of a storage called ``name`` of ``size`` numbers.

    Args:
        batched: the storage has a batch axis behind.
        lifted: it has none, but goes with others that have one.
    """
    shown = tuple(n if s else 1 for n, s in zip(view.shape, view.strides))
    axes = [*map(str, shown), *(["n"] if batched else [])]
    shape = f"({', '.join(axes)}{',' * (len(axes) == 1)})"
    compact = View(view.start, shown, view.strides)
    if compact.contiguous:
        count = math.prod(shown)
        code = name if view.start == 0 and count == size else f"{name}[{view.start}:{view.start + count}]"
        code = code if len(shown) == 1 else f"{code}.reshape({shape})"
    elif len(shown) == 1 and view.strides[0] > 0:
        stop = view.start + view.strides[0] * (shown[0] - 1) + 1
        code = f"{name}[{view.start}:{stop}:{view.strides[0]}]"
    else:
        code = f"strided({name}, View({view.start}, {view.shape}, {view.strides}))"
    return f"{code}[..., None]" if lifted else code


__all__ = ["BATCH", "Literal", "Writer", "shape_code", "view_code"]
