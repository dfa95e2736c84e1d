"""The error of an export that would be empty."""

from __future__ import annotations

from ...errors import InvalidArgument
from ..model.image import Image


def nothing_to_export(image: Image) -> InvalidArgument:
    """Return the error for an image that holds no memory, with the reason where it lost what it held."""
    lost = next((str(error) for _, error in image.dropped), None)
    return InvalidArgument(f"{image.name!r} holds no memory to export", hint=lost or "pt-image show NAME")
