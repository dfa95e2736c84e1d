"""The lines that `ptatlas install` adds to a debugger's start-up file, and taking them out again.

The lines stand between two marks. Behind the first mark is noted what else was changed, so that the file is
byte for byte as it was once they are out.
"""

from __future__ import annotations

import re

from ..errors import AtlasError

_BEGIN = b"# >>> ptatlas: `ptatlas install` added these lines, `ptatlas uninstall` takes them out >>>"
_END = b"# <<< ptatlas <<<"
_NO_FILE = b"# there was no file"
_NEWLINES = b"# newlines put before this: %d"
_COUNT = re.compile(_NEWLINES.replace(b"%d", rb"(\d)"))
_BLOCK = re.compile(b"%b\n(?P<inside>.*?)%b\n" % (re.escape(_BEGIN), re.escape(_END)), re.DOTALL)
# GDB joins the next line to one that ends with a backslash.
_GOES_ON = re.compile(rb"\\\r?(\n?)\Z")


def with_line(content: bytes | None, line: str) -> bytes:
    """Return the file's content with a block that holds the line at its end; None is no file.

    A block that is there already is replaced. Raise AtlasError if one isn't whole.
    """
    before = without_line(content)
    gap = _gap_after(before or b"")
    notes = [_NO_FILE] if before is None else [_NEWLINES % gap] if gap else []
    parts = [_BEGIN, *notes, line.encode("utf-8", "surrogateescape"), _END, b""]
    return (before or b"") + b"\n" * gap + b"\n".join(parts)


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
    count = _COUNT.search(inside)
    if count and not after:  # else they keep what was added since apart from what was there
        before = before.removesuffix(b"\n" * int(count[1]))
    if not before and not after and _NO_FILE in inside.split(b"\n"):
        return None
    return without_line(before + after)


def has_line(content: bytes | None, line: str) -> bool:
    """Return whether a block with this very line is there."""
    found = _BLOCK.search(content or b"")
    return found is not None and line.encode("utf-8", "surrogateescape") in found["inside"].split(b"\n")


def _gap_after(before: bytes) -> int:
    """Return how many newlines it takes for a line after this to be one of its own."""
    goes_on = _GOES_ON.search(before)
    if goes_on:
        return 1 if goes_on[1] else 2
    return 0 if before == b"" or before.endswith(b"\n") else 1
