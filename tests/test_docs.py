"""What the documentation says is what happens: every example in it is run."""

from __future__ import annotations

import contextlib
import doctest
import importlib
import io
import pkgutil
import re
import shlex
from pathlib import Path

import pytest

import glassgrad as gg
from glassgrad.viz.command import cli

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PACKAGES = (gg, gg.autograd, gg.nn, gg.viz)  # each by itself: an editable install does not know them from gg's folder
MODULES = [
    *dict.fromkeys(
        name
        for package in PACKAGES
        for name in (
            package.__name__,
            *(found.name for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")),
        )
    )
]


def _blocks(language: str) -> list[tuple[str, str]]:
    """Each fenced block of that language, with the ``text`` block that follows it at once, if one does."""
    found = re.findall(rf"^```{language}\n(.*?)^```\n+(?:```text\n(.*?)^```)?", README, re.MULTILINE | re.DOTALL)
    return [(code, output) for code, output in found]


def _commands() -> list[tuple[str, str]]:
    """Each ``$ glassgrad …`` line of the console blocks, with the lines of output printed under it."""
    consoles = "".join(code for code, _ in _blocks("console"))
    return re.findall(r"^\$ glassgrad (.*)\n((?:(?!\$ ).*\n)*)", consoles, re.MULTILINE)


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0


@pytest.mark.parametrize(("code", "output"), _blocks("python"))
def test_examples_in_the_readme(code, output, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "README.md", "exec"), {"__name__": "__main__"})
    assert printed.getvalue().strip() == output.strip()


@pytest.mark.parametrize(("command", "output"), _commands())
def test_commands_in_the_readme(command, output, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(shlex.split(command)) == 0
    assert capsys.readouterr().out.strip() == output.strip()


def test_the_readme_opens_with_two_commands_that_are_complete():
    opening = README.split("\n## ")[0]
    install, test = (command for command, _ in _blocks("sh")[:2])
    for command, last in ((install, "glassgrad demo"), (test, "pytest")):
        assert command in opening
        assert command.count("\n") == 1
        assert command.startswith("python3 -m venv .venv && ")
        assert command.strip().endswith(f".venv/bin/{last}")


@pytest.mark.parametrize("target", re.findall(r"\]\((?!https?://|#)([^)#]+)", README))
def test_links_in_the_readme(target):
    assert (ROOT / target).exists()


def test_the_changelog_knows_this_version():
    assert f"## {gg.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def _error_classes() -> dict[str, type]:
    """Every exception and warning of the package, by name."""
    modules = [importlib.import_module(name) for name in MODULES if name != "glassgrad.__main__"]
    classes = [thing for module in modules for thing in vars(module).values() if isinstance(thing, type)]
    return {
        kind.__name__: kind
        for kind in classes
        if issubclass(kind, gg.GlassgradError | Warning) and kind.__module__.startswith("glassgrad")
    }


def test_the_page_of_errors_has_them_all():
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `[\w.]*?(\w+)` \| `(\w+)` \|", page, re.MULTILINE))
    assert set(rows) == set(_error_classes()), "docs/errors.md has a row for each error and warning, and no other"
    for name, kind in _error_classes().items():
        assert rows[name] in [base.__name__ for base in kind.__mro__[1:]], f"{name} is no {rows[name]}"


@pytest.mark.parametrize(
    "name",
    re.findall(
        r"^\| `(?:gg|nn|viz|glassgrad)\.([\w.]+)`",
        (ROOT / "docs" / "errors.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    ),
)
def test_errors_are_found_where_the_page_says(name):
    path = re.search(
        rf"`((?:gg|nn|viz|glassgrad)\.{re.escape(name)})`", (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    )[1]
    assert isinstance(eval(path, {"gg": gg, "nn": gg.nn, "viz": gg.viz, "glassgrad": gg}), type)


PAGES = ["CONTRIBUTING.md", "docs/architecture.md", "docs/threads.md", "SECURITY.md"]


@pytest.mark.parametrize("page", PAGES)
def test_pages_name_files_that_exist(page):
    """Paths from the root, in backquotes; what has a placeholder in it is no path."""
    text = (ROOT / page).read_text(encoding="utf-8")
    named = re.findall(r"`((?:autograd|nn|viz|tests|docs|notebooks|benchmarks|src|compile)/[\w./]*)`", text)
    missing = [name for name in named if not any((ROOT / folder / name).exists() for folder in ("", "autograd"))]
    assert not missing
