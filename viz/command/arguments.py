"""What can be typed after ``glassgrad``: commands, their arguments, help, and mistakes told in one sentence."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

from ... import __version__
from ..words import say
from .expression import nearest
from .train import Settings

COMMANDS = ("demo", "train", "draw", "check")

# argparse's own sentences, for a reader of another language; what is not listed stays as argparse has it.
_SENTENCES = {
    r"argument (?P<name>\S+): (?P<message>.*)": "typed.argument",
    r"the following arguments are required: (?P<names>.*)": "typed.required",
    r"unrecognized arguments: (?P<names>.*)": "typed.unrecognized",
    r"invalid choice: (?P<name>.*) \(choose from (?P<choices>.*)\)": "typed.invalid_choice",
    r"expected one argument": "typed.expected_one",
    r"expected at least one argument": "typed.expected_more",
    r"ambiguous option: (?P<name>\S+) could match (?P<names>.*)": "typed.ambiguous",
}


class _Formatter(argparse.HelpFormatter):
    """The layout of argparse's help, with its one word from our table."""

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[argparse._MutuallyExclusiveGroup],
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, say("help.usage") if prefix is None else prefix)


class Parser(argparse.ArgumentParser):
    """argparse, with mistakes told in one sentence, and words from our table."""

    def __init__(self, prog: str, description: str | None = None) -> None:
        super().__init__(prog, description=description, formatter_class=_Formatter, add_help=False)
        self._positionals.title, self._optionals.title = say("help.arguments"), say("help.options")
        self.add_argument("-h", "--help", action="help", default=argparse.SUPPRESS, help=say("help.help"))

    def error(self, message: str) -> NoReturn:
        unknown = re.search(rf"argument {re.escape(say('help.COMMAND'))}: invalid choice: '(.*?)'", message)
        sentence = _reworded(message)
        if unknown:
            sentence = say("typed.no_command", name=unknown[1], nearest=nearest(unknown[1], COMMANDS))
        elif message.endswith(f"required: {say('help.EXPR')}"):
            sentence = say("typed.expression_first", message=sentence)
        elif message.endswith(f"required: {say('help.TABLE')}"):
            sentence = say("typed.file_first", message=sentence)
        self.exit(2, say("command.see_help", program=self.prog, sentence=sentence) + "\n")


def _reworded(message: str) -> str:
    for pattern, key in _SENTENCES.items():
        if found := re.fullmatch(pattern, message, re.DOTALL):
            parts = found.groupdict()
            return say(key, **{**parts, **({"message": _reworded(parts["message"])} if "message" in parts else {})})
    return message


def parser() -> Parser:
    """The whole command line; ``command`` in what it gives is the command's name."""
    made = Parser("glassgrad", say("help.about"))
    made.add_argument("--version", action="version", version=f"glassgrad {__version__}", help=say("help.version"))
    commands = made.add_subparsers(dest="command", metavar=say("help.COMMAND"), required=True)
    _add_demo(commands.add_parser("demo", help=say("help.demo")))
    _add_train(commands.add_parser("train", help=say("help.train")))
    _add_draw(commands.add_parser("draw", help=say("help.draw")))
    _add_expression(commands.add_parser("check", help=say("help.check")))
    return made


def _add_demo(command: argparse.ArgumentParser) -> None:
    folder = Path("glassgrad-demo")
    command.add_argument("--seed", type=whole, default=0, metavar=say("help.SEED"), help=say("help.seed", default=0))
    command.add_argument("-o", "--output", type=Path, default=folder, metavar=say("help.FOLDER"),
                         help=say("help.demo_output", default=folder))  # fmt: skip


def _add_train(command: argparse.ArgumentParser) -> None:
    defaults, column = Settings(), say("help.COLUMN")
    hidden = " ".join(map(str, defaults.hidden))
    command.add_argument("file", metavar=say("help.TABLE"), help=say("help.file"))
    command.add_argument("--target", required=True, metavar=column, help=say("help.target"))
    command.add_argument("--without", nargs="+", action="extend", default=[], metavar=column, help=say("help.without"))
    command.add_argument("--predict", choices=("auto", "class", "number"), default="auto", metavar=say("help.KIND"),
                         help=say("help.predict", default="auto"))  # fmt: skip
    command.add_argument("--hidden", type=positive_whole, nargs="+", default=defaults.hidden, metavar="N",
                         help=say("help.hidden", default=hidden))  # fmt: skip
    command.add_argument("--epochs", type=positive_whole, default=defaults.epochs, metavar="N",
                         help=say("help.epochs", default=defaults.epochs))  # fmt: skip
    command.add_argument("--batch-size", type=positive_whole, default=defaults.batch_size, metavar="N",
                         help=say("help.batch_size", default=defaults.batch_size))  # fmt: skip
    command.add_argument("--rate", type=positive, default=defaults.rate, metavar="R",
                         help=say("help.rate", default=defaults.rate))  # fmt: skip
    command.add_argument("--held-out", type=fraction, default=defaults.held_out, metavar="F",
                         help=say("help.held_out", default=defaults.held_out))  # fmt: skip
    command.add_argument("--seed", type=whole, default=0, metavar=say("help.SEED"), help=say("help.seed", default=0))
    command.add_argument("-o", "--output", type=Path, metavar=say("help.FOLDER"), help=say("help.train_output"))


def _add_draw(command: argparse.ArgumentParser) -> None:
    file = Path("graph.svg")
    _add_expression(command)
    command.add_argument("-o", "--output", type=Path, default=file, metavar=say("help.FILE"),
                         help=say("help.draw_output", default=file))  # fmt: skip


def _add_expression(command: argparse.ArgumentParser) -> None:
    command.add_argument("expression", metavar=say("help.EXPR"), help=say("help.expression"))
    command.add_argument("--at", nargs="+", action="extend", default=[], metavar=say("help.NAME"), help=say("help.at"))


def whole(text: str) -> int:
    """An integer."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(say("typed.not_whole", text=text)) from None


def positive_whole(text: str) -> int:
    """An integer of 1 or more."""
    if whole(text) < 1:
        raise argparse.ArgumentTypeError(say("typed.too_small", text=text))
    return whole(text)


def positive(text: str) -> float:
    """A finite number above 0."""
    try:
        number = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(say("typed.no_number", text=text)) from None
    if not 0.0 < number < math.inf:
        raise argparse.ArgumentTypeError(say("typed.not_positive", text=text))
    return number


def fraction(text: str) -> float:
    """A number between 0 and 1."""
    if not positive(text) < 1.0:
        raise argparse.ArgumentTypeError(say("typed.not_fraction", text=text))
    return positive(text)
