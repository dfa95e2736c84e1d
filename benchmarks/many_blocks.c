/* Has many small blocks that point to each other, as a cache or a parsed document has: BLOCKS of 24 to 88 bytes, half of
   which hold a chain, a quarter a tree, and all one more pointer for each second block, to any block before. One in
   a hundred is lost. Prints how many are, and waits. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct node {
    struct node *next, *other;
    char rest[8];
};

struct node *chain, *tree;

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
            node->next = tree;
            tree = node;
        }
        if (i % 2 == 0 && i) {
            long other = (long)(random % (uint64_t)i);
            node->other = other % 100 == 99 ? NULL : all[other];
        }
    }
    for (long i = 0; i < count; i++)
        all[i] = NULL;
    free(all);
    printf("{\"blocks\": %ld, \"lost\": %ld}\n", count, lost);
    fflush(stdout);
    for (;;)
        pause();
}
