"""The names for TAB completion as they are now: areas, images, files."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator

from ..errors import AtlasError
from ..images.model.image import LIVE
from ..inferior import Inferior
from ..maps.area import Area
from .shell.complete import Names
from .shell.context import Session, images_of


def names(session: Session, inferior: Inferior | None) -> Names:
    """Return the completions for each kind of value, each computed only when used."""
    return {
        "area": lambda _word: _area_names(inferior),
        "image": lambda _word: _image_names(session),
        "side": lambda _word: sorted([LIVE, *_image_names(session)]),
        "store": lambda _word: sorted(_stores(session)),
        "file": files,
    }


def _image_names(session: Session) -> list[str]:
    """Return the images' names; none if a store can't be read any more, since TAB never reports errors."""
    try:
        return sorted(images_of(session))
    except AtlasError:
        return []


def _stores(session: Session) -> Iterator[str]:
    """Yield the paths of the attached stores, and those below the current folder also relative to it."""
    here = os.path.join(os.getcwd(), "")
    set_one = session.settings.store
    attached = [each.store.path for each in session.images.attached]
    for path in dict.fromkeys([*([set_one] if set_one else []), *attached]):
        yield path
        if path.startswith(here):
            yield path[len(here) :]


def _area_names(inferior: Inferior | None) -> list[str]:
    """Return the last parts of the areas' paths; none if there is no map, since TAB never reports errors."""
    try:
        areas = list(inferior.areas) if inferior else []
    except AtlasError:
        return []
    return sorted({_last_part(area) for area in areas if area.path})


def _last_part(area: Area) -> str:
    path = area.path or ""
    return path if path.startswith("[") else path.rpartition("/")[2]


def files(word: str) -> list[str]:
    """Return the paths that begin so, those of folders with a slash behind them."""
    found = sorted(glob.glob(glob.escape(os.path.expanduser(word)) + "*"))
    return [path + "/" if os.path.isdir(path) else path for path in found]
