"""After a reload there are two classes called Value; where they meet, the message tells them apart."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

START = """
import importlib, sys
import glassgrad as gg
old = gg.Value(2.0)
"""
RELOADS = {
    "reload": "new = importlib.reload(sys.modules['glassgrad.autograd.value']).Value(3.0)",
    "imported again": """
for name in [name for name in sys.modules if name.startswith("glassgrad")]:
    del sys.modules[name]
import glassgrad
new = glassgrad.Value(3.0)
""",
}
MEETINGS = {
    "new + old": ("new + old", "add.*this operand's is the older, the operation's the newer"),
    "old * new": ("old * new", "mul.*the operation's is the older, this operand's the newer"),
    "new / old": ("new / old", "this operand's is the older"),
    "maximum": ("new.maximum(old)", "this operand's is the older"),
}
END = """
try:
    {meeting}
except TypeError as error:
    print(error)
"""


# After a reload old Values run the new functions, which take operands of both classes; so two of the meetings are none.
CASES = [("imported again", meeting) for meeting in MEETINGS] + [("reload", "new + old"), ("reload", "new / old")]


@pytest.mark.parametrize(("reload", "meeting"), CASES)
def test_two_classes_are_told_apart(reload, meeting):
    expression, said = MEETINGS[meeting]
    code = START + RELOADS[reload] + END.format(meeting=expression)
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert "two classes called Value" in found.stdout
    assert re.search(said, found.stdout)
    assert "gg.Value(w.data)" in found.stdout
