# Written by `python docs/stubs.py`: what is changed here by hand is lost.

from . import autograd, nn, viz
from .autograd import *
from .autograd.compile.program import Program, compile
from .versions import show_versions

__version__: str

__all__ = [
    "autograd", "nn", "viz", "compile", "Program", "show_versions",
]  # fmt: skip
__all__ += autograd.__all__
