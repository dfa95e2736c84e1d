"""Which files this process opens, and how often."""

from __future__ import annotations

import builtins
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch


@contextmanager
def opened_files() -> Iterator[Counter[str]]:
    """Give counts by path of what is opened by `open` and `os.open`, which grow until the block ends.

    Not by an audit hook: that stays as long as the process, and makes every call of ctypes slower.
    """
    counts: Counter[str] = Counter()

    def counting(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(file: Any, *arguments: Any, **options: Any) -> Any:
            if isinstance(file, (str, bytes, os.PathLike)):
                counts[_whole_path(os.fsdecode(file), options.get("dir_fd"))] += 1
            return function(file, *arguments, **options)

        return call

    with patch.object(os, "open", counting(os.open)), patch.object(builtins, "open", counting(open)):
        yield counts


def _whole_path(path: str, folder: int | None) -> str:
    return path if folder is None else os.path.join(os.readlink(f"/proc/self/fd/{folder}"), path)
