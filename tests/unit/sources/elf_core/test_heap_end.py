"""Where the heap ends, by libc's own variable."""

from __future__ import annotations

from ptatlas.core.sources import core_target
from support.children import Child
from support.compile import compile_c

# The heap, one page of which is protected, and behind the program's .bss another area that is none.
PROGRAM = """#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
int main(void) {
  setvbuf(stdout, 0, _IONBF, 0);
  char *at = sbrk(16 * 4096);
  at = (char *)(((unsigned long)at + 4095) & ~4095ul);
  mprotect(at + 4 * 4096, 4096, PROT_READ);
  extern char end[];
  char *fake = mmap((void *)(((unsigned long)end + 0x2fff) & ~0xffful), 4096, 3, 0x100022, -1, 0);
  *fake = 1;
  printf("{\\"heap\\": %lu, \\"fake\\": %lu}\\n", (unsigned long)at, (unsigned long)fake);
  getchar();
}"""


def test_the_heap_is_all_that_ends_where_libc_says_and_no_more(dump, tmp_path, monkeypatch):
    program = compile_c(PROGRAM, tmp_path)
    monkeypatch.chdir(tmp_path)  # where the kernel writes the core
    with Child(program) as child:
        heap, fake = child.facts["heap"], child.facts["fake"]
        core = dump(child, tmp_path)
    areas = core_target(core).listers[0].areas()
    named = [area for area in areas if area.path == "[heap]"]
    assert any(heap in area for area in named)
    assert sum(area.perms == "r--?" for area in named) == 1
    assert all(left.end == right.start for left, right in zip(named, named[1:]))
    (other,) = [area for area in areas if fake in area]
    assert other.path == ""
