"""Whether a file without a build-id is used: by pages of it in memory, else by whom it is vouched for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..elf.segments import Elf
from ..files.pinned import OpenFile
from ..maps.area import Area
from ..ports.files import LOADED, NOT_PROVEN, OTHER_BYTES, TRUSTED, Verdict
from ..walk.file_pages import FilePage, agreement
from .elf_core.file_protection import is_laid_out_as


class Faith(NamedTuple):
    """What speaks for a file that nothing proves: the user, who trusts names, or the debugger, by loading it.

    Of what the debugger has loaded, the `areas` must be laid out as its segments.
    """

    trusts: bool
    is_loaded: bool
    areas: Sequence[Area]
    page_size: int

    def verdict(self, pages: Iterable[FilePage], file: OpenFile) -> Verdict:
        """Return whether the file is used, given pages of memory that show it; see docs/decisions/0253."""
        elf = Elf.parse(file.read)
        agreed = agreement(pages, file.read, elf)
        if agreed.is_proof:
            return Verdict(None)
        if self.trusts:
            return Verdict(None, TRUSTED)
        if agreed.different:
            return Verdict(OTHER_BYTES)
        if self.is_loaded and elf is not None and is_laid_out_as(self.areas, elf, self.page_size):
            return Verdict(None, LOADED)
        return Verdict(NOT_PROVEN)
