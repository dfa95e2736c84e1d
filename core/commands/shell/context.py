"""What a command works with: the inferior, the session, and the watch."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...errors import AtlasError
from ...images.capture.page_store import PageStore
from ...images.model.image import Image
from ...images.model.section_cache import SectionCache
from ...images.stored.session_images import Images
from ...inferior import Inferior
from ...inferiors import required
from ...suggestions import did_you_mean
from ...watch import UNWATCHED, Watch
from .history import History
from .settings import Settings

if TYPE_CHECKING:
    from ...render.text import Line


def _tell_nobody(_line: Line) -> None:
    """Write nothing."""


@dataclass
class Session:
    """What lasts from one command to the next, for all inferiors: the images, those of stores too.

    Snapshots share `pages`, so that equal ones are kept once; `cache` is the section cache, `history` what
    commands remember, and `settings` what the user has set for all of them.
    """

    images: Images = field(default_factory=Images)
    pages: PageStore = field(default_factory=PageStore)
    cache: SectionCache = field(default_factory=SectionCache)
    history: History = field(default_factory=History)
    settings: Settings = field(default_factory=Settings)


@dataclass(frozen=True)
class Context:
    """What one run of a command may use.

    Long work is watched by `watch`. `tell` writes a line at once, before the answer, where that can't get
    into a document. `looked_at` collects the inferiors that were asked for.
    """

    session: Session
    inferior: Inferior | None = None
    watch: Watch = UNWATCHED
    tell: Callable[[Line], None] = _tell_nobody
    looked_at: list[Inferior] = field(default_factory=list)

    @property
    def process(self) -> Inferior:
        """The inferior, for calls that need one: dispatch has made sure that it is there."""
        assert self.inferior is not None
        return self.inferior

    def require_process(self) -> Inferior:
        """Return the inferior, which can be read now.

        Raise AtlasError if there is none, or while it runs, SourceError if it is gone.
        """
        inferior = required(self.inferior)
        if inferior.target.run_state is not None and inferior.target.run_state.is_running():
            raise AtlasError("the process is running; interrupt it first")
        inferior.check_presence()
        self.looked_at.append(inferior)
        return inferior

    @contextmanager
    def moment(self) -> Iterator[None]:
        """Let the command see one moment of the inferior: one map, one set of threads."""
        if self.inferior is None:
            yield
            return
        with self.inferior.moment():
            self.inferior.ask_again()  # also where a script holds a moment around several commands
            yield

    def check_presence(self) -> None:
        """Raise SourceError if an inferior that was looked at went away meanwhile."""
        for inferior in self.looked_at:
            inferior.check_presence()


def images_of(session: Session) -> Images:
    """Return the session's images, with those of the store that the user has set: it is attached for that.

    Raise as `Images.attach`.
    """
    path = session.settings.store
    if path is not None and os.path.lexists(path) and not session.images.is_attached(path):
        session.images.attach(path, trust_files=session.settings.trusts_files)
    return session.images


def image_of(session: Session, name: str) -> Image:
    """Return the image of this name; raise AtlasError with the nearest name where there is none."""
    image = session.images.get(name)
    if image is None:
        image = images_of(session).get(name)
    if image is None:
        hint = did_you_mean(name, session.images, "pt-image list shows the images")
        raise AtlasError(f"there is no image {name!r}", hint=hint)
    return image
