/* Numbers and bytes to look for, in .data and in .bss, of which part lies in no file; then it waits at ready(). */
#include <stdint.h>

unsigned char bytes[] = {0x60, 0xf0, 0x0f, 0x01, 0x41, 0x42};
float magic1 = 1.34f, magic2 = 1.35f, magic3 = 1.36f, tenth = 0.1f;
double precise = 1.35;
uint64_t flagged = 0x5eed000000000a47u;
static uint32_t hidden[5 * 4096];

__attribute__((noinline)) void ready(void) { __asm__ volatile("" ::: "memory"); }

int main(void)
{
    hidden[4 * 4096] = 0x5eed1234;
    ready();
    return bytes[0] == 0 || precise == 0 || flagged == 0 || magic1 + magic2 + magic3 + tenth == 0;
}
