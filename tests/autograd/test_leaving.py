"""A number leaves the graph: an error where a gradient would be wrong, a warning elsewhere, silence where it is meant."""

from __future__ import annotations

import array
import contextlib
import copy
import dataclasses
import math
import pickle
import re
import statistics
import struct
import warnings
from pathlib import Path

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import Value, nn

HERE = Path(__file__).name


def _buffer(x):
    buffer = np.zeros(2)
    buffer[0] = x * x
    return buffer.sum()


def _swallowed(x):
    try:
        return x * float(x)
    except TypeError:
        return x


def _swallowed_and_another(x):
    try:
        float(x)
    except TypeError:
        raise KeyError("another") from None


READS = {
    "float": lambda x: x * float(x),
    "int": lambda x: x * int(x),
    "math": lambda x: x * math.sin(x),
    "format": lambda x: x * float("%f" % x),  # noqa: UP031  # it is what is tested
    "array": lambda x: np.sum(np.array([x, x], float)),
    "float64": lambda x: np.float64(x) * x,
    "buffer": _buffer,
    "gradient": lambda x: np.gradient(np.array([x, x * x, x * 3.0], object))[0],
    "fmean": lambda x: x * statistics.fmean([x, x * x]),
    "array module": lambda x: x * array.array("d", [x])[0],
    "struct": lambda x: x * len(struct.pack("d", x)),
    "swallowed": _swallowed,
    "swallowed, and another error": _swallowed_and_another,
}
WAYS = {
    "grad": lambda f: gg.grad(f)(2.5),
    "value_and_grad": lambda f: gg.value_and_grad(f)(2.5),
    "jacobian": lambda f: gg.jacobian(f)(2.5),
    "hessian": lambda f: gg.hessian(f)(2.5),
    "hvp": lambda f: gg.hvp(f, (2.5,), (1.0,)),
    "jvp": lambda f: gg.jvp(f, (2.5,), (1.0,)),
    "grad of grad": lambda f: gg.grad(gg.grad(f))(2.5),
    "grad of a Value": lambda f: gg.grad(f)(Value(2.5)),
    "gradcheck": lambda f: gg.gradcheck(f, 2.5),
    "gradcheck of a list": lambda f: gg.gradcheck(lambda xs: f(xs[0]), ([2.5],)),
    "fit": lambda f: nn.fit(nn.MLP(1, [1], seed=0), [[1.0]], [1.0], loss=lambda out, y: f(out), epochs=1),
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_what_is_differentiated_may_not_read_a_number(read, way):
    with pytest.raises(gg.LeavesGraphError, match=rf"{HERE}, line \d+: `.*` reads the number .*v\.detach\(\).*v\.data"):
        way(read)


@pytest.mark.parametrize("action", ["default", "always"])
@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_elsewhere_it_is_a_warning_once_for_each_line(read, action):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter(action)
        for _ in range(3):
            with contextlib.suppress(KeyError):
                read(Value(2.5))
    assert [(warning.category, Path(warning.filename).name) for warning in caught] == [(gg.LeavesGraphWarning, HERE)]
    assert caught[0].lineno == read.__code__.co_firstlineno or read in (_buffer, _swallowed, _swallowed_and_another)


def test_a_library_that_changes_the_filters_makes_no_second_warning():
    def library(x):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            return float(x)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(3):
            library(Value(1.0))
    assert len(caught) == 1


def test_a_filter_that_makes_errors_makes_one_each_time():
    for _ in range(2):
        with pytest.raises(gg.LeavesGraphWarning):
            float(Value(1.0))


def _under_no_grad(x):
    with gg.no_grad():
        return x * float(x)


SILENT = {
    "data": lambda x: x * x.data,
    "format": lambda x: x * len(f"{x:.3f}"),
    "repr": lambda x: x * len(repr(x)),
    "detached": lambda x: x * float(x.detach()),
    "constant": lambda x: x * math.sin(gg.Value(2.0).detach()),
    "no_grad": _under_no_grad,
    "comparison": lambda x: x * (x > 1.0),
}


@pytest.mark.parametrize("name", SILENT)
def test_what_is_meant_is_silent(name):
    function = SILENT[name]
    function(Value(2.5))
    if name != "no_grad":
        gg.grad(function)(2.5)


def test_a_parameter_that_is_no_argument_counts_too():
    w = Value(3.0)
    with pytest.raises(gg.LeavesGraphError):
        gg.grad(lambda x: x * float(w))(1.0)


def test_the_remedy_is_the_function_that_stands_on_the_line():
    with pytest.raises(gg.LeavesGraphError, match=r"gg\.tanh\(v\)"):
        gg.grad(lambda x: math.tanh(x))(1.0)


def test_a_refusal_inside_of_an_inner_gradient_is_one_of_the_outer():
    def outer(x):
        try:
            return x + gg.grad(lambda y: y * float(x))(1.0)
        except TypeError:
            return x

    with pytest.raises(gg.LeavesGraphError):
        gg.grad(outer)(2.0)


def test_a_rule_that_reads_a_number():
    with pytest.raises(gg.OpError, match=r"`.*math\.cos.*reads the number"):
        gg.op("sine_by_hand", math.sin, [lambda x, out: math.cos(x)])


def test_after_an_error_numbers_may_be_read_again_with_a_warning():
    with pytest.raises(gg.LeavesGraphError):
        gg.grad(lambda x: float(x))(1.0)
    with pytest.warns(gg.LeavesGraphWarning):
        float(Value(1.0))


def test_gradcheck_names_a_read_before_any_other_slip():
    report = gg.gradcheck(lambda x: x * x.data + gg.sin(x), 2.0, raise_error=False)
    assert [HERE in slip and "reads the number of a Value" in slip for slip in report.slips] == [True]


def test_check_gradient_takes_functions_that_need_numbers():
    assert gg.check_gradient(lambda x: math.sin(x), lambda x: math.cos(x), 0.5).ok
    assert not gg.check_gradient(lambda x: math.sin(x), lambda x: -math.cos(x), 0.5, raise_error=False).ok
    assert gg.check_gradient(lambda x: math.sin(x), lambda x: Value(math.cos(x)), Value(0.5).data).ok


# ── a gradient of what depends on nothing ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "function", [lambda x: 3.0, lambda x: x.data * 2.0, lambda x: x.detach(), lambda x: Value(1.0) * 2.0]
)
@pytest.mark.parametrize("way", [gg.grad, gg.value_and_grad, lambda f: gg.grad(gg.grad(f))])
def test_a_gradient_of_what_depends_on_no_argument_warns(function, way):
    with pytest.warns(gg.NoDependenceWarning, match="depends on none of the arguments"):
        way(function)(2.0)


def test_what_is_straight_or_has_no_derivative_by_structure_depends():
    for function in (gg.floor, abs, lambda x: x * 0.0, lambda x: x):
        gg.grad(function)(0.7)
        gg.grad(gg.grad(function))(0.7)
        gg.hessian(lambda v, f=function: f(v[0]) * v[1])([0.7, 0.2])
    gg.jacobian(lambda x: [x, 3.0])(1.0)
    gg.grad(lambda xs: 2.0)([])


def test_no_grad_outside_of_grad_is_none_inside():
    with gg.no_grad():
        assert gg.grad(lambda x: x * x)(3.0) == 6.0
        assert gg.hvp(lambda x: x**3, (3.0,), (1.0,)) == 18.0
        assert (Value(1.0) * 2.0).is_constant


@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
def test_an_array_of_one_number_is_a_number(shape):
    function = lambda x: np.full(shape, x * x, dtype=object)  # noqa: E731
    assert gg.value_and_grad(function)(3.0) == (9.0, 6.0)
    assert gg.grad(gg.grad(function))(3.0) == 2.0
    with pytest.raises(TypeError, match="one number, got ndarray"):
        gg.grad(lambda x: np.array([x, x]))(3.0)


COPIES = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda v: pickle.loads(pickle.dumps(v)),
    "asdict": lambda v: dataclasses.asdict(dataclasses.make_dataclass("Point", ["x"])(v))["x"],
}


@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
def test_a_copy_inside_of_what_is_differentiated_is_an_error(copied):
    with pytest.raises(gg.LeavesGraphError, match="copies a Value inside grad"):
        gg.grad(lambda x: copied(x) * x)(1.5)
    with pytest.raises(gg.CompileError, match="copies"):
        gg.compile(lambda x: copied(x) * x)(1.5)
    assert copied(Value(1.5)).data == 1.5
    assert gg.grad(lambda x: copied(x.detach()) * x)(1.5) == 1.5


def test_a_text_of_a_recorded_value_has_no_number_that_would_stay():
    texts = []
    gg.compile(lambda x: texts.append(f"{x}{x!r}{x * x}") or x)(1.5)
    assert "recorded" in texts[0]
    assert not re.search(r"\d", texts[0])
