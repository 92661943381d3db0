# Written by `python docs/stubs.py`: what is changed here by hand is lost.

from . import autograd, nn, viz
from .autograd import *
from .autograd.compile.program import Program, compile

__version__: str

__all__ = [
    "autograd", "nn", "viz", "compile", "Program",
]  # fmt: skip
__all__ += autograd.__all__
