"""An open descriptor with an owner, closed with the owner's last reference."""

from __future__ import annotations

import select


class Descriptor:
    """The owner of an open descriptor: a regular file's, or any other.

    It is closed where the last reference to the owner is dropped, by C code alone: a finalizer in Python
    loses the Ctrl-C that comes while it runs. Of the library's own objects that close a descriptor so,
    epoll's is the one that doesn't warn about it; it never looks what the descriptor is.
    """

    __slots__ = ("_owner", "number")

    def __init__(self, number: int) -> None:
        self.number = number
        self._owner = select.epoll.fromfd(number)

    def close(self) -> None:
        """Close it now; idempotent."""
        self._owner.close()
