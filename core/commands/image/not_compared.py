"""What wasn't compared, as tables and documents of check and diff have it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ...images.model.not_compared import NotCompared
from ...render.escape import visible
from ...render.fields import size_in_words

# Reasons named when nothing was compared, and beside what was.
SHOWN = 3


def compared_json(compared: int, left: Iterable[NotCompared]) -> dict[str, Any]:
    """Return a document's fields: how many bytes were compared, and why others weren't."""
    parts = [
        {"why": each.why, "bytes": each.size, **({} if each.path is None else {"path": each.path})}
        for each in left
    ]
    return {"compared": compared, "not_compared": parts}


def nothing_compared(left: Sequence[NotCompared], says: dict[str, str]) -> str:
    """Return the line for a comparison of nothing; `says` puts reasons into words."""
    reasons = [f"{_reason(each, says)} ({size_in_words(each.size)})" for each in left[:SHOWN]]
    if len(left) > SHOWN:
        reasons.append(f"{size_in_words(sum(each.size for each in left[SHOWN:]))} for other reasons")
    return f"nothing could be compared: {'; '.join(reasons) or 'no area is in this scope'}"


def _reason(left: NotCompared, says: dict[str, str]) -> str:
    why = visible(says.get(left.why, left.why))
    return why if left.path is None else f"{visible(left.path)} {why}"


def asides(left: Iterable[NotCompared], skip: Iterable[str] = ()) -> Iterator[str]:
    """Yield how many bytes weren't compared for each reason that is about no file and has no line."""
    for each in left:
        if each.path is None and each.why not in skip:
            yield f"{size_in_words(each.size)} {each.why}"
