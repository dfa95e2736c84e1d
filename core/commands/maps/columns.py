"""The columns that can be shown of an area."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...inferior import Inferior
from ...maps.area import Area
from ...ports.areas import Residency
from ...ranges import Range
from ...render.fields import (
    ADDRESS,
    BLANK,
    COUNT,
    END,
    NAME,
    OFFSET,
    PERMS,
    SIZE,
    TEXT,
    TEXTS,
    Column,
    ValueKind,
    column,
)
from ...render.records import json_row
from .owner_columns import owner_column

if TYPE_CHECKING:
    from ...owners.owners import Owners

# The fields of each area in a document, and a table's columns by default.
DEFAULT = ("start", "end", "size", "perms", "offset", "kind", "path")
FIELDS = (*DEFAULT, "source", "deleted")
RESIDENT = ("rss", "pss", "swap", "dirty")
OWNER = "owner"
NOBODY: Owners = {}

_PLAIN: dict[str, Column] = {
    one.name: one
    for one in (
        column("start", ADDRESS),
        column("end", END),
        column("size", SIZE),
        column("perms", PERMS),
        column("offset", OFFSET),
        column("kind", TEXT),
        column("path", NAME),
        Column("deleted", TEXT, lambda area: BLANK if area.deleted is None else area.deleted),
        column("inode", COUNT),
        column("device", TEXT),
        column("source", TEXT),
    )
}
_FLAGS = ValueKind(list, " ".join, False, "text", TEXTS)
_RESIDENT_KINDS = {**dict.fromkeys(RESIDENT, SIZE), "vmflags": _FLAGS}


Residencies = Mapping[Range, Residency]


def area_columns(names: Sequence[str], residency: Residencies, owners: Owners = NOBODY) -> list[Column]:
    """Return the columns of these names; areas whose residency isn't given show it as not known."""

    def resident(name: str) -> Column:
        def get(row: Any) -> Any:
            if isinstance(row, Area):
                return getattr(residency.get(row.range), name, None)
            areas = row.areas
            return BLANK if areas is BLANK or name not in RESIDENT else resident_total(areas, residency, name)

        return Column(name, _RESIDENT_KINDS[name], get)

    return [owner_column(owners) if name == OWNER else _PLAIN.get(name) or resident(name) for name in names]


def residency_of(inferior: Inferior, names: Iterable[str]) -> Residencies:
    """Return the residency of all areas if any of these columns needs it and the target knows it."""
    teller = inferior.target.residency
    wanted = any(name in _RESIDENT_KINDS for name in names)
    return teller.residency() if teller is not None and wanted else {}


def resident_total(areas: Iterable[Area], residency: Residencies, name: str) -> int | None:
    """Return how much all areas have of what a column tells, in bytes; None unless it is known of each."""
    return known_sum(getattr(residency.get(area.range), name, None) for area in areas)


def known_sum(sizes: Iterable[int | None]) -> int | None:
    """Return the sum, None unless each is known."""
    found = list(sizes)
    known = [size for size in found if size is not None]
    return sum(known) if len(known) == len(found) else None


def area_json(area: Area) -> dict[str, Any]:
    """Return the area as documents have it."""
    return json_row([_PLAIN[name] for name in FIELDS], area)
