"""The inferiors that a debugger has, each with one model for as long as it stays the same."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from .errors import AtlasError
from .inferior import Inferior
from .ports import Target


class Inferiors:
    """The inferiors by the debugger's number of them, made when they are first asked for."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[Hashable, Inferior]] = {}

    def __contains__(self, number: int) -> bool:
        return number in self._kept

    def of(
        self, number: int, identity: Hashable, make: Callable[[], Target], is_running: Callable[[], bool]
    ) -> Inferior:
        """Return the inferior of this number, the same as before unless its `identity` has changed.

        `make` makes its target, and so chooses the way in which it is read as long as it is kept. One that
        runs, and that only the debugger reads, can't be asked yet what it can do: it isn't kept.
        """
        identity_before, inferior = self._kept.get(number, (None, None))
        if inferior is not None and identity_before == identity:
            return inferior
        inferior = Inferior(make())
        if inferior.target.raw is not None or not is_running():
            self._kept[number] = identity, inferior
        return inferior

    def forget(self, number: int) -> None:
        """Drop what is kept of this number, if anything is."""
        self._kept.pop(number, None)


def required(inferior: Inferior | None) -> Inferior:
    """Return the inferior; AtlasError where the debugger has neither a process nor a core file."""
    if inferior is None:
        raise AtlasError("no process (start one, attach, or open a core file)")
    return inferior
