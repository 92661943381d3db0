"""A table of numbers from a CSV file, checked cell by cell before anything is trained on it."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from os import PathLike
from pathlib import Path
from typing import Literal

from ...autograd.errors import GlassgradError
from ..checks import counted

Kind = Literal["auto", "class", "number"]

MISSING = {"", "na", "n/a", "nan", "null", "?"}
MOST_CLASSES_BY_GUESS = 10
FEWEST_ROWS = 5
LARGEST = 1e300  # sums and differences of a column must not overflow


class TableError(GlassgradError, ValueError):
    """A table that cannot be learned from; the message names the cell or column, the reason and the remedy."""


@dataclass(frozen=True)
class Table:
    """Rows of numbers and what to predict from them.

    ``features`` has one list of floats a row, in the order of ``feature_names``. Where ``classes`` has names,
    ``targets`` are class indices into it (ints); where it is empty, they are the numbers to predict (floats).
    """

    name: str
    feature_names: tuple[str, ...]
    target_name: str
    features: list[list[float]]
    targets: list[int] | list[float]
    classes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.features)


@dataclass(frozen=True)
class _Row:
    line: int
    cells: list[str]


def read_csv(path: str | PathLike[str], target: str, *, without: Sequence[str] = (), kind: Kind = "auto") -> Table:
    """Read ``path``, with a line of column names first, and ``target`` as the column to predict.

    Cells are separated by commas, semicolons or tabs, whichever the first line has most of; the text is UTF-8. Every
    column but ``target`` and those in ``without`` must hold finite numbers. ``kind="auto"`` takes the target as classes
    if it holds text, or at most 10 different whole numbers, half as many as the rows or fewer; else as numbers.

    Raises:
        TableError: (a ValueError) if the file is not such a table: unreadable, empty, ragged, a missing cell, text
            where a number should be, one class only.
        OSError: if the file cannot be opened.
    """
    name = Path(path).name
    header, rows = _read_rows(Path(path))
    _check_header(header, name)
    _check_rectangle(header, rows, name)
    for column in (target, *without):
        _check_column(column, header, name)
    if target in without:
        raise TableError(f"{name}: column {target!r} is the one to predict, so it cannot be left out too")
    feature_names = tuple(column for column in header if column != target and column not in without)
    if not feature_names:
        raise TableError(f"{name}: no column is left beside {target!r} to predict it from")
    columns = [_numbers(header.index(column), column, rows, name) for column in feature_names]
    targets, classes = _read_targets(header.index(target), target, rows, name, kind)
    return Table(name, feature_names, target, [list(row) for row in zip(*columns, strict=True)], targets, classes)


def _read_rows(path: Path) -> tuple[list[str], list[_Row]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            file.seek(0)
            reader = csv.reader(file, delimiter=max(",;\t", key=first.count), strict=True)
            rows = [_Row(reader.line_num, [cell.strip() for cell in cells]) for cells in reader if any(cells)]
    except UnicodeDecodeError as error:
        raise TableError(
            f"{path.name}: byte {error.start} is not UTF-8 text; is this a CSV file? Save it as CSV in UTF-8"
        ) from error
    except csv.Error as error:
        raise TableError(f"{path.name}: line {reader.line_num} is not CSV: {error}") from error
    if not rows:
        raise TableError(f"{path.name} is empty; it needs a line of column names and at least {FEWEST_ROWS} rows")
    return rows[0].cells, rows[1:]


def _check_header(header: list[str], name: str) -> None:
    if "" in header:
        raise TableError(f"{name}: column {header.index('') + 1} has no name in the first line; give it one")
    twice = [column for column, count in Counter(header).items() if count > 1]
    if twice:
        raise TableError(f"{name}: two columns are called {twice[0]!r}; rename one")
    if all(_as_number(cell) is not None for cell in header):
        raise TableError(f"{name}: the first line holds numbers; it must hold the names of the columns")


def _check_rectangle(header: list[str], rows: list[_Row], name: str) -> None:
    for row in rows:
        if len(row.cells) != len(header):
            raise TableError(
                f"{name}: line {row.line} has {counted(len(row.cells), 'cell')} where the first line has "
                f"{counted(len(header), 'column')}; mend that line"
            )
    if len(rows) < FEWEST_ROWS:
        found = counted(len(rows), "row")
        raise TableError(f"{name} has {found} under its line of names; at least {FEWEST_ROWS} are needed")


def _check_column(column: str, header: list[str], name: str) -> None:
    if column not in header:
        near = get_close_matches(column, header, n=1, cutoff=0.0)[0]
        raise TableError(f"{name} has no column {column!r}; the nearest is {near!r}, and all are: {', '.join(header)}")


def _numbers(index: int, column: str, rows: list[_Row], name: str) -> list[float]:
    numbers = []
    for row in rows:
        cell = row.cells[index]
        _check_present(cell, column, row.line, name)
        numbers.append(_number(cell, column, row.line, name))
    return numbers


def _number(cell: str, column: str, line: int, name: str) -> float:
    number = _as_number(cell)
    if number is None:
        decimal = cell.count(",") == 1 and _as_number(cell.replace(",", ".")) is not None
        remedy = "with a decimal point" if decimal else "as numbers"
        shown = column if column.isidentifier() else f'"{column}"'
        raise TableError(
            f"{name}: column {column!r} holds text ({_shortened(cell)} on line {line}) where numbers are "
            f"needed; write it {remedy}, or leave the column out with --without {shown}"
        )
    if not math.isfinite(number):
        raise TableError(f"{name}: column {column!r} holds {cell} on line {line}; every number must be finite")
    if abs(number) > LARGEST:
        raise TableError(
            f"{name}: column {column!r} holds {cell} on line {line}; give it in a unit that keeps it below 1e300"
        )
    return number


def _read_targets(
    index: int, target: str, rows: list[_Row], name: str, kind: Kind
) -> tuple[list[int] | list[float], tuple[str, ...]]:
    cells = [row.cells[index] for row in rows]
    for row in rows:
        _check_present(row.cells[index], target, row.line, name)
    if kind == "class" or (kind == "auto" and _looks_like_classes(cells)):
        return _class_indices(cells, target, name)
    numbers = _numbers(index, target, rows, name)
    if len(set(numbers)) == 1:
        raise TableError(f"{name}: column {target!r} is {cells[0]} in every row, so there is nothing to predict")
    return numbers, ()


def _looks_like_classes(cells: list[str]) -> bool:
    numbers = [_as_number(cell) for cell in cells]
    if any(number is None for number in numbers):
        return True
    distinct = set(numbers)
    whole = all(number is not None and math.isfinite(number) and number == int(number) for number in distinct)
    return whole and len(distinct) <= min(MOST_CLASSES_BY_GUESS, len(cells) // 2)


def _class_indices(cells: list[str], target: str, name: str) -> tuple[list[int], tuple[str, ...]]:
    classes = tuple(sorted(set(cells), key=_class_order))
    if len(classes) == 1:
        raise TableError(
            f"{name}: column {target!r} holds one class only, {_shortened(cells[0])}; there is nothing to tell apart"
        )
    if len(classes) > len(cells) // 2:
        raise TableError(
            f"{name}: column {target!r} holds {len(classes)} different texts in {len(cells)} rows; that is a name or "
            "a note, not a class to predict"
        )
    index_of = {label: index for index, label in enumerate(classes)}
    return [index_of[cell] for cell in cells], classes


def _class_order(label: str) -> tuple[float, str]:
    number = _as_number(label)
    return (math.inf if number is None else number, label)


def _check_present(cell: str, column: str, line: int, name: str) -> None:
    if cell.lower() in MISSING:
        shown = "empty" if not cell else f"missing ({cell})"
        raise TableError(
            f"{name}: the cell in column {column!r} on line {line} is {shown}; fill it in, or delete the row"
        )


def _as_number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _shortened(cell: str, most: int = 40) -> str:
    return repr(cell if len(cell) <= most else cell[: most - 1] + "…")
