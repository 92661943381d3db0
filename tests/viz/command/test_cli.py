from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from glassgrad import nn
from glassgrad.nn.datasets import load_iris
from glassgrad.viz.command import cli, train

ROOT = Path(__file__).parents[3]
FILES = {"graph.svg", "loss.svg", "accuracy.svg", "model.json"}


def test_a_column_that_never_changes_keeps_its_size():
    rows = np.array([[1.0, 7.0], [3.0, 7.0]])
    assert train.Scale.of(rows).applied(rows).tolist() == [[-1.0, 0.0], [1.0, 0.0]]


@pytest.mark.parametrize("size", [1e-290, 1e-5, 1.0, 1e50, 1e299])
def test_columns_of_any_size_are_brought_to_one(size):
    rows = np.random.default_rng(0).normal(3.0, 1.0, (50, 1))
    assert train.Scale.of(size * rows).applied(size * rows) == pytest.approx(train.Scale.of(rows).applied(rows))


@pytest.mark.parametrize("always", [0.0, 0.1, 123456.789, 1e50, 5e-324])
def test_a_column_that_never_changes_leaves_the_saved_model_as_good(always, capsys):
    table = _table(Path("t.csv"), ["k", "x", "side"], [[always, x, "up" if x > 0 else "down"] for x in range(-20, 21)])
    assert cli.main(["train", table, "--target", "side", "--epochs", "20", "-o", "out"]) == 0
    down, up = nn.load("out/model.json")([always, 15.0])
    assert up > down + 1.0
    down, up = nn.load("out/model.json")([always, -15.0])
    assert down > up + 1.0


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def _table(path, header, rows):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return str(path)


def _classes(path):
    rows = [[f"{x / 10}", f"{y}", "up" if x > 5 * y else "down"] for x in range(-10, 11) for y in (-1, 0, 1)]
    return _table(path, ["x", "y", "side"], rows)


def _numbers(path):
    return _table(path, ["x", "y", "z"], [[x, y, 100 + 3 * x - 2 * y] for x in range(8) for y in range(4)])


def test_demo(tmp_path, capsys):
    assert cli.main(["demo"]) == 0
    out = capsys.readouterr().out
    assert {path.name for path in (tmp_path / "glassgrad-demo").iterdir()} == FILES
    train, held_out = (float(found) for found in re.findall(r"accuracy .*?([\d.]+) %", out))
    assert train > 95.0
    assert held_out > 90.0
    assert "finite difference" in out
    assert str(Path("glassgrad-demo")) in out


def test_the_saved_model_takes_rows_as_they_stand_in_the_table(capsys):
    cli.main(["demo"])
    model, iris = nn.load("glassgrad-demo/model.json"), load_iris()
    outputs = [[out.data for out in model(row)] for row in iris.features]
    right = sum(out.index(max(out)) == target for out, target in zip(outputs, iris.targets, strict=True))
    assert right > 140


def test_same_seed_same_model(capsys):
    saved = []
    for folder in ("a", "b"):
        cli.main(["train", _classes(Path("t.csv")), "--target", "side", "--epochs", "2", "-o", folder])
        saved.append(Path(folder, "model.json").read_bytes())
    assert saved[0] == saved[1]


def test_train_on_classes(capsys):
    assert cli.main(["train", _classes(Path("sides.csv")), "--target", "side", "--epochs", "20", "--hidden", "4"]) == 0
    assert {path.name for path in Path("glassgrad-sides").iterdir()} == FILES
    assert "down, up" in capsys.readouterr().out


def test_a_network_too_wide_to_draw_by_neuron_is_drawn_by_layer_and_saved(capsys):
    arguments = ["train", _classes(Path("t.csv")), "--target", "side", "--epochs", "1", "--hidden", "30", "30"]
    assert cli.main([*arguments, "-o", "out"]) == 0
    assert {path.name for path in Path("out").iterdir()} == FILES
    assert "layers.1" in Path("out/graph.svg").read_text(encoding="utf-8")


def test_train_on_numbers(capsys):
    arguments = ["train", _numbers(Path("plane.csv")), "--target", "z", "--epochs", "150", "--rate", "0.05"]
    assert cli.main(arguments) == 0
    assert {path.name for path in Path("glassgrad-plane").iterdir()} == FILES - {"accuracy.svg"}
    assert nn.load("glassgrad-plane/model.json")([4.0, 2.0]).data == pytest.approx(108.0, abs=2.0)


def test_draw(capsys):
    assert cli.main(["draw", "sigmoid(w*x + b)", "--at", "w=1", "x=0", "b=0", "-o", "out.svg"]) == 0
    assert "d/dx = 0.25" in capsys.readouterr().out
    shown = "".join(ET.parse("out.svg").getroot().itertext())
    assert "0.25" in shown


def test_numbers_may_come_in_several_groups(capsys):
    assert cli.main(["draw", "w*x", "--at", "w=2", "--at", "x=3"]) == 0
    assert "d/dw = 3" in capsys.readouterr().out


def test_a_name_has_one_form(capsys):
    assert cli.main(["check", "\u00b5*x", "--at", "\u00b5=2", "x=3"]) == 0  # the micro sign; Python reads a Greek mu


def test_check(capsys):
    assert cli.main(["check", "x**3 * exp(-y)", "--at", "x=1.5", "y=-2"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"\bx\b", out)
    assert re.search(r"\by\b", out)


BAD_TABLES = {
    "empty.csv": "",
    "ragged.csv": "x,y\n1,2\n3\n",
    "missing.csv": "x,y\n1,2\n3,\n5,6\n7,8\n9,10\n",
    "text.csv": "x,y\n1,a\ntwo,b\n3,a\n4,b\n5,a\n",
    "large.csv": "x,y\n1,a\n2,b\n3,a\n4,b\n1e301,a\n",
    "one.csv": "x,y\n1,a\n2,a\n3,a\n4,a\n5,a\n",
}

MISTAKES = {
    "no command": ([], "COMMAND"),
    "an unknown command": (["trian"], "'train'"),
    "an unknown option": (["demo", "--sede", "1"], "--sede"),
    "no file": (["train", "none.csv", "--target", "t"], "none.csv: No such file"),
    "a folder for a file": (["train", ".", "--target", "t"], "directory"),
    "an empty file": (["train", "empty.csv", "--target", "y"], "empty"),
    "a ragged file": (["train", "ragged.csv", "--target", "y"], "line 3 has 1 cell where"),
    "a missing cell": (["train", "missing.csv", "--target", "y"], "'y' on line 3 is empty"),
    "a text column": (["train", "text.csv", "--target", "y"], "'x' holds text"),
    "a number too large": (["train", "large.csv", "--target", "y"], "'x' holds 1e301 on line 6"),
    "one class only": (["train", "one.csv", "--target", "y"], "one class only"),
    "an unknown column": (["train", "t.csv", "--target", "sdie"], "'side'"),
    "no target": (["train", "t.csv"], "--target"),
    "no epochs": (["train", "t.csv", "--target", "side", "--epochs", "0"], "at least 1"),
    "batch size 0": (["train", "t.csv", "--target", "side", "--batch-size", "0"], "at least 1"),
    "a negative rate": (["train", "t.csv", "--target", "side", "--rate", "-1"], "above 0"),
    "a rate of nan": (["train", "t.csv", "--target", "side", "--rate", "nan"], "above 0"),
    "all held out": (["train", "t.csv", "--target", "side", "--held-out", "1"], "between 0 and 1"),
    "text for a number": (["train", "t.csv", "--target", "side", "--hidden", "four"], "whole number"),
    "a file where the folder should go": (["train", "t.csv", "--target", "side", "-o", "empty.csv"], "empty.csv"),
    "an unknown function": (["draw", "sigmiod(x)", "--at", "x=1"], "'sigmoid'"),
    "a name without a number": (["draw", "w*x", "--at", "x=1"], "'w' has no value"),
    "a number without a name": (["draw", "x", "--at", "x=1", "y=2"], "'y'"),
    "a number twice": (["draw", "x", "--at", "x=1", "x=2"], "twice"),
    "no number": (["draw", "x", "--at", "x=one"], "not a number"),
    "no assignment": (["draw", "x", "--at", "x", "1"], "NAME=NUMBER"),
    "nan": (["check", "x", "--at", "x=nan"], "not finite"),
    "infinity": (["draw", "x*x", "--at", "x=-inf"], "not finite"),
    "a name that is a constant": (["draw", "pi*x", "--at", "x=1", "pi=3"], "'pi' is 3.1416 already"),
    "values where a list belongs": (["draw", "dot(x, y)", "--at", "x=1", "y=2"], "dot([a, b], [c, d])"),
    "the expression last": (["draw", "--at", "x=1", "2*x"], "it comes before --at"),
    "the file last": (["train", "--target", "side", "--without", "x", "t.csv"], "it comes first"),
    "a leading minus": (["draw", "-x", "--at", "x=1"], "brackets"),
    "an unknown ending": (["draw", "x*x", "--at", "x=1", "-o", "x.jpg"], ".svg"),
    "a folder that is a file": (["draw", "x*x", "--at", "x=1", "-o", "empty.csv/x.svg"], "empty.csv"),
    "no derivative": (["draw", "x < 1", "--at", "x=0"], "derivative"),
}


@pytest.mark.parametrize(("arguments", "said"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_gets_one_sentence_and_status_2(arguments, said, tmp_path, capsys):
    _classes(tmp_path / "t.csv")
    for name, content in BAD_TABLES.items():
        (tmp_path / name).write_text(content)
    try:
        status = cli.main(arguments)
    except SystemExit as stopped:  # argparse's way
        status = stopped.code
    printed = capsys.readouterr()
    assert status == 2
    assert said in printed.err
    assert printed.err.count("\n") == 1
    assert printed.out == ""
    assert {path.name for path in tmp_path.iterdir()} == {"t.csv", *BAD_TABLES}


def test_a_folder_that_fills_up_holds_what_it_held(monkeypatch, capsys):
    def full(model, path):
        raise OSError(28, "No space left on device", str(path))

    arguments = ["train", _classes(Path("t.csv")), "--target", "side", "--epochs", "1", "-o", "out"]
    cli.main(arguments)
    before = {path.name: path.read_bytes() for path in Path("out").iterdir()}
    monkeypatch.setattr(nn, "save", full)
    assert cli.main([*arguments, "--seed", "1"]) == 2
    assert {path.name: path.read_bytes() for path in Path("out").iterdir()} == before
    assert "out: cannot write here (No space left on device)" in capsys.readouterr().err


def test_an_interrupt_is_not_a_traceback(monkeypatch, capsys):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(train, "run", interrupted)
    assert cli.main(["demo"]) == 130
    assert capsys.readouterr().err == "glassgrad: interrupted\n"


def test_a_console_without_unicode():
    command = [sys.executable, "-m", "glassgrad", "check", "tanh(x)", "--at", "x=-1"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
