"""The dump that GDB has open in a process's place."""

from __future__ import annotations

import re

import gdb


def core_path(inferior: gdb.Inferior) -> str | None:
    """The core file that GDB has open: from its API (GDB 17), else from `info files`, if it's there."""
    corefile = getattr(inferior, "corefile", None)
    if corefile is not None:
        return str(corefile.filename)
    text = gdb.execute("info files", to_string=True)
    quoted = re.findall("^\t[`\u2018'\"](.+)['\u2019\"],", text, re.MULTILINE)
    return next((path for path in quoted if _is_core(path)), None)


def _is_core(path: str) -> bool:
    """Tell whether the file is an ELF core: e_type ET_CORE, 4, at offset 16 (ELF header)."""
    try:
        with open(path, "rb") as stream:
            header = stream.read(18)
    except OSError:
        return False
    return header[:4] == b"\x7fELF" and 4 in header[16:18]
