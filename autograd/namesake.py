"""The other ``autograd``: HIPS publishes a package of that name too, and one environment cannot hold both."""

from __future__ import annotations

import warnings
from importlib import metadata
from pathlib import Path

HIPS = "autograd"  # the name under which it is installed; ours is installed as glassgrad


def warn_of_another_autograd() -> None:
    """Say that this is glassgrad's ``autograd``, if HIPS's is installed as well, and so out of reach or damaged."""
    try:
        version = metadata.version(HIPS)
    except metadata.PackageNotFoundError:
        return
    warnings.warn(
        f"`import autograd` finds glassgrad's package, at {Path(__file__).parent}, but HIPS autograd {version} is "
        "installed as well, and will not work beside it. Keep them apart: make a virtual environment for each "
        "(python -m venv), or pip uninstall one of them and reinstall the other",
        RuntimeWarning,
        stacklevel=3,
    )
