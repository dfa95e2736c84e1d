/* Puts something else in the place of a library's code, as a program does that wants its text on huge pages, and
 * as an implant does. The library comes from library.c. Argument 1: "anonymous" or "memfd", what the code is put
 * into; argument 2, if any: changes a byte of it.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int serve(void);

__attribute__((noinline)) void ready(void) { __asm__ volatile("" ::: "memory"); }

int main(int argc, char **argv)
{
    long size = sysconf(_SC_PAGESIZE);
    char line[16], *page = (char *)((uintptr_t)serve & -(uintptr_t)size);
    int file = argc > 1 && strcmp(argv[1], "memfd") == 0 ? memfd_create("implant", 0) : -1;
    if (file >= 0 && ftruncate(file, size))
        return 2;
    char *copy = mmap(NULL, size, PROT_READ | PROT_WRITE, file < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, file, 0);
    if (copy == MAP_FAILED)
        return 3;
    memcpy(copy, page, size);
    if (argc > 2)
        copy[(char *)serve - page + 1] ^= 1;
    if (mprotect(copy, size, PROT_READ | PROT_EXEC)
        || mremap(copy, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, page) == MAP_FAILED)
        return 4;
    printf("{\"serve\": %llu}\n", (unsigned long long)(uintptr_t)serve);
    fflush(stdout);
    ready();
    return fgets(line, sizeof line, stdin) == NULL;
}
