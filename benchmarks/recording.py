"""What recording costs while the cyclic collector is paused: second derivatives of long graphs, and a C++ tape beside.

    python benchmarks/recording.py                                        # some five minutes
    python benchmarks/recording.py --torch PYTHON --xad PYTHON            # with rivals that other interpreters have

Two bars. ``gg.hvp`` through three times the nodes may cost 3.5 times as much, and is to be ahead of PyTorch's double
backward on the same loop. Recording and ``backward()`` inside ``with gg.collector_paused():`` may cost 1.5 times what
XAD's C++ tape costs when Python drives it (``pip install xad``; it is under the AGPL, and only this benchmark uses it).
Each run is a process of its own; they take turns, and the medians of the processor times are compared.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

GROWTH, OF_XAD = 3.5, 1.5
SIZES = (90_000, 270_000)
RECORDED = (100_000, 1_000_000)


# ── second derivatives ─────────────────────────────────────────────────────────────────────────────────────────────


def through(tanh: Callable[[Any], Any], nodes: int) -> Callable[[Any], Any]:
    """tanh(s·x) + x, again and again: three nodes each time."""

    def function(x: Any) -> Any:
        s = x
        for _ in range(nodes // 3):
            s = tanh(s * x) + x
        return s

    return function


def hvp_of_glassgrad(nodes: int) -> float:
    """Seconds of processor time."""
    gg = importlib.import_module("glassgrad")
    function = through(gg.tanh, nodes)
    gg.hvp(through(gg.tanh, 300), (0.3,), (1.0,))
    start = time.process_time()
    gg.hvp(function, (0.3,), (1.0,))
    return time.process_time() - start


def hvp_of_torch(nodes: int) -> float:
    """The same by a double backward pass, on scalars of double precision, on one thread."""
    torch = importlib.import_module("torch")
    torch.set_num_threads(1)

    def second(length: int) -> float:
        x = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
        start = time.process_time()
        [slope] = torch.autograd.grad(through(torch.tanh, length)(x), x, create_graph=True)
        torch.autograd.grad(slope, x)
        return time.process_time() - start

    second(300)
    return second(nodes)


# ── recording and one backward pass ────────────────────────────────────────────────────────────────────────────────


def chain(x: Any, a: Any, b: Any, nodes: int) -> Any:
    """x·a + b, again and again."""
    for _ in range(nodes // 2):
        x = x * a + b
    return x


def recorded(nodes: int, *, paused: bool) -> float:
    """Nanoseconds of processor time a node, to record and to differentiate."""
    gg = importlib.import_module("glassgrad")
    times = []
    with gg.collector_paused() if paused else nullcontext():
        for _ in range(5):
            x, a, b = gg.Value(1.0), gg.Value(0.5), gg.Value(0.25)
            start = time.process_time()
            root = chain(x, a, b, nodes)
            root.backward()
            times.append(time.process_time() - start)
            del root
    return 1e9 * min(times) / nodes


def recorded_by_xad(nodes: int) -> float:
    """The same on XAD's tape."""
    xad = importlib.import_module("xad.adj_1st")
    times = []
    with xad.Tape() as tape:
        for _ in range(5):
            inputs = [xad.Real(number) for number in (1.0, 0.5, 0.25)]
            for number in inputs:
                tape.registerInput(number)
            tape.newRecording()
            start = time.process_time()
            root = chain(*inputs, nodes)
            tape.registerOutput(root)
            root.derivative = 1.0
            tape.computeAdjoints()
            times.append(time.process_time() - start)
            del root
    return 1e9 * min(times) / nodes


# ── the runs ───────────────────────────────────────────────────────────────────────────────────────────────────────

TASKS: dict[str, Callable[[int], float]] = {
    "hvp": hvp_of_glassgrad,
    "hvp, torch": hvp_of_torch,
    "recorded": lambda nodes: recorded(nodes, paused=True),
    "recorded, collector on": lambda nodes: recorded(nodes, paused=False),
    "recorded, xad": recorded_by_xad,
}


def medians(tasks: dict[str, str], sizes: tuple[int, ...], rounds: int) -> dict[tuple[str, int], float]:
    """The median of each task at each size; ``tasks`` has the interpreter of each."""
    found: dict[tuple[str, int], list[float]] = {(task, nodes): [] for task in tasks for nodes in sizes}
    for _ in range(rounds):
        for task, nodes in found:
            command = [tasks[task], __file__, "--task", json.dumps([task, nodes])]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            found[task, nodes].append(json.loads(done.stdout))
    return {key: statistics.median(times) for key, times in found.items()}


def second_derivatives(torch: str, rounds: int) -> bool:
    """Print the times of hvp; whether its bars are met."""
    tasks = {"hvp": sys.executable} | ({"hvp, torch": torch} if torch else {})
    times = medians(tasks, SIZES, rounds)
    print("second derivative through a loop, seconds of processor time\n")
    print(f"{'':12}" + "".join(f"{nodes:>12,}" for nodes in SIZES) + "      growth")
    ok = True
    for task in tasks:
        row = [times[task, nodes] for nodes in SIZES]
        print(f"{task:12}" + "".join(f"{t:12.2f}" for t in row) + f"{row[1] / row[0]:11.2f}x")
        ok = ok and (task != "hvp" or row[1] <= GROWTH * row[0])
        ok = ok and all(times["hvp", nodes] < t for nodes, t in zip(SIZES, row) if task != "hvp")
    return ok


def against_the_tape(xad: str, rounds: int) -> bool:
    """Print the cost a node; whether the bar is met."""
    own = {"recorded": sys.executable, "recorded, collector on": sys.executable}
    times = medians(own | ({"recorded, xad": xad} if xad else {}), RECORDED, rounds)
    print("\nto record and to differentiate, ns of processor time a node\n")
    print(f"{'':24}" + "".join(f"{nodes:>12,}" for nodes in RECORDED))
    for task in dict.fromkeys(task for task, _ in times):
        print(f"{task:24}" + "".join(f"{times[task, nodes]:12.0f}" for nodes in RECORDED))
    if not xad:
        return True
    ratios = [times["recorded", nodes] / times["recorded, xad", nodes] for nodes in RECORDED]
    print(f"{'of XAD, paused':24}" + "".join(f"{ratio:11.2f}x" for ratio in ratios))
    return max(ratios) <= OF_XAD


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    own = {name: sys.executable if importlib.util.find_spec(name) else "" for name in ("torch", "xad")}
    parser.add_argument("--torch", default=own["torch"], help="the interpreter that has PyTorch")
    parser.add_argument("--xad", default=own["xad"], help="the interpreter that has XAD")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--task", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.task:
        task, nodes = json.loads(asked.task)
        print(json.dumps(TASKS[task](nodes)))
        return 0
    print(f"Python {sys.version.split()[0]}\n")
    met = [second_derivatives(asked.torch, asked.rounds), against_the_tape(asked.xad, asked.rounds)]
    print("\nall bars met" if all(met) else "\na bar is missed")
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
