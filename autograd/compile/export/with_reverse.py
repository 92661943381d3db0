"""Scripts in NumPy and in plain Python: the lines that the program itself runs, its reverse pass included."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType

import numpy as np

from ...errors import CompileError
from ...numerics import arrays, floats
from ...op import Op
from .. import layout
from ..emit.build import Emitted
from ..emit.direct import standalone
from ..plan import Plan
from .sources import definition, sources

_BROKEN = ['Broken = namedtuple("Broken", "guards where")']
_SAFELY = '''
def safely(function):
    """The function with nan where it raises or turns complex."""
    def safe(*operands):
        try:
            result = function(*operands)
            return math.nan if isinstance(result, complex) else float(result)
        except (ArithmeticError, ValueError):
            return math.nan
    return safe
'''


def leaf_names(plan: Plan) -> list[str]:
    """The names of the parameters and of the arguments."""
    return [storage.name for storage in plan.storages if storage.kind != "group"]


def other_path(lines: Sequence[str]) -> str:
    """What a script says where a guard fails: a sentence that names the lines at which Python branched."""
    asked = "; ".join(dict.fromkeys(line.rstrip(":") for line in lines))
    return (
        f"{asked}: Python branched on a Value here, and these numbers go another way than those that the script was "
        "made with: export it again for them, or write the choice with gg.where, gg.maximum or relu"
    )


def numpy_script(plan: Plan, emitted: Emitted, leaves: Sequence[np.ndarray]) -> str:
    """The program in NumPy."""
    source, names = emitted.source, leaf_names(plan)
    lines = ["import math", "from collections import namedtuple", "", "import numpy as np", ""]
    if "strided(" in source:
        lines += ["from numpy.lib.stride_tricks import as_strided", ""]
        lines += ['View = namedtuple("View", "start shape strides")', "", inspect.getsource(layout.strided), ""]
    used = sorted(set(re.findall(r"arrays\.(\w+)", source)))
    adapters = [_adapter(op) for op in emitted.array_forms.values()]
    if used or adapters:
        lines += [sources(arrays, [*used, *adapters]), ""]
    lines += [f"{name} = np.array({x.tolist()}, dtype={x.dtype.name!r})" for name, x in emitted.arrays.items()]
    slow = {f"{name}_value": op for name, op in emitted.array_forms.items() if op.array is None}
    lines += _float_forms({**emitted.functions, **slow})
    for name, op in emitted.array_forms.items():
        if callable(op.array):
            lines += _closed(f"array_of_{name}", _of_user(op, op.array), {f"{name}_value": op.array.__name__})
        lines.append(f"{name} = {_adapter(op)}({name}_value)")
    helpers = [name for name in ("divide", "total") if f"{name}(" in source]
    if helpers:
        lines += [sources(floats, helpers), ""]
    lines += ["inf, nan = math.inf, math.nan", *_BROKEN, "", source.replace("arrays.", "")]
    for name, numbers, storage in zip(names, leaves, plan.storages):
        padded = np.concatenate([numbers, np.ones((storage.ones, *numbers.shape[1:]))])
        lines += [f"{name} = np.array({padded.tolist()})", f"d_{name} = np.zeros({numbers.shape})"]
    samples = next((n.shape[1] for n in leaves if n.ndim == 2), 0)
    lines.append(f"run = build({', '.join([*names, *(f'd_{name}' for name in names)])}, {samples})")
    lines += ['with np.errstate(all="ignore"):', "    value = run()", *_guarded(plan)]
    lines += ['print("value", np.asarray(value).tolist())']
    if emitted.differentiates:
        lines += [f'print("gradient of {name}", d_{name}.tolist())' for name in names]
    return "\n".join(lines) + "\n"


def python_script(plan: Plan, leaves: Sequence[np.ndarray]) -> str:
    """The program in plain Python."""
    code, names = standalone(plan), leaf_names(plan)
    lines = ["import math", "from collections import namedtuple", "", "inf, nan = math.inf, math.nan", *_BROKEN, ""]
    helpers = [name for name in ("divide", "total") if any(f"{name}(" in line for line in code.lines)]
    if helpers:
        lines += [sources(floats, helpers), ""]
    lines += _float_forms(code.functions)
    lines += [f"def run({', '.join(names)}):", *(f"    {line}" for line in code.lines)]
    lines += [f"    return {code.value}, {code.gradients}", ""]
    lines += [f"{name} = {numbers.tolist()}" for name, numbers in zip(names, leaves)]
    lines += [f"value = run({', '.join(names)})", *_guarded(plan), "value, gradients = value", 'print("value", value)']
    if len(plan.out_order) == 1:
        lines += [f'print("gradient of {name}", gradients[{i}])' for i, name in enumerate(names)]
    return "\n".join(lines) + "\n"


def _guarded(plan: Plan) -> list[str]:
    """Lines that raise where ``value`` is Broken."""
    if not plan.guards:
        return []
    said = [other_path(guards.lines) for guards in plan.guards]
    return [f"PATHS = {said!r}", "if isinstance(value, Broken):", "    raise ValueError(PATHS[value.guards])"]


def _adapter(op: Op) -> str:
    """The function of ``numerics.arrays`` that makes an array form of what an op has instead of a name."""
    return "written" if callable(op.array) else "elementwise"


# ── ops on floats ──────────────────────────────────────────────────────────────────────────────────────────────────


def _float_forms(wanted: Mapping[str, Op]) -> list[str]:
    """Lines that define the float form of each op under its name. Helpers stay inside functions: names may clash."""
    ours: dict[ModuleType, dict[str, str]] = {}
    users: dict[str, Op] = {}
    lines: list[str] = []
    for name, op in wanted.items():
        function = op.value
        if hasattr(function, "__wrapped__"):
            users[name] = op
        elif function.__module__ in ("math", "builtins"):
            lines.append(f"{name} = {function.__module__}.{function.__name__}")
        else:
            module, given = _found(op)
            ours.setdefault(module, {})[name] = given
    if any(" = builtins." in line for line in lines):
        lines.insert(0, "import builtins")
    for number, (module, names) in enumerate(ours.items()):
        lines += _closed(f"forms{number}", sources(module, sorted(set(names.values()))), names)
    if users:
        lines.append(_SAFELY)
    for name, op in users.items():
        value = op.value.__wrapped__  # type: ignore[attr-defined]  # which custom.op has wrapped
        lines += _closed(f"op_{name}", _of_user(op, value), {name: f"safely({value.__name__})"})
    return [*lines, ""] if lines else []


def _closed(function: str, text: str, names: Mapping[str, str]) -> list[str]:
    """The text inside of a function, which returns what is to be known by these names outside."""
    body = textwrap.indent(text, "    ")
    given = ", ".join(names.values())
    return [f"def {function}():", body, f"    return {given},", "", f"{', '.join(names)}, = {function}()", ""]


def _found(op: Op) -> tuple[ModuleType, str]:
    """The module that has the float form of an op, and its name there."""
    module = floats if op.value.__name__ == "safe" else inspect.getmodule(op.value)  # "safe" is made by floats.ieee
    given = next((name for name, thing in vars(module).items() if thing is op.value), None)
    if module is None or given is None:
        raise CompileError(f"the float form of op {op.name} cannot be copied into a script: give it a named function")
    return module, given


def _of_user(op: Op, function: Callable[..., object]) -> str:
    """The text of a function that a user gave to ``gg.op``."""
    try:
        return definition(function)
    except CompileError as error:
        raise CompileError(
            f"the function of op {op.name} cannot be copied into a script: {error}. Write it as a function with def "
            "that uses only modules, numbers, strings and such functions"
        ) from None
