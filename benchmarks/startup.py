"""What it costs to start: processor time of imports, and of an unrelated pytest project with and without the plugin.

    python benchmarks/startup.py            # about a minute
    python benchmarks/startup.py --quick    # some twenty seconds

Every start is a process of its own; the kinds take turns, and bytecode is cached before the first that counts. What an
import costs is what its process takes beyond one that does nothing. ``import glassgrad`` leaves the engine to the first
name that is asked for, so that is measured, too.
"""

from __future__ import annotations

import argparse
import os
import resource  # which Windows does not have
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

NOTHING, NUMPY = "pass", "import numpy"
IMPORTS = {
    NUMPY: 1.0,
    "import glassgrad": 1.0,  # times as much as NumPy that is allowed
    "from glassgrad import Value": 1.0,
    "from glassgrad import viz": None,
    "from glassgrad import nn": None,
}
PYTEST = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "test_other.py"]
WITHOUT, WITH = "without the plugin", "with it"
PROJECTS = {WITHOUT: [*PYTEST, "-p", "no:glassgrad"], WITH: PYTEST}
PLUGIN_GOAL = 1.1


def processor_time(arguments: list[str], folder: str) -> float:
    """Seconds that Python takes for these arguments, with bytecode kept under ``folder``."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": folder}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def medians(commands: Mapping[str, list[str]], rounds: int, folder: str) -> dict[str, float]:
    """Median time of each command, in milliseconds; they take turns."""
    for arguments in commands.values():
        processor_time(arguments, folder)
    times = [[processor_time(arguments, folder) for arguments in commands.values()] for _ in range(rounds)]
    return {name: 1e3 * statistics.median(found) for name, found in zip(commands, zip(*times))}


def imports(rounds: int, folder: str) -> bool:
    """Print what imports cost; whether the goals are met."""
    cost = medians({line: ["-c", line] for line in (NOTHING, *IMPORTS)}, rounds, folder)
    own = {line: cost[line] - cost[NOTHING] for line in IMPORTS}
    print(f"Python {sys.version.split()[0]}, medians of {rounds} starts, ms of processor time")
    print(f"beyond an empty start, which takes {cost[NOTHING]:.0f}\n")
    print(f"{'':30} {'ms':>6} {'of NumPy':>9}  goal")
    for line, goal in IMPORTS.items():
        print(f"{line:30} {own[line]:6.0f} {own[line] / own[NUMPY]:8.2f}x  {f'{goal:.1f}x' if goal else ''}".rstrip())
    return all(own[line] <= goal * own[NUMPY] for line, goal in IMPORTS.items() if goal)


def projects(rounds: int, folder: str) -> bool:
    """Print what the plugin costs a project of one test; whether the goal is met."""
    Path(folder, "test_other.py").write_text("def test_other():\n    assert True\n", encoding="utf-8")
    cost = medians(PROJECTS, rounds, folder)
    print("\npytest on an unrelated project of one test\n")
    for name, found in cost.items():
        print(f"{name:30} {found:6.0f}")
    print(f"{'ratio':30} {cost[WITH] / cost[WITHOUT]:6.2f}x {'':8}  {PLUGIN_GOAL}x")
    return cost[WITH] <= PLUGIN_GOAL * cost[WITHOUT]


def main() -> int:
    """Measure everything; 0 if all goals are met."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    rounds = 7 if parser.parse_args().quick else 21
    with tempfile.TemporaryDirectory() as folder:
        met = [imports(rounds, folder), projects(rounds, folder)]
    print("\nall goals met" if all(met) else "\na goal is missed")
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
