"""How much is read of what a core file only claims to hold.

Segments of a core may show the same bytes at many places, and headers in them may lead to the same tables: a
file of some megabytes then has thousands of heads of mapped files to be looked at, each as large as the file.
No writer of cores makes such. So all that is looked at on the way to names and build-ids is counted.
"""

from __future__ import annotations

from ...elf.headers import ReadAt

# Of the heads of mapped files, headers and notes: those of 6,000 libraries, read in five pieces each.
HEADS = 8 << 20
# Of what may be the guards below the stacks of threads: 4,000 of 64 KiB.
GUARDS = 256 << 20
_SMALLEST = 256  # of what a read counts as: many small ones take their time, too


class Allowance:
    """A number of bytes that may be read, by several readers together; what is beyond isn't read."""

    def __init__(self, size: int) -> None:
        self._left = size

    @property
    def is_spent(self) -> bool:
        """Whether something was asked for that was not read because of it."""
        return self._left < 0

    def reading(self, read: ReadAt) -> ReadAt:
        """Return a function that reads as `read` does, and nothing once the allowance is spent."""

        def read_some(offset: int, size: int) -> bytes:
            if self._left < 0:
                return b""
            content = read(offset, size)
            self._left -= max(_SMALLEST, len(content))
            return content if self._left >= 0 else b""

        return read_some
