"""Suggestions for an unknown name: which known one the user may have meant."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(given: str, names: Iterable[str], otherwise: str | None = None, prefix: str = "") -> str:
    """Return a hint: the nearest of the names, behind its `prefix`, or `otherwise`; None: all the names."""
    from difflib import get_close_matches  # imported here: needed only after a mistake

    names = list(names)
    near = get_close_matches(given, names, 1)
    if near:
        return f"did you mean {prefix}{near[0]}?"
    return "one of " + ", ".join(names) if otherwise is None else otherwise
