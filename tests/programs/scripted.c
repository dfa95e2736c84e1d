/* What a script passes as an address: values of C's kinds; it stops at ready(), called by stopped(). */
#include <stdint.h>

typedef const char *text_t;
enum place { NOWHERE, SOMEWHERE = 0x7000 };
struct pair {
    int number;
    text_t text;
};

char message[16] = "a message";
text_t text = message;
struct pair pair = {5, message};
enum place place = SOMEWHERE;
uintptr_t number;
int negative = -16;
double real = 1.5;
int length = 9;

__attribute__((noinline)) void ready(void) { __asm__ volatile("" ::: "memory"); }

__attribute__((noinline, noclone)) int opaque(void) { return negative; }

__attribute__((noinline, optimize("O2"))) int stopped(int kept)
{
    int gone = opaque(); /* in no register any more when it stops */
    (void)gone;
    ready();
    return kept;
}

int main(void)
{
    number = (uintptr_t)message;
    return stopped((int)pair.number) == 0;
}
