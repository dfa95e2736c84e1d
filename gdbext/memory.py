"""Reading through GDB's own API."""

from __future__ import annotations

import gdb
from ptatlas.core.errors import SourceError

from .selection import selected

SOURCE = "gdb"
# Bytes read at a time: GDB splits them into packets of the size that a remote stub takes, and between two
# reads an interrupt is noticed. A failure costs at most one more read of this size.
_CHUNK = 1 << 16


class GdbMemory:
    """Reads through GDB, which shows original bytes where it has breakpoints inserted."""

    source = SOURCE
    thread_safe = False

    def __init__(self, inferior: gdb.Inferior, address_limit: int) -> None:
        """Take `address_limit`, one past the highest address: GDB would truncate higher ones."""
        self._inferior = inferior
        self._limit = address_limit

    def read_into(self, address: int, buffer: memoryview) -> int:
        """Fill the buffer as far as GDB can read; raise SourceError if inferior or connection is gone."""
        done, wanted = 0, min(len(buffer), self._limit - address)
        if address < 0 or wanted <= 0:
            return 0
        with selected(self._inferior):
            while done < wanted:
                # Chunks end at multiples of their size, so that halving one ends at borders of pages.
                size = min(_CHUNK - (address + done) % _CHUNK, wanted - done)
                got = self._read_chunk(address + done, buffer[done : done + size])
                done += got
                if got < size:
                    break
        return done

    def _read_chunk(self, address: int, buffer: memoryview) -> int:
        """Read a chunk, or as much of it as there is before the first byte that can't be read.

        GDB refuses a whole request because of one such byte.
        """
        if self._whole(address, buffer):
            return len(buffer)
        if len(buffer) == 1 or not self._whole(address, buffer[:1]):
            return 0
        done, end = 1, len(buffer)
        while done < end - 1:
            half = _roundest(address + done, address + end - 1) - address
            if self._whole(address + done, buffer[done:half]):
                done = half
            else:
                end = half
        return done

    def _whole(self, address: int, buffer: memoryview) -> bool:
        try:
            buffer[:] = self._inferior.read_memory(address, len(buffer)).cast("B")
        except gdb.MemoryError:
            return False
        except gdb.error as error:
            raise SourceError(str(error)) from None
        return True


def _roundest(low: int, high: int) -> int:
    """Return the address above `low`, up to `high`, with the most zero bits at its end: a page's start."""
    shift = (low ^ high).bit_length() - 1
    return high >> shift << shift
