"""Load ptatlas into LLDB: `command script import .../lldbext/plugin.py`. From a checkout or installed.

It must run in any Python.
"""

import os
import sys


def _ptatlas_load(folder, *register_with):
    """Run core/bootstrap.py by its path, for nothing of ptatlas can be imported yet; return what is wrong."""
    if sys.version_info < (3, 9):  # noqa: UP036 - the Python is LLDB's, which no installer has checked
        return "ptatlas: not loaded, LLDB's Python is {}.{}, older than 3.9".format(*sys.version_info)
    from importlib.util import module_from_spec, spec_from_file_location

    root = os.path.dirname(folder)
    spec = spec_from_file_location("ptatlas_bootstrap", os.path.join(root, "core", "bootstrap.py"))
    bootstrap = module_from_spec(spec)
    spec.loader.exec_module(bootstrap)
    return bootstrap.load(root, "lldbext", *register_with)


def __lldb_init_module(debugger, internal_dict):
    """Load ptatlas; LLDB calls this in each debugger that imports the module."""
    folder = os.path.dirname(os.path.realpath(__file__))
    # LLDB puts the folder first in sys.path, where our modules' names would hide those of other plugins.
    sys.path[:] = [path for path in sys.path if os.path.realpath(path) != folder]
    problem = _ptatlas_load(folder, debugger, internal_dict)
    if problem is not None:
        sys.stderr.write(problem + "\n")
