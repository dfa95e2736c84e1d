"""Runs a case of the contract inside a debugger, on the debugger's own inferior.

python sys.path.append(FOLDER); import runner; runner.run(NAME, FACTS_FILE, "ptatlas.gdbext")
"""

from __future__ import annotations

import importlib
import json
import traceback
from pathlib import Path

PASSED = "contract: passed"


def run(name: str, facts_file: str, adapter: str) -> None:
    """Print PASSED, or the traceback of what failed."""
    import cases

    told = json.loads(Path(facts_file).read_text())
    try:
        inferior = importlib.import_module(adapter).inferior()
        cases.CASES[name](cases.Subject(inferior, told["facts"], told["traits"]))
    except BaseException:  # whatever it is, the test shows it
        print(traceback.format_exc())
    else:
        print(PASSED)
