"""Twenty programs that people write with loops over scalars, and what folding finds in each.

    python benchmarks/programs.py [names]

Prints, for each: nodes, what is left to write down when loops are folded, how much that saves, the time of recording
and of folding for each node, and the loops.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import time
from collections.abc import Callable

import glassgrad as gg
from glassgrad import Value, nn
from glassgrad.autograd.compile.fold import Block, fold, traced
from glassgrad.autograd.compile.recording.record import record

Program = Callable[[], Value]
Matrix = list[list[Value]]


class Numbers:
    """Seeded numbers and parameters."""

    def __init__(self) -> None:
        self.rng = random.Random(0)

    def values(self, n: int, low: float = -0.5, high: float = 0.5) -> list[Value]:
        """n parameters."""
        return [Value(self.rng.uniform(low, high)) for _ in range(n)]

    def matrix(self, rows: int, columns: int) -> Matrix:
        """Parameters in rows."""
        return [self.values(columns) for _ in range(rows)]

    def data(self, *shape: int) -> list:
        """Numbers in nested lists."""
        if len(shape) == 1:
            return [self.rng.gauss(0.0, 1.0) for _ in range(shape[0])]
        return [self.data(*shape[1:]) for _ in range(shape[0])]


def affine(W: Matrix, b: list[Value], x: list) -> list:
    """W·x + b, written out."""
    return [sum((w * xi for w, xi in zip(row, x)), bias) for row, bias in zip(W, b)]


def mean(xs: list) -> Value:
    """The mean, by additions."""
    return sum(xs) * (1.0 / len(xs))


# ── shaped like matrices ───────────────────────────────────────────────────────────────────────────────────────────


def conv(r: Numbers, same: bool) -> Program:
    """Two channels of 10 × 10, four filters of 3 × 3, four images; "same" with a pool and a dense layer."""
    images, filters = r.data(4, 2, 10, 10), [[r.matrix(3, 3) for _ in range(2)] for _ in range(4)]
    dense = r.values(4 * 25)
    pad = 1 if same else 0

    def pixel(image: list, kernel: list, i: int, j: int) -> Value:
        return gg.tanh(
            sum(
                kernel[c][di][dj] * image[c][i + di - pad][j + dj - pad]
                for c in range(2)
                for di in range(3)
                for dj in range(3)
                if 0 <= i + di - pad < 10 and 0 <= j + dj - pad < 10
            )
        )

    def f() -> Value:
        total: list[Value] = []
        size = 10 if same else 8
        for image in images:
            maps = [[[pixel(image, k, i, j) for j in range(size)] for i in range(size)] for k in filters]
            flat = [x for m in maps for row in m for x in row]
            if same:
                flat = [
                    gg.maximum(gg.maximum(m[i][j], m[i][j + 1]), gg.maximum(m[i + 1][j], m[i + 1][j + 1]))
                    for m in maps
                    for i in range(0, 10, 2)
                    for j in range(0, 10, 2)
                ]
                total.append(sum(w * x for w, x in zip(dense, flat)))
            else:
                total.append(sum(x * x for x in flat))
        return mean(total)

    return f


def mlp(r: Numbers) -> Program:
    """2-16-16-1, 100 points."""
    model, X, y = nn.MLP(2, [16, 16, 1], activation="tanh", seed=0), r.data(100, 2), r.data(100)
    return lambda: mean([(model(x) - t) ** 2 for x, t in zip(X, y)])


def attention(r: Numbers, causal: bool) -> Program:
    """16 tokens, 8 wide; by ``softmax``, or causal with the softmax by hand."""
    T, d = 16, 8
    X, Q, K, V = r.data(T, d), r.matrix(d, d), r.matrix(d, d), r.matrix(d, d)
    zero = [0.0] * d

    def weights(scores: list) -> list:
        if not causal:
            return gg.softmax(scores)
        e = [gg.exp(s) for s in scores]
        total = sum(e)
        return [x / total for x in e]

    def f() -> Value:
        q, k, v = ([affine(W, zero, x) for x in X] for W in (Q, K, V))
        loss = 0.0
        for t in range(T):
            seen = t + 1 if causal else T
            a = weights([sum(x * y for x, y in zip(q[t], k[s])) * (d**-0.5) for s in range(seen)])
            for j in range(d):
                out = sum(a[s] * v[s][j] for s in range(seen))
                loss = loss + out * out
        return loss

    return f


def layernorm(r: Numbers) -> Program:
    """A layer norm and a linear layer, 32 rows of 16."""
    X, g, b, W = r.data(32, 16), r.values(16, 0.5, 1.5), r.values(16), r.matrix(16, 16)

    def row(x: list) -> Value:
        x = [gi * xi for gi, xi in zip(g, x)]
        m = mean(x)
        s = gg.sqrt(mean([(xi - m) ** 2 for xi in x]) + 1e-5)
        h = [(xi - m) / s * gi + bi for xi, gi, bi in zip(x, g, b)]
        return sum(o * o for o in affine(W, b, h))

    return lambda: mean([row(x) for x in X])


def rosenbrock(r: Numbers) -> Program:
    """Of 1,000 variables."""
    x = r.values(1000)
    return lambda: sum(100.0 * (b - a**2) ** 2 + (1.0 - a) ** 2 for a, b in zip(x, x[1:]))


def pinn(r: Numbers) -> Program:
    """u'' of a network 1-16-16-1 at 20 points."""
    model = nn.MLP(1, [16, 16, 1], activation="tanh", seed=0)
    points = [i / 19 for i in range(20)]

    def residual(x: float) -> Value:
        def slope(x: Value) -> Value:
            return gg.grad(lambda x: model([x]))(x)

        return (gg.grad(slope)(Value(x)) + math.sin(x)) ** 2

    return lambda: mean([residual(x) for x in points])


def black_scholes(r: Numbers) -> Program:
    """500 options."""
    rows = [(r.rng.uniform(80, 120), r.rng.uniform(0.2, 2.0), r.rng.uniform(5, 20)) for _ in range(500)]
    spot, rate, vol = Value(100.0), Value(0.02), Value(0.25)

    def price(strike: float, t: float) -> Value:
        s = vol * math.sqrt(t)
        d = (gg.log(spot / strike) + (rate + 0.5 * vol * vol) * t) / s
        return spot * gg.normal_cdf(d) - strike * gg.exp(-rate * t) * gg.normal_cdf(d - s)

    return lambda: mean([(price(k, t) - p) ** 2 for k, t, p in rows])


# ── recurrences ────────────────────────────────────────────────────────────────────────────────────────────────────


def rnn(r: Numbers, steps: int, batch: int) -> Program:
    """16 units."""
    n = 16
    W, U, b, out = r.matrix(n, n), r.matrix(n, 1), r.values(n), r.values(n)
    series = r.data(batch, steps)

    def one(xs: list) -> Value:
        h: list = [0.0] * n
        for x in xs:
            h = [gg.tanh(sum((w * hj for w, hj in zip(row, h)), u[0] * x + bi)) for row, u, bi in zip(W, U, b)]
        return sum(o * hi for o, hi in zip(out, h)) ** 2

    return lambda: mean([one(xs) for xs in series])


def gated(r: Numbers, gates: int) -> Program:
    """LSTM (four gates) or GRU (three), 30 steps, 16 units."""
    n = 16
    W, U, b, out = ([r.matrix(n, n) for _ in range(gates)], [r.matrix(n, 1) for _ in range(gates)],
                    [r.values(n) for _ in range(gates)], r.values(n))  # fmt: skip
    xs = r.data(30)

    def gate(k: int, x: float, h: list) -> list:
        return affine(W[k], affine(U[k], b[k], [x]), h)

    def lstm(x: float, h: list, c: list) -> tuple[list, list]:
        i, f, o = ([gg.sigmoid(z) for z in gate(k, x, h)] for k in range(3))
        g = [gg.tanh(z) for z in gate(3, x, h)]
        c = [fj * cj + ij * gj for fj, cj, ij, gj in zip(f, c, i, g)]
        return [oj * gg.tanh(cj) for oj, cj in zip(o, c)], c

    def gru(x: float, h: list, c: list) -> tuple[list, list]:
        z, s = ([gg.sigmoid(v) for v in gate(k, x, h)] for k in range(2))
        g = [gg.tanh(v) for v in gate(2, x, [sj * hj for sj, hj in zip(s, h)])]
        return [(1.0 - zj) * hj + zj * gj for zj, hj, gj in zip(z, h, g)], c

    def f() -> Value:
        h: list = [0.0] * n
        c: list = [0.0] * n
        for x in xs:
            h, c = (lstm if gates == 4 else gru)(x, h, c)
        return sum(o * hi for o, hi in zip(out, h)) ** 2

    return f


def euler(r: Numbers) -> Program:
    """A damped pendulum, 1,000 steps, a loss each 100."""
    p = r.values(4, 0.5, 1.5)
    targets = r.data(10)

    def f() -> Value:
        x, v, loss = p[0], p[1], 0.0
        for k in range(1000):
            x, v = x + 0.01 * v, v - 0.01 * (p[2] * gg.sin(x) + p[3] * v)
            if k % 100 == 99:
                loss = loss + (x - targets[k // 100]) ** 2
        return loss

    return f


def rk4(r: Numbers, steps: int, trajectories: int) -> Program:
    """A damped pendulum by Runge and Kutta."""
    starts = r.matrix(trajectories, 2)
    k, c = r.values(2, 0.5, 1.5)
    h = 0.01

    def slope(x: Value, v: Value) -> tuple[Value, Value]:
        return v, -(k * gg.sin(x)) - c * v

    def one(x: Value, v: Value) -> Value:
        for _ in range(steps):
            a, b = slope(x, v)
            a2, b2 = slope(x + 0.5 * h * a, v + 0.5 * h * b)
            a3, b3 = slope(x + 0.5 * h * a2, v + 0.5 * h * b2)
            a4, b4 = slope(x + h * a3, v + h * b3)
            x, v = x + h / 6 * (a + 2.0 * a2 + 2.0 * a3 + a4), v + h / 6 * (b + 2.0 * b2 + 2.0 * b3 + b4)
        return x * x + v * v

    return lambda: mean([one(x, v) for x, v in starts])


def heat(r: Numbers) -> Program:
    """64 cells, 100 steps, fixed ends."""
    u0, a = r.values(64), Value(0.2)

    def f() -> Value:
        u = list(u0)
        for _ in range(100):
            u = [u[0], *(u[i] + a * (u[i - 1] - 2.0 * u[i] + u[i + 1]) for i in range(1, 63)), u[63]]
        return sum(x * x for x in u)

    return f


def nbody(r: Numbers) -> Program:
    """8 bodies in the plane, 50 steps."""
    n = 8
    x0, v0, m = r.matrix(n, 2), r.matrix(n, 2), r.values(n, 0.5, 1.5)

    def force(i: int, x: list) -> list:
        total: list = [0.0, 0.0]
        for j in range(n):
            if j != i:
                d = [b - a for a, b in zip(x[i], x[j])]
                s = m[j] / gg.sqrt((d[0] * d[0] + d[1] * d[1] + 0.1) ** 3)
                total = [t + s * di for t, di in zip(total, d)]
        return total

    def f() -> Value:
        x, v = [list(row) for row in x0], [list(row) for row in v0]
        for _ in range(50):
            a = [force(i, x) for i in range(n)]
            v = [[vi + 0.01 * ai for vi, ai in zip(*rows)] for rows in zip(v, a)]
            x = [[xi + 0.01 * vi for xi, vi in zip(*rows)] for rows in zip(x, v)]
        return sum(c * c for row in x for c in row)

    return f


# ── tables and triangles ───────────────────────────────────────────────────────────────────────────────────────────


def soft_dtw(r: Numbers) -> Program:
    """25 × 25."""
    a, b = r.values(25), r.data(25)

    def f() -> Value:
        before: list = [0.0] + [1e6] * 25
        for x in a:
            row: list = [1e6]
            for j, y in enumerate(b):
                best = gg.logsumexp([-before[j], -before[j + 1], -row[j]])
                row.append((x - y) ** 2 - best)
            before = row
        return before[-1]

    return f


def gaussian_process(r: Numbers) -> Program:
    """A log-likelihood of 25 points, by a Cholesky factorisation in scalars."""
    n = 25
    X, y = r.data(n), r.data(n)
    length, noise, scale = r.values(3, 0.5, 1.5)

    def kernel(i: int, j: int) -> Value:
        k = scale * gg.exp(-((X[i] - X[j]) ** 2) / (2.0 * length * length))
        return k + noise if i == j else k

    def f() -> Value:
        L: list[list[Value]] = []
        for i in range(n):
            row: list[Value] = []
            for j in range(i + 1):
                other = row if i == j else L[j]
                s = kernel(i, j) - sum(row[k] * other[k] for k in range(j))
                row.append(gg.sqrt(s) if i == j else s / other[j])
            L.append(row)
        z: list[Value] = []
        for i in range(n):
            z.append((y[i] - sum(L[i][k] * z[k] for k in range(i))) / L[i][i])
        return 0.5 * sum(t * t for t in z) + sum(gg.log(L[i][i]) for i in range(n))

    return f


PROGRAMS: dict[str, Callable[[Numbers], Program]] = {
    "conv valid": lambda r: conv(r, same=False),
    "MLP, 100 points": mlp,
    "attention": lambda r: attention(r, causal=False),
    "layernorm + linear": layernorm,
    "Rosenbrock 1000": rosenbrock,
    "PINN": pinn,
    "RNN T=20, batch 8": lambda r: rnn(r, 20, 8),
    "conv same": lambda r: conv(r, same=True),
    "soft-DTW 25 x 25": soft_dtw,
    "RNN T=50": lambda r: rnn(r, 50, 1),
    "causal attention": lambda r: attention(r, causal=True),
    "LSTM T=30": lambda r: gated(r, 4),
    "Black-Scholes 500": black_scholes,
    "GRU T=30": lambda r: gated(r, 3),
    "n-body, 50 steps": nbody,
    "Euler 1000": euler,
    "RK4 1000": lambda r: rk4(r, 1000, 1),
    "RK4 100 x 50": lambda r: rk4(r, 100, 50),
    "heat 64 x 100": heat,
    "GP by Cholesky": gaussian_process,
}


def loops(block: Block, most: int = 3) -> str:
    """The largest loops of a block in words, with those inside them."""
    found = sorted(block.loops, key=lambda loop: loop.start - loop.end)[:most]
    words = []
    for loop in found:
        inside = loops(loop.body, 2)
        words.append(f"{loop.kind} {loop.trips} × {loop.period}" + (f" [{inside}]" if inside else ""))
    return ", ".join(words) + (" …" if len(block.loops) > most else "")


def main() -> None:
    """Record and fold each program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="parts of names; all programs without any")
    names = parser.parse_args().names
    print(f"load {os.getloadavg()[0]:.1f}; times in µs a node")
    print(f"{'program':20} {'nodes':>8} {'left':>7} {'folded':>7} {'record':>7} {'tape':>6} {'fold':>6}  loops")
    for name, make in PROGRAMS.items():
        if names and not any(part in name for part in names):
            continue
        began = time.perf_counter()
        recording = record(make(Numbers()), [])
        recorded = time.perf_counter()
        trace = traced(recording)
        taped = time.perf_counter()
        block, _ = fold(trace)
        folded = time.perf_counter()
        n = len(trace.tape)
        micro = [x / n * 1e6 for x in (recorded - began, taped - recorded, folded - taped)]
        saved = 1.0 - block.size() / n
        times = f"{micro[0]:7.1f} {micro[1]:6.1f} {micro[2]:6.1f}"
        print(f"{name:20} {n:8,} {block.size():7,} {saved:7.1%} {times}  {loops(block)}", flush=True)


if __name__ == "__main__":
    main()
