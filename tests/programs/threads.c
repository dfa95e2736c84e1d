/* Three threads, each waiting with its number (1 to 3) in a general and a vector register; then ready() is called. */
#include <pthread.h>
#include <sched.h>
#include <stddef.h>

#define THREADS 3

static int waiting;

__attribute__((noinline)) void ready(void) { __asm__ volatile("" ::: "memory"); }

/* Counts itself only when the registers hold the number, and never comes back. */
__attribute__((noinline)) void hold(long number)
{
#if defined(__x86_64__)
    __asm__ volatile("movq %1, %%r15\n\tmovq %1, %%xmm15\n\tlock incl %0\n"
                     "1:\tmovl $34, %%eax\n\tsyscall\n\tjmp 1b" /* pause */
                     : "+m"(waiting) : "r"(number) : "rax", "rcx", "r11", "r15", "xmm15", "memory");
#elif defined(__aarch64__)
    __asm__ volatile("mov x19, %1\n\tdup v15.2d, %1\n\t2: ldaxr w9, %0\n\tadd w9, w9, #1\n\tstlxr w10, w9, %0\n\tcbnz w10, 2b\n"
                     "1:\tmov x0, #0\n\tmov x1, #0\n\tmov x2, #0\n\tmov x3, #0\n\tmov x8, #73\n\tsvc #0\n\tb 1b" /* ppoll */
                     : "+Q"(waiting) : "r"(number)
                     : "x0", "x1", "x2", "x3", "x8", "w9", "w10", "x19", "v15", "memory");
#else
#error "which registers?"
#endif
}

static void *run(void *number)
{
    hold((long)number);
    return NULL;
}

int main(void)
{
    for (long number = 1; number <= THREADS; number++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, run, (void *)number) != 0)
            return 1;
    }
    while (__atomic_load_n(&waiting, __ATOMIC_SEQ_CST) < THREADS)
        sched_yield();
    ready();
    return 0;
}
