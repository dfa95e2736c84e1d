/* Changes one global, one block of the heap, and nothing else of its own between two calls of ready().
 *
 * It stays on one CPU, the same in each run: the kernel notes the CPU in each thread's memory (rseq(2)), which is a
 * change too. */
#define _GNU_SOURCE
#include <sched.h>
#include <stdlib.h>
#include <string.h>

int counter = 41;
char *block;

__attribute__((noinline)) void ready(void) { __asm__ volatile("" ::: "memory"); }

__attribute__((noinline)) static void once(void)
{
    counter++;
    block[100] = '!';
}

int main(void)
{
    cpu_set_t allowed, here;
    int first = 0;
    CPU_ZERO(&allowed);
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        return 1;
    while (!CPU_ISSET(first, &allowed))
        first++;
    CPU_ZERO(&here);
    CPU_SET(first, &here);
    if (sched_setaffinity(0, sizeof here, &here) != 0)
        return 1;
    block = malloc(4096);
    memset(block, '.', 4096);
    ready();
    once();
    ready();
    return counter == 42 ? 0 : 1;
}
