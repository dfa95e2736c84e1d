"""Images in the inferior's place: as a side of a comparison, or as memory to search, with symbols."""

from __future__ import annotations

from collections.abc import Iterator

from ...elf.auxv import parse_auxv
from ...images.capture.target import ReadableAreas
from ...images.diff.execution import Execution
from ...images.diff.sides import ContentRun, ImageSide, LiveSide, Side
from ...images.model.asid import Asid
from ...images.model.image import LIVE
from ...inferior import Inferior
from ...range_set import RangeSet
from ...watch import Watch
from ..shell.context import Context, image_of


def side_of(context: Context, name: str, asid: Asid, no_access: bool) -> Side:
    """Return the image of this name, or the inferior for `live`; raise AtlasError if there is neither.

    With `no_access`, areas of the inferior count that the process itself may not read.
    """
    if name == LIVE:
        return _Live(context.require_process(), no_access, context.watch)
    return ImageSide(image_of(context.session, name), asid)


class _Live(LiveSide):
    """The inferior as a side; only the areas that pt-find would search are read."""

    def __init__(self, inferior: Inferior, no_access: bool, watch: Watch) -> None:
        target = inferior.target
        wanted = ReadableAreas.of(inferior.areas, no_access).wanted
        self._readable = RangeSet(area.range for area in wanted)
        threads = target.threads.threads() if target.threads else ()
        auxv = target.auxv.auxv() if target.auxv else None
        super().__init__(
            inferior.areas,
            inferior.memory.ready(list(self._readable), watch),
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
