"""What an image holds in one address space, as areas and as memory."""

from __future__ import annotations

from ...maps.area import Area
from .asid import Asid
from .image import Image, ImageReader

__all__ = ["ImageReader", "image_areas"]


def image_areas(image: Image, asid: Asid | None = None, start: int = 0, end: int = 1 << 64) -> list[Area]:
    """Return what an image holds as areas: each part of a section that answers there, in order.

    Nothing is known of their protection. `kind` is `file` for parts of files, else None.
    """
    found = []
    for part, section in image.visible(start, end, asid):
        content = section.content
        offset = section.part(*part).file_offset
        kind = "file" if content.kind == "file" else None
        found.append(Area(part.start, part.end, None, offset, content.path or "", kind, image.source))
    return found
