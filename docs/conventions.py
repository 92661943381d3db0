"""Write conventions.md afresh from the op table."""

from pathlib import Path

from glassgrad.autograd import conventions, ops

Path(__file__).with_suffix(".md").write_text(conventions.table(ops.TABLE.values()), encoding="utf-8")
