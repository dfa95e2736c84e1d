"""The frames of a process's threads."""

from __future__ import annotations

from collections.abc import Iterator

import lldb
from ptatlas.core.ports.threads import Frame

from .threads import threads_of


class LldbFrames:
    """The frames of a process's threads, as `thread backtrace` has them."""

    def __init__(self, process: lldb.SBProcess) -> None:
        self._process = process

    def frames(self, tid: int) -> Iterator[Frame]:
        """Yield the frames of a thread, the newest first."""
        thread = next((one for one in threads_of(self._process) if one.GetThreadID() == tid), None)
        number = 0
        while thread is not None:  # the number of all frames would be known only once all are unwound
            frame = thread.GetFrameAtIndex(number)
            if not frame.IsValid() or frame.GetSP() == lldb.LLDB_INVALID_ADDRESS:
                return
            yield Frame(frame.GetSP(), frame.GetPC())
            number += 1
