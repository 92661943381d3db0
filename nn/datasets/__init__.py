"""Tables to learn from: Fisher's iris, which ships with the package, and CSV files.

    >>> from glassgrad.nn.datasets import load_iris
    >>> iris = load_iris()
    >>> len(iris), iris.classes
    (150, ('setosa', 'versicolor', 'virginica'))
    >>> iris.features[0], iris.targets[0]
    ([5.1, 3.5, 1.4, 0.2], 0)

What a table is, and how it is read from CSV, is in ``table``.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from .table import Kind, Table, TableError, read_csv

__all__ = ["Kind", "Table", "TableError", "load_iris", "read_csv"]


def load_iris() -> Table:
    """Fisher's 150 irises: four lengths in centimetres, and the species. Source and licence: ``IRIS.md`` beside."""
    return replace(read_csv(Path(__file__).with_name("iris.csv"), "species"), name="Fisher's iris")
