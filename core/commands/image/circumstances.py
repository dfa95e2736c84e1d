"""The facts about a snapshot besides its sections: when it was taken, under which map, how complete."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any

from ...images.model.image import Image
from ...images.model.snapshot import Snapshot
from ...images.model.unproven import unproven_parts
from ...maps.kinds import LEFT_OUT
from ...maps.protection import Protection
from ...ports.files import in_words
from ...render.fields import size_in_words
from ...render.text import Line, note, warning
from ..shell.coverage import coverage_json, problems_json, unread_lines


def taken_json(image: Image) -> Mapping[str, Any]:
    """Return a document's fields about a snapshot; none for other images."""
    if not isinstance(image, Snapshot):
        return {}
    about, coverage, problems = image.circumstances, image.coverage, _problems(image)
    return {
        "taken": round(about.taken, 6),
        "generation": about.generation,
        "pid": about.pid,
        "areas": len(image.map),
        "coverage": coverage_json(*coverage, " or ".join(LEFT_OUT.values()), problems=problems),
        **problems_json(problems),
    }


def taken_lines(image: Image) -> Iterator[Line]:
    """Yield the lines about a snapshot; none for other images."""
    if not isinstance(image, Snapshot):
        return
    about, coverage = image.circumstances, image.coverage
    when = datetime.fromtimestamp(about.taken, timezone.utc).astimezone()
    text = f"taken {when:%Y-%m-%d %H:%M:%S}"
    text += "" if about.pid is None else f" of process {about.pid}"
    text += "" if about.generation is None else f", map {about.generation}"
    asides = {
        "never touched": coverage.never_touched,
        "unreadable": coverage.unreadable_size,
        "left out": coverage.left_out,
    }
    text += "".join(f"; {size_in_words(size)} {name}" for name, size in asides.items() if size)
    yield note(text)
    failed = [item for item in coverage.unreadable if not _refuses(image, item.start)]
    yield from unread_lines("taken", failed)
    yield from map(warning, _problems(image))


def _problems(image: Snapshot) -> list[str]:
    """Return why the map may not be whole, and what is of files that nothing proves."""
    return [*image.circumstances.problems, *in_words(unproven_parts(image))]


def _refuses(image: Snapshot, address: int) -> bool:
    """Return whether the area there is protected against reading, which explains why it wasn't read."""
    area = image.map.find(address)
    return area is not None and area.allows(Protection.READ) is False
