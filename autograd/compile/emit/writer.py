"""How code is written: lines, names, buffers, views and expressions.

The set-up makes once what does not change from call to call: buffers, views of them, fixed numbers. The body, which
runs at every call, is a list of NumPy calls with ``out=``, and of float arithmetic for single numbers.
"""

from __future__ import annotations

import math

import numpy as np

from ... import ops
from ...numerics import arrays, floats
from ...op import Op
from ..array_forms import array_form
from ..layout import View, strided
from .expression import BATCH, Expr, Literal

Shape = tuple[int, ...]


class Writer:
    """Collects the set-up, the body, and the objects that both use by name."""

    def __init__(self) -> None:
        self.setup: list[str] = []
        self.body: list[str] = []
        self.arrays: dict[str, np.ndarray] = {}
        self.functions: dict[str, Op] = {}
        self.array_forms: dict[str, Op] = {}
        self._known: dict[object, str] = {}
        self._count: dict[str, int] = {}

    def namespace(self) -> dict[str, object]:
        """Everything that the lines use by name."""
        return {
            "np": np, "arrays": arrays, "strided": strided, "View": View, "inf": math.inf, "nan": math.nan,
            "divide": floats.divide, "total": floats.total, **self.arrays,
            **{name: op.value for name, op in self.functions.items()},
            **{name: array_form(op) for name, op in self.array_forms.items()},
        }  # fmt: skip

    def name(self, prefix: str) -> str:
        """A new name."""
        self._count[prefix] = number = self._count.get(prefix, 0) + 1
        return f"{prefix}{number}"

    def line(self, code: str) -> None:
        """Add a line to the body."""
        self.body.append(code)

    def made_once(self, code: str, prefix: str) -> str:
        """The name of the value of ``code``, computed in the set-up; equal code is evaluated once."""
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
        """The name of an array of fixed numbers or positions."""
        array = np.ascontiguousarray(array)
        key = (array.dtype.char, array.shape, array.tobytes())
        if key not in self._known:
            self._known[key] = name = self.name("c" if array.dtype.kind == "f" else "at")
            self.arrays[name] = array
        return self._known[key]

    # ── expressions ────────────────────────────────────────────────────────────────────────────────────────────────

    def evaluate_into(self, expr: Expr, out: str, shape: Shape) -> None:
        """Write code that computes the expression into ``out``, an array of that shape that may change later."""
        if expr.code == out:
            return
        if not expr.code and expr.shape == shape and not expr.single:
            key = (expr.op, *(self.evaluate(x) for x in expr.operands))
            if key not in self._known:
                self.line(self._array_call(expr, out))
                return
        self.line(f"np.copyto({out}, {self.evaluate(expr)})")

    def evaluate(self, expr: Expr) -> str:
        """The name of the expression's value; writes the code that computes it, unless that has been done."""
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
            self.line(self._array_call(expr, expr.code))
        return expr.code

    def _array_call(self, expr: Expr, out: str) -> str:
        op, codes = expr.op, [x.code for x in expr.operands]
        assert op is not None
        if op is ops.mul and codes[0] == codes[1]:
            return f"np.square({codes[0]}, out={out})"
        return f"{self.array_function(op)}({', '.join(codes)}, out={out})"

    def array_function(self, op: Op) -> str:
        """The function that computes the op on arrays: NumPy's, ours, the user's, or ``value`` for each element."""
        if isinstance(op.array, str):
            return op.array
        name = f"{op.name}_each"
        self.array_forms[name] = op
        return name

    def float_code(self, expr: Expr) -> str:
        """Code for an op on Python floats, whose operands have been evaluated."""
        op, codes = expr.op, [x.code for x in expr.operands]
        assert op is not None
        if op.python:
            return op.python.format(*codes)
        name = f"{op.name}_"
        self.functions[name] = op
        return f"{name}({', '.join(codes)})"


def shape_code(shape: Shape) -> str:
    """A shape as code; the batch axis is ``n``."""
    inner = ", ".join("n" if size == BATCH else str(size) for size in shape)
    return f"({inner},)" if len(shape) == 1 else f"({inner})"


def view_code(name: str, size: int, view: View, *, batched: bool, lifted: bool = False) -> str:
    """Code for a view of a storage called ``name`` of ``size`` numbers.

    Args:
        batched: the storage has a batch axis, its last.
        lifted: it has none, but is combined with storages that have one.
    """
    shown = tuple(n if s else 1 for n, s in zip(view.shape, view.strides))
    shape = shape_code((*shown, BATCH) if batched else shown)
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
