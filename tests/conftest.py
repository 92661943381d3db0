"""Every test leaves the op table as it found it."""

from __future__ import annotations

import pytest

from glassgrad import Value
from glassgrad.autograd import custom, ops


@pytest.fixture(autouse=True)
def _table_as_before():
    before, methods, added = dict(ops.TABLE), set(vars(Value)), set(custom._added)
    yield
    for name in set(ops.TABLE) - set(before):
        del ops.TABLE[name]
    for name in set(vars(Value)) - methods:
        delattr(Value, name)
    custom._added.clear()
    custom._added.update(added)
