"""One self-contained page: no network, a strict policy, and a form that notebooks show as it is.

A page is HTML, one style sheet, one script and its data. The policy names the hashes of the first two and forbids
everything else, so nothing that stands in the data can run, and nothing can be fetched.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from html import escape
from importlib.resources import files
from pathlib import Path

from ..paint.picture import Picture
from ..paint.theme import custom_properties
from ..paint.whole_file import write_whole
from ..scene.text import visible
from ..words import Language, current, say, speaking

_KEY = re.compile(r"\{([a-z._]+)\}")


@dataclass(frozen=True)
class Page:
    """What is shown: ``body`` is HTML of ours, ``data`` becomes ``DATA`` of the script ``name``.js.

    Attributes:
        title: of the document.
        picture: what stands in where no script runs.
        height: px that a notebook gives the page.
        text: what is shown where there are no pictures.
        language: of its words.
    """

    name: str
    title: str
    body: str
    data: Mapping[str, object]
    picture: Picture
    height: int
    text: str
    language: Language = field(default_factory=current, repr=False)

    @property
    def html(self) -> str:
        """The whole document."""
        style = custom_properties() + asset("page.css") + asset(f"{self.name}.css")
        script = asset("page.js") + asset(f"{self.name}.js")
        inline = re.findall(r"<style>(.*?)</style>", self.body, re.DOTALL)
        styles = " ".join(map(_hash, [style, *inline]))
        policy = (
            f"default-src 'none'; script-src {_hash(script)}; style-src {styles}; img-src data:; base-uri 'none';"
            " form-action 'none'"
        )
        return (
            f'<!DOCTYPE html>\n<html lang="{self.language.code}">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{escape(visible(self.title))}</title>\n<style>{style}</style>\n</head>\n<body>\n{self.body}\n"
            f'<script type="application/json" id="data">{as_json(self.data)}</script>\n'
            f"<script>{script}</script>\n</body>\n</html>\n"
        )

    @property
    def embedded(self) -> str:
        """HTML for a notebook's cell: the page in a frame of its own, and a picture for viewers that run no scripts."""
        picture = b64encode(self.picture.svg.encode()).decode()
        title = escape(visible(self.title))
        with speaking(self.language):
            summary = escape(say("page.still"))
        return (
            f'<iframe srcdoc="{escape(self.html)}" sandbox="allow-scripts" title="{title}" width="100%"'
            f' height="{self.height}" style="border:0"></iframe>\n'
            f"<details><summary>{summary}</summary>"
            f'<img alt="{title}" src="data:image/svg+xml;base64,{picture}"></details>'
        )

    def save(self, path: str | Path) -> Path:
        """Write the page as one file that needs no network.

        Raises:
            ValueError: the name does not end in .html.
            OSError: the file cannot be written; an older file of that name is then left as it was.
        """
        target = Path(path)
        if target.suffix.lower() not in (".html", ".htm"):
            raise ValueError(f"cannot save a page as {target.name!r}: the name must end in .html")
        return write_whole(target, self.html.encode())

    def __str__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/html": self.embedded, "text/plain": self.text}


def asset(name: str) -> str:
    """A file that comes with this package."""
    return (files(__package__) / "assets" / name).read_text(encoding="utf-8")


def markup(name: str) -> str:
    """A file of HTML that comes with this package, with a word of the table in place of each ``{key}``."""
    return _KEY.sub(lambda found: escape(say(found[1])), asset(name))


def as_json(data: object) -> str:
    """JSON for the inside of a ``<script>``: nothing in it can end the element."""
    compact = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return compact.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _hash(content: str) -> str:
    return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"
