"""`python -m ptatlas`: the command `ptatlas`, installed or in the checkout's folder.

This folder is a part of the namespace `ptatlas` and no package: an installed ptatlas has `core` and the
adapters beside this file, a checkout has them one folder up.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec


def find_core() -> str | None:
    """Make `ptatlas.core` importable; return None, or what is missing and what to run."""
    if find_spec("ptatlas.core") is not None:  # installed, and pip has brought what it needs
        return None
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    sys.modules["ptatlas"].__path__ = [root]
    from ptatlas.core.bootstrap import prepare

    return prepare(root)


if __name__ == "__main__":
    problem = find_core()
    if problem is not None:
        sys.exit(f"ptatlas: {problem}")
    from ptatlas.core.cli.main import main

    sys.exit(main())
