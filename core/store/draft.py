"""A record being built: its sections and the runs that their bytes lie in."""

from __future__ import annotations

from .blobs import Blob
from .layout import BlobRun, SectionRow


class JoinedRuns:
    """Runs in order, those that continue each other joined."""

    def __init__(self) -> None:
        self.rows: list[BlobRun] = []

    def add(self, size: int, blob: Blob | None, offset: int) -> None:
        """Add `size` bytes of a blob, from `offset` on, at the end; None: zeros."""
        address = blob.address if blob else 0
        last = self.rows[-1] if self.rows else None
        if last and last.blob == address and (not blob or last.offset + last.size == offset):
            self.rows[-1] = last._replace(size=last.size + size)
        else:
            self.rows.append(BlobRun(size, address, offset))


class Draft:
    """The rows of a record."""

    def __init__(self) -> None:
        self.sections: list[SectionRow] = []
        self.runs: list[BlobRun] = []

    def add_runs(self, start: int, end: int, runs: JoinedRuns, cr3: int | None, vmcs: int | None) -> None:
        """Add a section whose bytes lie in the store."""
        row = SectionRow(start, end, cr3, vmcs, False, len(self.runs), len(runs.rows))
        self.sections.append(row)
        self.runs += runs.rows

    def add_file(
        self, start: int, end: int, number: int, offset: int, cr3: int | None, vmcs: int | None
    ) -> None:
        """Add a section that shows a file, by its number in the record's list of files."""
        self.sections.append(SectionRow(start, end, cr3, vmcs, True, number, offset))
