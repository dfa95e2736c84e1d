"""Images in the inferior's place: as a side of a comparison, or as memory to search, with symbols."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ...elf.auxv import parse_auxv
from ...images.capture.target import ReadableAreas
from ...images.diff.execution import Execution
from ...images.diff.sides import ContentRun, ImageSide, LiveSide
from ...images.model.asid import Asid
from ...images.model.image import LIVE
from ...inferior import Inferior
from ...maps.area_map import AreaMap
from ...memory.shown_files import problems_of
from ...range_set import RangeSet
from ...ranges import Range
from ...watch import Watch
from ..shell.context import Context, image_of
from ..shell.scope import known_areas


def sides_of(
    context: Context, names: Sequence[str], asid: Asid, places: Iterable[int | Range], no_access: bool
) -> list[ImageSide | LiveAreas]:
    """Return the images of these names, the inferior for `live`; raise AtlasError if there is neither.

    Where the inferior's map may not be whole, it is also compared in the places, which the user named, and
    where the other side has areas. With `no_access`, areas of it count that the process may not read.
    """
    sides = [None if name == LIVE else ImageSide(image_of(context.session, name), asid) for name in names]
    held = [area.range for side in sides if side for area in side.areas]
    return [side or _live(context, [*places, *held], no_access) for side in sides]


def _live(context: Context, places: Iterable[int | Range], no_access: bool) -> LiveAreas:
    inferior = context.require_process()
    return LiveAreas(inferior, known_areas(inferior, places), no_access, context.watch)


class LiveAreas(LiveSide):
    """The inferior as a side; only the areas that pt-find would search are read."""

    def __init__(self, inferior: Inferior, areas: AreaMap, no_access: bool, watch: Watch) -> None:
        target = inferior.target
        self.problems = problems_of(target, areas)
        wanted = ReadableAreas.of(areas, no_access).wanted
        self._readable = RangeSet(area.range for area in wanted)
        threads = inferior.threads
        auxv = target.auxv.auxv() if target.auxv else None
        super().__init__(
            areas,
            inferior.memory.still(list(self._readable), watch),
            untouched=target.untouched,
            absent=target.absent,
            reasons=target.reasons,
            execution=Execution(
                inferior.pid,
                threads[0].stack_pointer if threads else None,
                parse_auxv(auxv or b"", inferior.arch),
            ),
        )

    def runs(self, start: int, end: int) -> Iterator[ContentRun]:
        """Yield the touched and the untouched parts of what may be read; see Side."""
        for part in self._readable.within(start, end):
            yield from super().runs(*part)
