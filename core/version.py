"""Which ptatlas this is; tests/house/test_packaging.py holds pyproject.toml against it."""

from __future__ import annotations

import os
import sys

VERSION = "0.1.0"


def described() -> str:
    """Return one line: the version, the folder that holds `core`, and this Python."""
    folder = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    return f"ptatlas {VERSION}, loaded from {folder}, in Python {'.'.join(map(str, sys.version_info[:3]))}"
