"""Blobs: the blocks of a pool that contain pages."""

from __future__ import annotations

from typing import Protocol

from ..errors import PoolCorrupt, PoolError, SourceError
from ..pool import Pool
from .layout import BLOB, PAGE


class HasPool(Protocol):
    """An owner of blobs that knows their current pool."""

    @property
    def pool(self) -> Pool:
        """The pool. Raises `SourceError` if it is no longer attached."""


class Blob:
    """A block of pages. It identifies bytes: equal blobs and offsets mean equal bytes."""

    __slots__ = ("__weakref__", "_freed", "_owner", "address", "size")
    thread_safe = True

    def __init__(self, owner: HasPool, address: int, size: int) -> None:
        self._owner = owner
        self.address = address
        self.size = size
        self._freed = 0

    @classmethod
    def checked(cls, owner: HasPool, address: int) -> Blob:
        """Return the blob at an address. Raises `PoolCorrupt` unless a block there can be one."""
        try:
            size = owner.pool.size_of(address)
        except PoolCorrupt:
            raise
        except PoolError as error:
            raise PoolCorrupt(f"no blob lies at {address:#x}") from error
        if size > BLOB or size % PAGE:
            raise PoolCorrupt(f"the block of {size} bytes at {address:#x} is no blob")
        return cls(owner, address, size)

    def __repr__(self) -> str:
        return f"Blob({self.address:#x}, {self.size:#x})"

    def is_of(self, owner: HasPool) -> bool:
        """Return whether it lies in this store."""
        return self._owner is owner

    def read_at(self, offset: int, buffer: memoryview) -> int:
        """Fill the buffer from `offset` on. Raises `SourceError` if the pages were dropped or are damaged."""
        if self._freed & pages_mask(offset, len(buffer)):
            raise SourceError("the image was dropped from its store")
        try:
            self._owner.pool.read_into(self.address, buffer, offset)
        except PoolError as error:
            raise SourceError(f"a stored page can't be had: {error}") from error
        return len(buffer)

    def forget(self, pages: int) -> None:
        """Mark the pages whose bits are set as dropped: remaining references must not read other content."""
        self._freed |= pages


def pages_mask(offset: int, size: int) -> int:
    """Return a bit for each page of a blob that contains one of the `size` bytes from `offset` on."""
    if not size:
        return 0
    return (2 << ((offset + size - 1) // PAGE)) - (1 << (offset // PAGE))
