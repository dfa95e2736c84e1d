"""A session's images by name: its own, and those of the stores that are attached."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from ...errors import InvalidArgument
from ...watch import UNWATCHED, Watch
from ..model.image import LIVE, Image
from .listed import MEMORY, Listed

if TYPE_CHECKING:
    from ...files.paths import FilePath
    from .attached import Attached
    from .store_capture import StoreSink


class Images(MutableMapping[str, Image]):
    """Images by name. Those of stores are read when they are asked for, and stay in their stores.

    Each method that changes a store commits at its end, or changes nothing. Deleting a stored image drops it
    from its store.
    """

    def __init__(self) -> None:
        self._own: dict[str, Image] = {}
        self._attached: list[Attached] = []

    def __getitem__(self, name: str) -> Image:
        if name in self._own:
            return self._own[name]
        attached = self.store_of(name)
        if attached is None:
            raise KeyError(name)
        return attached.image(name)

    def __setitem__(self, name: str, image: Image) -> None:
        if self.store_of(name) is not None:
            raise InvalidArgument(f"there is an image {name!r} already", hint="drop it first")
        self._own[name] = image

    def __delitem__(self, name: str) -> None:
        self.drop(name)

    def __iter__(self) -> Iterator[str]:
        self._forget_saved()
        yield from self._own
        for attached in self._attached:
            yield from attached.names()

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return name in self._own or (isinstance(name, str) and self.store_of(name) is not None)

    @property
    def attached(self) -> tuple[Attached, ...]:
        """The stores, in the order in which they were attached."""
        return tuple(self._attached)

    def store_of(self, name: str) -> Attached | None:
        """Return the store that an image lies in; None for one of the session's own, or none at all."""
        return next((each for each in self._attached if each.has(name)), None)

    def listed(self) -> list[Listed]:
        """Return all images by name; of those in stores, no more is read than at the attach."""
        self._forget_saved()
        rows = [
            Listed(name, len(image), sum(section.size for section in image.sections), MEMORY)
            for name, image in self._own.items()
        ]
        for attached in self._attached:
            rows += attached.listed()
        return sorted(rows)

    def attach(
        self, path: FilePath, *, prefix: str = "", read_only: bool = False, trust_files: bool = False
    ) -> Attached:
        """Attach a store; a file that isn't there becomes a new one.

        With `trust_files`, files that it names are read also where it has no proof of them.
        Raise InvalidArgument if it is attached already, or has an image whose name, behind the prefix, this
        session has; and as `Store.attach`. Then nothing is attached.
        """
        from .attached import Attached

        known = self._find(path)
        if known is not None:
            raise InvalidArgument(f"{known.store.path!r} is attached already")
        attached = Attached.at(path, prefix, read_only=read_only, trusts=trust_files)
        clashing = sorted(name for name in attached.names() if name in self or name in ("", LIVE))
        if clashing:
            attached.store.detach()
            raise InvalidArgument(
                f"the store has {', '.join(map(repr, clashing[:3]))}, and so has this session",
                hint="drop yours, or put --prefix before the names of the store's",
            )
        self._attached.append(attached)
        return attached

    def detach(self, path: FilePath) -> Attached:
        """Detach a store; its images leave this session, and stay in the file.

        Raise InvalidArgument if it isn't attached, or if one of the session's own images still reads its
        pages; raise `PoolError` as the store does. Then it stays attached.
        """
        attached = self.store_at(path)
        readers = sorted(name for name, image in self._own.items() if attached.serves(image))
        if readers:
            raise InvalidArgument(
                f"{readers[0]!r}, which is in memory, reads pages of {attached.store.path!r}",
                hint="save it or drop it first",
            )
        attached.store.detach()
        self._attached.remove(attached)
        return attached

    def is_attached(self, path: FilePath) -> bool:
        """Return whether the store of a file is attached."""
        return self._find(path) is not None

    def store_at(self, path: FilePath) -> Attached:
        """Return the attached store of a file; raise InvalidArgument if it isn't attached."""
        found = self._find(path)
        if found is None:
            raise InvalidArgument(f"{os.fsdecode(path)!r} isn't attached", hint="pt-image attach FILE")
        return found

    def drop(self, name: str, *, watch: Watch = UNWATCHED) -> None:
        """Drop an image, from its store too. Raise KeyError if there is none, and as `Attached.drop`."""
        attached = self.store_of(name)
        if attached is None:
            del self._own[name]
        else:
            attached.drop(name, self._own.values(), watch=watch)

    def save(self, name: str, path: FilePath, *, attach: bool = False, watch: Watch = UNWATCHED) -> str:
        """Move an image of the session's own into a store; return its name from then on.

        With `attach` the store is attached if it isn't. Raise InvalidArgument for an image that another store
        keeps, or whose name behind the store's prefix is taken, or without `attach` for a store that isn't
        attached; raise KeyError for an unknown image; and as `Attached.put` and `attach`. Then nothing
        changed.
        """
        with self._attached_for(path) if attach else nullcontext(self.store_at(path)) as attached:
            return self._save_in(attached, name, watch)

    def _save_in(self, attached: Attached, name: str, watch: Watch) -> str:
        image, keeper = self[name], self.store_of(name)
        if keeper is attached:
            return name
        if keeper is not None:
            raise InvalidArgument(
                f"{name!r} is kept in {keeper.store.path!r}", hint="copy it to an image of a new name first"
            )
        shown = attached.prefix + name
        if attached.prefix:
            self.check_new(shown)
        attached.put(shown, image, self._own.values(), watch=watch)
        self._own.pop(name, None)
        return shown

    @contextmanager
    def changing(self, name: str, *, watch: Watch = UNWATCHED) -> Iterator[Image]:
        """Yield an image to be changed; the change of a stored one is committed after the block, or not made.

        Raise KeyError if there is none, `PoolError` or `SourceError` if its store can't be changed.
        """
        attached = self.store_of(name)
        if attached is None:
            yield self[name]
            return
        attached.store.check_writable()
        image = attached.image_to_change(name)
        before = image.generation
        yield image
        if image.generation != before:
            attached.put(name, image, self._own.values(), watch=watch)

    def take_into(
        self, path: FilePath, name: str, take: Callable[[StoreSink], Image], *, watch: Watch = UNWATCHED
    ) -> Image:
        """Take a snapshot straight into a store, attached if it isn't; return the stored image.

        `take` is called with the sink for its pages. Raise what it raises, and as `attach` and `save`; then
        nothing of it is kept, and no store stays attached that wasn't.
        """
        with self._attached_for(path) as attached:
            shown = attached.prefix + name
            self.check_new(shown)
            attached.take(shown, take, watch=watch)
        return self[shown]

    @contextmanager
    def _attached_for(self, path: FilePath) -> Iterator[Attached]:
        """Yield the store of a file; if it is newly attached, it stays so only if the block doesn't raise."""
        found = self._find(path)
        if found is not None:
            yield found
            return
        existed = os.path.lexists(path)
        attached = self.attach(path)
        try:
            yield attached
        except BaseException:
            self._attached.remove(attached)
            attached.store.detach()
            if not existed and attached.store.is_in_place:
                os.unlink(path)
            raise

    def check_new(self, name: str) -> None:
        """Raise InvalidArgument if a name is taken, or is impossible for images."""
        if name in self:
            raise InvalidArgument(f"there is an image {name!r} already", hint="drop it first")
        Image(name)

    def _forget_saved(self) -> None:
        """Drop the session's images that a store has now: a save may be interrupted after its commit."""
        for name in [name for name in self._own if self.store_of(name) is not None]:
            del self._own[name]

    def _find(self, path: FilePath) -> Attached | None:
        location = os.path.abspath(os.fsdecode(path))
        return next((each for each in self._attached if each.store.is_at(location)), None)
