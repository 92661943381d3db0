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
MODULES = [
    name
    for package in (gg,)
    for name in (
        package.__name__,
        *(found.name for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")),
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
