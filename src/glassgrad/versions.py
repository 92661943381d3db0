"""What is installed here, for reports of what went wrong."""

from __future__ import annotations

import platform
import sys
from importlib import metadata

NEEDED = ("numpy", "tqdm", "graphviz", "graphviz-pure")
OPTIONAL = ("matplotlib", "typst", "ipykernel", "notebook")
BESIDE = ("torch", "jax", "autograd", "micrograd")  # what people compare with; never needed


def show_versions() -> None:
    """Print the versions of glassgrad, of Python, and of all that glassgrad uses, to paste into a report.

    >>> import glassgrad as gg
    >>> gg.show_versions()  # doctest: +ELLIPSIS
    glassgrad      ...
    Python         ...
    """
    print(f"{'glassgrad':14} {version_of('glassgrad')}")
    print(f"{'Python':14} {sys.version.split()[0]} on {platform.platform()}")
    for names, missing in ((NEEDED, "missing"), (OPTIONAL, "not installed"), (BESIDE, "")):
        for name in names:
            version = version_of(name) or missing
            if version:
                print(f"{name:14} {version}")


def version_of(name: str) -> str:
    """The installed version of a distribution; "" where there is none."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
