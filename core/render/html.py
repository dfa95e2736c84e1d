"""A document of areas as one HTML page that is complete in itself: no network, no other file, no build.

The page holds the same document that `--json` prints, in a script element of type application/json, and
the files of the folder `page`, which draw it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from .document import Document
from .records import as_json

# Later rules win: those for narrow windows and paper override earlier ones.
STYLES = (
    "theme.css",
    "page.css",
    "controls.css",
    "picture.css",
    "panels.css",
    "grid.css",
    "adapt.css",
)
# In the order in which they run, joined into one module, so that no name becomes global.
SCRIPTS = (
    "text.js",
    "model.js",
    "search.js",
    "colours.js",
    "layout.js",
    "lane.js",
    "view.js",
    "canvas.js",
    "paint.js",
    "axis.js",
    "picture.js",
    "overview.js",
    "gestures.js",
    "grid.js",
    "columns.js",
    "panels.js",
    "main.js",
)

_FOLDER = Path(__file__).with_name("page")
_PLACE = re.compile(r"\{\{(\w+)\}\}")
# In a JSON text these characters stand in strings only. Escaped, no name can end the script element,
# open a comment in it, or be taken for anything but text (HTML Living Standard, 4.12.1.3).
_AS_DATA = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def html_page(document: Document) -> Iterator[str]:
    """Yield the page's text in pieces, as the document's rows come.

    The rows are areas (schema ptatlas.maps), with `changes` in the tail where there are any. The page's
    own policy forbids every request, and every script and style but its own, which it names by hash.
    """
    style, script = _joined(STYLES), _joined(SCRIPTS)
    fill: dict[str, Callable[[], Iterator[str]]] = {
        "policy": lambda: iter((_policy(script, style),)),
        "style": lambda: iter((style,)),
        "data": lambda: (piece.translate(_AS_DATA) for piece in as_json(document)),
        "script": lambda: iter((script,)),
    }
    for number, part in enumerate(_PLACE.split(_file("page.html"))):
        # Every other part is the name of a placeholder.
        yield from fill[part]() if number % 2 else (part,)


def _policy(script: str, style: str) -> str:
    """Return the Content-Security-Policy: nothing may be loaded or sent (Content Security Policy Level 3)."""
    return (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def _joined(names: tuple[str, ...]) -> str:
    return "\n".join(map(_file, names))


def _file(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
