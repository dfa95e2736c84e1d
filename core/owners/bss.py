"""Memory of modules without content in the file (.bss): where a module's last segment goes on behind it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..maps.area import Area
from ..sources.loaded import segments_at
from .owner import AreaOwner
from .proofs import Proofs


def bss_of_modules(proofs: Proofs, areas: Iterable[Area]) -> Iterator[tuple[Area, AreaOwner]]:
    """Yield the anonymous areas that begin where the headers of a module, in memory, put its .bss.

    Behind a .bss other memory may follow in the same area: the owner says how far it reaches.
    """
    anonymous = [area for area in areas if area.kind == "anon" and not area.path]
    for area, module in _behind_modules(proofs, anonymous):
        base = proofs.base_of(module)
        if base is None:
            continue
        reader = proofs.header_reader(base)
        for part in segments_at(reader, proofs.page_size, base, None):
            if part.start == area.start and part.start < part.end:
                end = min(part.end, area.end)
                name = (module.path or "").rpartition("/")[2]
                text = f".bss of {name}" if part.end >= area.end else f".bss of {name}, up to {end:#x}"
                yield area, AreaOwner("bss", module.path, text, area.start, end)
                break


def _behind_modules(proofs: Proofs, areas: Sequence[Area]) -> Iterator[tuple[Area, Area]]:
    """Yield those of the areas that a module's touches from below, each with that one."""
    if len(areas) > len(proofs.areas) // 8:  # one walk costs less then than asking for each
        ends = {area.end: area for area in proofs.modules}
        yield from ((area, ends[area.start]) for area in areas if area.start in ends)
        return
    for area in areas:
        below = proofs.areas.find(area.start - 1) if area.start else None
        if below is not None and below.kind == "module":
            yield area, below
