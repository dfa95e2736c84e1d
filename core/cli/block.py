"""The lines that `ptatlas install` adds to a debugger's start-up file, and taking them out again.

The lines stand between two marks. Behind the first mark is noted what else was changed, so that the file is
byte for byte as it was once they are out.
"""

from __future__ import annotations

import re

from ..errors import AtlasError

_BEGIN = b"# >>> ptatlas: `ptatlas install` added these lines, `ptatlas uninstall` takes them out >>>"
_END = b"# <<< ptatlas <<<"
_NO_NEWLINE = b"# the line before had no newline"
_NO_FILE = b"# there was no file"
_BLOCK = re.compile(b"\n?%b\n(?P<inside>.*?)%b\n" % (re.escape(_BEGIN), re.escape(_END)), re.DOTALL)


def with_line(content: bytes | None, line: str) -> bytes:
    """Return the file's content with a block that holds the line at its end; None is no file.

    A block that is there already is replaced. Raise AtlasError if one isn't whole.
    """
    before = without_line(content)
    note = _NO_FILE if before is None else _NO_NEWLINE if before and not before.endswith(b"\n") else None
    parts = [_BEGIN, *([note] if note else []), line.encode("utf-8", "surrogateescape"), _END, b""]
    return (before or b"") + (b"\n" if note == _NO_NEWLINE else b"") + b"\n".join(parts)


def without_line(content: bytes | None) -> bytes | None:
    """Return the content without the block: as it was before, or None where there was no file.

    Raise AtlasError if the block isn't whole.
    """
    if content is None:
        return None
    found = _BLOCK.search(content)
    if found is None:
        if _BEGIN in content:
            raise AtlasError("the lines of ptatlas have no end", hint="take them out with an editor")
        return content
    inside, before, after = found["inside"], content[: found.start()], content[found.end() :]
    if found[0].startswith(b"\n") and (after or _NO_NEWLINE not in inside.split(b"\n")):
        before += b"\n"  # it belongs to the line before, or keeps what was added since apart from it
    if not before and not after and _NO_FILE in inside.split(b"\n"):
        return None
    return without_line(before + after)


def has_line(content: bytes | None, line: str) -> bool:
    """Return whether a block with this very line is there."""
    found = _BLOCK.search(content or b"")
    return found is not None and line.encode("utf-8", "surrogateescape") in found["inside"].split(b"\n")
