"""Compiled programs against JAX, PyTorch, CasADi, hand-written NumPy and hand-written Python.

    python benchmarks/compile.py            # about two minutes
    python benchmarks/compile.py --quick    # about half a minute

JAX, PyTorch and CasADi take part where they are installed. All run in this one process on one thread each, in double
precision, on the same numbers, and their answers are compared before anything is timed. They take turns: in each
round every contestant runs for the same while, so a busy moment of the machine hits them all. What is printed is the
median of a contestant's rounds, and its ratio to ours in the same rounds.
"""

# ruff: noqa: E402  # the number of threads must be set before NumPy is imported
from __future__ import annotations

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[_variable] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import argparse
import gc
import random
import statistics
import time
import tracemalloc
from collections.abc import Callable, Sequence

import numpy as np
import rivals

import glassgrad as gg
from glassgrad import Value

Step = Callable[[], float]
Layers = list[list[tuple[list[Value], Value]]]


# ── the models, as one writes them with scalars ────────────────────────────────────────────────────────────────────


def layers_of(sizes: Sequence[int], seed: int = 0) -> Layers:
    """Weights and a bias for every neuron."""
    rng = random.Random(seed)
    return [
        [([Value(rng.gauss(0.0, a**-0.5)) for _ in range(a)], Value(0.1 * rng.uniform(-1, 1))) for _ in range(b)]
        for a, b in zip(sizes, sizes[1:])
    ]


def outputs(layers: Layers, x: Sequence) -> list:
    """The net's outputs: scalar loops, relu in between."""
    for i, layer in enumerate(layers):
        x = [sum((w * xi for w, xi in zip(ws, x)), b) for ws, b in layer]
        if i < len(layers) - 1:
            x = [v.relu() for v in x]
    return list(x)


def demo_loss(layers: Layers, X: Sequence[Sequence[float]], y: Sequence[int]) -> Callable[[], Value]:
    """Micrograd's demo: max-margin loss over all points, and an L2 penalty."""
    parameters = [p for layer in layers for ws, b in layer for p in (*ws, b)]

    def loss() -> Value:
        scores = [outputs(layers, x)[0] for x in X]
        losses = [(1 + -yi * score).relu() for yi, score in zip(y, scores)]
        return sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in parameters)

    return loss


def cross_entropy(layers: Layers) -> Callable[[Sequence, Sequence], Value]:
    """Softmax cross-entropy of one sample against its one-hot target."""
    return lambda x, y: -sum(yi * p for yi, p in zip(y, gg.log_softmax(outputs(layers, x))))


def rosenbrock(x: Sequence) -> Value:
    """Rosenbrock's function as a scalar loop."""
    return sum(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(len(x) - 1))


def matrices(layers: Layers) -> list[tuple[np.ndarray, np.ndarray]]:
    """The same weights as arrays, for the others: (inputs, outputs) and (outputs,)."""
    return [
        (np.array([[w.data for w in ws] for ws, _ in layer]).T.copy(), np.array([b.data for _, b in layer]))
        for layer in layers
    ]


# ── taking turns ───────────────────────────────────────────────────────────────────────────────────────────────────


def race(title: str, steps: dict[str, Callable[[], object]], rounds: int, bar: str) -> None:
    """Time all steps in turns and print medians and ratios; the first is ours."""
    for step in steps.values():
        step()
    once = {name: _seconds(step, 1) for name, step in steps.items()}
    counts = {name: max(1, int(0.02 / max(t, 1e-7))) for name, t in once.items()}
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            times[name].append(_seconds(step, counts[name]))
    ours = next(iter(times))
    print(f"\n{title}" + (f"  (goal: {bar})" if bar else ""))
    for name, each in times.items():
        ratio = statistics.median(a / b for a, b in zip(times[ours], each))
        against = "" if name == ours else f"   ours takes {ratio:6.3f} of it"
        print(f"  {name:<24}{statistics.median(each) * 1e6:12.2f} µs{against}")


def _seconds(step: Callable[[], object], count: int) -> float:
    start = time.perf_counter()
    for _ in range(count):
        step()
    return (time.perf_counter() - start) / count


def _agree(name: str, ours: float, theirs: float) -> None:
    if abs(ours - theirs) > 1e-9 * abs(ours):
        raise SystemExit(f"{name} computes {theirs!r}, we compute {ours!r}: not the same work")


def _built(title: str, build: Callable[[], gg.Program], goal: str) -> gg.Program:
    gc.collect()
    start = time.perf_counter()
    program = build()
    took = time.perf_counter() - start
    nodes = program.summary().split(";")[0]
    goal = f"  (goal: {goal})" if goal else ""
    print(f"\n{title}: recorded, re-rolled and checked in {took:.2f} s{goal};  {nodes}")
    return program


# ── the races ──────────────────────────────────────────────────────────────────────────────────────────────────────


def race_demo(rounds: int) -> None:
    """Micrograd's demo: a step of gradient descent on the flat view."""
    X, y = rivals.two_moons(100)
    layers = layers_of([2, 16, 16, 1])
    loss = demo_loss(layers, X.tolist(), y.tolist())

    def build() -> gg.Program:
        program = gg.compile(loss)
        program.backward()
        return program

    program = _built("micrograd's demo", build, "1 s")

    def step() -> float:
        value = program.replay()
        program.parameter_vector[...] -= 0.0 * program.gradient_vector
        return value

    others = rivals.demo(matrices(layers), X, y)
    for name, other in others.items():
        _agree(name, step(), other())
    race(
        "micrograd's demo, loss + all gradients + SGD", {"glassgrad": step, **others}, rounds, "1.0 of JAX and of NumPy"
    )


def race_classifier(sizes: Sequence[int], samples: int, rounds: int, goals: tuple[str, str]) -> None:
    """Softmax cross-entropy on a batch: a training step."""
    layers = layers_of(sizes)
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(samples, sizes[0])), np.eye(sizes[-1])[rng.integers(0, sizes[-1], samples)]

    def build() -> gg.Program:
        program = gg.compile(cross_entropy(layers), batch=True)
        program.backward(X, Y)
        return program

    title = f"MLP {'-'.join(map(str, sizes))}"
    program = _built(title, build, goals[0])

    def step() -> float:
        value = program.replay(X, Y)
        program.parameter_vector[...] -= 0.0 * program.gradient_vector
        return value

    others = rivals.classifier(matrices(layers), X, Y)
    for name, other in others.items():
        _agree(name, step(), other())
    race(f"{title}, {samples} samples, a training step", {"glassgrad": step, **others}, rounds, goals[1])


def race_rosenbrock(n: int, rounds: int, goal: str) -> None:
    """Value and gradient."""
    x = np.linspace(-1.2, 1.1, n)
    program = gg.compile(rosenbrock)
    argument = x.tolist() if n < 10 else x
    others = rivals.rosenbrock(x)
    for name, other in others.items():
        _agree(name, program.value_and_grad(argument)[0], other())
    steps = {"glassgrad": lambda: program.value_and_grad(argument), **others}
    race(f"Rosenbrock in {n:,} variables, value and gradient", steps, rounds, goal)


def growth() -> None:
    """How recording, re-rolling and replay grow with the model, and what a program keeps in memory."""
    print("\ngrowth: micrograd's demo with more points, then a wider net")
    for points, width in ((100, 16), (300, 16), (1000, 16), (100, 52)):
        X, y = rivals.two_moons(points)
        layers = layers_of([2, width, width, 1])
        program = gg.compile(demo_loss(layers, X.tolist(), y.tolist()))
        gc.collect()
        start = time.perf_counter()
        program.backward()
        took = time.perf_counter() - start
        nodes = int(program.summary().split()[0].replace(",", ""))
        replay = min(_seconds(program.replay, 200) for _ in range(5))
        print(f"  {points:>5} points, width {width:>3}, {nodes:>9,} nodes: {took:6.2f} s to build "
              f"({took / nodes * 1e6:5.1f} µs a node), {replay * 1e6:9.1f} µs a replay")  # fmt: skip


def memory() -> None:
    """What recording takes at its peak, and what is left when the program is built."""
    X, y = rivals.two_moons(100)
    loss = demo_loss(layers_of([2, 16, 16, 1]), X.tolist(), y.tolist())
    program = gg.compile(loss)
    tracemalloc.start()
    program.backward()
    gc.collect()
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"\nmemory, micrograd's demo: {peak / 1e6:.1f} MB at the peak of recording, {kept / 1e6:.2f} MB kept")


def main() -> None:
    """Run all races."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    rounds = 7 if parser.parse_args().quick else 31
    print(rivals.versions())
    race_demo(rounds)
    race_classifier([64, 32, 10], 32, rounds, ("", "1.2 of NumPy"))
    race_classifier([64, 32, 10], 1797, rounds, ("", "1.2 of NumPy"))
    race_classifier([784, 128, 10], 256, rounds, ("5 s", "1.2 of NumPy"))
    race_rosenbrock(2, rounds, "4 µs")
    race_rosenbrock(1000, rounds, "2.0 of NumPy, ahead of CasADi's SX")
    growth()
    memory()


if __name__ == "__main__":
    main()
