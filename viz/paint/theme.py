"""Every colour of pictures, pages and plots, light and dark. A colour stands here and nowhere else.

Text has a contrast of at least 4.5:1 on what is under it, lines and borders at least 3:1 (WCAG 2.2 AA; a test computes
it). No colour carries meaning alone: a kind of card also has its own border and says its word. After a change,
``python docs/pictures.py`` makes the README's pictures anew.
"""

from __future__ import annotations

from typing import Literal

Theme = Literal["auto", "light", "dark"]
THEMES = ("auto", "light", "dark")

FONT = 'ui-monospace, "SF Mono", Menlo, "DejaVu Sans Mono", Consolas, "Liberation Mono", monospace'

# fmt: off
LIGHT = {
    "paper": "#ffffff", "card": "#ffffff", "ink": "#0f172a", "muted": "#4a5568", "line": "#64748b", "soft": "#f1f5f9",
    "gradient": "#9a4a00", "marked": "#b3005e",
    "op": "#64748b",       "op-head": "#f1f5f9",
    "leaf": "#0067a3",     "leaf-head": "#e1f0fa",
    "constant": "#64748b", "constant-head": "#f6f7f9",
    "root": "#00694a",     "root-head": "#dcf3e9",
    "group": "#6b4596",    "group-head": "#f0e9f8",
    "outline": "#6b4596",  "outline-head": "#faf7fd",
}
DARK = {
    "paper": "#12161c", "card": "#1b212a", "ink": "#e8edf4", "muted": "#aab5c4", "line": "#8593a6", "soft": "#1b212a",
    "gradient": "#ffb46e", "marked": "#ff7ab8",
    "op": "#8593a6",       "op-head": "#29313d",
    "leaf": "#58aee8",     "leaf-head": "#14344c",
    "constant": "#8593a6", "constant-head": "#222933",
    "root": "#46c294",     "root-head": "#123d2e",
    "group": "#b594de",    "group-head": "#33264a",
    "outline": "#b594de",  "outline-head": "#1a1823",
}
# fmt: on
# Of classes and curves: blue, orange, green, purple, olive, sky, grey. Shapes and markers tell them apart as well.
SERIES = ("#0067a3", "#be5a00", "#007854", "#963c8c", "#967800", "#3c8cbe", "#787878")

# The shape of each class's samples, as a path around (0, 0), so that colour is not all that tells them apart.
_CIRCLE = "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z"
SHAPES = {
    "circle": _CIRCLE,
    "square": "m-3.5-3.5h7v7h-7z",
    "triangle": "m0-5l5 9h-10z",
    "diamond": "m0-5l5 5-5 5-5-5z",
    "cross": "m-1.8-5h3.6v3.2h3.2v3.6h-3.2v3.2h-3.6v-3.2h-3.2v-3.6h3.2z",
    "ring": f"{_CIRCLE}m2.4 0a1.6 1.6 0 1 0 3.2 0a1.6 1.6 0 1 0-3.2 0z",
    "bar": "m-5-1.8h10v3.6h-10z",
}


def custom_properties() -> str:
    """The colours and the font as CSS custom properties, for a page that follows the reader's setting.

    >>> custom_properties().partition(";--mono")[0]
    ':root{color-scheme:light dark'
    """
    light, dark = ("".join(f"--{name}:{colour};" for name, colour in colours.items()) for colours in (LIGHT, DARK))
    return (
        f":root{{color-scheme:light dark;--mono:{FONT};{light}}}\n"
        f"@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
    )
