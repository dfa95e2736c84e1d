/* Usage: changing_map CHANGES: maps 1,000 areas; if CHANGES is 1, a process that shares the memory maps and unmaps all the
 * time, also while a debugger holds this one. Prints an address in decimal and CHANGES, and waits for the end of its
 * standard input. */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define PAGE 4096ul
#define AREAS 1000ul

static char stack[1 << 16];

static int change(void *unused)
{
    (void)unused;
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    for (;;) {
        void *piece = mmap(NULL, 4 * PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        usleep(1000);
        munmap(piece, 4 * PAGE);
    }
    return 0;
}

int main(int argc, char **argv)
{
    int changes = argc > 1 ? atoi(argv[1]) : 0;
    char *base = mmap(NULL, AREAS * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED)
        return 1;
    for (size_t i = 0; i < AREAS; i += 2)
        if (mprotect(base + i * PAGE, PAGE, PROT_READ | PROT_WRITE) != 0)
            return 1;
    if (changes && clone(change, stack + sizeof stack, CLONE_VM | SIGCHLD, NULL) < 0)
        return 1;
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
    printf("%lu %d\n", (unsigned long)base, changes);
    fflush(stdout);
    while (getchar() != EOF)
        ;
    return 0;
}
