"""The sections of an ELF file by name, which only pyelftools reads here: nothing needs them quickly."""

from __future__ import annotations

import os

from ..errors import SourceError


def section_at(path: str, offset: int) -> str | None:
    """Return the name of the section whose content covers this offset of the file, in bytes, or None.

    None too for a file that isn't ELF. Raise SourceError for one that can't be read.
    """
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile

    try:
        if not os.path.isfile(path):
            return None
        with open(path, "rb") as stream:
            for section in ELFFile(stream).iter_sections():
                if section["sh_type"] in ("SHT_NULL", "SHT_NOBITS"):
                    continue
                if section["sh_offset"] <= offset < section["sh_offset"] + section["sh_size"]:
                    return str(section.name)
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror}") from None
    except (ELFError, UnicodeDecodeError, ValueError):
        return None
    return None
