"""The work of ``compile.py`` as one writes it elsewhere: NumPy and Python by hand, JAX, PyTorch, CasADi.

The hand-written NumPy is what a careful person writes: forward and reverse by hand, whole arrays, few temporaries, no
preallocated buffers. JAX gets one jitted function of the whole step. Each function returns a dict of
steps; a step runs once and returns the loss.
"""

from __future__ import annotations

import importlib.util
import platform
import sys
from collections.abc import Callable
from importlib.metadata import version

import numpy as np

Arrays = list[tuple[np.ndarray, np.ndarray]]
Steps = dict[str, Callable[[], float]]

HAVE = {name: importlib.util.find_spec(name) is not None for name in ("jax", "torch", "casadi")}
if HAVE["jax"]:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
if HAVE["torch"]:
    import torch

    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
if HAVE["casadi"]:
    import casadi


def versions() -> str:
    """What takes part."""
    found = [f"{name} {version(name)}" if have else f"{name} not installed" for name, have in HAVE.items()]
    found = [f"Python {sys.version.split()[0]} on {platform.machine()}", f"numpy {np.__version__}", *found]
    return f"{', '.join(found)}; one thread"


def two_moons(points: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Two half circles that reach into each other; classes −1 and 1."""
    rng = np.random.default_rng(seed)
    turn, y = rng.uniform(0.0, np.pi, points), np.where(np.arange(points) % 2 == 0, 1, -1)
    upper, lower = np.stack([np.cos(turn), np.sin(turn)], 1), np.stack([1 - np.cos(turn), 0.5 - np.sin(turn)], 1)
    return np.where(y[:, None] > 0, upper, lower) + rng.normal(0.0, 0.1, (points, 2)), y


# ── micrograd's demo ───────────────────────────────────────────────────────────────────────────────────────────────


def demo(weights: Arrays, X: np.ndarray, y: np.ndarray) -> Steps:
    """Max-margin loss of a relu net with an L2 penalty; value, gradients and SGD (with rate 0)."""
    steps: Steps = {"NumPy by hand": _demo_numpy(weights, X, y)}
    if HAVE["jax"]:
        steps["JAX jit"] = _demo_jax(weights, X, y)
    if HAVE["torch"]:
        steps["PyTorch eager"] = _demo_torch(weights, X, y)
    return steps


def _demo_numpy(weights: Arrays, X: np.ndarray, y: np.ndarray) -> Callable[[], float]:
    parameters = [array.copy() for pair in weights for array in pair]
    n = len(X)

    def step() -> float:
        W1, b1, W2, b2, W3, b3 = parameters
        z1 = X @ W1 + b1
        h1 = np.maximum(z1, 0.0)
        z2 = h1 @ W2 + b2
        h2 = np.maximum(z2, 0.0)
        margin = 1.0 - y * ((h2 @ W3)[:, 0] + b3)
        loss = np.maximum(margin, 0.0).sum() / n + 1e-4 * sum((p * p).sum() for p in parameters)
        g = ((margin > 0.0) * (-y / n))[:, None]
        gW3, gb3 = h2.T @ g, g.sum(0)
        g = (g @ W3.T) * (z2 > 0.0)
        gW2, gb2 = h1.T @ g, g.sum(0)
        g = (g @ W2.T) * (z1 > 0.0)
        gW1, gb1 = X.T @ g, g.sum(0)
        for p, gradient in zip(parameters, (gW1, gb1, gW2, gb2, gW3, gb3)):
            p -= 0.0 * (gradient + 2e-4 * p)
        return float(loss)

    return step


def _demo_jax(weights: Arrays, X: np.ndarray, y: np.ndarray) -> Callable[[], float]:
    def loss(parameters: list) -> object:
        W1, b1, W2, b2, W3, b3 = parameters
        h = jax.nn.relu(jax.nn.relu(X @ W1 + b1) @ W2 + b2)
        margin = jax.nn.relu(1.0 - y * (h @ W3 + b3)[:, 0])
        return margin.mean() + 1e-4 * sum((p * p).sum() for p in parameters)

    return _descent(loss, [array for pair in weights for array in pair])


def _descent(loss: Callable, arrays: list[np.ndarray], *data: np.ndarray) -> Callable[[], float]:
    """A jitted step of gradient descent with rate 0, its parameters kept on the device and donated."""

    def step(parameters: list, *data: object) -> tuple:
        value, gradients = jax.value_and_grad(loss)(parameters, *data)
        return value, [p - 0.0 * g for p, g in zip(parameters, gradients)]

    compiled = jax.jit(step, donate_argnums=0)
    state = [jnp.array(array) for array in arrays]
    fixed = [jnp.array(array) for array in data]

    def run() -> float:
        nonlocal state
        value, state = compiled(state, *fixed)
        return float(value)

    return run


def _demo_torch(weights: Arrays, X: np.ndarray, y: np.ndarray) -> Callable[[], float]:
    parameters = [torch.tensor(array, requires_grad=True) for pair in weights for array in pair]
    Xt, yt = torch.tensor(X), torch.tensor(y, dtype=torch.float64)
    optimizer = torch.optim.SGD(parameters, lr=0.0)

    def step() -> float:
        W1, b1, W2, b2, W3, b3 = parameters
        h = torch.relu(torch.relu(Xt @ W1 + b1) @ W2 + b2)
        loss = torch.relu(1.0 - yt * (h @ W3 + b3)[:, 0]).mean() + 1e-4 * sum((p * p).sum() for p in parameters)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


# ── a classifier on batches ────────────────────────────────────────────────────────────────────────────────────────


def classifier(weights: Arrays, X: np.ndarray, Y: np.ndarray) -> Steps:
    """Softmax cross-entropy of a net with one hidden layer; value, gradients and SGD (with rate 0)."""
    steps: Steps = {"NumPy by hand": _classifier_numpy(weights, X, Y)}
    if HAVE["jax"]:
        steps["JAX jit"] = _descent(_classifier_jax_loss, [array for pair in weights for array in pair], X, Y)
    if HAVE["torch"]:
        steps["PyTorch eager"] = _classifier_torch(weights, X, Y)
    return steps


def _classifier_numpy(weights: Arrays, X: np.ndarray, Y: np.ndarray) -> Callable[[], float]:
    parameters = [array.copy() for pair in weights for array in pair]
    n = len(X)

    def step() -> float:
        W1, b1, W2, b2 = parameters
        z = X @ W1 + b1
        h = np.maximum(z, 0.0)
        o = h @ W2 + b2
        o -= o.max(axis=1, keepdims=True)
        e = np.exp(o)
        s = e.sum(axis=1, keepdims=True)
        loss = -(Y * (o - np.log(s))).sum() / n
        g = (e / s - Y) / n
        gW2, gb2 = h.T @ g, g.sum(0)
        gz = (g @ W2.T) * (z > 0.0)
        for p, gradient in zip(parameters, (X.T @ gz, gz.sum(0), gW2, gb2)):
            p -= 0.0 * gradient
        return float(loss)

    return step


def _classifier_jax_loss(parameters: list, X: object, Y: object) -> object:
    W1, b1, W2, b2 = parameters
    return -(Y * jax.nn.log_softmax(jax.nn.relu(X @ W1 + b1) @ W2 + b2)).sum(1).mean()


def _classifier_torch(weights: Arrays, X: np.ndarray, Y: np.ndarray) -> Callable[[], float]:
    parameters = [torch.tensor(array, requires_grad=True) for pair in weights for array in pair]
    Xt, labels = torch.tensor(X), torch.tensor(Y.argmax(1))
    optimizer = torch.optim.SGD(parameters, lr=0.0)

    def step() -> float:
        W1, b1, W2, b2 = parameters
        loss = torch.nn.functional.cross_entropy(torch.relu(Xt @ W1 + b1) @ W2 + b2, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


# ── Rosenbrock ─────────────────────────────────────────────────────────────────────────────────────────────────────


def rosenbrock(x: np.ndarray) -> Steps:
    """Value and gradient at x."""
    steps: Steps = {"NumPy by hand": lambda: _rosenbrock_numpy(x)[0]}
    if len(x) == 2:
        a, b = x.tolist()
        steps["Python by hand"] = lambda: _rosenbrock_python(a, b)[0]
    if HAVE["jax"]:
        steps["JAX jit"] = _rosenbrock_jax(x)
    if HAVE["casadi"]:
        steps |= _rosenbrock_casadi(x)
    return steps


def _rosenbrock_python(a: float, b: float) -> tuple[float, list[float]]:
    u, v = b - a * a, 1.0 - a
    return 100.0 * u * u + v * v, [-400.0 * u * a - 2.0 * v, 200.0 * u]


def _rosenbrock_numpy(x: np.ndarray) -> tuple[float, np.ndarray]:
    u, v = x[1:] - x[:-1] ** 2, 1.0 - x[:-1]
    gradient = np.zeros_like(x)
    gradient[:-1] = -400.0 * u * x[:-1] - 2.0 * v
    gradient[1:] += 200.0 * u
    return float(100.0 * (u @ u) + v @ v), gradient


def _rosenbrock_jax(x: np.ndarray) -> Callable[[], float]:
    def function(x: object) -> object:
        return (100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2).sum()  # type: ignore[index]

    compiled, at = jax.jit(jax.value_and_grad(function)), jnp.array(x)

    def step() -> float:
        value, gradient = compiled(at)
        gradient.block_until_ready()
        return float(value)

    return step


def _rosenbrock_casadi(x: np.ndarray) -> Steps:
    """SX expressions; called as a function, and through CasADi's buffers, which is its fastest way in from Python."""
    symbol = casadi.SX.sym("x", len(x))
    value = sum(100 * (symbol[i + 1] - symbol[i] ** 2) ** 2 + (1 - symbol[i]) ** 2 for i in range(len(x) - 1))
    function = casadi.Function("f", [symbol], [value, casadi.gradient(value, symbol)])
    buffer, run = function.buffer()
    given, out, gradient = np.array(x), np.zeros(1), np.zeros(len(x))
    buffer.set_arg(0, memoryview(given))
    buffer.set_res(0, memoryview(out))
    buffer.set_res(1, memoryview(gradient))

    def buffered(kept: tuple = (buffer, given, gradient)) -> float:  # CasADi has only their addresses
        run()
        return float(out[0])

    return {"CasADi SX": lambda: float(function(x)[0]), "CasADi SX, buffers": buffered}
