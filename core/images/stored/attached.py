"""A store that is attached: its images, under the names that they have in this session."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ...files.paths import FilePath
from ...store.blobs import Blob, pages_mask
from ...store.store import Store
from ...store.sweep import Masks, join
from ...watch import UNWATCHED, Watch
from ..model.image import Image
from .decode import stored_image
from .encode import put_image
from .listed import Listed
from .store_capture import StoreSink


class Attached:
    """An attached store; `prefix` stands before the names of its images here.

    Each method that changes it commits at its end, or changes nothing. `others` are the session's own images,
    in whatever store their pages lie: pages that they still read are not freed.
    """

    def __init__(self, store: Store, prefix: str, *, trusts: bool = False) -> None:
        self.store = store
        self.prefix = prefix
        self._trusts = trusts
        self._made: dict[str, Image] = {}

    @classmethod
    def at(cls, path: FilePath, prefix: str, *, read_only: bool, trusts: bool = False) -> Attached:
        """Attach a file's store, whose names of files the user may trust; raise as `Store.attach`."""
        return cls(Store.attach(path, read_only=read_only), prefix, trusts=trusts)

    def has(self, name: str) -> bool:
        """Return whether an image has this name in this session, and lies in this store."""
        return name.startswith(self.prefix) and self._inner(name) in self.store.entries

    def names(self) -> Iterator[str]:
        """Return the images' names in this session, in order."""
        return (self.prefix + name for name in sorted(self.store.entries))

    def listed(self) -> list[Listed]:
        """Return the images by name, as they are known since the attach."""
        path = self.store.path
        return sorted(
            Listed(self.prefix + name, entry.header.sections, entry.header.bytes, path)
            for name, entry in self.store.entries.items()
        )

    def image(self, name: str) -> Image:
        """Return the image, read from the store the first time. Raise `PoolCorrupt`, `PoolError`."""
        if name not in self._made:
            self._made[name] = self._read(name)
        return self._made[name]

    def image_to_change(self, name: str) -> Image:
        """Return the image as it is in the store, to be changed; `image` reads it once more afterwards.

        It is read anew, so that sections that were given up because of their files are not lost for good.
        """
        self._made.pop(name, None)
        return self._read(name)

    def _read(self, name: str) -> Image:
        return stored_image(self.store, self._inner(name), name, trusts=self._trusts)

    def put(
        self,
        name: str,
        image: Image,
        others: Iterable[Image],
        *,
        watch: Watch = UNWATCHED,
    ) -> None:
        """Keep an image under its name here. Raise as `put_image`."""
        self._made.pop(name, None)
        with self.store.changes(lambda: self._held(others), watch) as changes:
            put_image(self.store, changes, self._inner(name), image, watch=watch)

    def take(self, name: str, take: Callable[[StoreSink], Image], *, watch: Watch = UNWATCHED) -> None:
        """Keep the image that `take` makes, whose pages it puts into what it is given. Raise as it does."""
        self._made.pop(name, None)
        with self.store.changes(watch=watch) as changes:
            put_image(self.store, changes, self._inner(name), take(StoreSink(changes.writer)))

    def drop(self, name: str, others: Iterable[Image], *, watch: Watch = UNWATCHED) -> None:
        """Take an image out of the store. Raise `PoolError`, `SourceError`."""
        self._made.pop(name, None)
        with self.store.changes(lambda: self._held(others), watch) as changes:
            changes.remove(self._inner(name))

    def serves(self, image: Image) -> bool:
        """Return whether an image reads pages of this store."""
        return bool(_pages_of(image, self.store))

    def _inner(self, name: str) -> str:
        return name[len(self.prefix) :]

    def _held(self, others: Iterable[Image]) -> Masks:
        held: Masks = {}
        for image in others:
            join(held, _pages_of(image, self.store))
        return held


def _pages_of(image: Image, store: Store) -> Masks:
    pages: Masks = {}
    for section in image.sections:
        for size, thing, position in section.origins(*section.range):
            if isinstance(thing, Blob) and thing.is_of(store):
                pages[thing.address] = pages.get(thing.address, 0) | pages_mask(position, size)
    return pages
