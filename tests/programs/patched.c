/* A program that patches one byte of its own code, as a hot fix would, and then waits at ready().
 *
 * seats() is compiled to return 6 and returns 7 from then on: one byte of its code differs from the file.
 * It prints the address of that byte.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__x86_64__) /* mov $6, %eax: the immediate's lowest byte */
enum { COMPILED = 6, PATCHED = 7 };
#elif defined(__aarch64__) /* mov w0, #6: the immediate begins at bit 5 */
enum { COMPILED = 6 << 5, PATCHED = 7 << 5 };
#else
#error "which byte of seats() holds its result on this machine?"
#endif

__attribute__((noinline)) int seats(void) { return 6; }
__attribute__((noinline)) int other(void) { return 1; }
__attribute__((noinline)) void ready(void *patched) { __asm__ volatile("" ::"r"(patched) : "memory"); }

int main(void)
{
    unsigned char *code = (unsigned char *)seats;
    while (*code != COMPILED)
        code++;
    unsigned long size = (unsigned long)sysconf(_SC_PAGESIZE);
    void *page = (void *)((unsigned long)code & -size);
    if (mprotect(page, size, PROT_READ | PROT_WRITE | PROT_EXEC) != 0)
        return 1;
    *code = PATCHED;
    __builtin___clear_cache((char *)code, (char *)code + 1);
    if (mprotect(page, size, PROT_READ | PROT_EXEC) != 0)
        return 1;
    ready(code);
    return seats() + other() == 8 ? 0 : 1;
}
