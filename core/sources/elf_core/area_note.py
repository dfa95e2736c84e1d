"""ptatlas's own note in core files: the areas, with all that no other note can record.

Names such as `[heap]`, whether memory was shared, and kinds are in no other note. The content is JSON: a list
with, for each area, its fields from `start` to `deleted` without `source`; a protection as `rw-p`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ...elf.headers import ElfHeader
from ...elf.notes import Note
from ...errors import AtlasError, SourceError
from ...maps.area import Area
from ...maps.protection import Protection
from .facts import CoreFacts

OWNER = b"ptatlas"
NT_AREAS = 1


def encode_areas(areas: Iterable[Area]) -> bytes:
    """Return the note's content."""
    return json.dumps([_row(area) for area in areas], separators=(",", ":")).encode("ascii")


def read_own_note(_header: ElfHeader, note: Note, content: bytes, facts: CoreFacts) -> None:
    """Take the areas that the note lists; raise SourceError if it isn't as it was written."""
    if note.type != NT_AREAS:
        return
    try:
        facts.areas += [_area(row) for row in json.loads(content)]
    except (AtlasError, ValueError, TypeError, RecursionError) as error:
        raise SourceError("the list of areas is damaged") from error


def is_wanted(kind: int) -> bool:
    """Return whether `read_own_note` knows notes of this type."""
    return kind == NT_AREAS


def _row(area: Area) -> list[Any]:
    perms = None if area.protection is None else str(area.protection)
    return [area.start, area.end, perms, *area[3:6], *area[7:10]]


def _area(row: list[Any]) -> Area:
    start, end, perms, offset, path, kind, device, inode, deleted = row
    numbers, texts = (start, end, offset, inode), (perms, path, kind, device)
    is_right = all(value is None or type(value) is int for value in numbers) and all(
        value is None or type(value) is str for value in texts
    )
    if not is_right or not 0 <= start < end <= 1 << 64 or deleted not in (None, True, False):
        raise SourceError("no area")
    protection = None if perms is None else Protection.parse(perms)
    return Area(start, end, protection, offset, path, kind, None, device, inode, deleted)
