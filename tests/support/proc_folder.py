"""A folder in the place of a process's in /proc, for texts that this machine's kernel doesn't write."""

from __future__ import annotations

from pathlib import Path

from ptatlas.core.sources.procfs.handle import ProcessHandle

STAT = b"7 (a) b) S 1 7 7 0 -1 4194304 97 0 0 0 0 0 0 0 20 0 1 0 5000 8000000 200\n"


class ProcFolder:
    """The files of a process of one thread, 7, which rests."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "task" / "7").mkdir(parents=True)
        for name in ("stat", "task/7/stat"):
            self.holding(name, STAT)

    def holding(self, name: str, content: bytes) -> ProcessHandle:
        """Return a handle of the process, one of whose files has this content from now on."""
        (self._folder / name).write_bytes(content)
        return ProcessHandle(f"..{self._folder}")  # type: ignore[arg-type]  # a name in /proc, as a pid is
