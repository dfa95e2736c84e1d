"""What a command works with: the inferior, the session's images, and how to ask for more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Optional

from ..images.image import Image
from ..inferior import Inferior


def _never() -> bool:
    return False


@dataclass
class Session:
    """What lasts from one command to the next, whichever inferior is asked: the images by name."""

    images: dict[str, Image] = field(default_factory=dict)


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
