/* A process with something of every kind that looking at it could change, and that tells when it was changed.
 *
 * Usage: untold FILE [named]    FILE is a sparse file of 16 MiB, which is mapped; with `named`, no shared memory without a
 *                               name is there, which only the privileged can read without touching it.
 *
 * It prints one line of JSON, {"pid": N, "page_size": N, "places": {NAME: {"address": ADDR, "size": BYTES}, ...}}, and
 * sleeps until its input ends. Places, each with the text `untold-needle` at the start of its second page:
 *   sparse     FILE, shared; nothing of it is touched but page 4
 *   copied     FILE, private; page 4 written to
 *   forbidden  FILE, private, without any access; nothing touched
 *   memory     memfd of 1 MiB, shared; page 4 written to, and the needle by way of the file
 *   nameless   1 MiB, shared and anonymous; page 4 written to, no needle
 *   reserved   64 MiB, private and anonymous; page 4 written to, no needle
 *   huge       4 MiB, private and anonymous, where huge pages are wanted; nothing touched, no needle
 *   closed     1 MiB, private and anonymous, without any access; nothing touched, no needle
 *   read       1 MiB, private and anonymous; page 4 read (it is the page of zeros), no needle
 * Two threads sleep; SIGUSR1 has a handler, SIGUSR2 is blocked and pending; a timer and a pipe are open.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define FILE_SIZE (16L << 20)
#define NEEDLE "untold-needle"

struct place {
    const char *name;
    size_t size;
    int protection, flags, advice;
    char touch; /* r or w: page 4 is read or written to; 0: neither */
    char *address;
};

static struct place places[] = {
    {"sparse", FILE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, 0, 'r', NULL},
    {"copied", FILE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, 0, 'w', NULL},
    {"forbidden", FILE_SIZE, PROT_NONE, MAP_PRIVATE, 0, 0, NULL},
    {"memory", 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED, 0, 'w', NULL},
    {"nameless", 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, 0, 'w', NULL},
    {"reserved", 64 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, 0, 'w', NULL},
    {"huge", 4 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, MADV_HUGEPAGE, 0, NULL},
    {"closed", 1 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, 0, 0, NULL},
    {"read", 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, 0, 'r', NULL},
};

volatile long counter = 0x0123456789abcdef;
static int waiting;

__attribute__((noinline)) void ready(void) { __asm__ volatile("" ::: "memory"); }

static void check(int is_done, const char *what)
{
    if (!is_done) {
        perror(what);
        exit(1);
    }
}

static void make(struct place *place, int file)
{
    long page = sysconf(_SC_PAGESIZE);
    /* Room on both sides: the kernel joins it with nothing, and a huge page fits. */
    char *room = mmap(NULL, place->size + (8 << 20), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    check(room != MAP_FAILED, "mmap");
    char *start = (char *)(((unsigned long)room + (4 << 20)) & ~((2UL << 20) - 1));
    place->address = mmap(start, place->size, place->protection, place->flags | MAP_FIXED, file, 0);
    check(place->address == start, place->name);
    if (place->advice)
        madvise(start, place->size, place->advice); /* a kernel without huge pages refuses */
    if (place->touch)
        madvise(start, place->size, MADV_RANDOM); /* so that its neighbours are not touched with it */
    volatile char *touched = start + 4 * page;
    if (place->touch == 'r')
        (void)*touched;
    if (place->touch == 'w')
        *touched = 1;
}

static int file_of(const struct place *place, int named, int unnamed)
{
    return place->flags & MAP_ANONYMOUS ? -1 : place->size == FILE_SIZE ? named : unnamed;
}

static int is_without_name(const struct place *place) { return place->flags & MAP_SHARED && place->size != FILE_SIZE; }

static void *wait_for_ever(void *unused)
{
    __atomic_add_fetch(&waiting, 1, __ATOMIC_SEQ_CST);
    for (;;)
        pause();
    return unused;
}

static void handle(int number) { (void)number; }

static void make_signals(void)
{
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR2);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    signal(SIGUSR1, handle);
    raise(SIGUSR2);
}

int main(int argc, char **argv)
{
    int file = argc > 1 ? open(argv[1], O_RDWR | O_CLOEXEC) : -1, memory = memfd_create("untold", MFD_CLOEXEC), pipes[2];
    check(file >= 0 && memory >= 0 && pipe(pipes) == 0, "FILE");
    check(ftruncate(memory, 1 << 20) == 0 && timerfd_create(CLOCK_MONOTONIC, 0) >= 0, "memfd");
    long page = sysconf(_SC_PAGESIZE);
    check(pwrite(memory, NEEDLE, strlen(NEEDLE), page) == (ssize_t)strlen(NEEDLE), "write");
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0); /* for a debugger that isn't the parent */
    make_signals();
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (argc == 2 || !is_without_name(&places[i]))
            make(&places[i], file_of(&places[i], file, memory));
    for (int i = 0; i < 2; i++) {
        pthread_t thread;
        check(pthread_create(&thread, NULL, wait_for_ever, NULL) == 0, "thread");
    }
    while (__atomic_load_n(&waiting, __ATOMIC_SEQ_CST) < 2)
        usleep(1000);
    printf("{\"pid\": %d, \"page_size\": %ld, \"places\": {", getpid(), page);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (places[i].address)
            printf("%s\"%s\": {\"address\": %lu, \"size\": %zu}", i ? ", " : "", places[i].name,
                   (unsigned long)places[i].address, places[i].size);
    printf("}}\n");
    fflush(stdout);
    ready();
    char byte;
    return read(0, &byte, 1) < 0;
}
