# ruff: noqa: D100 - see below
# Load ptatlas into GDB: `source .../gdbext/plugin.py`. Works from a checkout and when installed.
#
# GDB runs this among the names of whatever sources it, a user's script too: it leaves none there, nor a
# docstring. It must run in any Python.


def _ptatlas_load():
    """Run core/bootstrap.py by its path, for nothing of ptatlas can be imported yet; say what is wrong."""
    import os
    import sys

    import gdb

    def load():
        if sys.version_info < (3, 9):  # noqa: UP036 - the Python is GDB's, which no installer has checked
            return "ptatlas: not loaded, GDB's Python is {}.{}, older than 3.9".format(*sys.version_info)
        if not hasattr(gdb.Inferior, "connection"):  # in GDB 12's NEWS
            return "ptatlas: not loaded, it needs GDB 12 or later; this is GDB " + gdb.VERSION
        from importlib.util import module_from_spec, spec_from_file_location

        # Not __file__: in a script that sources this, it is the script's.
        file = os.path.realpath(sys._getframe().f_code.co_filename)
        root = os.path.dirname(os.path.dirname(file))
        path = os.path.join(root, "core", "bootstrap.py")
        if not os.path.isfile(path):
            return "ptatlas: not loaded, there is no " + path + "; load it by: source PATH/gdbext/plugin.py"
        spec = spec_from_file_location("ptatlas_bootstrap", path)
        bootstrap = module_from_spec(spec)
        spec.loader.exec_module(bootstrap)
        return bootstrap.load(root, "gdbext")

    problem = load()
    if problem is not None:
        gdb.write(problem + "\n", gdb.STDERR)


try:
    _ptatlas_load()
finally:
    del _ptatlas_load
