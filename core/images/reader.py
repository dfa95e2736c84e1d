"""An image as memory: what it holds in one address space, for whatever reads memory."""

from __future__ import annotations

from ..maps.area import Area
from .asid import ANY, Asid
from .image import Image


class ImageReader:
    """Reads an image as a MemoryReader, in the address space that the asid names."""

    source = "image"
    thread_safe = True

    def __init__(self, image: Image, asid: Asid | None = None) -> None:
        self._image, self._asid = image, asid or ANY

    def read_into(self, address: int, buffer: memoryview) -> int:
        """Fill the buffer as far as the image goes; see MemoryReader."""
        return self._image.read_into(address, buffer, self._asid)


def image_areas(image: Image, asid: Asid | None = None, start: int = 0, end: int = 1 << 64) -> list[Area]:
    """Return what an image holds as areas: each part of a section that answers there, in order.

    Nothing is known of their protection. `kind` is `file` for parts of files, else None.
    """
    found = []
    for part, section in image.visible(start, end, asid):
        content = section.content
        offset = None if content.offset is None else content.offset + part.start - section.start
        kind = "file" if content.kind == "file" else None
        found.append(Area(part.start, part.end, None, offset, content.path or "", kind, image.source))
    return found
