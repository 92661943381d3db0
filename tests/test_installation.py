"""One installed package: every way to install it gives `glassgrad` and nothing else, in the clone and outside of it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = ("autograd", "nn", "viz", "src")
WAYS = {
    "plain": ["."],
    "editable": ["-e", "."],
    "strict": ["-e", ".", "--config-settings", "editable_mode=strict"],
}
ONE_TEST = "from glassgrad import Value, nn, viz\n\ndef test_it():\n    assert Value(2.0).data == 2.0 and nn.MLP and viz.draw\n"
OFFLINE = ["--no-deps", "--no-build-isolation", "--no-index", "-q"]  # what it needs is in this environment already


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """The tree as a fresh clone has it: nothing built, nothing installed from it."""
    folder = tmp_path_factory.mktemp("clone") / "glassgrad"
    for name in SOURCES:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for path in (*ROOT.glob("*.md"), *ROOT.glob("*LICENSE*"), ROOT / "pyproject.toml", ROOT / "CITATION.cff"):
        shutil.copy(path, folder)
    (folder / "one_test.py").write_text(ONE_TEST, encoding="utf-8")
    return folder


def environment(folder):
    """A virtual environment that sees the packages of this one, but not its glassgrad; the path of its Python."""
    venv.create(folder, symlinks=sys.platform != "win32")
    scripts = folder / ("Scripts" if sys.platform == "win32" else "bin")
    python = scripts / Path(sys.executable).with_stem("python").name
    where = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    own = Path(where.stdout.strip())
    # Added by a .pth file, whose folders' own .pth files are not read: an editable glassgrad of this environment stays out.
    (own / "packages_of_the_tests.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python, own


def run(*command, cwd):
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("way", WAYS)
def test_the_clone_works_however_it_is_installed(way, clone, tmp_path):
    checkout = shutil.copytree(clone, tmp_path / "checkout")
    python, packages = environment(tmp_path / "env")
    before = {path.name for path in packages.iterdir()}
    installed = run(python, "-m", "pip", "install", "--ignore-installed", *OFFLINE, *WAYS[way], cwd=checkout)
    assert installed.returncode == 0, installed.stdout + installed.stderr
    for command, said in {
        (
            "-c",
            "import glassgrad as gg; from glassgrad import nn, viz; print(gg.Value(2.0).data, nn.MLP, viz.draw)",
        ): "2.0",
        ("-m", "glassgrad", "check", "x*x", "--at", "x=3"): "6",
        ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "0", "one_test.py"): "1 passed",
    }.items():
        done = run(python, *command, cwd=checkout)
        assert done.returncode == 0, done.stdout + done.stderr
        assert said in done.stdout
    elsewhere = run(python, "-c", "import glassgrad; print(glassgrad.__file__)", cwd=tmp_path)
    assert Path(elsewhere.stdout.strip()).is_relative_to(packages if way == "plain" else checkout)
    if way == "plain":
        assert {path.name for path in packages.iterdir()} - before == {"glassgrad", "glassgrad-0.1.0.dist-info"}


@pytest.mark.parametrize("line", ["from autograd import Value", "import autograd", "import nn", "from viz import draw"])
def test_the_folders_of_the_clone_are_no_packages_of_their_own(line):
    done = run(sys.executable, "-c", line, cwd=ROOT)
    last = done.stderr.strip().splitlines()[-1]
    name = re.search(r"autograd|nn|viz", line)[0]
    assert done.returncode == 1
    assert last.startswith("ImportError: type `")
    assert ("import glassgrad as gg" if name == "autograd" else f"from glassgrad import {name}") in last


def test_the_wheel_holds_one_package_whole(clone, tmp_path):
    checkout = shutil.copytree(clone, tmp_path / "checkout")
    built = run(sys.executable, "-m", "pip", "wheel", *OFFLINE, "-w", str(tmp_path), ".", cwd=checkout)
    assert built.returncode == 0, built.stdout + built.stderr
    [wheel] = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name.split("/")[0] for name in names} == {"glassgrad", "glassgrad-0.1.0.dist-info"}
    expected = {"glassgrad/py.typed"} | {
        str(Path("glassgrad", *path.relative_to(ROOT / folder).parts) if folder == "src/glassgrad" else Path("glassgrad") / path.relative_to(ROOT))
        for folder in ("autograd", "nn", "viz", "src/glassgrad")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }  # fmt: skip
    assert {name for name in names if name.startswith("glassgrad/")} == {name.replace("\\", "/") for name in expected}
    licences = {name.rsplit("/", 1)[-1] for name in names if "/licenses/" in name}
    assert licences == {"LICENSE", "THIRD_PARTY_LICENSES"}


def test_the_sdist_is_enough_to_build_the_wheel(clone, tmp_path):
    checkout = shutil.copytree(clone, tmp_path / "checkout")
    code = "from setuptools.build_meta import build_sdist; print(build_sdist('..'))"
    built = run(sys.executable, "-c", code, cwd=checkout)
    assert built.returncode == 0, built.stdout + built.stderr
    [archive] = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as held:
        held.extractall(tmp_path / "unpacked", filter="data") if sys.version_info >= (3, 12) else held.extractall(
            tmp_path / "unpacked"
        )
    [unpacked] = (tmp_path / "unpacked").iterdir()
    wheel = run(sys.executable, "-m", "pip", "wheel", *OFFLINE, "-w", str(tmp_path / "wheels"), ".", cwd=unpacked)
    assert wheel.returncode == 0, wheel.stdout + wheel.stderr
