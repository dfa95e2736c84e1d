/* Changes one global, one block of the heap, and nothing else of its own between two calls of ready(). */
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
    block = malloc(4096);
    memset(block, '.', 4096);
    ready();
    once();
    ready();
    return counter == 42 ? 0 : 1;
}
