"""Writes pytorch_numbers.json, PyTorch's values and gradients of the ops: run it where torch is installed.

python tests/autograd/pytorch_numbers.py
"""

import json
import math
from pathlib import Path

import torch
from torch.nn import functional

from glassgrad.autograd import ops

FUNCTIONS = {
    **{name: getattr(torch, name) for name, op in ops.TABLE.items() if not op.stands_for and hasattr(torch, name)},
    "elu": functional.elu, "gelu": functional.gelu, "silu": functional.silu, "hardtanh": functional.hardtanh,
    "leaky_relu": functional.leaky_relu, "softplus": lambda x: functional.softplus(x, threshold=1000.0),
    "logsigmoid": functional.logsigmoid, "relu": torch.relu, "normal_cdf": torch.special.ndtr,
    "square": torch.square, "reciprocal": torch.reciprocal, "rsqrt": torch.rsqrt,
}  # fmt: skip
ORDINARY = {1: [(-2.5,), (-0.6,), (0.3,), (0.9,), (1.0,), (-1.0,), (0.0,), (4.2,)],
            2: [(0.7, 1.3), (-0.7, 1.3), (0.7, -1.3), (-3.0, -0.4), (2.0, 2.0), (0.0, 2.0)]}  # fmt: skip
INFINITE = {1: [(math.inf,), (-math.inf,)],
            2: [(math.inf, 1.0), (1.0, math.inf), (-math.inf, 1.0), (1.0, -math.inf), (math.inf, math.inf)]}  # fmt: skip
OTHERS = {
    "sum",
    "dot",
    "mean",
    "logsumexp",
    "softmax",
    "log_softmax",
    "where",
    "polygamma",
}  # which take their operands otherwise


def numbers(name: str, at: tuple[float, ...]) -> dict:
    """The value and the gradient, None where PyTorch has none."""
    leaves = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in at]
    out = FUNCTIONS[name](*leaves)
    grads = torch.autograd.grad(out, leaves, allow_unused=True) if out.requires_grad else [None] * len(at)
    return {"op": name, "at": at, "value": out.item(), "gradient": [None if g is None else g.item() for g in grads]}


def rows() -> list[dict]:
    """All of them, kinks first."""
    found = []
    for name in FUNCTIONS:
        op = ops.TABLE.get(name)
        if name in OTHERS or (op is not None and (op.stands_for or not any(op.partials))):
            continue
        arity = len(op.partials) if op else 1
        kinks = [at for at, _ in op.kinks] if op else []
        found += [
            numbers(name, at)
            for at in dict.fromkeys([*kinks, *ORDINARY[arity], *(INFINITE[arity] if name != "prelu" else [])])
        ]
    return found


if __name__ == "__main__":
    lines = ",\n".join(json.dumps(row) for row in rows())
    text = f'{{"made with": "torch {torch.__version__.split("+")[0]}", "rows": [\n{lines}\n]}}\n'
    Path(__file__).with_suffix(".json").write_text(text, encoding="utf-8")
