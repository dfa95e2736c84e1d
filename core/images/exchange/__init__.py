"""Images for other programs, and images from core files.

`core_notes` and `sparse_file` are held by the tests of `write_core`, which read back what was written, and by
tests/debugger/test_exported_cores.py.
"""
