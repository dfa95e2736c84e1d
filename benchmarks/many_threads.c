/* Usage: many_threads N: maps 2,000 areas, starts N threads that sleep, prints the address of an area in decimal and N,
 * and waits for the end of its standard input. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define PAGE 4096ul
#define AREAS 2000ul

static void *rest(void *unused)
{
    for (;;)
        pause();
    return unused;
}

int main(int argc, char **argv)
{
    int count = argc > 1 ? atoi(argv[1]) : 2000;
    char *base = mmap(NULL, AREAS * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED)
        return 1;
    for (size_t i = 0; i < AREAS; i += 2)
        if (mprotect(base + i * PAGE, PAGE, PROT_READ | PROT_WRITE) != 0)
            return 1;
    for (int i = 0; i < count; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, rest, NULL) != 0)
            return 1;
    }
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
    printf("%lu %d\n", (unsigned long)base, count);
    fflush(stdout);
    while (getchar() != EOF)
        ;
    return 0;
}
