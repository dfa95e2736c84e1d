/* Fills 96 MiB with words that differ, then calls ready(). */
#include <stdint.h>
#include <sys/mman.h>

#define SIZE ((size_t)96 << 20)

__attribute__((noinline)) void ready(void) { __asm__ volatile("" ::: "memory"); }

int main(void)
{
    uint64_t *words = mmap(0, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (words == MAP_FAILED)
        return 1;
    for (size_t place = 0; place < SIZE / sizeof *words; place++)
        words[place] = place * UINT64_C(0x9E3779B97F4A7C15);
    ready();
    return 0;
}
