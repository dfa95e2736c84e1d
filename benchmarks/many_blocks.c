/* Usage: many_blocks N: has N small blocks that point to each other, as a cache or a parsed document has: 24 to 88 bytes,
   of which half are a chain, half another, and each second points to any block before, too. Each hundredth is lost.
   Prints the address of one in decimal and how many are lost, and waits for the end of its standard input. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>

struct node {
    struct node *next, *other;
    char rest[8];
};

struct node *chain, *other_chain;

int main(int argc, char **argv)
{
    long count = argc > 1 ? atol(argv[1]) : 1000000, lost = 0;
    struct node **all = malloc((size_t)count * sizeof *all);
    uint64_t seed = 1;
    for (long i = 0; i < count; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        uint64_t random = seed >> 33;
        struct node *node = malloc(sizeof *node + random % 65);
        node->next = node->other = NULL;
        all[i] = node;
        if (i % 100 == 99) { /* nobody keeps it */
            node->next = all[random % (uint64_t)i];
            lost++;
            continue;
        }
        if (i % 2) {
            node->next = chain;
            chain = node;
        } else {
            node->next = other_chain;
            other_chain = node;
        }
        if (i % 2 == 0 && i) {
            long other = (long)(random % (uint64_t)i);
            node->other = other % 100 == 99 ? NULL : all[other];
        }
    }
    unsigned long middle = (unsigned long)all[count / 2];
    for (long i = 0; i < count; i++)
        all[i] = NULL;
    free(all);
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
    printf("%lu %ld\n", middle, lost);
    fflush(stdout);
    while (getchar() != EOF)
        ;
    return 0;
}
