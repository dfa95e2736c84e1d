"""Which files are mapped in an inferior, whether they are these files, and images of them.

`backing`, which proves a file, is held by the tests of `load` and, in a live process, by those of
`check.changed_files`.
"""
