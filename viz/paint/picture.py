"""What every finished picture can do: be SVG of either form, be saved, be shown by a notebook."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from .png_pdf import render
from .theme import Theme
from .whole_file import write_whole

FLUID = ' style="max-width:100%;height:auto"'  # of an SVG that stands by itself: no wider than what it stands in


class Picture(ABC):
    """A picture that paints itself as SVG. ``print`` gives the text that stands in for it elsewhere.

    Attributes:
        theme: "auto" (follows the reader's light or dark setting), "light" or "dark".
    """

    theme: Theme
    formats: ClassVar[tuple[str, ...]] = (".svg", ".png", ".pdf")

    @abstractmethod
    def painted(self, theme: Theme) -> str:
        """The SVG in that theme, the same bytes every time."""

    @cached_property
    def svg(self) -> str:
        """The picture as SVG; the same bytes every time."""
        return self.painted(self.theme)

    @property
    def svg_in_page(self) -> str:
        """The same for the inside of a page, whose policy allows no ``style`` attributes; the page's sheet sizes it."""
        return self.svg.replace(FLUID, "", 1)

    def save(self, path: str | Path) -> Path:
        """Write the picture to a file; the ending says how.

        Raises:
            ValueError: an ending that is not one of ``formats``.
            MissingLibraryError: .png and .pdf need ``pip install "glassgrad[picture]"``.
            OSError: the file cannot be written; an older file of that name is then left as it was.
        """
        target = Path(path)
        if target.suffix.lower() not in self.formats:
            allowed = ", ".join(self.formats)
            raise ValueError(f"cannot save a picture as {target.name!r}: the name must end in {allowed}")
        return write_whole(target, self.content(target.suffix.lower()))

    def content(self, ending: str) -> bytes:
        """What a file of that ending holds."""
        if ending == ".svg":
            return self.svg.encode()
        plain = self.painted("dark" if self.theme == "dark" else "light")
        return render(plain, "png" if ending == ".png" else "pdf")

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"image/svg+xml": self.svg, "text/plain": str(self)}
