"""What a command works with: the inferior, the session's images, and how to ask for more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Optional

from ..errors import AtlasError
from ..images.cache import SectionCache
from ..images.image import Image
from ..images.pages import PageStore
from ..inferior import Inferior


def _never() -> bool:
    return False


@dataclass
class Session:
    """What lasts from one command to the next, whichever inferior is asked: the images by name.

    Snapshots share `pages`, so that equal ones are kept once; `cache` is the section cache.
    """

    images: dict[str, Image] = field(default_factory=dict)
    pages: PageStore = field(default_factory=PageStore)
    cache: SectionCache = field(default_factory=SectionCache)


@dataclass(frozen=True)
class Context:
    """What one run of a command may use. `interrupted` is polled by long work."""

    session: Session
    inferior: Optional[Inferior] = None
    interrupted: Callable[[], bool] = _never

    @property
    def process(self) -> Inferior:
        """The inferior, for calls that need one: dispatch has made sure that it is there."""
        assert self.inferior is not None
        return self.inferior

    def require_process(self) -> Inferior:
        """The inferior, which can be looked at now; AtlasError where there is none, or while it runs."""
        inferior = self.inferior
        if inferior is None:
            raise AtlasError("no process (start one, attach, or open a core file)")
        if inferior.target.run_state is not None and inferior.target.run_state.is_running():
            raise AtlasError("the process is running; interrupt it first")
        return inferior
