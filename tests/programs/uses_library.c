/* Waits at ready() with a library loaded, whose file the test may change meanwhile.
 *
 * The library comes from library.c; the program is linked with it by its path.
 */
#include <stdio.h>
#include <unistd.h>

int serve(void);

__attribute__((noinline)) void ready(void) { __asm__ volatile("" ::: "memory"); }

int main(void)
{
    char line[16];
    printf("{\"serve\": %d}\n", serve());
    fflush(stdout);
    ready();
    return fgets(line, sizeof line, stdin) == NULL;
}
