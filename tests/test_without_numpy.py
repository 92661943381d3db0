"""The core, and the pictures of a graph, run where there is no NumPy; where there is one, it waits until it is needed."""

from __future__ import annotations

import subprocess
import sys

import pytest

HIDDEN = """\
import sys

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "numpy":
            raise ImportError("NumPy is hidden")

sys.meta_path.insert(0, Hidden())
"""

GRAPH = """\
import glassgrad as gg
w, x = gg.Value(2.0, label="w"), gg.Value(3.0, label="x")
loss = (w * x).tanh() + w**2
loss.backward()
"""

CORE = {
    "Value": "assert 4.9 < loss.data < 5.0 and w != x and len(loss.operands) == 2",
    "numbers": "from fractions import Fraction as F; assert (w + F(1, 2) + True + 2**70 * 0).data == 3.5",
    "comparison": "assert w < x and w != [1.0]",
    "backward": "assert 4.0 < w.grad < 4.1",
    "ops": "assert gg.exp(0.0) == 1.0 and gg.softmax([w, w])[0].data == 0.5 and gg.gelu(w).data > 1.9",
    "help": "assert 'Defined for 0 < x' in gg.log.__doc__",
    "grad": "assert gg.grad(lambda p: p['w'] * p['x'])({'w': 2.0, 'x': 5.0}) == {'w': 5.0, 'x': 2.0}",
    "hessian": "assert gg.hessian(lambda x: x[0] ** 2 * x[1])([2.0, 3.0]) == [[6.0, 4.0], [4.0, 0.0]]",
    "jvp": "assert gg.jvp(lambda x, y: x * y, (3.0, 4.0), (1.0, 0.0)) == (12.0, 4.0)",
    "gradients": "[dy] = gg.gradients(w**3, [w]); assert gg.gradients(dy, [w])[0].data == 12.0",
    "gradcheck": "assert gg.gradcheck(lambda p: p[0] * gg.sin(p[1]), ([2.0, 4.0],), order=2).ok",
    "check_gradient": "assert not gg.check_gradient(lambda x: x * x, lambda x: x, 3.0, raise_error=False).ok",
    "op": "cube = gg.op('cube', lambda x: x**3, [lambda x, out: 3.0 * x * x]); assert cube(w).data == w.cube().data == 8.0",
    "detect_anomaly": """\
try:
    with gg.detect_anomaly():
        (w * 1000.0).exp()
except gg.BadNumberError as error:
    assert "exp" in str(error)
else:
    raise AssertionError""",
    "copy": "import copy; twin = copy.deepcopy(loss); twin.backward(); assert twin.data == loss.data and twin is not loss",
    "pickle": "import pickle; twin = pickle.loads(pickle.dumps(loss)); assert twin.data == loss.data",
    "no_grad": "with gg.no_grad(): assert (w * x).is_constant",
}
PICTURES = {
    "draw": "from glassgrad import viz; assert viz.draw(loss).svg.startswith('<svg')",
    "explain": "from glassgrad import viz; assert 'tanh' in str(viz.explain(loss, wrt=w))",
    "steps": "from glassgrad import viz; assert '<svg' in viz.steps(loss).html",
}
CASES = {**CORE, **PICTURES}


def _run(*lines: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-W", "error", "-c", "\n".join(lines)], capture_output=True, text=True)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_it_runs_where_there_is_no_numpy(case):
    done = _run(HIDDEN, GRAPH, case)
    assert done.returncode == 0, done.stderr


def test_numpy_is_hidden_there():
    assert "NumPy is hidden" in _run(HIDDEN, "import numpy").stderr


# What is NumPy's is known as such however late NumPy comes.
AFTERWARDS = {
    "bool": "assert gg.Value(np.bool_(True)).data == 1.0 and (w + np.True_).data == 3.0",
    "scalar": "assert gg.exp(np.float32(0.0)) == 1.0 and (np.int64(2) * w).data == 4.0",
    "equality": """\
try:
    w == np.bool_(True)
except TypeError as error:
    assert "equal only to itself" in str(error)
else:
    raise AssertionError""",
    "array": "assert gg.grad(lambda x: (x * x).sum())(np.array([1.0, 2.0])).tolist() == [2.0, 4.0]",
    "jacobian": "assert gg.jacobian(lambda x: x * x)(np.ones((1, 2))).shape == (1, 2, 1, 2)",
    "gradcheck": "assert gg.check_gradient(lambda x: np.sum(np.sin(x)), np.cos, np.array([[1.0], [2.0]])).ok",
    "op": "assert gg.op('root3', lambda x: x ** (1 / 3), [lambda x, out: out / (3.0 * x)], domain=[(0, 9)], array='np.cbrt')",
}


@pytest.mark.parametrize("case", AFTERWARDS.values(), ids=AFTERWARDS)
def test_numpy_is_known_however_late_it_comes(case):
    done = _run(GRAPH, "import sys; assert 'numpy' not in sys.modules", "import numpy as np", case)
    assert done.returncode == 0, done.stderr
