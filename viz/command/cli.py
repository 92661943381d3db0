"""The command ``glassgrad``: demo, train, draw and check.

A mistake in what was typed or in a file gets one sentence on stderr and the exit status 2.
"""

from __future__ import annotations

import argparse
import io
import math
import sys
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path

from ... import autograd
from ...nn.datasets import load_iris, read_csv
from ..draw import draw
from ..scene.text import number
from ..words import say
from . import train
from .arguments import parser
from .expression import parse, values_at


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status: 0 done, 1 a derivative is wrong, 2 bad input, 130 interrupted.
    """
    _never_fail_to_print()
    try:
        asked = parser().parse_args(arguments)
        return _COMMANDS[asked.command](asked)
    except (autograd.GlassgradError, ValueError, OverflowError, OSError) as error:
        print(say("command.failed", sentence=_sentence(error)), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(say("command.failed", sentence=say("command.interrupted")), file=sys.stderr)
        return 130


def _demo(asked: argparse.Namespace) -> int:
    train.run(load_iris(), train.Settings(seed=asked.seed), asked.output)
    return 0


def _train(asked: argparse.Namespace) -> int:
    table = read_csv(asked.file, asked.target, without=asked.without, kind=asked.predict)
    settings = train.Settings(
        hidden=tuple(asked.hidden),
        epochs=asked.epochs,
        batch_size=asked.batch_size,
        rate=asked.rate,
        held_out=asked.held_out,
        seed=asked.seed,
    )
    train.run(table, settings, asked.output or Path(f"glassgrad-{Path(asked.file).stem}"))
    return 0


def _draw(asked: argparse.Namespace) -> int:
    expression = parse(asked.expression)
    values = values_at(expression, _numbers(asked.at))
    out = expression(*values)
    out.backward()
    path = draw(out).save(asked.output)
    print(f"{asked.expression} = {number(out.data)}")
    for value in values:
        print(say("command.derivative", name=value.label, gradient=number(value.grad), value=number(value.data)))
    print(say("command.wrote", path=path))
    return 0


def _check(asked: argparse.Namespace) -> int:
    expression = parse(asked.expression)
    values = values_at(expression, _numbers(asked.at))
    report = autograd.gradcheck(expression, tuple(values), raise_error=False)
    print(report)
    return 0 if report.ok else 1


_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "demo": _demo,
    "train": _train,
    "draw": _draw,
    "check": _check,
}


def _numbers(assignments: Sequence[str]) -> dict[str, float]:
    """``w=1 x=0`` as numbers by name."""
    numbers: dict[str, float] = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        name = unicodedata.normalize("NFKC", name)  # as the names of the expression are: µ has two code points
        if not (equals and name.isidentifier()):
            raise ValueError(say("typed.no_assignment", shown=assignment))
        if name in numbers:
            raise ValueError(say("typed.twice", name=name))
        numbers[name] = _finite(text, assignment)
    return numbers


def _finite(text: str, shown: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise ValueError(say("typed.at_no_number", shown=shown, text=text)) from None
    if not math.isfinite(number):
        raise ValueError(say("typed.at_not_finite", shown=shown))
    return number


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split())


def _never_fail_to_print() -> None:
    """A console that lacks a character such as × shows a question mark for it, instead of stopping the program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
