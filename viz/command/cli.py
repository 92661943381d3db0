"""The command ``glassgrad``: demo, train, draw and check.

A mistake in what was typed or in a file gets one sentence on stderr and the exit status 2.
"""

from __future__ import annotations

import argparse
import io
import math
import re
import sys
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from ... import __version__, autograd
from ...nn.datasets import load_iris, read_csv
from ..draw import draw
from ..scene.text import number
from . import train
from .expression import nearest, parse, values_at

COMMANDS = ("demo", "train", "draw", "check")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status: 0 done, 1 a derivative is wrong, 2 bad input, 130 interrupted.
    """
    _never_fail_to_print()
    try:
        asked = _parser().parse_args(arguments)
        run: Callable[[argparse.Namespace], int] = asked.run
        return run(asked)
    except (autograd.GlassgradError, ValueError, OverflowError, OSError) as error:
        print(f"glassgrad: {_sentence(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("glassgrad: interrupted", file=sys.stderr)
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
        print(f"d/d{value.label} = {number(value.grad)}   at {value.label} = {number(value.data)}")
    print(f"wrote {path}")
    return 0


def _check(asked: argparse.Namespace) -> int:
    expression = parse(asked.expression)
    values = values_at(expression, _numbers(asked.at))
    report = autograd.gradcheck(expression, tuple(values), raise_error=False)
    print(report)
    return 0 if report.ok else 1


def _numbers(assignments: Sequence[str]) -> dict[str, float]:
    """``w=1 x=0`` as numbers by name."""
    numbers: dict[str, float] = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        name = unicodedata.normalize("NFKC", name)  # as the names of the expression are: µ has two code points
        if not (equals and name.isidentifier()):
            raise ValueError(f"cannot read {assignment!r} after --at; write NAME=NUMBER, as in w=1")
        if name in numbers:
            raise ValueError(f"--at gives {name!r} twice; keep one")
        numbers[name] = _finite(text, assignment)
    return numbers


def _finite(text: str, shown: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise ValueError(f"cannot read {shown!r} after --at: {text!r} is not a number") from None
    if not math.isfinite(number):
        raise ValueError(f"{shown!r} after --at is not finite, so nothing can be differentiated there")
    return number


class _Parser(argparse.ArgumentParser):
    """argparse, with mistakes told in one sentence."""

    def error(self, message: str) -> NoReturn:
        unknown = re.search(r"argument COMMAND: invalid choice: '(.*?)'", message)
        if unknown:
            message = f"no command is called {unknown[1]!r}; the nearest is {nearest(unknown[1], COMMANDS)!r}"
        elif message.endswith("required: EXPR"):
            message += ' (it comes before --at; one that begins with - goes in brackets: "(-x)")'
        elif message.endswith("required: FILE.csv"):
            message += " (it comes first: --without and --hidden take all that follows them)"
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="glassgrad", description="A scalar autograd engine that you can see through.")
    parser.add_argument("--version", action="version", version=f"glassgrad {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_demo(commands.add_parser("demo", help="train on Fisher's iris, check the gradients, draw the graph"))
    _add_train(commands.add_parser("train", help="the same for a table of your own"))
    _add_draw(commands.add_parser("draw", help="draw an expression with its values and gradients"))
    _add_check(commands.add_parser("check", help="compare each derivative with its finite difference"))
    return parser


def _add_demo(command: argparse.ArgumentParser) -> None:
    command.add_argument("--seed", type=_whole, default=0, help="of the split, the start and the shuffling (0)")
    command.add_argument("-o", "--output", type=Path, default=Path("glassgrad-demo"), metavar="FOLDER",
                         help="where graph.svg, model.json and the plots go (glassgrad-demo)")  # fmt: skip
    command.set_defaults(run=_demo)


def _add_train(command: argparse.ArgumentParser) -> None:
    defaults = train.Settings()
    command.add_argument("file", metavar="FILE.csv", help="a table of numbers, with column names in its first line")
    command.add_argument("--target", required=True, metavar="COLUMN", help="the column to predict: a class or a number")
    command.add_argument("--without", nargs="+", action="extend", default=[], metavar="COLUMN",
                         help="columns to leave out")  # fmt: skip
    command.add_argument("--predict", choices=("auto", "class", "number"), default="auto", metavar="KIND",
                         help="class or number; auto takes text and few whole numbers as classes (auto)")  # fmt: skip
    command.add_argument("--hidden", type=_positive_whole, nargs="+", default=defaults.hidden, metavar="N",
                         help=f"neurons in each hidden layer ({' '.join(map(str, defaults.hidden))})")  # fmt: skip
    command.add_argument("--epochs", type=_positive_whole, default=defaults.epochs, metavar="N",
                         help=f"passes over the table ({defaults.epochs})")  # fmt: skip
    command.add_argument("--batch-size", type=_positive_whole, default=defaults.batch_size, metavar="N",
                         help=f"rows of one update ({defaults.batch_size})")  # fmt: skip
    command.add_argument("--rate", type=_positive, default=defaults.rate, metavar="R",
                         help=f"learning rate ({defaults.rate})")  # fmt: skip
    command.add_argument("--held-out", type=_fraction, default=defaults.held_out, metavar="F",
                         help=f"part of the rows kept back to test on ({defaults.held_out})")  # fmt: skip
    command.add_argument("--seed", type=_whole, default=0, help="of the split, the start and the shuffling (0)")
    command.add_argument("-o", "--output", type=Path, metavar="FOLDER", help="where the files go (glassgrad-FILE)")
    command.set_defaults(run=_train)


def _add_draw(command: argparse.ArgumentParser) -> None:
    _add_expression(command)
    command.add_argument("-o", "--output", type=Path, default=Path("graph.svg"), metavar="FILE",
                         help="a name that ends in .svg, .png, .pdf or .dot (graph.svg)")  # fmt: skip
    command.set_defaults(run=_draw)


def _add_check(command: argparse.ArgumentParser) -> None:
    _add_expression(command)
    command.set_defaults(run=_check)


def _add_expression(command: argparse.ArgumentParser) -> None:
    command.add_argument("expression", metavar="EXPR", help='a formula in quotes, such as "sigmoid(w*x + b)"')
    command.add_argument("--at", nargs="+", action="extend", default=[], metavar="NAME=NUMBER",
                         help="a number for each of its names")  # fmt: skip


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None


def _positive_whole(text: str) -> int:
    if _whole(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is too small; at least 1 is needed")
    return _whole(text)


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not 0.0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text} must be above 0 and finite")
    return number


def _fraction(text: str) -> float:
    if not _positive(text) < 1.0:
        raise argparse.ArgumentTypeError(f"{text} must lie between 0 and 1, as in 0.2 for a fifth of the rows")
    return _positive(text)


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split())


def _never_fail_to_print() -> None:
    """A console that lacks a character such as × shows a question mark for it, instead of stopping the program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
