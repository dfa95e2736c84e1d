"""A session's images by name: its own, and those of the stores that are attached."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from ...errors import InvalidArgument
from ...store.blobs import Blob, pages_mask
from ...store.store import Store, StorePath
from ..coverage import Interrupted as Poll
from ..coverage import never
from ..image import LIVE, Image
from .decode import stored_image
from .encode import put_image
from .intake import StoreIntake

MEMORY = "memory"


class Listed(NamedTuple):
    """An image in the list of images: its name, how much it holds, and where it is kept."""

    name: str
    sections: int
    bytes: int
    store: str


@dataclass
class Attached:
    """An attached store: `prefix` stands before the names of its images here; `made` are those in use."""

    store: Store
    prefix: str
    made: dict[str, Image] = field(default_factory=dict)

    def names(self) -> Iterator[str]:
        """The images' names in this session."""
        return (self.prefix + name for name in self.store.entries)

    def inner(self, name: str) -> str:
        """The name that an image has in the store."""
        return name[len(self.prefix) :]

    def image(self, name: str) -> Image:
        """The image, read from the store when it is first asked for."""
        if name not in self.made:
            self.made[name] = stored_image(self.store, self.inner(name), name)
        return self.made[name]


class Images(MutableMapping[str, Image]):
    """Images by name. Those of stores are read when they are asked for, and stay in their stores.

    What changes a store is committed at its end, or changes nothing. Deleting a stored image drops it
    from its store.
    """

    def __init__(self) -> None:
        self._own: dict[str, Image] = {}
        self._attached: list[Attached] = []

    def __getitem__(self, name: str) -> Image:
        if name in self._own:
            return self._own[name]
        attached = self.attached_of(name)
        if attached is None:
            raise KeyError(name)
        return attached.image(name)

    def __setitem__(self, name: str, image: Image) -> None:
        if self.attached_of(name) is not None:
            raise InvalidArgument(f"there is an image {name!r} already", hint="drop it first")
        self._own[name] = image

    def __delitem__(self, name: str) -> None:
        attached = self.attached_of(name)
        if attached is None:
            del self._own[name]
            return
        store = attached.store
        with store.changes(self._held(store)) as changes:
            changes.remove(attached.inner(name))
        attached.made.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        yield from self._own
        for attached in self._attached:
            yield from attached.names()

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return any(name == other for other in self)

    @property
    def attached(self) -> tuple[Attached, ...]:
        """The stores, in the order in which they were attached."""
        return tuple(self._attached)

    def attached_of(self, name: str) -> Attached | None:
        """The store that an image lies in; None for one of the session's own, or none at all."""
        return next((each for each in self._attached for other in each.names() if other == name), None)

    def listed(self) -> list[Listed]:
        """All images by name; of those in stores, no more is read than at the attach."""
        rows = [
            Listed(name, len(image), sum(section.size for section in image.sections), MEMORY)
            for name, image in self._own.items()
        ]
        for attached in self._attached:
            rows += listed_of(attached)
        return sorted(rows)

    def attach(self, path: StorePath, *, prefix: str = "", read_only: bool = False) -> Attached:
        """Attach a store; a file that isn't there becomes a new one.

        Raises InvalidArgument if it is attached already, or has an image whose name, behind the prefix,
        this session has; and as `Store.attach`. Then nothing is attached.
        """
        known = self._find(path)
        if known is not None:
            raise InvalidArgument(f"{known.store.path!r} is attached already")
        attached = Attached(Store.attach(path, read_only=read_only), prefix)
        clashing = sorted(name for name in attached.names() if name in self or name in ("", LIVE))
        if clashing:
            attached.store.detach()
            raise InvalidArgument(
                f"the store has {', '.join(map(repr, clashing[:3]))}, and so has this session",
                hint="drop yours, or put --prefix before the names of the store's",
            )
        self._attached.append(attached)
        return attached

    def detach(self, path: StorePath) -> Attached:
        """Let a store go; its images are gone from this session, and stay in the file.

        Raises InvalidArgument if it isn't attached, or an image of the session's own still reads pages
        of it; `PoolError`. Then it stays attached.
        """
        attached = self.store_at(path)
        readers = sorted(name for name, image in self._own.items() if _pages_of(image, attached.store))
        if readers:
            raise InvalidArgument(
                f"{readers[0]!r}, which is in memory, reads pages of {attached.store.path!r}",
                hint="save it or drop it first",
            )
        attached.store.detach()
        self._attached.remove(attached)
        return attached

    def store_at(self, path: StorePath) -> Attached:
        """The attached store of a file; InvalidArgument if it isn't attached."""
        found = self._find(path)
        if found is None:
            raise InvalidArgument(f"{os.fsdecode(path)!r} isn't attached", hint="pt-image attach FILE")
        return found

    def save(self, name: str, path: StorePath, *, interrupted: Poll = never) -> str:
        """Move an image of the session's own into a store; return its name from then on.

        Raises InvalidArgument for one that another store keeps, or whose name the store's prefix makes
        one that there is; KeyError; and as `put_image`. Then nothing changed.
        """
        attached, image = self.store_at(path), self[name]
        keeper = self.attached_of(name)
        if keeper is attached:
            return name
        if keeper is not None:
            raise InvalidArgument(
                f"{name!r} is kept in {keeper.store.path!r}", hint="copy it to an image of a new name first"
            )
        shown = self._new_name(attached, name)
        with attached.store.changes() as changes:
            put_image(attached.store, changes, name, image, interrupted=interrupted)
        del self._own[name]
        return shown

    @contextmanager
    def changing(self, name: str, *, interrupted: Poll = never) -> Iterator[Image]:
        """Give an image to be changed; the change of a stored one is committed at the end, or not made.

        Raises KeyError, `PoolError` and `SourceError` where its store can't be changed.
        """
        image, attached = self[name], self.attached_of(name)
        if attached is None:
            yield image
            return
        store = attached.store
        store.check_writable()
        # Whatever happens now, it is read from the store again: as it was, or as it is then.
        del attached.made[name]
        before = image.generation
        yield image
        if image.generation != before:
            with store.changes(self._held(store)) as changes:
                put_image(store, changes, attached.inner(name), image, interrupted=interrupted)

    def take_into(self, path: StorePath, name: str, take: Callable[[StoreIntake], Image]) -> Image:
        """Have a snapshot taken straight into a store; return it as it is there.

        `take` gets where its pages go. Raises what it raises, and as `save`; then nothing of it is kept.
        """
        attached = self.store_at(path)
        attached.store.check_writable()
        shown = self._new_name(attached, name)
        with attached.store.changes() as changes:
            taken = take(StoreIntake(changes.writer))
            put_image(attached.store, changes, name, taken)
        return self[shown]

    def _new_name(self, attached: Attached, name: str) -> str:
        """The name here of an image that a store will have as `name`; InvalidArgument if it is taken."""
        shown = attached.prefix + name
        Image(name)
        if shown in self and (attached.prefix or self.attached_of(name)):
            raise InvalidArgument(f"there is an image {shown!r} already", hint="drop it first")
        return shown

    def _find(self, path: StorePath) -> Attached | None:
        location = os.path.abspath(os.fsdecode(path))
        for attached in self._attached:
            store = attached.store
            if store.path == location or (store.identity is not None and _same_file(store, location)):
                return attached
        return None

    def _held(self, store: Store) -> dict[int, int]:
        """The pages of a store that images of the session's own read."""
        held: dict[int, int] = {}
        for image in self._own.values():
            for blob, mask in _pages_of(image, store).items():
                held[blob] = held.get(blob, 0) | mask
        return held


def listed_of(attached: Attached) -> list[Listed]:
    """The images of a store."""
    store, rows = attached.store, []
    for name, entry in store.entries.items():
        header = entry.header
        rows.append(Listed(attached.prefix + name, header.sections, header.bytes, store.path))
    return sorted(rows)


def _same_file(store: Store, path: str) -> bool:
    try:
        found = os.stat(path)
    except OSError:
        return False
    return store.identity == (found.st_dev, found.st_ino)


def _pages_of(image: Image, store: Store) -> dict[int, int]:
    pages: dict[int, int] = {}
    for section in image.sections:
        for size, thing, position in section.content.origins(0, section.size):
            if isinstance(thing, Blob) and thing.is_of(store):
                pages[thing.address] = pages.get(thing.address, 0) | pages_mask(position, size)
    return pages
