"""Code that isn't mapped from its file, as tables and documents have it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ...images.mapped.displaced import Displaced
from ...images.mapped.mapped_files import MappedFiles
from ...maps.area import Area
from ...render.escape import visible
from ...render.fields import hexadecimal, size_in_words
from ...render.text import Line, warning


def displaced_in(files: MappedFiles, areas: Iterable[Area]) -> Sequence[Displaced]:
    """Return what is displaced in these areas."""
    areas = frozenset(areas) if files.displaced else frozenset()
    return [each for each in files.displaced if each.area in areas]


def displaced_json(displaced: Iterable[Displaced]) -> list[dict[str, str]]:
    """Return the places as documents have them: whose code should be there, and what is mapped."""
    return [
        {
            "path": each.placed.path,
            "start": hexadecimal(each.part.start),
            "end": hexadecimal(each.part.end),
            "area": each.area.path or "",
        }
        for each in displaced
    ]


def displaced_lines(displaced: Iterable[Displaced]) -> Iterator[Line]:
    """Yield a line for each place."""
    for each in displaced:
        start, end = each.part
        path = each.area.path or ""
        what = f"is mapped from {visible(path)}" if path.startswith("/") else "is not mapped from a file"
        yield warning(
            f"the code of {visible(each.placed.path)} at {start:#x}..{end:#x} ({size_in_words(end - start)})"
            f" {what}: its own file is taken all the same"
        )
