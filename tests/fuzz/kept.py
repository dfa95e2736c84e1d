"""The corpus: inputs that were learnt and kept, a file of each target, an input a line, as a literal."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

CORPUS = Path(__file__).resolve().parent / "corpus"


def kept(name: str) -> tuple[bytes, ...]:
    """Return the inputs that are kept of a target."""
    path = CORPUS / name
    return tuple(map(ast.literal_eval, path.read_text().splitlines())) if path.exists() else ()


def keep(name: str, inputs: Iterable[bytes]) -> None:
    """Keep these inputs instead."""
    lines = [f"{data!r}\n" for data in inputs]
    (CORPUS / name).unlink(missing_ok=True)
    if lines:
        CORPUS.mkdir(exist_ok=True)
        (CORPUS / name).write_text("".join(lines))
