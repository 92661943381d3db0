"""Writes torch_reference.json: what PyTorch's optimizers and schedules do, for the tests to compare with.

Run with PyTorch installed (2.13.0 was used):  python tests/nn/reference/make_torch_reference.py
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import torch

STEPS = 100
START = [1.5, -2.0, 0.3, 4.0]
OPTIMIZERS = [
    ("SGD", {"lr": 0.01}),
    ("SGD", {"lr": 0.01, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.01, "momentum": 0.9}),
    ("SGD", {"lr": 0.01, "momentum": 0.9, "nesterov": True, "weight_decay": 0.05}),
    ("RMSprop", {}),
    ("RMSprop", {"lr": 0.02, "alpha": 0.9, "eps": 1e-6, "momentum": 0.8, "weight_decay": 0.05}),
    ("Adagrad", {}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.01, "weight_decay": 0.05}),
    ("Adam", {}),
    ("Adam", {"lr": 0.05, "betas": [0.8, 0.95], "eps": 1e-6, "weight_decay": 0.05}),
    ("AdamW", {}),
    ("AdamW", {"lr": 0.05, "betas": [0.8, 0.95], "weight_decay": 0.2}),
]
SCHEDULES = [
    ("step_decay", "StepLR", {"step_size": 10, "gamma": 0.5}),
    ("exponential", "ExponentialLR", {"gamma": 0.95}),
    ("cosine", "CosineAnnealingLR", {"T_max": 100, "eta_min": 0.01}),
    ("one_cycle", "OneCycleLR", {"max_lr": 0.5, "total_steps": 100, "cycle_momentum": False}),
]
LOSSES = [3.0, 2.0, 2.0, 1.9999, 2.1, 2.2, 1.5, 1.6, 1.7, 1.8, 1.5, 1.4999, 1.49, 1.2, 1.3, 1.3, 1.3, 1.3, 1.3, 1.3]


def loss_of(w: torch.Tensor) -> torch.Tensor:
    """Curved differently along each axis, and not a bowl, so that no two optimizers take the same way."""
    scale = torch.tensor([1.0, 10.0, 0.1, 3.0], dtype=torch.float64)
    return (scale * w * w).sum() / 2 + torch.sin(3 * w).sum() + w[0] * w[3] / 5


def optimizer_path(name: str, settings: dict) -> list[list[float]]:
    w = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimizer = getattr(torch.optim, name)([w], **{k: tuple(v) if k == "betas" else v for k, v in settings.items()})
    path = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss_of(w).backward()
        optimizer.step()
        path.append(w.tolist())
    return path


def schedule_rates(name: str, settings: dict) -> list[float]:
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.5)
    schedule = getattr(torch.optim.lr_scheduler, name)(optimizer, **settings)
    rates = []
    for _ in range(STEPS):
        rates.append(optimizer.param_groups[0]["lr"])
        schedule.step()
    return rates


def plateau_rates() -> list[float]:
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.5)
    schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=2, min_lr=0.1)
    rates = []
    for loss in LOSSES:
        schedule.step(loss)
        rates.append(optimizer.param_groups[0]["lr"])
    return rates


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # schedules are stepped without their optimizer, which torch remarks on
    reference = {
        "torch": torch.__version__,
        "start": START,
        "optimizers": [{"name": n, "settings": s, "path": optimizer_path(n, s)} for n, s in OPTIMIZERS],
        "schedules": [{"name": n, "settings": s, "rates": schedule_rates(t, s)} for n, t, s in SCHEDULES],
        "plateau": {"losses": LOSSES, "rates": plateau_rates()},
    }
    Path(__file__).with_name("torch_reference.json").write_text(json.dumps(reference) + "\n", encoding="utf-8")
