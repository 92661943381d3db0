"""Pictures, explanations and players do without NumPy; plots and training pages load it when they are asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

HIDDEN = """
import sys
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "numpy":
            raise ImportError("numpy is hidden")
sys.meta_path.insert(0, Hidden())
"""
GRAPH = """
from glassgrad import Value, viz
x, w = Value(3.0, label="x"), Value(2.0, label="w")
y = (w * x).tanh() * x
y.backward()
"""
USES = {
    "draw": "viz.draw(y).save('graph.svg'); viz.draw([y, x * x], highlight=[x]).dot",
    "to_dot": "viz.to_dot(y).source",
    "explain": "viz.explain(y, wrt=x).markdown; viz.explain(y, wrt=x).svg",
    "steps": "viz.steps(y).save('steps.html'); viz.steps(y).frame(3).svg; viz.steps(y, mistake='order').html",
    "an error": "import contextlib\nwith contextlib.suppress(TypeError): viz.draw(3.0)",
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_these_run_where_there_is_no_numpy(use, tmp_path):
    done = subprocess.run([sys.executable, "-c", HIDDEN + GRAPH + use], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["plots", "training"])
def test_these_say_that_they_need_it(name, tmp_path):
    code = f"{HIDDEN}{GRAPH}viz.{name}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert "numpy is hidden" in done.stderr
