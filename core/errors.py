"""The errors of ptatlas: one root, attributes instead of text, and a hint for the user.

Nothing in ptatlas matches on a message. A debugger's own errors are translated into these in its
adapter, and `AtlasError` is caught once, where commands are dispatched.
"""

from __future__ import annotations

import errno


class AtlasError(Exception):
    """Anything that ptatlas reports to its user.

    `hint` says in a few words what the user may do about it, or is None.
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class InvalidArgument(AtlasError, ValueError):
    """An argument that makes no sense: out of range, reversed, malformed, contradictory."""


class PatternError(InvalidArgument):
    """A search pattern that can't be read as its type demands."""


class AlreadySet(AtlasError):
    """A word size or byte order that was given twice."""


class MemoryFault(AtlasError):
    """Memory that can't be read. `address` is the first address that is missing.

    `size` is how many bytes were wanted from `address` on, and `reason` one of
    `unmapped` (no area there), `absent` (an area, but its content is not available: a dump left it
    out), `unreadable` (an area that refuses to be read).
    """

    def __init__(self, address: int, size: int = 1, reason: str = "unmapped", *, hint: str | None = None):
        super().__init__(
            f"cannot read {size} byte{'' if size == 1 else 's'} at {address:#x}: {reason}", hint=hint
        )
        self.address = address
        self.size = size
        self.reason = reason

    def __reduce__(self) -> tuple[type, tuple[int, int, str]]:
        return type(self), (self.address, self.size, self.reason)


class UnknownSection(AtlasError, KeyError):
    """An image section identifier that the cache or the image doesn't have."""

    # KeyError shows the repr of its argument; a message is for reading.
    __str__ = Exception.__str__


class MapChanged(AtlasError):
    """The map changed under an iterator. `generation` is the map's generation now."""

    def __init__(self, generation: int) -> None:
        super().__init__("the map changed while it was being walked", hint="start the walk again")
        self.generation = generation

    def __reduce__(self) -> tuple[type, tuple[int]]:
        return type(self), (self.generation,)


class EndOfMap(AtlasError):
    """There is no VM entry after the last (FreeBSD ptrace(2), PT_VM_ENTRY: ENOENT)."""


class InvalidCookie(AtlasError):
    """A VM entry's cookie that this map never gave (FreeBSD ptrace(2), PT_VM_ENTRY: EINVAL)."""


class PathTooLong(AtlasError):
    """A path that doesn't fit (FreeBSD ptrace(2), PT_VM_ENTRY: ENAMETOOLONG).

    `required` is the capacity that it needs in bytes, its terminating NUL included.
    """

    def __init__(self, required: int) -> None:
        super().__init__(f"the path needs a capacity of {required} bytes")
        self.required = required

    def __reduce__(self) -> tuple[type, tuple[int]]:
        return type(self), (self.required,)


class SourceError(AtlasError):
    """A file, core file, process or stub that can't be used as a source."""


class SourceDenied(SourceError):
    """A source that exists but refuses this user; another way to the same memory may work."""


class PoolError(AtlasError):
    """A persistent heap that can't do what was asked. `errno` as of the system call, or 0."""

    def __init__(self, message: str, *, errno: int = 0, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.errno = errno


class PoolRefused(PoolError):
    """What a persistent heap refuses by itself: no system call failed, whatever `errno` says."""


class BlockError(PoolRefused, InvalidArgument):
    """An address where no live block of a persistent heap begins: from elsewhere, freed, or inside a block.

    `address` is that address.
    """

    def __init__(self, address: int, message: str) -> None:
        super().__init__(message, errno=errno.EINVAL)
        self.address = address

    def __reduce__(self) -> tuple[type, tuple[int, str]]:
        return type(self), (self.address, str(self))


class PoolCorrupt(PoolError):
    """A persistent heap whose file breaks its own rules; the message says which and where."""


class Interrupted(AtlasError):
    """The user interrupted the work; the code that raises this keeps what was found so far."""
