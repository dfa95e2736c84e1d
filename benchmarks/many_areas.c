/* Usage: many_areas N: maps about N areas that the kernel can't merge (protections alternate), prints the address of
 * one in the middle in decimal and N, and waits for the end of its standard input. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#define PAGE 4096ul

int main(int argc, char **argv)
{
    size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : 60000;
    char *base = mmap(NULL, count * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED)
        return 1;
    for (size_t i = 0; i < count; i += 2)
        if (mprotect(base + i * PAGE, PAGE, PROT_READ | PROT_WRITE) != 0)
            return 1;
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
    printf("%lu %zu\n", (unsigned long)(base + count / 2 * PAGE), count);
    fflush(stdout);
    while (getchar() != EOF)
        ;
    return 0;
}
