"""A program inside another function: what comes out is what the uncompiled function gives there, derivatives included."""

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import Value, nn

w = Value(1.5)


def cube(x):
    return x * x * x * w + gg.exp(0.3 * x)


def of_list(x):
    return gg.sin(x[0]) * x[1] ** 2 * w


def lists(x):
    return [x[0] * x[1], gg.tanh(x[0]) * w]


def bend(x):
    return x * x * w if x > 0.0 else -3.0 * x * x * w


def other(x, k=2.0, mode="plain"):
    return x**k * w if mode == "plain" else x


CALLS = {  # how it is called; with which numbers; the call through a program or a function
    "number": (cube, (0.7,), lambda f, x: f(x)),
    "twice": (cube, (0.7,), lambda f, x: f(f(x)) * x),
    "list": (of_list, ([0.7, 0.4],), lambda f, x: f(x)),
    "part of a list": (of_list, ([0.7, 0.4],), lambda f, x: f([x[1], 2.0]) + x[0]),
    "array": (of_list, (np.array([0.7, 0.4]),), lambda f, x: f(x)),
    "results": (lists, ([0.7, 0.4],), lambda f, x: gg.sum(f(x)) ** 2),
    "branch": (bend, (-0.7,), lambda f, x: f(x)),
    "keywords": (other, (0.7,), lambda f, x: f(x, k=3.0, mode="plain")),
    "numbers alone": (cube, (0.7,), lambda f, x: f(0.9) * x * x),
}

DERIVATIVES = {
    "value": lambda f, x: f(x),
    "grad": lambda f, x: gg.grad(f)(x),
    "value_and_grad": lambda f, x: gg.value_and_grad(f)(x),
    "jacobian": lambda f, x: gg.jacobian(f)(x),
    "hessian": lambda f, x: gg.hessian(f)(x),
    "jvp": lambda f, x: gg.jvp(f, (x,), (x,)),
    "hvp": lambda f, x: gg.hvp(f, (x,), (x,)),
    "compile": lambda f, x: gg.compile(f)(x),
    "program's value_and_grad": lambda f, x: gg.compile(f).value_and_grad(x, wrt="both"),
    "compiled grad": lambda f, x: gg.compile(gg.grad(f))(x),
    "compiled hessian": lambda f, x: gg.compile(gg.hessian(f))(x),
    "gradcheck": lambda f, x: gg.gradcheck(f, (x,)) is not None,
}


def numbers(answer):
    if isinstance(answer, (list, tuple)):
        return [x for item in answer for x in numbers(item)]
    if isinstance(answer, np.ndarray):
        return numbers(answer.ravel().tolist())
    return [answer.data if isinstance(answer, Value) else float(answer)]


@pytest.mark.parametrize("warm", [False, True], ids=["first call", "recorded before"])
@pytest.mark.parametrize("derivative", DERIVATIVES)
@pytest.mark.parametrize("call", CALLS)
def test_a_program_inside_is_its_function(call, derivative, warm):
    function, (x,), called = CALLS[call]
    program = gg.compile(function)
    if warm:
        for _ in range(3):
            program(x)
    ask = DERIVATIVES[derivative]
    found, expected = ask(lambda v: called(program, v), x), ask(lambda v: called(function, v), x)
    np.testing.assert_allclose(numbers(found), numbers(expected), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("warm", [False, True])
@pytest.mark.parametrize("call", CALLS)
def test_gradients_flow_to_what_a_program_is_closed_over(call, warm):
    function, (x,), called = CALLS[call]
    program = gg.compile(function)
    if warm:
        for _ in range(3):
            program(x)

    def by_w(f):
        return gg.gradients(gg.value_and_grad(lambda v: called(f, v))(x)[0], [w])

    assert numbers(by_w(program)) == pytest.approx(numbers(by_w(function)), rel=1e-12)


@pytest.mark.parametrize("given", [Value(0.7), [Value(0.7), 0.4]], ids=["Value", "list"])
def test_given_values_a_program_returns_values(given):
    function = cube if isinstance(given, Value) else of_list
    program = gg.compile(function)
    for _ in range(3):
        out, expected = program(given), function(given)
        assert isinstance(out, Value)
        leaves = [given if isinstance(given, Value) else given[0], w]
        assert numbers(gg.gradients(out, leaves)) == numbers(gg.gradients(expected, leaves))


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_a_program_of_batches_inside(reduction):
    program = gg.compile(lambda x, y: (x[0] * w - y) ** 2 * x[1], batch=True, reduction=reduction)
    xs, ys = np.array([[0.2, 0.4], [0.5, -0.3], [0.7, 0.1]]), np.array([0.3, 0.2, -0.5])

    def by_hand(x, y):
        rows = [(x[i][0] * w - y[i]) ** 2 * x[i][1] for i in range(3)]
        return gg.sum(rows) if reduction == "sum" else gg.mean(rows) if reduction == "mean" else np.array(rows)

    for ask in (gg.jacobian, lambda f: gg.hessian(lambda x: gg.sum(np.ravel(f(x)).tolist()))):
        found, expected = ask(lambda x: program(x, ys))(xs), ask(lambda x: by_hand(x, ys))(xs)
        np.testing.assert_allclose(numbers(found), numbers(expected), rtol=1e-12, atol=1e-14)
    found, expected = program(xs.tolist(), [Value(y) for y in ys]), by_hand(xs, ys)
    np.testing.assert_allclose(numbers(found), numbers(expected), rtol=1e-12)
    with pytest.raises(ValueError, match="number of samples"):
        program(xs, [Value(1.0)])


def test_numbers_come_of_numbers_where_no_gradient_flows():
    program = gg.compile(lambda x: gg.exp(x) * 2.0)
    seen = []
    gg.grad(lambda x: [seen.append(program(1.0)), x * seen[-1]][1])(3.0)
    assert [type(x) for x in seen] == [float]
    squared = gg.compile(lambda x: x * x)
    square = gg.op("square_of_a_program", lambda x: squared(x), (lambda x, out: 2.0 * x,))
    assert gg.grad(lambda x: square(x) * x)(3.0) == 27.0


def test_a_loss_of_fit_may_call_a_program():
    def trained(program, engine):
        model = nn.MLP(1, [3, 1], activation="tanh", seed=0)
        x = np.linspace(-1, 1, 8).reshape(8, 1)
        nn.fit(
            model, x, x[:, 0] ** 2, loss=lambda out, y: program(out, y), epochs=3, engine=engine, progress=False, seed=0
        )
        return [p.data for p in model.parameters()]

    def loss(out, y):
        return (out - y) ** 2

    for engine in ("eager", "compiled"):
        assert trained(gg.compile(loss), engine) == pytest.approx(trained(loss, engine), rel=1e-9)


@pytest.mark.parametrize("method", ["value_and_grad", "backward", "replay"])
@pytest.mark.parametrize("around", [gg.grad, gg.compile, gg.hessian], ids=["grad", "compile", "hessian"])
@pytest.mark.parametrize("given", [lambda x: x, lambda x: 2.0], ids=["Value", "number"])
def test_methods_that_give_numbers_say_what_to_call_instead(method, around, given):
    program = gg.compile(cube)
    for _ in range(3):
        program.value_and_grad(2.0)
        program.value_and_grad(2.0, wrt="parameters")
    before = w.grad
    with pytest.raises((gg.CompileError, TypeError), match=r"value_and_grad\(program\)\(x\)"):
        around(lambda x: getattr(program, method)(given(x)) and x)(3.0)
    assert w.grad == before
    instead = gg.grad(lambda x: gg.value_and_grad(program)(x)[1])(2.0)
    assert numbers(instead) == pytest.approx(numbers(gg.grad(gg.grad(cube))(2.0)))


def test_an_eager_run_of_one_program_keeps_another_in_its_graph():
    inner = gg.compile(cube)
    inner(0.5)
    program = gg.compile(lambda x: inner(0.5) * x)
    program(1.0)
    with gg.detect_anomaly():  # runs the function eagerly
        value, (_, gradient) = program.value_and_grad(2.0, wrt="both")
    assert value == pytest.approx(2.0 * cube(0.5).data)
    assert gradient.tolist() == pytest.approx([0.25])
