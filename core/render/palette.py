"""Colours, by pygments: one token for each style, in the sixteen colours that terminals' themes define."""

from __future__ import annotations

from .text import Palette

# Style -> the colour in pygments' words; `ansi*` are the terminal's own (pygments docs, Terminal styles).
STYLES = {
    "address": "ansiblue",
    "actual": "ansigreen",
    "change": "bold",
    "data": "",
    "expected": "ansired",
    "heading": "bold",
    "hit": "bold ansired",
    "name": "ansigreen",
    "number": "ansicyan",
    "note": "ansibrightblack",
    "perms": "ansiyellow",
    "preview": "",
    "symbol": "ansiyellow",
    "text": "",
    "warning": "ansired",
}


def colours() -> Palette:
    """Return the palette for a terminal with colours."""
    from pygments.formatters.terminal256 import Terminal256Formatter
    from pygments.style import Style
    from pygments.token import Token

    tokens = {name: getattr(Token, name.capitalize()) for name in STYLES}
    look = type("AtlasStyle", (Style,), {"styles": {tokens[name]: rule for name, rule in STYLES.items()}})
    codes = Terminal256Formatter(style=look).style_string
    return Palette({name: codes[str(token)] for name, token in tokens.items() if str(token) in codes})
