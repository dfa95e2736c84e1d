"""Hyperscan as the `hyperscan` package has it, which bundles the library: for machines without a package of it."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

from ...signals import blocked_signals
from ..finders.haystack import Haystack
from .places import Places

NAME = "hyperscan"


def load_wheel() -> Wheel | None:
    """Return the package's library, or None if it isn't installed or doesn't work here."""
    with blocked_signals():
        try:
            return Wheel(importlib.import_module(NAME))
        except (ImportError, OSError):
            return None


class Wheel:
    """The package."""

    def __init__(self, package: Any) -> None:
        self._package = package

    @property
    def version(self) -> str:
        """What its library calls itself."""
        return f"of the package {self._package.__version__}"

    def database(self, expressions: Sequence[bytes]) -> Database | None:
        """Return the expressions made ready, each known by its number; None if the library can't have them."""
        package, count = self._package, len(expressions)
        made = package.Database(mode=package.HS_MODE_BLOCK)
        try:
            flags = [package.HS_FLAG_DOTALL] * count
            made.compile(expressions=list(expressions), ids=list(range(count)), elements=count, flags=flags)
        except package.HyperscanError:
            return None
        return Database(package, made)


class Database:
    """Expressions made ready."""

    def __init__(self, package: Any, made: Any) -> None:
        self._package, self._made = package, made

    def scanning(self) -> Scanning | None:
        """Return what scans, for one thread; None if there is no memory for it."""
        try:
            return Scanning(self._package, self._made, self._package.Scratch(self._made))
        except self._package.HyperscanError:
            return None

    def close(self) -> None:
        """Nothing: the package gives the memory back itself."""


class Scanning:
    """Scans in one thread."""

    def __init__(self, package: Any, made: Any, scratch: Any) -> None:
        self._package, self._made, self._scratch = package, made, scratch

    def scan(self, haystack: Haystack, low: int, end: int, most: int) -> Places:
        """Return where in low..end expressions end; see `places.Scanning`."""
        found: list[tuple[int, int]] = []

        def note(number: int, _start: int, at: int, _flags: int, _context: object) -> bool:
            found.append((at, number))
            return len(found) >= most

        with memoryview(haystack.data) as data, data[low:end] as part:
            try:
                self._made.scan(part, match_event_handler=note, scratch=self._scratch)
            except self._package.HyperscanError:
                return Places(found, False)
        return Places(found, True)

    def close(self) -> None:
        """Nothing: the package gives the memory back itself."""
