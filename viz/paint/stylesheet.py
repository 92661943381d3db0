"""The style sheet of a graph's SVG. Rules carry their colours literally, as the programs that turn SVG into PNG or PDF
know neither CSS variables nor ``@media``.
"""

from __future__ import annotations

from .theme import DARK, FONT, LIGHT, THEMES, Theme

KINDS = ("op", "leaf", "constant", "root", "group")
_BORDERS = {
    "op": "stroke-width:1.2",
    "leaf": "stroke-width:1.8",
    "constant": "stroke-width:1.4;stroke-dasharray:2 3",
    "root": "stroke-width:3",
    "group": "stroke-width:1.4;stroke-dasharray:7 3",
}


# How the player marks what is in play: the node, its operands, the edges; what a wrong algorithm does; new numbers.
_IN_PLAY = {
    ".node.current .border": "stroke-width:4;stroke-dasharray:none",
    ".node.near .border": "stroke-width:2.4;stroke-dasharray:6 4",
    ".edge.active .line": "stroke-width:3.4;stroke-dasharray:9 5",
    ".node.wrong-current .border": "stroke-width:4;stroke-dasharray:2 3",
    ".edge.wrong-active .line": "stroke-width:3.4;stroke-dasharray:2 4",
    ".changed": "font-weight:700;text-decoration:underline",
    ".heading": "font-size:14px;font-weight:600",
}


def stylesheet(theme: Theme) -> str:
    """The CSS of one picture. Every rule starts at a class of ours, so that an inlined SVG leaves its page alone.

    Raises:
        ValueError: no such theme.
    """
    if theme not in THEMES:
        raise ValueError(f"theme must be one of {', '.join(map(repr, THEMES))}, not {theme!r}")
    light, dark = _colours(LIGHT), _colours(DARK)
    scope = f".glassgrad-{theme}"
    shown = _rules(scope, _shapes()) + _rules(scope, dark if theme == "dark" else light)
    if theme == "auto":
        shown += "@media (prefers-color-scheme:dark){" + _rules(scope, dark) + "}"
    return shown


def _shapes() -> dict[str, str]:
    return {
        "text": f"font-family:{FONT};white-space:pre",
        ".title": "font-size:13px;font-weight:600",
        ".row": "font-size:12px",
        ".badge": "font-size:11px",
        ".label": "font-size:11px;stroke-width:4px;stroke-linejoin:round;paint-order:stroke",
        ".note": "font-size:11px",
        ".border": "fill:none",
        ".line": "fill:none;stroke-width:1.4",
        ".dense .line": "stroke-width:0.7",
        ".outline": "stroke-width:1.2;stroke-dasharray:5 4",
        **{f".{kind} .border": border for kind, border in _BORDERS.items()},
        ".marked .border": "stroke-width:4;stroke-dasharray:none",
        ".marked .line": "stroke-width:3.2",
        **_IN_PLAY,
    }


def _colours(c: dict[str, str]) -> dict[str, str]:
    rules = {
        ".paper": f"fill:{c['paper']}",
        ".card": f"fill:{c['card']}",
        ".outline": f"fill:{c['outline-head']};stroke:{c['outline']}",
        ".title": f"fill:{c['ink']}",
        ".badge": f"fill:{c['muted']}",
        ".outline-name": f"fill:{c['outline']}",
        ".note": f"fill:{c['muted']}",
        ".name": f"fill:{c['muted']}",
        ".text": f"fill:{c['ink']}",
        ".gradient": f"fill:{c['gradient']}",
        ".label": f"fill:{c['gradient']};stroke:{c['paper']}",
        ".line": f"stroke:{c['line']}",
        ".tip": f"fill:{c['line']}",
    }
    for kind in KINDS:
        rules[f".{kind} .border"] = f"stroke:{c[kind]}"
        rules[f".{kind} .head"] = f"fill:{c[kind + '-head']}"
    rules[".marked .border"] = rules[".marked .line"] = f"stroke:{c['marked']}"
    rules[".marked .tip"] = f"fill:{c['marked']}"
    for kind, colour in (("", c["marked"]), ("wrong-", c["ink"])):
        rules[f".node.{kind}current .border"] = rules[f".edge.{kind}active .line"] = f"stroke:{colour}"
        rules[f".edge.{kind}active .tip"] = f"fill:{colour}"
    rules[".node.near .border"] = f"stroke:{c['marked']}"
    rules[".heading"] = f"fill:{c['ink']}"
    return rules


def _rules(scope: str, rules: dict[str, str]) -> str:
    return "".join(f"{scope} {selector}{{{body}}}" for selector, body in rules.items())
