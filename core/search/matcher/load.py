"""Which matching library there is on this machine, if any, and why none."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from glob import escape, glob
from typing import NamedTuple

from .library import Library

# `off`, or the path of a library.
VARIABLE = "PTATLAS_HYPERSCAN"
OFF = "off"

# Debian's libhyperscan5.
_SONAME = "libhs.so.5"
# The package of PyPI: its extension has the library's functions, up to version 0.7.8.
_PACKAGE, _EXTENSION = "hyperscan", "_ext.*.so"
# Hyperscan's last version. What has a higher number is Vectorscan, which up to 5.4.12 doesn't find everything
# near the end of what it scans (docs/decisions/0320-hyperscan-by-heads.md).
_NEWEST = (5, 4, 2)
_VERSION = re.compile(r"5\.(\d+)\.(\d+)")


class Loaded(NamedTuple):
    """A library that may be used, or None and why there is none."""

    library: Library | None
    reason: str

    @property
    def told(self) -> str:
        """What a user is told."""
        found = f"found by Hyperscan: {self.reason}"
        return f"found without Hyperscan: {self.reason}" if self.library is None else found


def load_library() -> Loaded:
    """Return the library that the environment names, else the system's, else that of the package."""
    chosen = os.environ.get(VARIABLE, "")
    if chosen == OFF:
        return Loaded(None, f"{VARIABLE} is {OFF}")
    reasons = []
    for path in [chosen] if chosen else _paths():
        found = load_from(path)
        if found.library is not None:
            return found
        reasons.append(found.reason)
    return Loaded(None, "; ".join(reasons))


def load_from(path: str) -> Loaded:
    """Return the library of this path or name."""
    try:
        library = Library(path)
        version = library.version
    except OSError:
        return Loaded(None, f"no {path}")
    except AttributeError:
        return Loaded(None, f"{path} is no Hyperscan")
    if not is_exact(version):
        return Loaded(None, f"{path} is Vectorscan {version}, which may miss matches")
    if not library.is_for_this_processor:
        return Loaded(None, f"{path} can't run on this processor")
    return Loaded(library, f"{path}, version {version}")


def is_exact(version: str) -> bool:
    """Return whether what calls itself this is known to find everything."""
    found = _VERSION.match(version)
    return found is not None and (5, int(found[1]), int(found[2])) <= _NEWEST


def _paths() -> Iterator[str]:
    yield _SONAME
    # LLDB's Python also looks in the present folder, whose content may be anybody's.
    for folder in filter(os.path.isabs, sys.path):
        yield from sorted(glob(os.path.join(escape(folder), _PACKAGE, _EXTENSION)))
