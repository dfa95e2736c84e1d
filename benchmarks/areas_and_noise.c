/* Usage: areas_and_noise MIB: 40,000 areas that the kernel can't merge, and so much memory of random words; prints the
 * address of that in decimal and its size in bytes, and waits for the end of its standard input. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#define PAGE 4096ul
#define AREAS 40000ul

int main(int argc, char **argv)
{
    size_t size = (argc > 1 ? strtoul(argv[1], NULL, 10) : 512) << 20;
    uint64_t *words = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *areas = mmap(NULL, AREAS * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (words == MAP_FAILED || areas == MAP_FAILED)
        return 1;
    uint64_t state = 88172645463325252u;
    for (size_t i = 0; i < size / sizeof *words; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        words[i] = state;
    }
    for (size_t i = 0; i < AREAS; i += 2) {
        if (mprotect(areas + i * PAGE, PAGE, PROT_READ | PROT_WRITE) != 0)
            return 1;
        areas[i * PAGE] = (char)i;
    }
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
    printf("%lu %zu\n", (unsigned long)words, size);
    fflush(stdout);
    while (getchar() != EOF)
        ;
    return 0;
}
