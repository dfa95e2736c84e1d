"""What tests look at: areas, memories with commands over them, readers, and the file that programs map."""

from __future__ import annotations

from pathlib import Path

# What the areas program is given to map: two pages and a part of the third.
MAPPED_FILE = bytes(number % 251 for number in range(10_000))


def write_mapped_file(folder: Path) -> Path:
    """Write that file."""
    file = folder / "mapped-file"
    file.write_bytes(MAPPED_FILE)
    return file
