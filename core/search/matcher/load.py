"""Which matching library there is on this machine, if any."""

from __future__ import annotations

from .library import load_library
from .places import Matcher
from .wheel import load_wheel


def load_matcher() -> Matcher | None:
    """Return the system's library, else that of the `hyperscan` package, else None."""
    return load_library() or load_wheel()
