"""Text as pictures show it: how wide it is, where it is cut, which characters XML allows, and how numbers look.

Widths are counted in columns of a monospace face, so that no font has to be measured.
"""

from __future__ import annotations

import math

from ...autograd.text.text_width import columns, columns_of

ELLIPSIS = "…"
_CONTROL_PICTURES = 0x2400  # ␀ … ␟ stand for the control characters 0 … 31, in the same order
_REPLACEMENT = "\ufffd"
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LONGEST = 4096  # no picture shows more of one text than this; what follows is not even looked at


def visible(text: str) -> str:
    r"""The text with every character that XML 1.0 forbids, or that disturbs its neighbours, made visible.

    >>> visible("a\nb\x01")
    'a␊b␁'
    """
    return "".join(map(_visible, text[:_LONGEST]))


def _visible(char: str) -> str:
    code = ord(char)
    if code < 32:
        return chr(_CONTROL_PICTURES + code)
    if code == 127:
        return "\u2421"
    forbidden = 128 <= code < 160 or 0xD800 <= code < 0xE000 or code & 0xFFFE == 0xFFFE
    return _REPLACEMENT if forbidden or char in _BIDI_CONTROLS else char


def cut(text: str, most: int) -> str:
    """The visible text, in at most that many columns; an ellipsis stands for what was cut off.

    >>> cut("a long label", 7)
    'a long…'
    """
    shown = visible(text)
    if len(text) <= _LONGEST and columns(shown) <= most:
        return shown
    kept: list[str] = []
    room = most - 1
    for char in shown:
        room -= columns_of(char)
        if room < 0 or len(kept) == 4 * most:  # marks of no width could pile up for ever
            break
        kept.append(char)
    return "".join(kept) + ELLIPSIS


def wrapped(text: str, most: int) -> list[str]:
    """The visible text in lines of at most that many columns; what a line cannot hold of one word is cut off.

    >>> wrapped("one two three", 8)
    ['one two', 'three']
    """
    lines: list[str] = []
    for word in visible(text).split(" "):
        if lines and columns(lines[-1]) + 1 + columns(word) <= most:
            lines[-1] += f" {word}"
        else:
            lines.append(cut(word, most))
    return lines


def number(x: float, digits: int = 4) -> str:
    """A number in so many significant digits, whole numbers up to a million in full, with a true minus sign.

    >>> number(-0.5), number(12345.0), number(1 / 3), number(2.5e-7), number(float("inf"))
    ('−0.5', '12345', '0.3333', '2.5e−7', '∞')
    """
    if math.isnan(x):
        return "nan"
    if math.isinf(x):
        return "∞" if x > 0 else "−∞"
    size = abs(x)
    if size < 1e6 and (x == int(x) or size >= 10 ** (digits - 1)):
        shown = f"{x + 0.0:.0f}"  # no −0: it says nothing to a reader
    elif 1e-4 <= size < 10 ** (digits - 1):
        shown = f"{x:.{digits}g}"
    else:
        mantissa, exponent = f"{x:.{digits - 1}e}".split("e")
        shown = f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
    return shown.replace("-", "−")
