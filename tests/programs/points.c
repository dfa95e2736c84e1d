/* Says who points where: blocks that are held in every way that there is, and blocks that nothing leads to.

   Its facts: "held" and "lost", each an address for each name, as numbers; "words", where words lie that point there,
   with the name of what they point to: [at, name, kind]. Addresses are kept as their complements, so that nothing
   else in memory points to a block; the kinds are those of holders. */

#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST = 200, HUGE = 300 << 10 };

struct node {
    struct node *left, *right;
    long value[3];
};

static struct {
    const char *list, *name;
    size_t hidden;
} blocks[MOST];

static struct {
    size_t hidden_at;
    const char *name, *kind;
} words[MOST];

static int block_count, word_count;
static pthread_barrier_t made;

/* Global variables that hold blocks: a whole list, the middle of a block, a large one, one of another arena. */
struct node *list_head;
char *interior[3];
void **large;
static struct node *other_arena;
static __thread struct node *in_tls;
static size_t hidden_in_register, hidden_in_saved;

static void *noted(const char *list, const char *name, void *block)
{
    blocks[block_count].list = list;
    blocks[block_count].name = name;
    blocks[block_count++].hidden = ~(size_t)block;
    return block;
}

static void word(const void *at, const char *name, const char *kind)
{
    words[word_count].hidden_at = ~(size_t)at;
    words[word_count].name = name;
    words[word_count++].kind = kind;
}

static struct node *node(const char *list, const char *name)
{
    return noted(list, name, calloc(1, sizeof(struct node)));
}

__attribute__((noinline)) static void hold_some(void)
{
    list_head = node("held", "first");
    list_head->left = node("held", "second");
    list_head->left->left = node("held", "third");
    word(&list_head, "first", "global");
    word(&list_head->left, "second", "block");
    word(&list_head->left->left, "third", "block");
    char *inside = noted("held", "interior", malloc(100));
    interior[1] = inside + 50;
    word(&interior[1], "interior", "global");
    large = noted("held", "large", calloc(1, HUGE));
    large[1000] = node("held", "in large");
    word(&large, "large", "global");
    word(&large[1000], "in large", "block");
    in_tls = node("held", "in tls");
    word(&in_tls, "in tls", "tls");
    hidden_in_register = ~(size_t)node("held", "in register");
    hidden_in_saved = ~(size_t)node("held", "in saved register");
}

__attribute__((noinline)) static void lose_some(void)
{
    for (int i = 0; i < 3; i++)
        noted("lost", "lone", malloc(40));
    struct node *ring[3];
    for (int i = 0; i < 3; i++)
        ring[i] = node("lost", "ring");
    for (int i = 0; i < 3; i++)
        ring[i]->left = ring[(i + 1) % 3];
    struct node *tree = node("lost", "tree"), *branch = NULL;
    tree->left = node("lost", "branch");
    tree->right = branch = node("lost", "branch");
    branch->left = node("lost", "leaf");
    branch->right = node("lost", "leaf");
    word(&tree->left, "branch", "block");
    void **lost_large = noted("lost", "lost large", calloc(1, HUGE + 4096));
    lost_large[77] = node("lost", "in lost large");
    /* A freed block still points to a lost one, behind what free() writes there. */
    struct node **stale = calloc(20, sizeof *stale);
    stale[10] = node("lost", "in freed");
    word(&stale[10], "in freed", "free");
    free(stale);
}

/* Makes all that was left on the stack by the calls before zero. */
__attribute__((noinline)) static void clear_stack(void)
{
    volatile char room[1 << 16];
    for (size_t i = 0; i < sizeof room; i++)
        room[i] = 0;
}

static void *in_arena(void *unused)
{
    other_arena = node("held", "of other arena");
    word(&other_arena, "of other arena", "global");
    other_arena->right = node("held", "next of other arena");
    word(&other_arena->right, "next of other arena", "block");
    node("lost", "lost of other arena");
    clear_stack();
    pthread_barrier_wait(&made);
    for (;;)
        pause();
    return unused;
}

static void *in_registers(void *unused)
{
    clear_stack();
#if defined(__x86_64__)
    /* r15 is held; what was in r14 is only where a function saved it. */
    __asm__ volatile("movq %0, %%r15\n\tnotq %%r15\n\tmovq %1, %%r14\n\tnotq %%r14\n\t"
                     "pushq %%r14\n\txorl %%r14d, %%r14d\n\tmovq %2, %%rdi\n\tcall pthread_barrier_wait@PLT\n"
                     "1:\tmovl $34, %%eax\n\tsyscall\n\tjmp 1b" /* pause */
                     : : "m"(hidden_in_register), "m"(hidden_in_saved), "r"(&made)
                     : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r14", "r15", "memory");
#else
    struct node *volatile kept[2] = {(struct node *)~hidden_in_register, (struct node *)~hidden_in_saved};
    pthread_barrier_wait(&made);
    for (;;)
        pause();
    return kept[0] == kept[1] ? unused : NULL;
#endif
    return unused;
}

static void print_list(const char *list)
{
    const char *between = "";
    printf("\"%s\": [", list);
    for (int i = 0; i < block_count; i++)
        if (!strcmp(blocks[i].list, list)) {
            printf("%s[%zu, \"%s\"]", between, ~blocks[i].hidden, blocks[i].name);
            between = ", ";
        }
    printf("], ");
}

__attribute__((noinline)) static void ready(void *on_stack)
{
    word(on_stack, "on stack", "stack");
    printf("{");
    print_list("held");
    print_list("lost");
    printf("\"words\": [");
    for (int i = 0; i < word_count; i++)
        printf("%s[%zu, \"%s\", \"%s\"]", i ? ", " : "", ~words[i].hidden_at, words[i].name, words[i].kind);
    puts("]}");
    fflush(stdout);
    clear_stack();
}

int main(int argc, char **argv)
{
    pthread_t thread;
    setvbuf(stdout, NULL, _IOFBF, 1 << 16);
    printf(" "); /* its buffer is there from now on */
    hold_some();
    lose_some();
    clear_stack();
    pthread_barrier_init(&made, NULL, 3);
    pthread_create(&thread, NULL, in_arena, NULL);
    pthread_create(&thread, NULL, in_registers, NULL);
    pthread_barrier_wait(&made);
    struct node *volatile on_stack = node("held", "on stack");
    ready((void *)&on_stack);
    if (argc > 1 && !strcmp(argv[1], "ends"))
        return 0;
    for (;;)
        pause();
    return on_stack == NULL && argv == NULL;
}
