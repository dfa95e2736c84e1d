"""The inferiors that a debugger has, each with one model for as long as it stays the same."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from .errors import AtlasError
from .inferior import Inferior
from .ports.target import Target


class Inferiors:
    """The inferiors by the debugger's number of them, made when they are first asked for.

    One that may be read directly and one that may not are two: each keeps what was found with it.
    """

    def __init__(self) -> None:
        self._kept: dict[int, dict[bool, tuple[Hashable, Inferior]]] = {}

    def __contains__(self, number: int) -> bool:
        return number in self._kept

    def of(
        self,
        number: int,
        identity: Hashable,
        make: Callable[[], Target],
        is_running: Callable[[], bool],
        *,
        directly: bool = True,
    ) -> Inferior:
        """Return the inferior of this number, the same as before unless its `identity` has changed.

        `make` makes its target, which fixes how the inferior is read for as long as it is kept. An inferior
        that runs, and that only the debugger can read, is not kept: what its target can do isn't known yet.
        """
        identity_before, inferior = self._kept.get(number, {}).get(directly, (None, None))
        if inferior is not None and identity_before == identity:
            return inferior
        inferior = Inferior(make())
        if inferior.target.raw is not None or not is_running():
            self._kept.setdefault(number, {})[directly] = identity, inferior
        return inferior

    def forget(self, number: int) -> None:
        """Drop the inferior of this number, if there is one."""
        self._kept.pop(number, None)


def required(inferior: Inferior | None) -> Inferior:
    """Return the inferior; raise AtlasError if the debugger has neither a process nor a core file."""
    if inferior is None:
        raise AtlasError("no process (start one, attach, or open a core file)")
    return inferior
