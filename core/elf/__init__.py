"""The ELF format, of any machine, word size and byte order: headers, notes, segments, dynamic tables.

`prstatus` is held by the tests of core files, tests/unit/sources/elf_core; `sections` by those of
`pt-maps ADDRESS`, tests/debugger/test_maps_command.py.
"""
