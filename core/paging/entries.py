"""What an entry of a page table says, and the levels of tables that entries stand in."""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import NamedTuple

from ..byte_order import LITTLE, Endian
from .rights import EVERYTHING


class EntryKind(enum.IntEnum):
    """What an entry is: nothing, a pointer to a table of the level below, a page, or malformed."""

    ABSENT = 0
    TABLE = 1
    PAGE = 2
    MALFORMED = 3


class EntryMeaning(NamedTuple):
    """What an entry says, but for where it points.

    Of a page `bits` are its rights, of a table what it adds to all pages below; `keep` is what a table leaves
    of their bits. `why` is what is wrong with a malformed entry.
    """

    kind: EntryKind
    bits: int = 0
    keep: int = EVERYTHING
    page_size: int = 0
    accessed: bool = False
    dirty: bool = False
    why: str = ""


ABSENT_ENTRY = EntryMeaning(EntryKind.ABSENT)

# Why an entry maps nothing, or why a walk ends.
NOT_PRESENT = "not present"
RESERVED = "reserved bits set"
ENCODING = "reserved encoding"
TOO_HIGH = "address beyond the physical address size"
MISALIGNED = "misaligned superpage"
UNREADABLE = "table can't be read"


def malformed(why: str) -> EntryMeaning:
    """Return the meaning of an entry that faults whatever the access is."""
    return EntryMeaning(EntryKind.MALFORMED, why=why)


class BitField(NamedTuple):
    """A field of an entry by its manual's name: `width` bits from bit `low` on."""

    name: str
    low: int
    width: int = 1


def field_names(entry: int, fields: Iterable[BitField]) -> tuple[str, ...]:
    """Return the fields that aren't zero, in the order given: `R/W` for a bit, `AP=2` for wider ones."""
    values = ((name, width, entry >> low & (1 << width) - 1) for name, low, width in fields)
    return tuple(name if width == 1 else f"{name}={value}" for name, width, value in values if value)


class TableLevel(ABC):
    """A level of tables: how many entries a table has, what each maps, and what it says.

    An entry maps `1 << shift` bytes. `address_mask` are the bits of an entry that are nothing but an address
    in every entry that maps a page here, so that what it says depends on the others only.
    """

    entry_size = 8
    endian: Endian = LITTLE

    def __init__(
        self, name: str, shift: int, entries: int, address_mask: int, below: TableLevel | None
    ) -> None:
        self.name, self.shift, self.entries, self.below = name, shift, entries, below
        self.address_mask = address_mask

    @property
    def span(self) -> int:
        """Bytes that a whole table maps."""
        return self.entries << self.shift

    @abstractmethod
    def meaning(self, flags: int) -> EntryMeaning:
        """Return what an entry says, of which the bits of `address_mask` are left out."""

    @abstractmethod
    def address(self, entry: int) -> int:
        """Return the address in an entry: the table's, or the page's once it is aligned to its size."""

    @abstractmethod
    def fields(self, meaning: EntryMeaning) -> tuple[BitField, ...]:
        """Return the fields of an entry of this meaning, lowest first."""

    def page(self, entry: int, size: int) -> int:
        """Return where the page of this size begins that an entry maps."""
        return self.address(entry) & -size
