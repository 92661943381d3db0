"""The eager engine against micrograd, and its cost and memory per node.

    python benchmarks/eager.py            # some four minutes
    python benchmarks/eager.py --quick    # about one

The loop is that of micrograd's demo notebook: MLP(2, [16, 16, 1]) on 100 points, max-margin loss with an L2 penalty,
gradient descent with a falling rate, the loss of one step kept alive while the next is computed. Every engine runs the
same lines, starts from the same weights, and runs in a process of its own; the processes take turns, so that a busy
moment of the machine hits them all. Python's cyclic collector is on and set as it comes.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import micrograd.engine
import micrograd.nn
import psutil

import glassgrad as gg
from glassgrad import nn
from glassgrad.nn.data import two_moons

ENGINES: dict[str, tuple[type, Callable[[], object]]] = {
    "micrograd": (micrograd.engine.Value, lambda: micrograd.nn.MLP(2, [16, 16, 1])),
    "glassgrad": (gg.Value, lambda: nn.MLP(2, [16, 16, 1])),
    "glassgrad, fused": (gg.Value, lambda: nn.MLP(2, [16, 16, 1], fused=True)),
}
GOALS = {"glassgrad": 8.0, "glassgrad, fused": 30.0}  # times faster than micrograd
BYTES_A_NODE = 450


# ── micrograd's demo ───────────────────────────────────────────────────────────────────────────────────────────────


def demo(engine: str, steps: int, points: int = 100) -> Iterator[float]:
    """Train, yielding the loss of each step when the step is done."""
    value, build = ENGINES[engine]
    X, classes = two_moons(points)
    X, y = X.tolist(), (2 * classes - 1).tolist()
    model = build()
    rng = random.Random(1337)
    for p in model.parameters():
        p.data = rng.uniform(-1, 1)
    for k in range(steps):
        inputs = [list(map(value, row)) for row in X]
        scores = list(map(model, inputs))
        losses = [(1 + -yi * score).relu() for yi, score in zip(y, scores)]
        data_loss = sum(losses) * (1.0 / len(losses))
        reg_loss = 1e-4 * sum(p * p for p in model.parameters())
        total_loss = data_loss + reg_loss
        model.zero_grad()
        total_loss.backward()
        learning_rate = 1.0 - 0.9 * k / 100
        for p in model.parameters():
            p.data -= learning_rate * p.grad
        yield total_loss.data


def timed_demo(engine: str, steps: int) -> dict[str, list[float]]:
    """Milliseconds of processor time (which a busy machine distorts less than the clock), and loss, of each step."""
    run, times, losses = demo(engine, steps), [], []
    for _ in range(steps):
        start = time.process_time()
        losses.append(next(run))
        times.append(1e3 * (time.process_time() - start))
    return {"times": times, "losses": losses}


def against_micrograd(rounds: int, steps: int) -> bool:
    """Print the times of all engines; whether the goals are met and the losses agree."""
    runs: dict[str, list[dict]] = {engine: [] for engine in ENGINES}
    for _ in range(rounds):
        for engine in ENGINES:
            runs[engine].append(in_a_process("demo", engine, steps))
    warm = {engine: [t for run in done for t in run["times"][2:]] for engine, done in runs.items()}
    reference = runs["micrograd"][0]["losses"]
    ok = True
    print(f"micrograd's demo, {rounds} runs of {steps} steps, ms of processor time a step (from the third on)\n")
    print(f"{'engine':18} {'median':>8} {'fastest':>8} {'slowest':>8} {'ratio':>7}  {'goal':>4}  last loss")
    for engine, times in warm.items():
        middle, losses = statistics.median(times), runs[engine][0]["losses"]
        ratio, goal = statistics.median(warm["micrograd"]) / middle, GOALS.get(engine, 1.0)
        print(f"{engine:18} {middle:8.1f} {min(times):8.1f} {max(times):8.1f}", end=" ")
        print(f"{ratio:6.1f}x {goal:4.0f}x  {losses[-1]!r}")
        same = all(abs(a - b) <= 1e-9 * abs(b) for a, b in zip(losses, reference, strict=True))
        ok = ok and ratio >= goal and same
        if not same:
            print(f"  differs from micrograd: {losses} and {reference}")
    return ok


# ── cost per node ──────────────────────────────────────────────────────────────────────────────────────────────────


def chain(nodes: int) -> gg.Value:
    """x·a + b, again and again: one node after another."""
    a, b = gg.Value(0.5), gg.Value(0.25)
    x = gg.Value(1.0)
    for _ in range(nodes // 2):
        x = x * a + b
    return x


def tree(nodes: int) -> gg.Value:
    """Products of neighbours, level by level, up to one root; leaves count as nodes."""
    level = [gg.Value(1.0 + 1e-9 * i) for i in range((nodes + 1) // 2)]
    while len(level) > 1:
        level = [a * b for a, b in zip(level[::2], level[1::2])] + level[len(level) & ~1 :]
    return level[0]


def ladder(nodes: int) -> gg.Value:
    """Diamonds: each value is used twice by the next, which is used twice by the next, …: 2ⁿ paths."""
    x, half = gg.Value(1.0), gg.Value(0.5)
    for _ in range(nodes // 2):
        x = (x + x) * half
    return x


def fan(nodes: int) -> gg.Value:
    """One leaf with many uses, summed by one op."""
    x = gg.Value(0.5)
    return gg.sum([x * x for _ in range(nodes - 2)])


def long_dot(nodes: int) -> gg.Value:
    """One node with as many operands as there are leaves."""
    leaves = [gg.Value(1e-3 * i) for i in range(nodes - 1)]
    return gg.dot(leaves[: (nodes - 1) // 2], leaves[(nodes - 1) // 2 : (nodes - 1) // 2 * 2])


SHAPES = {"chain": chain, "tree": tree, "ladder": ladder, "fan": fan, "long dot": long_dot}


class CollectorTime:
    """Seconds that Python's cyclic collector has taken."""

    def __init__(self) -> None:
        self.spent = self.started = 0.0
        gc.callbacks.append(self)

    def __call__(self, phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            self.started = time.process_time()
        else:
            self.spent += time.process_time() - self.started


def cost(shape: str, nodes: int) -> list[float]:
    """Nanoseconds a node to record, collect, differentiate (twice) and free; resident bytes a node, twice."""
    process, clock, collector = psutil.Process(), time.process_time, CollectorTime()
    SHAPES[shape](1000).backward()
    gc.collect()
    memory, start, collector.spent = process.memory_info().rss, clock(), 0.0
    root = SHAPES[shape](nodes)
    recorded, collected = clock(), collector.spent
    held = process.memory_info().rss - memory
    before = clock()
    root.backward()
    once = clock()
    root.backward()
    twice = clock()
    after = process.memory_info().rss - memory
    freed = clock()
    del root
    spans = (recorded - start, collected, once - before, twice - once, clock() - freed)
    return [*(1e9 * span / nodes for span in spans), held / nodes, after / nodes]


def traced(shape: str, nodes: int) -> float:
    """Bytes a node after backward, as Python's own allocator counts them."""
    tracemalloc.start()
    root = SHAPES[shape](nodes)
    root.backward()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size / nodes


def per_node(sizes: list[int]) -> bool:
    """Print time and memory per node; whether the memory stays below the limit."""
    print(
        "\ncost per node. ns: to record, and how much of that the collector took; for backward, and for a second one;"
        "\nto free. bytes: resident when recorded, and after backward; the latter by tracemalloc\n"
    )
    head = ("record", "(gc)", "backward", "again", "free", "held", "after", "traced")
    print(f"{'shape':9} {'nodes':>9}" + "".join(f"{name:>9}" for name in head))
    ok = True
    for shape in SHAPES:
        for nodes in sizes:
            found = [*in_a_process("cost", shape, nodes), in_a_process("traced", shape, nodes)]
            print(f"{shape:9} {nodes:9,}" + "".join(f"{number:9.0f}" for number in found))
            ok = ok and max(found[-2:]) <= BYTES_A_NODE
    return ok


def growth(steps: int, points: int) -> list[float]:
    """Resident megabytes after each tenth of a training run."""
    process, run = psutil.Process(), demo("glassgrad", steps, points)
    sizes = []
    for step in range(steps):
        next(run)
        if (step + 1) % (steps // 10) == 0:
            sizes.append(process.memory_info().rss / 2**20)
    return sizes


def no_growth(steps: int, points: int) -> bool:
    """Print the memory of a long run; whether the second half of it needs more than the first."""
    sizes = in_a_process("growth", steps, points)
    print(f"\nresident MB over {steps} steps of {points} points: {' '.join(f'{size:.1f}' for size in sizes)}")
    return max(sizes[5:]) <= max(sizes[:5]) + 1.0


# ── processes ──────────────────────────────────────────────────────────────────────────────────────────────────────

TASKS: dict[str, Callable[..., object]] = {"demo": timed_demo, "cost": cost, "traced": traced, "growth": growth}


def in_a_process(task: str, *args: str | int) -> Any:
    """Run a task in a Python of its own."""
    command = [sys.executable, __file__, "--task", json.dumps([task, *args])]
    root = str(Path(__file__).resolve().parents[1])
    done = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, smaller graphs")
    parser.add_argument("--task", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.task:
        task, *args = json.loads(options.task)
        print(json.dumps(TASKS[task](*args)))
        return 0
    print(f"Python {sys.version.split()[0]}, collector on: {gc.isenabled()}, thresholds {gc.get_threshold()}\n")
    met = [
        against_micrograd(*((2, 6) if options.quick else (4, 10))),
        per_node([10_000, 100_000] if options.quick else [10_000, 100_000, 1_000_000]),
        no_growth(*((200, 10) if options.quick else (1000, 20))),
    ]
    print(f"\n{'all goals met' if all(met) else 'NOT all goals met'}")
    return not all(met)


if __name__ == "__main__":
    sys.exit(main())
