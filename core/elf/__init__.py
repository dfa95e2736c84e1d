"""The ELF format, of any machine, word size and byte order: headers, notes, segments, dynamic tables."""
