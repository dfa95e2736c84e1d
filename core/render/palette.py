"""Colours, by pygments: one token for each style, in the sixteen colours that terminals' themes define."""

from __future__ import annotations

import os

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


def wants_colour(shows_colour: bool) -> bool:
    """Return whether to colour: if the output shows colours and the user hasn't disabled them."""
    # https://no-color.org: set, to anything but the empty string, means no colours.
    return shows_colour and not os.environ.get("NO_COLOR")
