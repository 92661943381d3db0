# Written by `python docs/stubs.py`: what is changed here by hand is lost.

from . import autograd as autograd
from . import nn as nn
from . import viz as viz
from .autograd import *
from .autograd.compile.entry import compile as compile
from .autograd.compile.program import Program as Program
from .versions import show_versions as show_versions

__version__: str

__all__ = [
    "compile", "Program", "show_versions", "autograd", "nn", "viz",
]  # fmt: skip
__all__ += autograd.__all__
