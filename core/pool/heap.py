"""The heap: blocks in pool pages. Small ones share regions, best fit; large ones have pages of their own."""

from __future__ import annotations

import errno
from collections.abc import Sequence

from ..errors import InvalidArgument, PoolError, PoolRefused
from ..watch import Watch
from .area import copy_pages
from .bins import KEY_BITS, Bins
from .chunks import GRAIN, MAX_SMALL, chunk_length
from .layout import DATA, MAX_BLOCK, PAGE, PAGE_BITS, TABLE_STRIDE, TABLES, UNIT, UNIT_BITS, UNIT_PAGES
from .lookup import Directory
from .mapping import Memory
from .region import Region
from .residency import OpenAreas, Owner, default_limit, put_owner
from .span import LargeBlock, pages_for
from .store import Counts, PageFile
from .units import HEAP, LARGE, Unit, Units, first_page, units_for

_OFFSET_MASK = (1 << KEY_BITS) - 1
_MAX_ALIGNMENT = 1 << 40
# Blocks of at least this many bytes are allocated only if the disk reports room for them.
_ASK_FROM = 64 << 20


class Heap:
    """The blocks of one pool. Addresses are the pool's; `blocks` and `live_bytes` count what is live."""

    def __init__(self, store: PageFile, *, spill: bool, limit: int | None = None) -> None:
        root = store.root
        self.base = root.base
        self.blocks = root.blocks
        self.live_bytes = root.live_bytes
        self.units = Units(store, root.unit_end)
        self.bins = Bins()
        self._residency = {
            kind: OpenAreas(self.units, limit or default_limit(kind), spill=spill)
            for kind in (Region, LargeBlock)
        }
        self.directory = Directory(store, self.units, self.base, self.bins)
        self._store = store
        self._touched: dict[int, Owner] = {}

    def malloc(self, size: int) -> int:
        """Return the address of a new block; see `Pool.malloc`."""
        if size > MAX_SMALL:
            return self._malloc_large(size, PAGE)
        return self._malloc_small(size, GRAIN)

    def memalign(self, alignment: int, size: int) -> int:
        """Return a new block's address, a multiple of `alignment`, a power of two; see `Pool.memalign`."""
        if size > MAX_SMALL or (size and alignment >= PAGE):
            return self._malloc_large(size, max(alignment, PAGE))
        return self._malloc_small(size, max(alignment, GRAIN))

    def calloc(self, size: int) -> int:
        """Return the address of a new block of zeros."""
        address = self.malloc(size)
        if size <= MAX_SMALL:
            owner, offset, _ = self.directory.block(address)
            owner.open()[offset : offset + size] = bytes(size)
            self._mark(owner, offset, size)
        return address

    def free(self, address: int) -> int:
        """Free the block at `address`; return its size. Raises `BlockError` if none begins there."""
        owner, offset, size = self.directory.block(address)
        if isinstance(owner, Region):
            self._touched[owner.unit] = owner
            owner.reshaped = True
            start, length, before, after = owner.chunks.release(offset)
            unit = owner.unit << KEY_BITS
            if before:
                self.bins.remove(unit | start >> 3, before)
            if after:
                self.bins.remove(unit | (start + length - after) >> 3, after)
            self.bins.add(unit | start >> 3, length)
        else:
            self._drop(owner, owner.units)
        self.blocks -= 1
        self.live_bytes -= size
        return size

    def realloc(self, address: int, size: int) -> int:
        """Resize the block at `address`; return its address, which may be new. See `Pool.realloc`."""
        if not address:
            return self.malloc(size)
        owner, offset, old = self.directory.block(address)
        if isinstance(owner, Region):
            fits = size <= MAX_SMALL and self._resize_small(owner, offset, old, size)
        else:
            fits = self._resize_large(owner, size)
        if not fits:
            return self._move(address, owner, offset, min(old, size), size)
        self.live_bytes += size - old
        return address

    def view(self, address: int, size: int | None, *, writable: bool, verify: bool) -> memoryview:
        """Return the memory of a block, or of its first `size` bytes; see `Pool.view`."""
        owner, offset, whole = self.directory.block(address)
        if size is None:
            size = whole
        elif not 0 <= size <= whole:
            raise InvalidArgument(f"{size} bytes of the block of {whole} bytes at {address:#x}")
        memory = owner.memory
        if memory is None or not owner.verified:
            memory = self._open(owner, verify=verify)
        view = memoryview(memory)[offset : offset + size]
        if not writable:
            return view.toreadonly()
        if isinstance(owner, Region):
            owner.viewed |= _page_bits(offset, size)
        else:
            owner.mark(offset, offset + size)
        self._touched[owner.unit] = owner
        return view

    def read_into(self, address: int, offset: int, buffer: memoryview) -> None:
        """Copy bytes of a block; see `Pool.read_into`."""
        owner, start, whole = self.directory.block(address)
        _check_within(offset, len(buffer), whole, address)
        if isinstance(owner, Region) or owner.dirty:
            memory = self._open(owner)
            with memoryview(memory) as view, view[start + offset : start + offset + len(buffer)] as part:
                buffer[:] = part
        else:
            copy_pages(self._store, owner.first, offset, buffer)

    def write_from(self, address: int, offset: int, buffer: memoryview, sums: Sequence[int] | None) -> None:
        """Copy bytes into a block; see `Pool.write_from`."""
        owner, start, whole = self.directory.block(address)
        _check_within(offset, len(buffer), whole, address)
        if sums is not None and (offset % PAGE or len(sums) * PAGE != len(buffer)):
            raise InvalidArgument(f"{len(sums)} sums for {len(buffer)} bytes from {offset}")
        if isinstance(owner, LargeBlock) and not owner.dirty and owner.close():
            self._residency[LargeBlock].forget(owner)
            owner.write(offset, buffer, sums)
            return
        memory = self._open(owner)
        memory[start + offset : start + offset + len(buffer)] = buffer
        self._mark(owner, start + offset, len(buffer))

    def flush(self, watch: Watch) -> None:
        """Write everything that changed to the file; this commits nothing.

        Raises `PoolError` if the file can't be written, Interrupted if the watch asks.
        """
        self.drop_empty()
        for owner in list(self._touched.values()):
            watch.check("the commit was interrupted; nothing was committed")
            put_owner(owner, self.units)
            if not owner.dirty:
                del self._touched[owner.unit]
        self.units.flush()
        for residency in self._residency.values():
            residency.tally()

    def drop_empty(self) -> None:
        """Free the regions that contain no live block."""
        for owner in list(self._touched.values()):
            if isinstance(owner, Region) and owner.empty:
                self.bins.remove(owner.unit << KEY_BITS, UNIT)
                self._drop(owner, 1)

    def counts(self, keys: tuple[int, ...]) -> Counts:
        """Return what goes into the root record."""
        return Counts(self.blocks, self.live_bytes, self.units.end, keys)

    @property
    def touched(self) -> bool:
        """Whether a flush might have something to write."""
        return bool(self._touched or self.units.changed)

    @property
    def open_bytes(self) -> int:
        """The approximate number of bytes of memory that are open."""
        return sum(residency.open_bytes for residency in self._residency.values())

    def close(self) -> bool:
        """Release all memory; return whether views on pages of the file itself still exist."""
        left = [owner for owner in self.directory.owners.values() if not owner.close()]
        return any(owner.memory is not None and owner.memory.keeper for owner in left)

    def held_spans(self) -> list[LargeBlock]:
        """Return the large blocks on which views exist; release the memory of all others."""
        spans = [owner for owner in self.directory.owners.values() if isinstance(owner, LargeBlock)]
        return [span for span in spans if span.dirty or not span.close()]

    def _malloc_small(self, size: int, alignment: int) -> int:
        need = chunk_length(size)
        if need + alignment - GRAIN > UNIT:
            return self._place_small(*self._region_with(alignment), size, alignment)
        key, length = self.bins.take(need + alignment - GRAIN)
        while key < 0:
            self._more_room(need + alignment - GRAIN)
            key, length = self.bins.take(need + alignment - GRAIN)
        return self._place_small(key, length, size, alignment)

    def _place_small(self, key: int, length: int, size: int, alignment: int) -> int:
        """Place a block in a free chunk that was taken out of the bins, and give the rest back to them."""
        need = chunk_length(size)
        unit, start = key >> KEY_BITS, (key & _OFFSET_MASK) << 3
        region = self.directory.owners[unit]
        assert isinstance(region, Region)
        if region.memory is None:
            try:
                self._open(region)
            except PoolError:
                self.bins.add(key, length)
                raise
        address = self.base + (unit << UNIT_BITS) + start
        lead = -address % alignment
        region.chunks.place(start, length, need, size, lead)
        if lead:
            self.bins.add(key, lead)
        if length > lead + need:
            self.bins.add(key + ((lead + need) >> 3), length - lead - need)
        region.reshaped = True
        region.guard(start + lead, size)
        self._touched[unit] = region
        self.blocks += 1
        self.live_bytes += size
        return address + lead

    def _more_room(self, need: int) -> None:
        """Give the bins a chunk of at least `need` bytes: from a region not yet loaded, or a new one."""
        unit = self.units.take_roomy(need)
        if unit:
            self.directory.owner(unit)
            return
        self.bins.add(*self._new_region(self.units.allocate(1)))

    def _region_with(self, alignment: int) -> tuple[int, int]:
        """Return the chunk that is a new region, in which there is a multiple of the alignment."""
        unit, _ = self._place_large(GRAIN, alignment)
        return self._new_region(unit)

    def _new_region(self, unit: int) -> tuple[int, int]:
        """Make an allocated unit a region; return the key of the chunk that it is, and its length."""
        self.units.set(unit, Unit(HEAP))
        self.directory.owners[unit] = self._touched[unit] = Region(self._store, unit)
        return unit << KEY_BITS, UNIT

    def _malloc_large(self, size: int, alignment: int) -> int:
        if size > MAX_BLOCK or alignment > _MAX_ALIGNMENT:
            raise PoolRefused(f"a block of {size:#x} bytes at {alignment:#x}: too large", errno=errno.ENOMEM)
        if size >= _ASK_FROM and size > self._store.room():
            raise PoolError(f"no room for a block of {size} bytes", errno=errno.ENOSPC)
        unit, lead = self._place_large(size, alignment)
        self.units.set_large(unit, lead, size)
        self.directory.owners[unit] = LargeBlock(self._store, unit, lead, size)
        self.blocks += 1
        self.live_bytes += size
        return self.base + (first_page(unit, lead) << PAGE_BITS)

    def _place_large(self, size: int, alignment: int) -> tuple[int, int]:
        if alignment == PAGE:
            return self.units.allocate(units_for(0, size)), 0
        count = units_for(UNIT_PAGES - 1, size) + alignment // UNIT
        first = self.units.allocate(count)
        start = self.base + (first << UNIT_BITS)
        offset = start + -start % alignment - self.base
        unit, lead = offset >> UNIT_BITS, (offset >> PAGE_BITS) % UNIT_PAGES
        end = unit + units_for(lead, size)
        self.units.give_back(first, unit - first)
        self.units.give_back(end, first + count - end)
        return unit, lead

    def _resize_small(self, region: Region, offset: int, old: int, size: int) -> bool:
        had, need, after = chunk_length(old), chunk_length(size), region.chunks.free_after(offset)
        rest = had + after - need
        if rest < 0:
            return False
        self._open(region)
        key = region.unit << KEY_BITS | offset >> 3
        if after:
            self.bins.remove(key + (had >> 3), after)
        if rest:
            self.bins.add(key + (need >> 3), rest)
        region.chunks.resize(offset, size, rest)
        region.reshaped = True
        region.guard(offset, size)
        self._touched[region.unit] = region
        return True

    def _resize_large(self, span: LargeBlock, size: int) -> bool:
        pages = pages_for(size)
        if pages > span.count or (pages < span.count and size <= MAX_SMALL):
            return False
        units = span.units
        if pages == span.count and not span.dirty and span.close():
            self._residency[LargeBlock].forget(span)
            span.resize_in_page(size)
        else:
            self._open(span)
            span.resize(size)
        self.units.set(span.unit, Unit(LARGE, span.lead, size))
        if span.units < units:
            self.units.release(span.unit + span.units, units - span.units)
        self._touched[span.unit] = span
        return True

    def _move(self, address: int, owner: Owner, offset: int, keep: int, size: int) -> int:
        with memoryview(self._open(owner)) as whole, whole[offset : offset + keep] as kept:
            new = self.malloc(size)
            target, at, _ = self.directory.block(new)
            try:
                self._open(target)[at : at + keep] = kept
            except PoolError:
                self.free(new)
                raise
        self._mark(target, at, keep)
        self.free(address)
        return new

    def _mark(self, owner: Owner, offset: int, size: int) -> None:
        self._touched[owner.unit] = owner
        if isinstance(owner, Region):
            owner.written |= _page_bits(offset, size)
        else:
            owner.mark(offset, offset + size)

    def _open(self, owner: Owner, *, verify: bool = True) -> Memory:
        if owner.memory is None:
            self._residency[type(owner)].admit(owner)
        return owner.open(verify)

    def _drop(self, owner: Owner, units: int) -> None:
        """Free everything that an area owns: its units, its pages, its memory."""
        self._store.clear(DATA, first_page(owner.unit), units * UNIT_PAGES)
        if isinstance(owner, Region):
            self._store.clear(TABLES, owner.unit * TABLE_STRIDE, TABLE_STRIDE)
        self.units.release(owner.unit, units)
        self._residency[type(owner)].forget(owner)
        owner.disown()
        self._touched.pop(owner.unit, None)
        del self.directory.owners[owner.unit]


def _check_within(offset: int, size: int, whole: int, address: int) -> None:
    if not 0 <= offset <= offset + size <= whole:
        raise InvalidArgument(f"{size} bytes from {offset} of the block of {whole} at {address:#x}")


def _page_bits(offset: int, size: int) -> int:
    """Return a bit for each page of a region that contains one of the `size` bytes from `offset` on."""
    return (2 << ((offset + max(size, 1) - 1) >> PAGE_BITS)) - (1 << (offset >> PAGE_BITS))
