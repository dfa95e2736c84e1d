/* A program that hooks its own code, as a tracer or an intruder would, and then waits at ready().
 *
 * seats() is compiled to return 6. Its first instructions are replaced by a jump to hook(), which returns 7.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

__attribute__((noinline)) int seats(void) { return 6; }
__attribute__((noinline)) int hook(void) { return 7; }
__attribute__((noinline)) int other(void) { return 1; }
__attribute__((noinline)) void ready(void) { __asm__ volatile("" ::: "memory"); }

/* Write a jump that goes `distance` bytes from `code` on; return its size. */
static size_t jump(unsigned char *code, intptr_t distance)
{
#if defined(__x86_64__) /* jmp rel32, counted from the next instruction */
    int32_t relative = (int32_t)(distance - 5);
    code[0] = 0xe9;
    memcpy(code + 1, &relative, sizeof relative);
    return 5;
#elif defined(__aarch64__) /* b imm26, in words */
    uint32_t instruction = 0x14000000u | ((uint32_t)(distance >> 2) & 0x3ffffffu);
    memcpy(code, &instruction, sizeof instruction);
    return sizeof instruction;
#else
#error "how does this machine jump?"
#endif
}

int main(void)
{
    unsigned char *code = (unsigned char *)seats;
    uintptr_t size = (uintptr_t)sysconf(_SC_PAGESIZE);
    void *page = (void *)((uintptr_t)code & -size);
    if (mprotect(page, 2 * size, PROT_READ | PROT_WRITE | PROT_EXEC) != 0)
        return 1;
    size_t written = jump(code, (unsigned char *)hook - code);
    __builtin___clear_cache((char *)code, (char *)code + written);
    if (mprotect(page, 2 * size, PROT_READ | PROT_EXEC) != 0)
        return 1;
    ready();
    return seats() + other() == 8 ? 0 : 1;
}
