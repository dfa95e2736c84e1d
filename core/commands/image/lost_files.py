"""Messages about sections whose file is gone or has changed."""

from __future__ import annotations

from collections.abc import Iterator

from ...errors import MemoryFault, SourceError
from ...images.model.image import Image
from ...render.text import Line, warning

SHOWN = 5


def lost_lines(image: Image) -> Iterator[Line]:
    """Yield a line for each lost file, with the reason."""
    reasons = {section.content.path: str(error) for section, error in image.dropped}
    for section in image.sections:
        path = section.content.path
        if path is not None and path not in reasons:
            try:
                section.content.check()
            except SourceError as error:
                reasons[path] = str(error)
    for reason in list(reasons.values())[:SHOWN]:
        yield warning(f"can't be read: {reason}")
    if len(reasons) > SHOWN:
        yield warning(f"can't be read: {len(reasons) - SHOWN} more files")


def explain(image: Image, fault: MemoryFault) -> MemoryFault:
    """Return the fault, with the reason as a hint where a section lay there and was given up."""
    why = next((str(error) for section, error in image.dropped if fault.address in section), None)
    if why is None:
        return fault
    return MemoryFault(fault.address, fault.size, fault.reason, hint=why)
