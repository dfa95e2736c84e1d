"""Costs that grow with the work and no faster: the one of many beside the one of few."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from ptatlas.core.images.model.image import Image
from ptatlas.core.images.stored.session_images import Images
from sessions import Figure

FEW, MANY, SAVED = 100, 4_000, 50


def figures() -> Iterator[Figure]:
    """Images saved one by one."""
    with tempfile.TemporaryDirectory() as folder:
        yield _saving(Path(folder) / "store")


def _saving(path: Path) -> Figure:
    """CPU time, as the disk's own differs from save to save."""
    images = Images()
    images.attach(path)
    few, many = (_save(images, path, count) for count in (FEW, MANY))
    return Figure(f"an image saved among {MANY:,}", many, few, f"among {FEW:,}", 2.0)


def _save(images: Images, path: Path, count: int) -> float:
    """Save images one by one until there are so many; return the seconds that one of the last took."""
    began = 0.0
    for number in range(len(images), count):
        if number == count - SAVED:
            began = time.process_time()
        image = Image()
        image.add_bytes(number.to_bytes(8, "little") * 512, 0x1000)
        images[f"image {number}"] = image
        images.save(f"image {number}", path)
    return (time.process_time() - began) / SAVED
