"""Answers belong to the caller: one container at every call, and nobody else writes into it, or reads from it."""

from collections import OrderedDict, namedtuple
from itertools import product

import numpy as np
import pytest

import glassgrad as gg

w = gg.Value(1.5)
Pair = namedtuple("Pair", "first second")


def total(x):
    """The sum of the squares of all numbers of an argument."""
    items = x.values() if isinstance(x, dict) else x if isinstance(x, (list, tuple)) else np.ravel(x)
    return gg.sum([total(v) if isinstance(v, (list, tuple, dict, np.ndarray)) else gg.exp(0.1 * v) * v for v in items])


FUNCTIONS = {
    "number": total,
    "constant": lambda x: 3.0,
    "list": lambda x: [total(x)],
    "tuple": lambda x: (total(x),),
    "nested": lambda x: {"a": [(total(x),)], "b": []},
    "dict": lambda x: {"a": total(x)},
    "ordered": lambda x: OrderedDict(a=total(x)),
    "array": lambda x: np.array([total(x)]),
    "array of none": lambda x: np.array(total(x)),
    "array of three": lambda x: np.array([[[total(x)]]]),
    "two": lambda x: [total(x), 2.0 * total(x)],
    "named": lambda x: Pair(total(x), [total(x)]),
    "parameter": lambda x: w * total(x),
    "parameter in a list": lambda x: [w * total(x)],
    "large": lambda x: gg.sum([gg.sin(i * total(x)) for i in range(40)]),
    "branches": lambda x: total(x) if total(x) > 0.3 else -total(x),
    "gradient": gg.grad(lambda x: total(x) ** 3),
    "jacobian": gg.jacobian(lambda x: [total(x) ** 2]),
    "hessian": gg.hessian(lambda x: total(x) ** 2),
}

ARGUMENTS = {
    "number": lambda x: x,
    "NumPy's number": np.float64,
    "array of none": np.array,
    "list": lambda x: [x],
    "two": lambda x: [x, 2 * x],
    "tuple": lambda x: (x,),
    "nested": lambda x: [(x,), [x, x]],
    "array": lambda x: np.array([x]),
    "matrix": lambda x: np.array([[x, 0.1]]),
    "array in a list": lambda x: [np.array([x]), x],
    "dict": lambda x: {"a": x, "b": [x]},
}

CALLS = {
    "call": lambda program: program,
    **{f"by {wrt}": lambda program, wrt=wrt: lambda *args: program.value_and_grad(*args, wrt=wrt)
       for wrt in ("arguments", "parameters", "both")},
}  # fmt: skip


def form(answer):
    """The types and the lengths of an answer."""
    if isinstance(answer, np.ndarray):
        return np.ndarray, answer.dtype, answer.shape
    if isinstance(answer, dict):
        return type(answer), {key: form(item) for key, item in answer.items()}
    return (type(answer), [form(item) for item in answer]) if isinstance(answer, (list, tuple)) else type(answer)


def numbers(answer):
    if isinstance(answer, np.ndarray):
        return answer.ravel().tolist()
    items = answer.values() if isinstance(answer, dict) else answer if isinstance(answer, (list, tuple)) else None
    return [answer] if items is None else [number for item in items for number in numbers(item)]


def spoil(answer):
    """Write into all arrays, lists and dicts of an answer."""
    if isinstance(answer, np.ndarray):
        answer[...] = -77.0
    elif isinstance(answer, (dict, list, tuple)):
        keys = list(answer) if isinstance(answer, dict) else range(len(answer))
        for key in keys:
            spoil(answer[key])
            if not isinstance(answer, tuple) and isinstance(answer[key], float):
                answer[key] = -77.0


def arrays(answer):
    if isinstance(answer, np.ndarray):
        return [answer]
    items = answer.values() if isinstance(answer, dict) else answer if isinstance(answer, (list, tuple)) else ()
    return [array for item in items for array in arrays(item)]


def answers_are_the_callers(call, anew, given):
    """Call with each of the arguments: a fresh program says what the answer is."""
    kept, fresh = [], [anew()(x) for x in given]
    for i in (0, 1, 0, 1, 1, 0):
        answer, expected, x = call(given[i]), fresh[i], given[i]
        assert form(answer) == form(expected), (x, answer, expected)
        np.testing.assert_allclose(numbers(answer), numbers(expected), rtol=1e-12)
        for earlier, as_it_was in kept:
            assert numbers(earlier) == as_it_was, "a later call changed an answer"
            assert not any(np.shares_memory(a, b) for a in arrays(earlier) for b in arrays(answer))
        spoil(answer)
        kept.append((answer, numbers(answer)))


def compiled(name, call, **options):
    return CALLS[call](gg.compile(FUNCTIONS[name], **options))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_answers_belong_to_the_caller(function):
    for argument, call in product(ARGUMENTS.values(), CALLS):
        given = [argument(x) for x in (0.5, 0.25)]
        try:
            compiled(function, call)(given[0])
        except (gg.CompileError, TypeError):  # a gradient of several numbers; a derivative by a form that has none
            continue
        answers_are_the_callers(compiled(function, call), lambda: compiled(function, call), given)  # noqa: B023  # at once


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("function", FUNCTIONS)
def test_answers_of_batches_belong_to_the_caller(function, reduction):
    options = {"batch": True, "reduction": reduction}
    for samples, shape, call in product((1, 3), ((), (1,), (2, 1)), CALLS):
        size = samples * int(np.prod(shape))
        given = [np.linspace(x, x + 0.5, size).reshape(samples, *shape) for x in (0.1, 0.5)]
        try:
            compiled(function, call, **options)(given[0])
        except (gg.CompileError, TypeError):  # a gradient or a mean of several numbers
            continue
        answers_are_the_callers(
            compiled(function, call, **options), lambda: compiled(function, call, **options), given  # noqa: B023
        )  # fmt: skip


def test_the_type_of_an_argument_decides_at_every_call():
    program = gg.compile(lambda x: total(x))
    for x in (0.5, np.array(0.5), np.float64(0.5), [0.5], (0.5,), np.array([0.5]), [np.array([0.5])], {"a": 0.5}) * 3:
        (gradient,) = (program.value_and_grad(x)[1],)
        assert form(gradient) == form(gg.grad(total)(x)), x


def test_a_function_of_two_arguments_and_one_of_none():
    program = gg.compile(lambda x, y: [x * y[0]])
    assert [program(2.0, [3.0]) for _ in range(4)] == [[6.0]] * 4
    assert [program.value_and_grad(2.0, [3.0]) for _ in range(4)] == [(6.0, (3.0, [2.0]))] * 4
    constant = gg.compile(lambda: {"w": w * w})
    assert [constant() for _ in range(4)] == [{"w": 2.25}] * 4
    gradients = [constant.value_and_grad()[1] for _ in range(3)]
    gradients[0][:] = 7.0
    assert [g.tolist() for g in gradients[1:]] == [[3.0], [3.0]]


@pytest.mark.parametrize("name", ["parameter_vector", "gradient_vector"])
def test_the_vectors_of_a_program_are_written_into_and_never_replaced(name):
    program = gg.compile(lambda x: w * x)
    program(1.0)
    vector = getattr(program, name)
    with pytest.raises(AttributeError, match=rf"program\.{name}\[:\] = …"):
        setattr(program, name, np.array([5.0]))
    with pytest.raises(AttributeError):
        setattr(program, name, vector.copy())
    assert getattr(program, name) is vector
    program.parameter_vector += 1.0  # in place, which Python ends with an assignment of the same array
    program.gradient_vector *= 2.0
    assert program.parameter_vector.tolist() == [2.5]
    assert program.replay(2.0) == 5.0
    assert program.gradient_vector.tolist() == [2.0]
