"""What ``nn.fit`` costs beside its arithmetic, and what ``nn.predict`` takes.

    python benchmarks/training.py            # about a minute
    python benchmarks/training.py --quick    # some twenty seconds

One epoch of ``fit`` and one of the same steps by hand (gather of the batch, replay of the compiled loss, update in
NumPy) take turns, so that both meet the same machine; times are processor time, on one thread. The data have the form
of the digits that everybody knows: 1,797 images of 8×8, in batches of 32; a network of 64-32-10.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np  # noqa: E402  # after the threads have been settled

import glassgrad as gg  # noqa: E402
from glassgrad import nn  # noqa: E402

N, BATCH, RATE = 1797, 32, 0.01
FIT_GOAL, CALLBACK_GOAL, PREDICT_GOAL = 1.3, 1.05, 0.050


def digits() -> tuple[np.ndarray, np.ndarray]:
    """Images of ten classes that can be told apart: blurred random prototypes with noise."""
    draws = np.random.RandomState(0)
    y = draws.randint(0, 10, N)
    X = 0.6 * draws.uniform(0.0, 1.0, (10, 64))[y] + 0.4 * draws.uniform(0.0, 1.0, (N, 64))
    return X, y


def network(hidden: int = 32) -> nn.MLP:
    """The network that is trained."""
    return nn.MLP(64, [hidden, 10], activation="tanh", seed=0, fused=True)


class ByHand:
    """The same steps with nothing around them."""

    def __init__(self, X: np.ndarray, y: np.ndarray, adam: bool) -> None:
        model = network()
        self.X, self.y, self.adam, self.epoch, self.t = X, y.astype(float), adam, 0, 0
        self.program = gg.compile(lambda x, target: nn.cross_entropy(model(x.tolist()), target), batch=True)
        self.program(self.X[:BATCH], self.y[:BATCH])
        self.m, self.v = np.zeros((2, len(self.program.parameter_vector)))

    def __call__(self) -> None:
        """One epoch."""
        for rows in nn.batches(N, BATCH, 0, self.epoch):
            self.program.replay(self.X[rows], self.y[rows])
            self.update(self.program.parameter_vector, self.program.gradient_vector)
        self.epoch += 1

    def update(self, theta: np.ndarray, gradient: np.ndarray) -> None:
        """SGD or Adam, as one writes them."""
        if not self.adam:
            theta -= RATE * gradient
            return
        self.t += 1
        self.m = 0.9 * self.m + 0.1 * gradient
        self.v = 0.999 * self.v + 0.001 * gradient * gradient
        theta -= RATE * (self.m / (1 - 0.9**self.t)) / (np.sqrt(self.v / (1 - 0.999**self.t)) + 1e-8)


def in_turns(adam: bool, epochs: int) -> tuple[float, float, float]:
    """Seconds an iteration by ``fit``, and by hand, and the median ratio of epochs side by side."""
    X, y = digits()
    model, by_hand = network(), ByHand(X, y, adam)
    optimizer = (nn.Adam if adam else nn.SGD)(model.parameters(), lr=RATE)
    times: list[tuple[float, float]] = []
    before = time.process_time()

    def turn(training: nn.Training) -> None:
        nonlocal before
        ended = time.process_time()
        by_hand()
        times.append((ended - before, time.process_time() - ended))
        before = time.process_time()

    history = nn.fit(model, X, y, loss=nn.cross_entropy, optimizer=optimizer, epochs=epochs + 3, batch_size=BATCH,
                     progress=False, callbacks=turn)  # fmt: skip
    assert history.engine == "compiled"
    steady = times[3:]
    fit, hand = (statistics.median(column) / history.iterations_per_epoch for column in zip(*steady))
    return fit, hand, statistics.median(a / b for a, b in steady)


def with_and_without_a_callback(epochs: int) -> tuple[int, float]:
    """Parameters of a large network, and how much an iteration takes with a callback that does not look at them."""
    X, y = digits()
    model = network(hidden=1360)
    took: dict[bool, list[float]] = {True: [], False: []}
    began = [0.0]

    def mark(training: nn.Training) -> None:
        if training.epoch > 1:
            took[training.settings.on_iteration is not None].append(time.process_time() - began[0])
        began[0] = time.process_time()

    for _ in range(2):
        for callback in (None, lambda training: None):
            optimizer = nn.SGD(model.parameters(), lr=RATE)
            nn.fit(model, X[:256], y[:256], loss=nn.cross_entropy, optimizer=optimizer, epochs=epochs + 1,
                   batch_size=BATCH, progress=False, callbacks=mark, on_iteration=callback)  # fmt: skip
    return len(model.parameters()), min(took[True]) / min(took[False])


def best_of(work: Callable[[], object], repeats: int) -> float:
    """The shortest of some runs, in seconds."""
    found = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return min(found)


def main() -> int:
    """Measure everything; 0 if all goals are met."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    quick = parser.parse_args().quick
    met = True
    print(f"Python {sys.version.split()[0]}, NumPy {np.__version__}")
    print("one iteration on 32 digits, µs of processor time\n")
    print(f"{'':10} {'fit':>8} {'by hand':>8} {'ratio':>7}  goal")
    for name, adam in (("SGD", False), ("Adam", True)):
        fit, hand, ratio = in_turns(adam, 20 if quick else 100)
        met &= ratio <= FIT_GOAL
        print(f"{name:10} {fit * 1e6:8.1f} {hand * 1e6:8.1f} {ratio:6.2f}x  {FIT_GOAL}x")
    count, ratio = with_and_without_a_callback(2 if quick else 6)
    met &= ratio <= CALLBACK_GOAL
    print(f"\na callback an iteration that looks at none of {count:,} parameters: {ratio:.3f}x, goal {CALLBACK_GOAL}x")
    model, X = nn.MLP(2, [16, 16, 1], seed=0), np.random.RandomState(0).standard_normal((10_000, 2))
    first = best_of(lambda: nn.predict(model, X), 1)
    again = best_of(lambda: nn.predict(model, X), 7)
    met &= again <= PREDICT_GOAL
    print(f"predict, 10,000 rows of 2-16-16-1: {again * 1e3:.1f} ms, goal {PREDICT_GOAL * 1e3:.0f} ms", end="")
    print(f"; the first time {first * 1e3:.0f} ms")
    print("\nall goals met" if met else "\na goal is missed")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
