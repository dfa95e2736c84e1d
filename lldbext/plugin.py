"""Load ptatlas into LLDB: `command script import .../lldbext/plugin.py`. From a checkout or installed."""

import os
import sys
import types


def _ptatlas_load(folder, debugger, internal_dict):
    """Import `ptatlas` from the folders beside this one, find the dependencies, register the commands.

    Return None, or one line that says why ptatlas isn't there. Must run in any Python 3.
    """
    root = os.path.dirname(folder)
    package = sys.modules.get("ptatlas")
    if package is None:
        if sys.version_info < (3, 9):  # noqa: UP036 - the Python is LLDB's, which no installer has checked
            return "ptatlas: not loaded, LLDB's Python is {}.{}, older than 3.9".format(*sys.version_info)
        package = sys.modules["ptatlas"] = types.ModuleType("ptatlas")
        package.__path__ = [root]
    from ptatlas.core.bootstrap import prepare

    problem = prepare(package.__path__[0])
    if problem is not None:
        return problem
    from ptatlas.lldbext.commands import register

    register(debugger, internal_dict)
    if root not in package.__path__:
        return "ptatlas: already loaded from {}; restart LLDB to load another".format(
            ", ".join(package.__path__)
        )
    return None


def __lldb_init_module(debugger, internal_dict):
    """Load ptatlas; LLDB calls this in each debugger that imports the module."""
    folder = os.path.dirname(os.path.realpath(__file__))
    # LLDB puts the folder first in sys.path, where our modules' names would hide those of other plugins.
    sys.path[:] = [path for path in sys.path if os.path.realpath(path) != folder]
    problem = _ptatlas_load(folder, debugger, internal_dict)
    if problem is not None:
        sys.stderr.write(problem + "\n")
