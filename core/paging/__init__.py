"""Page tables of each architecture, read from any physical memory: from a root to effective ranges.

An address space is made of registers (`x86`, `aarch64`, `riscv`); `paged_areas` has its ranges and extents,
`page_walk` one address, `physical_index` the way back. The levels of an architecture alone know what entries
mean: `table_walk` works with bits that are taken and added. What has no test of its own name is held by those
of these modules.
"""
