"""SVG into PNG and PDF, by the library ``typst``: it is one wheel, draws both, and brings its own fonts.

Other libraries were tried: resvg-py and vl-convert-python draw no text on a machine without fonts, CairoSVG needs a
system's cairo, svglib loses Chinese.
"""

from __future__ import annotations

from typing import Literal

from ..errors import MissingLibraryError

_PAGE = b'#set page(width: auto, height: auto, margin: 0pt)\n#image(bytes(sys.inputs.svg), format: "svg")\n'
_SAME_DATE = 0  # seconds since 1970, in the file, so that it does not differ from run to run
_PIXELS_PER_INCH = 192.0  # twice the 96 of SVG's px, for screens with fine pixels and for slides


def render(svg: str, form: Literal["png", "pdf"]) -> bytes:
    """The SVG as a file of that form.

    Raises:
        MissingLibraryError: typst is not installed; says how to.
    """
    try:
        import typst  # an optional extra
    except ImportError:
        raise MissingLibraryError(
            f'a {form.upper()} needs the library typst: pip install "glassgrad[picture]", or save as .svg'
        ) from None
    return typst.compile(_PAGE, format=form, ppi=_PIXELS_PER_INCH, sys_inputs={"svg": svg}, timestamp=_SAME_DATE)
