"""What pictures and pages refuse, and what they lack."""

from __future__ import annotations

from ..autograd.errors import GlassgradError


class DrawError(GlassgradError, ValueError):
    """This cannot be drawn as asked; says what can be done."""


class LayoutError(GlassgradError, RuntimeError):
    """The layout that the user named cannot place this graph."""


class MissingLibraryError(GlassgradError, ImportError):
    """A library that this feature needs, and that is not installed with us by default, is missing."""


class PlotError(GlassgradError, ValueError):
    """There is nothing here that could be plotted."""


class TrainingPageError(GlassgradError, ValueError):
    """There is no training run here that could be shown."""
