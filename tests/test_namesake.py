"""Another package called autograd in the same environment is reported: which was found, and what to do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import autograd

ROOT = Path(autograd.__file__).parents[1]


def _python(code: str, *folders: Path) -> subprocess.CompletedProcess[str]:
    path = f"import sys; sys.path[:0] = {[str(folder) for folder in folders]!r}; "
    return subprocess.run([sys.executable, "-c", path + code], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("package", ["nn", "viz"])
@pytest.mark.parametrize("file", ["autograd/__init__.py", "autograd.py"])
def test_the_wrong_autograd_is_named_with_the_remedy(package, file, tmp_path):
    foreign = tmp_path / file
    foreign.parent.mkdir(exist_ok=True)
    foreign.write_text("def grad(f): ...\n")
    done = _python(f"import {package}", tmp_path, ROOT)
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 1
    assert "WrongAutogradError" in last
    assert str(foreign) in last
    assert "virtual environment" in last


def test_another_autograd_beside_ours_is_warned_of(tmp_path):
    information = tmp_path / "autograd-1.9.1.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: autograd\nVersion: 1.9.1\n")
    done = _python("import autograd; print(autograd.Value(2.0).data)", ROOT, tmp_path)
    assert done.stdout.strip() == "2.0"
    assert "HIPS autograd 1.9.1" in done.stderr
    assert done.stderr.startswith("<string>:1:")
    assert str(ROOT) in done.stderr


def test_alone_there_is_no_warning():
    assert _python("import autograd", ROOT).stderr == ""
