"""What a program says of itself: its source, its arrays, and scripts that do without us."""

from __future__ import annotations

from ..errors import CompileError
from .export.script import script
from .summary import ArraySummary, arrays, summary
from .variant import Variant
from .vectors import Vectors


class Described(Vectors):
    """A program, as far as it can be asked what it is."""

    _last: Variant | None
    _reduction: str

    @property
    def source(self) -> str:
        """The NumPy source of the program that was used last; "" before the first call."""
        variant = self._last
        return "" if variant is None else variant.shown().source

    def summary(self) -> str:
        """How many scalar nodes became which array operations, and which ops have no array form.

        Raises:
            CompileError: the program has not been called yet.
        """
        return summary(self._required(), self._index)

    def arrays(self) -> list[ArraySummary]:
        """The arrays that the program computes, in order, described in words; ``viz.draw(program)`` draws them.

        Raises:
            CompileError: the program has not been called yet.
        """
        return arrays(self._unrolled().plan)

    def to_source(self, language: str = "numpy") -> str:
        """The program as a script that needs nothing of ours and prints the same numbers.

        It has the parameters and the last arguments in it, and prints the value and the gradient of each.

        Args:
            language: "numpy", "python" (float arithmetic), "torch" or "jax" (forward only: they differentiate).

        Raises:
            ValueError: no such language.
            CompileError: not called yet; or the language has no form for an op, or no batches ("python").
        """
        variant = self._unrolled()
        return script(language, variant.plan, variant.shown(), variant.numbers(), self._reduction)

    def _unrolled(self) -> Variant:
        """The variant that was used last, without loops."""
        variant = self._required()
        if variant.looped is not None:
            self.sync()
        return variant.unrolled()

    def _required(self) -> Variant:
        if self._last is None:
            raise CompileError("the program is recorded at its first call: call it once, then ask what it is")
        return self._last
