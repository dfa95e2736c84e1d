"""Load ptatlas into GDB: `source .../gdbext/plugin.py`. Works from a checkout and when installed."""

import os
import sys
import types

import gdb


def _ptatlas_load(root: str) -> None:
    """Import `ptatlas` from the folders beside this one, find the dependencies, register the commands."""
    package = sys.modules.get("ptatlas")
    if package is None:
        package = sys.modules["ptatlas"] = types.ModuleType("ptatlas")
        package.__path__ = [root]
    if root not in package.__path__:
        gdb.write(
            f"ptatlas: already loaded from {', '.join(package.__path__)}; restart GDB to load another\n"
        )
        return
    from ptatlas.core.bootstrap import prepare

    problem = prepare(root)
    if problem is not None:
        gdb.write(problem + "\n", gdb.STDERR)
        return
    from ptatlas.gdbext.commands import register

    register()


_ptatlas_load(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
del _ptatlas_load
