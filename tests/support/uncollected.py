"""The collector of cycles switched off, for what must happen with an object's last reference."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collector() -> Iterator[None]:
    """Switch it off within the block."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
