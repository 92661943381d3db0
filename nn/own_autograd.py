"""Imported first by ``nn`` and ``viz``: is the package called ``autograd`` that Python finds the one of this project?

HIPS publishes a package of that name too. Without this check, a mix-up would show as a missing name far from its cause.
"""

from __future__ import annotations

import autograd


class WrongAutogradError(ImportError):
    """``import autograd`` finds a package that is not this project's."""


if not hasattr(autograd, "GlassgradError"):
    where = getattr(autograd, "__file__", None) or next(iter(autograd.__path__), "an unknown place")
    raise WrongAutogradError(
        f"glassgrad needs its own package `autograd`, but Python finds another of that name, at {where} (HIPS "
        "autograd is called so too). Keep them apart: make a new virtual environment (python -m venv .venv) and "
        "install glassgrad there, or run: pip uninstall autograd, then pip install --force-reinstall glassgrad; if it "
        "is a file or folder of your own, rename it",
        name="autograd",
    )
