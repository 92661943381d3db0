"""What a compiled program promises: structure, parameters, guards, errors, the flat view, batches, derivatives, threads."""

from __future__ import annotations

import gc
import re
import threading
import weakref

import numpy as np
import pytest
from scipy.optimize import minimize, rosen, rosen_der

import glassgrad as gg
from glassgrad import Value
from glassgrad.autograd.errors import CompileError


def net(sizes, seed=0):
    """Scalar loops over fresh weights; the forward function and the parameters."""
    rng = np.random.default_rng(seed)
    layers = [
        [([Value(v) for v in rng.normal(size=a)], Value(rng.normal())) for _ in range(b)]
        for a, b in zip(sizes, sizes[1:])
    ]

    def forward(x):
        for i, layer in enumerate(layers):
            x = [sum((w * xi for w, xi in zip(ws, x)), b) for ws, b in layer]
            x = [v.relu() for v in x] if i < len(layers) - 1 else x
        return x

    return forward, [p for layer in layers for ws, b in layer for p in (*ws, b)]


def demo(points, sizes=(2, 8, 8, 1)):
    """Micrograd's demo loss over a whole batch, unrolled."""
    forward, parameters = net(sizes)
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(points, sizes[0])).tolist(), rng.choice([-1, 1], points).tolist()

    def loss():
        losses = [(1 + -yi * forward(x)[0]).relu() for x, yi in zip(X, y)]
        return sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in parameters)

    return loss, parameters


# ── finding the arrays again ───────────────────────────────────────────────────────────────────────────────────────


def test_an_unrolled_batch_becomes_one_matrix_product_a_layer():
    loss, parameters = demo(30)
    program = gg.compile(loss)
    program.backward()
    compiled = [p.grad for p in parameters]
    for p in parameters:
        p.grad = 0.0
    out = loss()
    out.backward()
    assert np.allclose(compiled, [p.grad for p in parameters], rtol=1e-12, atol=1e-14)
    assert program() == pytest.approx(out.data, rel=1e-13)
    summary = program.summary()
    assert all(f"matmul {size}" in summary for size in ("8×3 by 3×30", "8×9 by 9×30", "1×9 by 9×30"))
    assert program.source.count("np.matmul") == 7  # three forward; three weights' gradients and one input's in reverse
    assert "np.take" not in program.source


@pytest.mark.parametrize(
    "layer",
    [
        lambda ws, x, b: sum((w * v for w, v in zip(ws, x)), b),
        lambda ws, x, b: b + sum(w * v for w, v in zip(ws, x)),
        lambda ws, x, b: sum(v * w for w, v in zip(ws[::-1], x[::-1])) + b,
        lambda ws, x, b: gg.dot(ws, x) + b,
        lambda ws, x, b: gg.sum([b, *(w * v for w, v in zip(ws, x))]),
        lambda ws, x, b: (np.array(ws, dtype=object) @ np.array(x, dtype=object)) + b,
        lambda ws, x, b: gg.dot([*ws, b], [*x, 1.0]),
    ],
)
def test_a_layer_is_a_matrix_product_however_it_is_written(layer):
    rng = np.random.default_rng(0)
    rows = [[Value(v) for v in rng.normal(size=6)] for _ in range(5)]
    biases = [Value(v) for v in rng.normal(size=5)]
    program = gg.compile(
        lambda x: gg.sum(layer(ws, [v.tanh() for v in x], b).exp() for ws, b in zip(rows, biases)), batch=True
    )
    program.value_and_grad(rng.normal(size=(4, 6)))
    assert re.search("matmul 5×(7 by 7|6 by 6)×1 × batch", program.summary())  # with the bias as a column, or added
    assert "np.take" not in program.source


def test_shared_weights_slide_along_as_views():
    kernel = [Value(0.3), Value(-0.2), Value(0.5)]
    program = gg.compile(
        lambda x: gg.sum(sum(k * x[i + j] for j, k in enumerate(kernel)) ** 2 for i in range(len(x) - 2))
    )
    x = np.linspace(-1, 1, 50)
    value, gradient = program.value_and_grad(x)
    windows = np.lib.stride_tricks.sliding_window_view(x, 3) @ [0.3, -0.2, 0.5]
    assert value == pytest.approx((windows**2).sum())
    assert np.allclose(gradient, np.convolve(2 * windows, [0.5, -0.2, 0.3][::-1]))


def test_attention_is_a_stack_of_products():
    def attend(queries, keys):
        scores = [[sum(a * b for a, b in zip(q, k)) for k in keys] for q in queries]
        return gg.sum(gg.softmax(row)[0] for row in scores)

    rng = np.random.default_rng(0)
    q, k = rng.normal(size=(2, 5, 4))
    program = gg.compile(lambda q, k: attend(q.tolist(), k.tolist()))
    value, grads = program.value_and_grad(q, k)
    expected, eager = gg.value_and_grad(lambda q, k: attend(q.tolist(), k.tolist()), argnums=(0, 1))(q, k)
    assert value == pytest.approx(expected)
    assert all(np.allclose(mine, theirs) for mine, theirs in zip(grads, eager))
    assert "matmul 5×4 by 4×5" in program.summary()


def test_rosenbrock_becomes_slices():
    program = gg.compile(lambda x: sum(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(len(x) - 1)))
    x = np.linspace(-1.2, 1.1, 300)
    value, gradient = program.value_and_grad(x)
    assert value == pytest.approx(rosen(x))
    assert np.allclose(gradient, rosen_der(x))
    assert "np.take" not in program.source
    assert len(program.source.splitlines()) < 50


def test_small_functions_are_float_arithmetic():
    program = gg.compile(lambda x, y: (1 - x) ** 2 + 100 * (y - x * x) ** 2)
    assert program.value_and_grad(-1.0, 2.0) == (104.0, (396.0, 200.0))
    assert "np." not in program.source


def test_a_sum_of_thousands_of_kinds_of_terms_is_no_deep_expression():
    Q = np.random.default_rng(0).normal(size=(60, 60))
    rows = Q.tolist()
    program = gg.compile(lambda x: gg.sum(a * b * q for a, row in zip(x, rows) for b, q in zip(x, row)))
    x = np.linspace(-1, 1, 60)
    value, gradient = program.value_and_grad(x)
    assert value == pytest.approx(x @ Q @ x)
    assert np.allclose(gradient, (Q + Q.T) @ x)
    assert len(program.to_source("python")) > 10_000


def test_products_that_differ_in_order_keep_a_symmetric_grid_whole():
    def similarity(X):
        points = X.tolist()
        return gg.sum(gg.exp(-sum(a * b for a, b in zip(p, q))) for p in points for q in points)

    program = gg.compile(similarity)
    program.value_and_grad(np.random.default_rng(0).normal(size=(6, 4)))
    assert "matmul 6×4 by 4×6" in program.summary()


# ── arguments and results ──────────────────────────────────────────────────────────────────────────────────────────


def test_arguments_and_results_keep_their_shape():
    program = gg.compile(
        lambda d, pair: {"sum": d["a"] + pair[0], "list": [pair[1] * d["b"][0], 2.0], "tuple": (d["a"],)}
    )
    answer = program({"a": 1.0, "b": [2.0]}, (3.0, 4))
    assert answer == {"sum": 4.0, "list": [8.0, 2.0], "tuple": (1.0,)}
    scalar = gg.compile(lambda d, pair: d["a"] * pair[0] + pair[1] * d["b"][0])
    assert scalar.value_and_grad({"a": 1.0, "b": [2.0]}, (3.0, 4)) == (11.0, ({"a": 3.0, "b": [4.0]}, (1.0, 2.0)))


def test_arrays_in_arrays_out():
    program = gg.compile(lambda W, x: W @ x)
    W, x = np.arange(6.0).reshape(2, 3), np.array([1.0, -1.0, 2.0])
    answer = program(W, x)
    assert isinstance(answer, np.ndarray)
    assert np.array_equal(answer, W @ x)


def test_other_lengths_are_recorded_anew():
    program = gg.compile(lambda xs: sum(x * x for x in xs))
    assert [program([1.0] * n) for n in (1, 3, 1, 40)] == [1.0, 3.0, 1.0, 40.0]


# ── parameters ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_parameters_are_read_afresh_and_accumulate():
    w = Value(2.0)
    program = gg.compile(lambda x: w * w * x)
    assert program(3.0) == 12.0
    w.data = 5.0
    assert program(3.0) == 75.0
    assert program.value_and_grad(3.0, wrt="parameters")[1].tolist() == [30.0]
    assert program.value_and_grad(3.0, wrt="both")[1][0] == 25.0
    assert [program.backward(3.0), program.backward(3.0), w.grad] == [75.0, 75.0, 60.0]


def test_the_flat_view_trains_without_the_values_until_sync():
    loss, parameters = demo(10)
    program = gg.compile(loss)
    start = program()
    first = parameters[0].data
    for _ in range(20):
        program.replay()
        program.parameter_vector[...] -= 0.05 * program.gradient_vector
    assert parameters[0].data == first
    program.sync()
    assert loss().data == pytest.approx(program.replay(), rel=1e-12)
    assert loss().data < start
    assert [p.data for p in program.parameters] == program.parameter_vector.tolist()


def test_values_made_inside_are_fixed_numbers_unless_they_are_kept():
    kept = []

    def function(x):
        kept.append(Value(3.0))
        return x * Value(2.0) * kept[0]

    program = gg.compile(function)
    assert program(5.0) == 30.0
    assert program.parameters == (kept[0],)


def test_programs_keep_no_node():
    w = Value(1.0)
    alive = []

    def function(x):
        y = w * x
        alive.append(weakref.ref(y))
        return y * y

    program = gg.compile(function)
    program.value_and_grad([2.0][0])
    gc.collect()
    assert alive[0]() is None


@pytest.mark.parametrize("n", [2, 1000])
def test_scipy_minimises_what_it_is_given(n):
    program = gg.compile(lambda x: sum(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(len(x) - 1)))
    found = minimize(program.fun_and_jac, np.full(n, 1.2), jac=True, method="L-BFGS-B")
    assert np.allclose(found.x, 1.0, atol=1e-3)


def test_scipy_trains_a_net_on_the_flat_view():
    loss, _ = demo(20)
    program = gg.compile(loss)
    before = program()
    found = minimize(program.fun_and_jac, program.parameter_vector.copy(), jac=True, method="L-BFGS-B")
    program.parameter_vector[:] = found.x
    program.sync()
    assert loss().data == pytest.approx(found.fun)
    assert found.fun < 0.5 * before


# ── branches, and numbers that leave the graph ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("function", "points"),
    [
        (lambda a, b: a * 2 if a < b else b * b, [(1.0, 2.0), (3.0, 2.0), (0.0, 9.0)]),
        (lambda a, b: max(a, b) * a, [(1.0, 2.0), (3.0, 2.0)]),
        (lambda a, b: sum(i * v for i, v in enumerate(sorted([a, b, 1.5]))), [(1.0, 2.0), (3.0, 2.0), (2.0, 1.0)]),
        (lambda a, b: a * b if a else b, [(1.0, 2.0), (0.0, 2.0)]),
        (lambda a, b: gg.where(gg.less(a, b), a, b * b), [(1.0, 2.0), (3.0, 2.0)]),
    ],
)
def test_a_branch_that_goes_another_way_is_recorded_anew(function, points):
    program = gg.compile(function)
    for point in [*points, *points]:
        expected = gg.value_and_grad(function, argnums=(0, 1))(*point)
        assert program.value_and_grad(*point) == expected
        assert program(*point) == expected[0]


def test_branches_on_parameters_are_guarded_too():
    w = Value(2.0)
    program = gg.compile(lambda x: x * w if w > 1 else -x)
    assert program(3.0) == 6.0
    w.data = 0.5
    assert program(3.0) == -3.0


def _backward(x):
    y = x * x
    y.backward()
    return x.grad


def _changes(parameter):
    def function(x):
        y = parameter * x
        parameter.data = 9.0
        return y * parameter

    return function


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda x: x * float(x), "reads the number"),
        (lambda x: x * int(x), "reads the number"),
        (lambda x: x * (x * x).data, "reads the number"),
        (lambda x: x * f"{x:.2f}".count("0"), "reads the number"),
        (_backward, "backward"),
        (_changes(Value(2.0)), "changes the .data"),
    ],
)
def test_numbers_that_leave_the_graph_are_errors(function, says):
    with pytest.raises(CompileError, match=says):
        gg.compile(function)(3.0)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: gg.compile(lambda x: x).value_and_grad(Value(1.0)), TypeError, "takes numbers"),
        (lambda: gg.compile(lambda x: x)("1"), TypeError, "real number"),
        (lambda: gg.compile(lambda x: "1")(1.0), TypeError, "returns numbers"),
        (lambda: gg.compile(lambda x: [x, x]).value_and_grad(1.0), CompileError, "one number"),
        (lambda: gg.compile(lambda x: [x, x], batch=True)(np.ones(2)), CompileError, "reduction='none'"),
        (lambda: gg.compile(lambda x: x, reduction="max"), ValueError, "mean"),
        (lambda: gg.compile(lambda x: x).value_and_grad(1.0, wrt="x"), ValueError, "wrt"),
        (lambda: gg.compile(lambda x, y: x * y, batch=True)(np.ones(2), np.ones(3)), ValueError, "number of samples"),
        (lambda: gg.compile(lambda x: x).summary(), CompileError, "first call"),
        (lambda: gg.compile(lambda: Value(1.0) * 2, batch=True)(), ValueError, "batch"),
    ],
)
def test_misuse_says_what_to_do(call, error, says):
    with pytest.raises(error, match=says):
        call()


def test_detached_numbers_are_computed_afresh_but_take_no_gradient():
    def function(x):
        with gg.no_grad():
            c = x * x
        return c * x + x.detach()

    program = gg.compile(function)
    assert [program.value_and_grad(x) for x in (3.0, 4.0, 4.0)] == [(30.0, 9.0), (68.0, 16.0), (68.0, 16.0)]


def test_a_first_call_under_no_grad_can_be_differentiated_later():
    program = gg.compile(lambda x: x * x)
    with gg.no_grad():
        assert program(3.0) == 9.0
    assert program.value_and_grad(3.0) == (9.0, 6.0)


def test_infinities_and_nan_pass_through():
    program = gg.compile(lambda x: gg.exp(x) + 1 / x)
    assert program(1000.0) == np.inf
    assert np.isnan(program(np.nan))
    assert program.value_and_grad(0.0) == (np.inf, -np.inf)


# ── batches ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_a_batch_is_the_mean_or_sum_of_its_samples(reduction):
    forward, parameters = net([3, 4, 2])
    program = gg.compile(
        lambda x, y: (forward(x)[0] - y) ** 2 + 0.1 * parameters[0] ** 2, batch=True, reduction=reduction
    )
    rng = np.random.default_rng(0)
    for n in (5, 1, 8):
        X, y = rng.normal(size=(n, 3)), rng.normal(size=n)
        scale = n if reduction == "mean" else 1
        total = (
            gg.sum((forward(a)[0] - b) ** 2 + 0.1 * parameters[0] ** 2 for a, b in zip(X.tolist(), y.tolist())) / scale
        )
        for p in parameters:
            p.grad = 0.0
        total.backward()
        value, gradient = program.value_and_grad(X, y, wrt="parameters")
        assert value == pytest.approx(total.data)
        assert np.allclose(gradient, [p.grad for p in program.parameters], rtol=1e-12)


def _recurrent(weights):
    def function(xs):
        state = [0.0] * 4
        for x in xs:
            state = [gg.tanh(gg.dot(row[:4], state) + row[4] * x) for row in weights[:4]]
        return gg.sum(v * v for v in state)

    return function


def _convolution(weights):
    def function(xs):
        grid = [xs[i : i + 3] for i in range(0, len(xs), 3)]
        maps = [
            gg.relu(sum(row[2 * a + b] * grid[i + a][j + b] for a in range(2) for b in range(2)) + row[4])
            for row in weights
            for i in range(len(grid) - 1)
            for j in range(2)
        ]
        return gg.logsumexp(maps)

    return function


def _residual(weights):
    def function(xs):
        for _ in range(3):
            xs = [x + gg.gelu(gg.dot(row[: len(xs)], xs)) for x, row in zip(xs, weights)]
        return xs[0] * xs[-1]

    return function


@pytest.mark.parametrize("make", [_recurrent, _convolution, _residual])
def test_nets_of_all_kinds_in_batches(make):
    rng = np.random.default_rng(0)
    weights = [[Value(v) for v in row] for row in rng.normal(size=(6, 9)).tolist()]
    function = make(weights)
    program = gg.compile(function, batch=True)
    for n in (1, 4):
        X = rng.normal(size=(n, 9)) if make is _convolution else rng.normal(size=(n, 6))
        value, (by_x, by_parameter) = program.value_and_grad(X, wrt="both")
        rows = [[Value(v) for v in row] for row in X.tolist()]
        out = gg.mean([function(row) for row in rows])
        grads = gg.gradients(out, [v for row in rows for v in row] + list(program.parameters))
        assert value == pytest.approx(out.data, rel=1e-12)
        expected = [g.data for g in grads]
        assert np.allclose([*by_x.ravel(), *by_parameter], expected, rtol=1e-11, atol=1e-13)


def test_no_reduction_gives_every_sample():
    program = gg.compile(lambda x: [x[0] * x[1], 2.0 * x[1], 1.0], batch=True, reduction="none")
    X = np.arange(8.0).reshape(4, 2)
    assert np.array_equal(program(X), np.column_stack([X[:, 0] * X[:, 1], 2 * X[:, 1], np.ones(4)]))
    with pytest.raises(CompileError, match="for each sample"):
        program.value_and_grad(X)


def test_the_number_of_samples_may_change_without_recording():
    calls = []

    def function(x):
        calls.append(x)
        return x * x

    program = gg.compile(function, batch=True)
    assert [program(np.full(n, 2.0)) for n in (1, 7, 3, 1000, 2, 5, 9)] == [4.0] * 7
    assert len(calls) == 4  # a recording runs the function twice; calls 2 and 4 are audited


# ── derivatives of derivatives ─────────────────────────────────────────────────────────────────────────────────────

_w = Value(1.5)


def _cubic(x):
    return x[0] ** 3 * x[1] * _w + gg.tanh(x[0] * x[1])


@pytest.mark.parametrize(
    "derivative",
    [
        gg.grad(_cubic),
        gg.value_and_grad(_cubic),
        gg.hessian(_cubic),
        gg.jacobian(lambda x: [_cubic(x), x[0] * _w]),
        lambda x: gg.hvp(_cubic, (x,), ([1.0, -2.0],)),
        lambda x: gg.jvp(_cubic, (x,), ([1.0, -2.0],)),
        lambda x: gg.grad(lambda t: gg.grad(lambda u: u**4 * _w)(t))(x[0]),
    ],
)
def test_derivatives_compile_like_any_function(derivative):
    program = gg.compile(derivative)
    for x in ([0.5, 0.3], [-1.2, 0.7]):
        mine, theirs = program(x), derivative([Value(v) for v in x])
        flat = gg.autograd.functional.flatten
        assert np.allclose(flat(mine), [v.data if isinstance(v, Value) else v for v in flat(theirs)], rtol=1e-12)


def test_a_gradient_of_a_compiled_gradient():
    program = gg.compile(lambda x: sum(g * g for g in gg.grad(_cubic)(x)))
    eager = gg.value_and_grad(lambda x: sum(g * g for g in gg.grad(_cubic)(x)))
    _, mine = program.value_and_grad([0.5, 0.3])
    _, theirs = eager([0.5, 0.3])
    assert np.allclose(mine, [v.data if isinstance(v, Value) else v for v in theirs], rtol=1e-12)


# ── size and threads ───────────────────────────────────────────────────────────────────────────────────────────────


def test_long_chains_need_no_recursion():
    def chain(x):
        for _ in range(3000):
            x = x * 0.999 + 0.001
        return x

    value, gradient = gg.compile(chain).value_and_grad(2.0)
    assert value == pytest.approx(chain(Value(2.0)).data)
    assert gradient == pytest.approx(0.999**3000)


def test_a_parameter_with_thousands_of_uses_needs_no_recursion():
    w = Value(0.5)
    program = gg.compile(lambda x: sum(gg.sin(w * i * x) * (i % 7) for i in range(5000)))
    value, gradient = program.value_and_grad(0.01, wrt="parameters")
    i = np.arange(5000)
    assert value == pytest.approx((np.sin(0.005 * i) * (i % 7)).sum())
    assert gradient[0] == pytest.approx((np.cos(0.005 * i) * (i % 7) * i * 0.01).sum())


def test_threads_share_a_program():
    forward, _ = net([4, 8, 1])
    program = gg.compile(lambda x: forward(x)[0] ** 2, batch=True)
    batches = [np.full((3, 4), 0.1 * k) for k in range(8)]
    expected = [program(X) for X in batches]
    wrong = []

    def work(k):
        for _ in range(200):
            if program(batches[k]) != expected[k]:
                wrong.append(k)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_own_ops_are_compiled_like_the_rest():
    op = gg.op("compiled_cube", lambda x: x * x * x, [lambda x, out: 3.0 * x * x])
    program = gg.compile(lambda xs: gg.sum(op(x) * x for x in xs))
    value, gradient = program.value_and_grad(np.linspace(1, 2, 40))
    x = np.linspace(1, 2, 40)
    assert value == pytest.approx((x**4).sum())
    assert np.allclose(gradient, 4 * x**3)
