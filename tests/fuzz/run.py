"""Fuzzes one target with atheris: `run.py ROOM TARGET [OPTION | FOLDER]...`, options as libFuzzer has them.

`scripts/fuzz.py` starts it, for one target after another.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fuzz.targets import targets_of


def main() -> None:
    """Fuzz until libFuzzer's options say that it is enough, or there is a fault."""
    room, name, *options = sys.argv[1:]
    with atheris.instrument_imports(include=["ptatlas", "elftools"]):
        # Only this room: to instrument all takes seconds. What parsers import late counts, too.
        target = targets_of(room)[name]
        if room == "elf":
            importlib.import_module("elftools.elf.elffile")
    atheris.Setup([sys.argv[0], *options], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
