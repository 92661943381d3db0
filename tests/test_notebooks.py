"""The lessons run from top to bottom, say what they say with public names, and are stored with their outputs."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parent.parent / "notebooks"
LESSONS = sorted(FOLDER.glob("*.ipynb"))
SECONDS = 60  # for a whole lesson


def cells(lesson: Path, kind: str) -> list[nbformat.NotebookNode]:
    return [cell for cell in nbformat.read(lesson, as_version=4).cells if cell.cell_type == kind]


def prose(lesson: Path) -> str:
    return "\n".join(cell.source for cell in cells(lesson, "markdown"))


def test_the_lessons_are_numbered_without_a_gap():
    assert [int(lesson.name[:2]) for lesson in LESSONS] == list(range(1, len(LESSONS) + 1))
    assert len(LESSONS) == 9


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)
def test_runs(lesson, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(FOLDER.parent))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    notebook = nbformat.read(lesson, as_version=4)
    NotebookClient(
        notebook, timeout=SECONDS, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    ).execute()


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)
def test_is_stored_with_outputs_and_no_error(lesson):
    outputs = [output for cell in cells(lesson, "code") for output in cell.outputs]
    assert outputs
    assert not [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"]
    assert all(cell.execution_count for cell in cells(lesson, "code"))


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)
def test_checks_itself_with_public_names_only(lesson):
    trees = [ast.parse(cell.source) for cell in cells(lesson, "code")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    assert sum(isinstance(node, ast.Assert) for node in nodes) >= 4
    private = [node.attr for node in nodes if isinstance(node, ast.Attribute) and node.attr.startswith("_")]
    assert not private


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)
def test_ends_with_three_exercises_and_their_folded_solutions(lesson):
    last = cells(lesson, "markdown")[-1].source
    exercises, solutions = last.split("<details><summary>Solutions</summary>")
    assert re.findall(r"^(\d)\. ", exercises, re.M) == re.findall(r"^(\d)\. ", solutions, re.M) == ["1", "2", "3"]


def test_what_is_held_out_does_not_help_to_standardise():
    (lesson,) = (lesson for lesson in LESSONS if "held out" in prose(lesson) and "iris" in prose(lesson))
    (cell,) = (cell.source for cell in cells(lesson, "code") if "nn.split(" in cell.source)
    assert "iris" in cell
    assert cell.index("nn.split(") < cell.index("trained.X.mean(axis=0)") < cell.index("nn.fit(")


def test_every_chinese_term_of_the_lessons_is_in_the_glossary():
    glossary = (FOLDER / "glossary.md").read_text(encoding="utf-8")
    terms = {
        term
        for lesson in LESSONS
        for term in re.findall(r"[（(]([\u4e00-\u9fff]+(?: [\u4e00-\u9fff]+)*)[,，)）]", prose(lesson))
    }
    assert len(terms) > 20
    assert not [term for term in sorted(terms) if term not in glossary]
