/* A library with many relocated pointers. Compiled with -DNEWER it is another build of it: code and data move,
 * so that hundreds of its words differ.
 */
#include <stddef.h>

static int here[200];
#ifdef NEWER
int added(int number) { return number * 77 + 5; }
static int more[64] = {1};
int *const moved = &more[1];
#endif
int serve(void) { return here[0] + 1; }

#define PAIR(n) &here[n], NULL
#define TEN(n) PAIR(n), PAIR(n + 1), PAIR(n + 2), PAIR(n + 3), PAIR(n + 4), PAIR(n + 5), PAIR(n + 6), \
    PAIR(n + 7), PAIR(n + 8), PAIR(n + 9)
/* Written by the loader, then protected. */
int *const pointers[] = {TEN(0), TEN(10), TEN(20), TEN(30), TEN(40), TEN(50), TEN(60), TEN(70), TEN(80), TEN(90)};
