"""Ctrl-C at any line of some code."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


class InterruptedAt:
    """Raises KeyboardInterrupt at the Nth line that is run in files below these folders.

    `left` is how many lines were still to come; 0 if it was raised. A finalizer is never interrupted: what
    it raises would be lost.
    """

    def __init__(self, last: int, *folders: str) -> None:
        self.left = last
        self._folders = folders

    def __enter__(self) -> InterruptedAt:
        sys.settrace(self._enter)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)

    def _enter(self, frame: FrameType, _event: str, _: Any) -> Callable[..., Any] | None:
        inside = any(folder in frame.f_code.co_filename for folder in self._folders)
        return self._line if inside and frame.f_code.co_name != "__del__" else None

    def _line(self, _frame: FrameType, event: str, _: Any) -> Callable[..., Any]:
        if event == "line":
            self.left -= 1
            if self.left == 0:
                sys.settrace(None)
                raise KeyboardInterrupt
        return self._line
