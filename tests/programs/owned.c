/* Memory whose owners can be proven: named threads, each with a glibc arena, and address space.
 *
 * Usage: owned FILE [abort]    FILE is not used.
 *
 * Thread "three" runs on a coroutine's stack in the midst of a heap of its own, and the stack of "four" has
 * no guard. When all wait, it prints
 * one line of JSON:
 *   {"pid": N, "tids": {NAME: N, ...}, "places": {NAME: {"address": ADDR, "size": BYTES}, ...}}
 * and then thread "one" aborts if it was told to, or all wait to be killed.
 *
 * Places: one, ..., four    a block of each thread's arena
 *         coroutine         64 KiB in the midst of `heap`
 *         heap              16 MiB, rw, private and anonymous
 *         reserved          1 GiB, PROT_NONE, MAP_NORESERVE
 *         zeros             300,000 bytes of .bss
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define HEAP (16UL << 20)
#define RESERVED (1UL << 30)
#define STACK 65536

static const char *const NAMES[] = {"one", "two", "three", "four"};
#define THREADS 4
static char zeros[300000];
static char *heap, *blocks[4];
static long tids[4];
static ucontext_t coroutine, resumed;
static pthread_barrier_t all_are_there, go;
static int aborts;

static void wait_for_the_end(void)
{
    pthread_barrier_wait(&all_are_there);
    pthread_barrier_wait(&go);
    if (aborts && syscall(SYS_gettid) == tids[0])
        abort();
    for (;;)
        pause();
}

static void *run(void *which)
{
    long number = (long)which;
    pthread_setname_np(pthread_self(), NAMES[number]);
    tids[number] = syscall(SYS_gettid);
    blocks[number] = malloc(1000);
    memset(blocks[number], 1, 1000);
    if (number == 2) {
        getcontext(&coroutine);
        coroutine.uc_stack.ss_sp = heap + HEAP / 2;
        coroutine.uc_stack.ss_size = STACK;
        coroutine.uc_link = &resumed;
        makecontext(&coroutine, wait_for_the_end, 0);
        swapcontext(&resumed, &coroutine);
    }
    wait_for_the_end();
    return NULL;
}

static void place(const char *name, const void *address, unsigned long size, const char *behind)
{
    printf("\"%s\": {\"address\": %lu, \"size\": %lu}%s", name, (unsigned long)address, size, behind);
}

int main(int count, char **arguments)
{
    aborts = count > 2 && strcmp(arguments[2], "abort") == 0;
    void *reserved = mmap(NULL, RESERVED, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    heap = mmap(NULL, HEAP, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    zeros[0] = 1;
    pthread_barrier_init(&all_are_there, NULL, THREADS + 1);
    pthread_barrier_init(&go, NULL, THREADS + (aborts ? 1 : 2)); /* nobody is the last */
    for (long number = 0; number < THREADS; number++) {
        pthread_t thread;
        pthread_attr_t attributes;
        pthread_attr_init(&attributes);
        if (number == 3)
            pthread_attr_setguardsize(&attributes, 0);
        if (pthread_create(&thread, &attributes, run, (void *)number) != 0)
            return 1;
    }
    pthread_barrier_wait(&all_are_there);
    printf("{\"pid\": %d, \"tids\": {\"owned\": %d, \"one\": %ld, \"two\": %ld, \"three\": %ld, \"four\": %ld},",
           getpid(), getpid(), tids[0], tids[1], tids[2], tids[3]);
    printf(" \"places\": {");
    for (int number = 0; number < THREADS; number++)
        place(NAMES[number], blocks[number], 1000, ", ");
    place("coroutine", heap + HEAP / 2, STACK, ", ");
    place("heap", heap, HEAP, ", ");
    place("reserved", reserved, RESERVED, ", ");
    place("zeros", zeros, sizeof zeros, "}}\n");
    fflush(stdout);
    pthread_barrier_wait(&go);
    for (;;)
        pause();
}
