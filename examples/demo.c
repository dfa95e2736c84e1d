/* The program of `make demo`: something to find on the heap and in a table, and a byte that is not as it should be.
 *
 * It patches one byte of its own code, as a cheat or a hot fix would: seats() is compiled to return 6 and returns 7
 * from then on. Then it stops at ready().
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* The byte of `return 6` in the code of seats(), and what makes it `return 7`. */
#if defined(__x86_64__) /* mov $6, %eax: the immediate's lowest byte */
enum { COMPILED = 6, PATCHED = 7 };
#elif defined(__aarch64__) /* mov w0, #6: the immediate begins at bit 5 */
enum { COMPILED = 6 << 5, PATCHED = 7 << 5 };
#else
#error "which byte of seats() holds its result on this machine?"
#endif

static int greet(int n) { return n + 1; }
static int serve(int n) { return n * 2; }
static int leave(int n) { return n - 1; }

int (*handlers[])(int) = {greet, serve, leave};
char *letter;

__attribute__((noinline)) int seats(void) { return 6; }
__attribute__((noinline)) void ready(void) { __asm__ volatile("" ::: "memory"); }

static void patch_seats(void)
{
    unsigned char *code = (unsigned char *)seats;
    while (*code != COMPILED)
        code++;
    unsigned long page_size = (unsigned long)sysconf(_SC_PAGESIZE);
    void *page = (void *)((unsigned long)code & -page_size);
    if (mprotect(page, page_size, PROT_READ | PROT_WRITE | PROT_EXEC) != 0) {
        perror("mprotect");
        exit(1);
    }
    *code = PATCHED;
    __builtin___clear_cache((char *)code, (char *)code + 1);
    mprotect(page, page_size, PROT_READ | PROT_EXEC);
}

int main(void)
{
    letter = malloc(64);
    /* In two parts, so that the whole text is on the heap only. */
    snprintf(letter, 64, "Dear %s, the %s is under the %s.", "Ada", "treasure", "old oak");
    patch_seats();
    ready();
    return seats() == 7 ? 0 : 1;
}
