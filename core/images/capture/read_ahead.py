"""Reading ahead: the next chunk of memory is read while the last one is processed."""

from __future__ import annotations

from queue import SimpleQueue
from threading import Thread
from types import TracebackType

from ...errors import AtlasError
from ...ports.memory import MemoryReader
from ...ranges import Range
from ...signals import start_without_signals
from ...walk.reading import readable_parts

# Handing fewer bytes than this to a thread costs more than it gains.
LARGE = 1 << 20


class Reading:
    """A buffer that is filled from an address on, now or in the background."""

    def __init__(self, reader: MemoryReader, address: int, buffer: memoryview) -> None:
        self._reader, self._address, self._buffer = reader, address, buffer
        self._outcome: SimpleQueue[list[Range] | AtlasError | MemoryError] = SimpleQueue()

    def run(self) -> None:
        """Fill the buffer, in whichever thread."""
        try:
            self._outcome.put(readable_parts(self._reader, self._address, self._buffer))
        except (AtlasError, MemoryError) as error:
            self._outcome.put(error)

    def parts(self) -> list[Range]:
        """Wait for the end; return the addresses that could be read, or raise what the reader raised."""
        outcome = self._outcome.get()
        if isinstance(outcome, (AtlasError, MemoryError)):
            raise outcome
        return outcome


class ReadAhead:
    """Reads large chunks in a thread of its own, if the reader allows it; a context manager."""

    def __init__(self, reader: MemoryReader) -> None:
        self._reader = reader
        self._tasks: SimpleQueue[Reading | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._has_threads = reader.thread_safe

    def __enter__(self) -> ReadAhead:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._thread is not None:
            self._tasks.put(None)
            self._thread.join()

    def pays(self, size: int) -> bool:
        """Return whether a read of this many bytes is worth reading ahead."""
        return self._has_threads and size >= LARGE

    def read(self, address: int, buffer: memoryview) -> Reading:
        """Start filling the buffer, ahead in the thread if that pays; else fill it before this returns."""
        reading = Reading(self._reader, address, buffer)
        if self.pays(len(buffer)) and self._start():
            self._tasks.put(reading)
        else:
            reading.run()
        return reading

    def _start(self) -> bool:
        """Start the thread, once. Return False if the system refuses one: then nothing is read ahead."""
        if self._thread is None:
            thread = Thread(target=self._work, name="ptatlas-snapshot", daemon=True)
            if not start_without_signals(thread):
                self._has_threads = False
                return False
            self._thread = thread
        return True

    def _work(self) -> None:
        while (reading := self._tasks.get()) is not None:
            reading.run()
