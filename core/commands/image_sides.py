"""Images where the inferior could stand: as a side of a comparison, as something to search, with symbols."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Optional

from ..arch import Arch
from ..elf.auxv import parse_auxv
from ..images.diff.execution import Execution
from ..images.diff.sides import ImageSide, LiveSide, Run, Side
from ..images.model.asid import ANY, Asid
from ..images.model.image import LIVE, Image
from ..images.model.image_areas import image_areas
from ..images.model.section import ZEROS
from ..images.model.snapshot import Snapshot
from ..inferior import Inferior
from ..maps.area import Area
from ..maps.area_map import AreaMap
from ..maps.protection import Protection
from ..ports import Symbol, Target
from ..range_set import RangeSet
from ..ranges import Range
from ..sources.fixed import FixedAbsent, FixedAreas, FixedUntouched
from ..walk.coverage import LEFT_OUT
from .context import Context
from .found import WITH_SYMBOLS
from .image_calls import image_of


def side_of(context: Context, name: str, asid: Asid) -> Side:
    """Return the image of this name, or the inferior for `live`; AtlasError where there is no such thing."""
    if name == LIVE:
        return _Live(context.require_process())
    return ImageSide(image_of(context.session, name), asid)


class _Live(LiveSide):
    """The inferior, of which nothing is read that pt-find wouldn't read."""

    def __init__(self, inferior: Inferior) -> None:
        target = inferior.target
        threads = target.threads.threads() if target.threads else ()
        auxv = target.auxv.auxv() if target.auxv else None
        super().__init__(
            inferior.areas,
            inferior.memory,
            untouched=target.untouched,
            absent=target.absent,
            execution=Execution(
                inferior.pid,
                threads[0].stack_pointer if threads else None,
                parse_auxv(auxv or b"", inferior.arch),
            ),
        )
        self._readable = RangeSet(area.range for area in self.areas if _is_readable(area))

    def runs(self, start: int, end: int) -> Iterator[Run]:
        """Tell what was touched and what wasn't, of what is to be read; see Side."""
        for part in self._readable.within(start, end):
            yield from super().runs(*part)


def _is_readable(area: Area) -> bool:
    return area.kind not in LEFT_OUT and area.allows(Protection.READ) is not False


def symbols_of(inferior: Optional[Inferior], areas: AreaMap) -> Optional[SymbolsWhereMapped]:
    """Return the inferior's symbols for another memory, or None where it has none or can't tell now."""
    if inferior is None or inferior.target.symbols is None:
        return None
    state = inferior.target.run_state
    return None if state is not None and state.is_running() else SymbolsWhereMapped(inferior, areas)


class SymbolsWhereMapped:
    """An inferior's symbols, at addresses where it maps the same place of the same file as other areas do."""

    def __init__(self, inferior: Inferior, areas: AreaMap) -> None:
        self._inferior, self._areas = inferior, areas

    def symbol_at(self, address: int) -> Optional[Symbol]:
        """Return the symbol, or None; see SymbolResolver."""
        here, now = self._areas.find(address), self._inferior.areas.find(address)
        symbols = self._inferior.target.symbols
        if symbols is None or here is None or now is None or now.kind not in WITH_SYMBOLS:
            return None
        return symbols.symbol_at(address) if _is_same_place(here, now) else None


def _is_same_place(here: Area, now: Area) -> bool:
    if (here.path or "") != (now.path or ""):
        return False
    if here.offset is None or now.offset is None:
        return here.start == now.start
    return here.offset - here.start == now.offset - now.start


def as_inferior(image: Image, inferior: Optional[Inferior]) -> Inferior:
    """Return an image as something to search: a snapshot under its own map, others as their sections lie.

    What a snapshot's map has and the snapshot hasn't is absent.
    """
    arch = image.circumstances.arch if isinstance(image, Snapshot) else inferior.arch if inferior else Arch()
    areas = list(image.map) if isinstance(image, Snapshot) else []
    areas = areas or image_areas(image)
    held = RangeSet(part for part, _ in image.visible(0, 1 << 64))
    missing = RangeSet(part for area in areas for part in held.outside(area.start, area.end))
    return Inferior(
        Target(
            arch,
            (FixedAreas(areas, image.source),),
            (image,),
            name=image.name,
            absent=FixedAbsent(missing),
            untouched=FixedUntouched(RangeSet(_zeros(image))),
            symbols=symbols_of(inferior, AreaMap(areas)),
        )
    )


def _zeros(image: Image) -> Iterator[Range]:
    """Yield, in order, the ranges that are zeros and lie nowhere."""
    for part, section in image.visible(0, 1 << 64, ANY):
        place = part.start
        for size, thing, _ in section.content.origins(place - section.start, part.size):
            if thing == ZEROS:
                yield Range(place, place + size)
            place += size
