"""Run the lessons again and store their outputs: ``python docs/lessons.py``, with ``6 7`` those two only.

What would differ from run to run is taken out: the kernel's number in file names, and where a stream was cut.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[1] / "notebooks"
SECONDS = 120  # for a whole lesson
KERNEL_FILE = re.compile(r"\S*/ipykernel_\d+/")


def run(lesson: Path) -> None:
    """Run a lesson from top to bottom in an empty folder, and store it."""
    notebook = nbformat.read(lesson, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        NotebookClient(
            notebook,
            timeout=SECONDS,
            kernel_name="python3",
            record_timing=False,
            resources={"metadata": {"path": folder}},
        ).execute()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = settled(cell.outputs)
    notebook.metadata.get("language_info", {}).clear()
    notebook.metadata["language_info"] = {"name": "python"}
    nbformat.write(notebook, lesson)


def settled(outputs: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """The outputs, with neighbouring pieces of a stream joined and the kernel's number taken out."""
    joined: list[nbformat.NotebookNode] = []
    for output in outputs:
        if output.output_type != "stream":
            joined.append(output)
            continue
        output.text = KERNEL_FILE.sub("/tmp/ipykernel/", output.text)
        if joined and joined[-1].get("name") == output.name:
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined


if __name__ == "__main__":
    os.environ["PYTHONPATH"] = str(FOLDER.parent)
    for lesson in sorted(FOLDER.glob("*.ipynb")):
        if len(sys.argv) == 1 or lesson.name[:2].lstrip("0") in sys.argv[1:]:
            run(lesson)
            sys.stdout.write(f"{lesson.name}\n")
