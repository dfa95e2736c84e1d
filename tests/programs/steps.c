/* Changes its map step by step: usage steps FILE OTHER. After each change it calls step(NAME) (break on that).
 *
 * FILE (of at least one page) is mapped and then renamed to OTHER, which renames the mapping too. The area `area`
 * lies alone between pages that stay unmapped, at an address that is free in any usual process. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define AREA ((char *)0x200000000000)
#define PAGE ((size_t)4096)

__attribute__((noinline)) void step(const char *name) { __asm__ volatile("" : : "r"(name) : "memory"); }

static int try(int ok, const char *what)
{
    if (!ok) {
        perror(what);
        _exit(1);
    }
    return ok;
}

int main(int argc, char **argv)
{
    try(argc == 3, "usage");
    step("begin");
    try(mmap(AREA, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == AREA,
        "mmap");
    step("mapped");
    memset(AREA, 1, 4 * PAGE);
    step("touched");
    try(mprotect(AREA + PAGE, PAGE, PROT_READ) == 0, "mprotect");
    step("protected");
    try(mprotect(AREA + PAGE, PAGE, PROT_READ | PROT_WRITE) == 0, "mprotect");
    step("back");
    try(mremap(AREA, 4 * PAGE, 8 * PAGE, 0) == AREA, "mremap");
    step("grown");
    try(munmap(AREA + 2 * PAGE, PAGE) == 0, "munmap");
    step("holed");
    int fd = open(argv[1], O_RDONLY | O_CLOEXEC);
    try(mmap(AREA + 64 * PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED_NOREPLACE, fd, 0) != MAP_FAILED, "mmap");
    step("file");
    try(rename(argv[1], argv[2]) == 0, "rename");
    step("renamed");
    try(munmap(AREA, 128 * PAGE) == 0, "munmap");
    step("unmapped");
    try(sbrk(1 << 20) != (void *)-1, "sbrk");
    step("brk");
    return 0;
}
