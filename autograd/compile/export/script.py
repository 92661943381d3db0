"""A program as a script of its own, in NumPy, plain Python, PyTorch or JAX, that prints the same numbers.

In NumPy and plain Python it has our reverse pass in it. For PyTorch and JAX only the forward pass is written, and they
differentiate it themselves: a second opinion.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence

import numpy as np

from ...errors import CompileError
from ...numerics import arrays, floats
from ...op import WHOLE, Op, find
from .. import layout
from ..emit.build import Emitted
from ..emit.direct import standalone
from ..normalise import STOP
from ..plan import Access, Fold, Map, Operand, Plan, Products, Segment
from .sources import sources
from .spellings import spelled

LANGUAGES = ("numpy", "python", "torch", "jax")
Numbers = list[np.ndarray]


def script(language: str, plan: Plan, emitted: Emitted, leaves: Numbers, reduction: str) -> str:
    """The program as a script.

    Args:
        language: one of ``LANGUAGES``.
        plan: the program.
        emitted: its NumPy form, with the gradients of all leaves.
        leaves: the numbers of the parameters, then of each argument (with a batch: numbers, samples).
        reduction: of a batch; "" without one.

    Raises:
        ValueError: no such language.
        CompileError: the language has no form for an op, or no batches.
    """
    if language not in LANGUAGES:
        raise ValueError(f"to_source({language!r}): expected one of {', '.join(map(repr, LANGUAGES))}")
    if language == "numpy":
        return _numpy(plan, emitted, leaves)
    if language == "python":
        if reduction:
            raise CompileError("plain Python has no batches: export to 'numpy', 'torch' or 'jax', or use batch=False")
        return _python(plan, leaves)
    return _framework(language, plan, leaves, reduction)


def _names(plan: Plan) -> list[str]:
    return [s.name for s in plan.storages if s.kind != "group"]


def _data(names: Sequence[str], leaves: Numbers, wrap: str) -> list[str]:
    return [f"{name} = {wrap.format(numbers.tolist())}" for name, numbers in zip(names, leaves)]


# ── NumPy, Python ──────────────────────────────────────────────────────────────────────────────────────────────────


def _numpy(plan: Plan, emitted: Emitted, leaves: Numbers) -> str:
    names = _names(plan)
    lines = ["import math", "from collections import namedtuple", "", "import numpy as np", ""]
    if "strided(" in emitted.source:
        lines += ["from numpy.lib.stride_tricks import as_strided", ""]
        lines += ['View = namedtuple("View", "start shape strides")', "", inspect.getsource(layout.strided), ""]
    source = emitted.source
    used = sorted(set(re.findall(r"arrays\.(\w+)", source)))
    lines += [sources(arrays, used), ""] * bool(used)
    source = source.replace("arrays.", "")
    for name, thing in emitted.objects.items():
        if isinstance(thing, np.ndarray):
            lines.append(f"{name} = np.array({thing.tolist()}, dtype={thing.dtype.name!r})")
        elif name.endswith("_each"):
            lines += (
                _copied(find(name.removesuffix("_each")), f"_{name}"),
                "",
                sources(arrays, ["elementwise"]),
                "",
            )
            lines.append(f"{name} = elementwise(_{name})")
        elif name.endswith("_") and f" {name}(" in source:
            lines.append(_copied(find(name.removesuffix("_")), name))
    if "divide(" in source:
        lines += [sources(floats, ["divide"]), ""]
    lines += ["inf, nan = math.inf, math.nan", 'Broken = namedtuple("Broken", "group where")', "", source]
    for name, numbers, storage in zip(names, leaves, plan.storages):
        padded = np.concatenate([numbers, np.ones((storage.ones, *numbers.shape[1:]))])
        lines.append(f"{name} = np.array({padded.tolist()})")
        lines.append(f"d_{name} = np.zeros({numbers.shape})")
    samples = next((n.shape[1] for n in leaves if n.ndim == 2), 0)
    lines.append(f"run = build({', '.join([*names, *(f'd_{n}' for n in names)])}, {samples})")
    lines += ['with np.errstate(all="ignore"):', '    print("value", np.asarray(run()).tolist())']
    lines += [f'print("gradient of {name}", d_{name}.tolist())' for name in names if emitted.differentiates]
    return "\n".join(lines) + "\n"


def _copied(op: Op, name: str) -> str:
    """The float form of an op under that name, with all it needs."""
    function = op.value
    if function.__module__ == "math":
        return f"{name} = math.{function.__name__}"
    if function.__module__ == "builtins":
        return f"{name} = {function.__name__}"
    module = floats if function.__name__ == "safe" else inspect.getmodule(function)  # "safe" is made by floats.ieee
    if module is None or function.__name__ == "<lambda>":
        raise CompileError(f"the float form of op {op.name} cannot be copied into a script: give it a named function")
    given = op.name if function.__name__ == "safe" else function.__name__
    return f"{sources(module, [given])}\n\n{name} = {given}"


def _python(plan: Plan, leaves: Numbers) -> str:
    body, used, result, gradients = standalone(plan)
    names = _names(plan)
    lines = ["import math", "", "inf, nan = math.inf, math.nan", ""]
    for name in sorted(used):
        lines += [sources(floats, ["divide"]) if name == "divide" else _copied(find(name.removesuffix("_")), name), ""]
    lines += [f"def run({', '.join(names)}):"]
    lines += [f"    {line}" for line in body]
    lines += [f"    return {result}, {gradients}", ""]
    lines += _data(names, leaves, "{}")
    lines += [f"value, gradients = run({', '.join(names)})", 'print("value", value)']
    lines += [
        f'print("gradient of {name}", gradients[{i}])' for i, name in enumerate(names) if len(plan.out_order) == 1
    ]
    return "\n".join(lines) + "\n"


# ── PyTorch, JAX ───────────────────────────────────────────────────────────────────────────────────────────────────


def _framework(language: str, plan: Plan, leaves: Numbers, reduction: str) -> str:
    names = _names(plan)
    writer = _Functional(language, plan)
    body = [f"    {line}" for line in writer.lines(reduction)]
    one = len(plan.out_order) == 1 and reduction != "none"
    if language == "torch":
        head = ["import torch", "", "torch.set_default_dtype(torch.float64)", ""]
        data = _data(names, leaves, "torch.tensor({}, dtype=torch.float64, requires_grad=True)")
        tail = [f"value = run({', '.join(names)})", 'print("value", value.tolist())']
        if one:
            tail += ["if value.requires_grad:", "    value.backward()"]
            tail += [
                f'print("gradient of {n}", (torch.zeros_like({n}) if {n}.grad is None else {n}.grad).tolist())'
                for n in names
            ]
    else:
        head = ["import jax", "", 'jax.config.update("jax_enable_x64", True)', "import jax.numpy as jnp", ""]
        data = _data(names, leaves, "jnp.array({}, dtype=jnp.float64)")
        tail = [f"value = run({', '.join(names)})", 'print("value", value.tolist())']
        if one:
            tail.append(f"gradients = jax.grad(run, argnums={tuple(range(len(names)))})({', '.join(names)})")
            tail += [f'print("gradient of {n}", gradients[{i}].tolist())' for i, n in enumerate(names)]
    return "\n".join([*head, "", f"def run({', '.join(names)}):", *body, "", "", *data, *tail]) + "\n"


class _Functional:
    """The forward pass with new arrays instead of buffers. Storages keep their batch axis last."""

    def __init__(self, language: str, plan: Plan) -> None:
        self.language, self.plan = language, plan
        self.np = "jnp" if language == "jax" else "torch"

    def lines(self, reduction: str) -> list[str]:
        """The body of the function, its ``return`` included."""
        code = [self._step(step) for step in self.plan.steps]
        outs = [self._read(x, x.positions if isinstance(x, Access) else x, False) for x in self.plan.outs]
        joined = outs[0] if len(outs) == 1 else f"{self.np}.concatenate([{', '.join(outs)}])"
        if reduction in ("mean", "sum"):
            return [*code, f"return {joined}[0].{reduction}()"]
        if len(self.plan.out_order) == 1 and not reduction:
            return [*code, f"return {joined}[0]"]
        return [*code, f"return {joined}[{self._array(self.plan.out_order.tolist())}]"]

    def _step(self, step: Map | Products | Fold) -> str:
        storage = self.plan.storages[step.out]
        if isinstance(step, Map):
            operands = [self._operand(x, step.op, storage.batched) for x in step.operands]
            return f"{storage.name} = {spelled(step.op, operands, self.language)}"
        if isinstance(step, Fold):
            pieces = [self._read(x, x.positions if isinstance(x, Access) else x, storage.batched) for x in step.pieces]
            whole = pieces[0] if len(pieces) == 1 else f"{self.np}.concatenate([{', '.join(pieces)}], 1)"
            stopped = spelled(
                STOP, [f"{self.np}.{'amax' if self.language == 'torch' else 'max'}({whole}, 1)"], self.language
            )
            return f"{storage.name} = {stopped}"
        terms = [self._segment(segment, storage.batched) for segment in step.segments]
        if step.offset.any():
            terms.append(self._read(step.offset, step.offset, storage.batched))
        return f"{storage.name} = {' + '.join(terms)}"

    def _operand(self, operand: Operand, op: Op, batched: bool) -> str:
        if isinstance(operand, np.ndarray) and op.infix != WHOLE and (operand == operand.flat[0]).all():
            return repr(float(operand.flat[0]))
        return self._read(operand, operand.positions if isinstance(operand, Access) else operand, batched)

    def _segment(self, segment: Segment, batched: bool) -> str:
        scale = "" if segment.coefficient == 1.0 else f"{segment.coefficient!r} * "
        left, right = segment.left, segment.right
        if segment.matrix:
            assert right is not None
            axes = [("sik", left), ("sjk", right)]
            read = [self._read(x, x.positions if isinstance(x, Access) else x, False) for _, x in axes]
            letters = [a + "n" * self._is_batched(x) for a, x in axes]
            product = f"{self.np}.einsum('{letters[0]},{letters[1]}->sij{'n' * batched}', {read[0]}, {read[1]})"
            return f"{scale}{product}.reshape({'-1, ' + self._samples() if batched else '-1'})"
        read = [
            self._read(x, x.positions if isinstance(x, Access) else x, batched) for x in (left, right) if x is not None
        ]
        return f"{scale}({' * '.join(read)}).sum(1)"

    def _is_batched(self, operand: Operand) -> bool:
        return isinstance(operand, Access) and self.plan.storages[operand.storage].batched

    def _samples(self) -> str:
        return next(f"{s.name}.shape[1]" for s in self.plan.storages if s.kind == "argument" and s.batched)

    def _read(self, operand: Operand, shaped: np.ndarray, batched: bool) -> str:
        """Code for an operand in the shape of its positions, with a batch axis where it has one, or is to have one."""
        lift = "[..., None]" if batched and not self._is_batched(operand) else ""
        if not isinstance(operand, Access):
            return f"{self._array(shaped.tolist())}{lift}"
        storage = self.plan.storages[operand.storage]
        name, positions = storage.name, shaped.reshape(-1)
        if (positions >= storage.size).any():
            return self._with_ones(operand, shaped, lift)
        shape = ", ".join(map(str, shaped.shape)) + (f", {self._samples()}" if storage.batched else "")
        if (np.diff(positions) == 1).all():
            code = name if len(positions) == storage.size else f"{name}[{positions[0]}:{positions[-1] + 1}]"
            return f"{code}{'' if shaped.ndim == 1 else f'.reshape({shape})'}{lift}"
        return f"{name}[{self._index(shaped)}]{lift}"

    def _index(self, shaped: np.ndarray) -> str:
        """Positions as an array, written as a sum of ranges where they advance evenly."""
        view = layout.view_of(shaped)
        if view is None:
            return self._array(shaped.tolist())
        parts = [str(view.start)] if view.start else []
        for axis, (n, stride) in enumerate(zip(view.shape, view.strides)):
            spread = "[" + ", ".join(":" if a == axis else "None" for a in range(len(view.shape))) + "]"
            scaled = f"{self.np}.arange({n})" if stride == 1 else f"{self.np}.arange({n}) * {stride}"
            parts.append(f"({scaled}){spread}" if len(view.shape) > 1 else f"({scaled})")
        return " + ".join(parts)

    def _with_ones(self, operand: Access, shaped: np.ndarray, lift: str) -> str:
        """Features above the row of ones that carries a bias: the ones are put there for the occasion."""
        storage = self.plan.storages[operand.storage]
        ones = (
            f"{self.np}.ones(({storage.ones}, {self._samples()}))"
            if storage.batched
            else f"{self.np}.ones({storage.ones})"
        )
        return f"{self.np}.concatenate([{storage.name}, {ones}])[{self._index(shaped)}]{lift}"

    def _array(self, numbers: object) -> str:
        return f"{self.np}.{'tensor' if self.language == 'torch' else 'array'}({numbers})"
