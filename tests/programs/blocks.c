/* Says which blocks it has, of all kinds that glibc's malloc makes.

   Its facts: "blocks", each an address, what malloc_usable_size(3) said, and whether it is still in use; of an
   address that came twice, the last counts; "sums", of mallinfo2(3). "damaged" is where a chunk's size was overwritten.

   Arguments: "heaps": a thread needs several for its arena; "scattered": the break can't grow, so that the
   main arena goes on elsewhere; "foreign": others move the break too; "damaged": the size of a chunk is
   overwritten. The last three have no threads. */

#define _GNU_SOURCE
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SMALL = 200, THREADS = 3, MANY = 12000, MOST = 20000, PAGE = 4096 };

static struct {
    void *address;
    size_t size;
    int is_used;
} blocks[MOST];

static int count;
static int large;
static size_t damaged;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t made;

static int note(void *block)
{
    pthread_mutex_lock(&lock);
    int at = count++;
    blocks[at].address = block;
    blocks[at].size = malloc_usable_size(block);
    blocks[at].is_used = 1;
    pthread_mutex_unlock(&lock);
    return at;
}

static void drop(int at)
{
    blocks[at].is_used = 0;
    free(blocks[at].address);
}

/* Blocks of many sizes, of which some are free again, in the thread's cache, in fast bins and in others. */
static void fill(unsigned seed)
{
    int mine[SMALL];
    for (int i = 0; i < SMALL; i++) {
        seed = seed * 1103515245 + 12345;
        mine[i] = note(malloc((seed >> 16) % (i % 7 ? 300 : 9000)));
    }
    for (int i = 0; i < SMALL; i += 3)
        drop(mine[i]);
    for (int i = 0; i < 12; i++)
        mine[i] = note(malloc(40));
    for (int i = 0; i < 12; i++)
        drop(mine[i]); /* more than the cache takes */
}

static void *work(void *number)
{
    fill((unsigned)(size_t)number);
    for (int i = 0; (size_t)number == 1 && i < large; i++)
        note(malloc(100 << 10));
    pthread_barrier_wait(&made);
    for (;;)
        pause();
}

static void start_threads(void)
{
    pthread_t thread;
    pthread_barrier_init(&made, NULL, THREADS + 1);
    for (size_t i = 1; i <= THREADS; i++)
        pthread_create(&thread, NULL, work, (void *)i);
    pthread_barrier_wait(&made);
}

/* Blocks with mappings of their own: four, an aligned one and a large one. */
static void map_some(void)
{
    for (size_t i = 2; i < 6; i++)
        note(malloc(i * (100 << 10)));
    note(aligned_alloc(1 << 16, 300 << 10));
    note(calloc(1, 5 << 20));
}

static void many(int number)
{
    for (int i = 0; i < number; i++)
        note(malloc((size_t)(24 + i % 200)));
}

static void scatter(void)
{
    size_t end = ((size_t)sbrk(0) + PAGE - 1) / PAGE * PAGE;
    mmap((void *)end, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    many(MANY);
}

static void move_break(void)
{
    for (int i = 1; i < 4; i++) {
        memset(sbrk(5000 * i), 0x5a, (size_t)(5000 * i));
        many(1200);
    }
}

static void damage(void)
{
    many(300);
    size_t *size = (size_t *)blocks[count - 150].address - 1;
    *size = 0x4141414141414141;
    damaged = (size_t)(size - 1);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    setvbuf(stdout, NULL, _IOFBF, 1 << 16);
    printf("{"); /* its buffer is there from now on */
    large = strcmp(what, "heaps") ? 0 : 700;
    if (strcmp(what, "scattered") && strcmp(what, "foreign") && strcmp(what, "damaged"))
        start_threads();
    fill(THREADS + 1);
    if (!strcmp(what, "scattered"))
        scatter();
    if (!strcmp(what, "foreign"))
        move_break();
    map_some();
    for (int i = 0; i < count; i += 5)
        if (blocks[i].is_used && blocks[i].size < 60000)
            drop(i);
    struct mallinfo2 sums = mallinfo2();
    if (!strcmp(what, "damaged"))
        damage();
    printf("\"sums\": {\"uordblks\": %zu, \"fordblks\": %zu, \"ordblks\": %zu, \"fsmblks\": %zu, \"hblks\": %zu, \"hblkhd\": %zu}, ",
           sums.uordblks, sums.fordblks, sums.ordblks, sums.fsmblks, sums.hblks, sums.hblkhd);
    printf("\"damaged\": %zu, \"blocks\": [", damaged);
    for (int i = 0; i < count; i++)
        printf("%s[%zu, %zu, %d]", i ? ", " : "", (size_t)blocks[i].address, blocks[i].size, blocks[i].is_used);
    puts("]}");
    fflush(stdout);
    for (;;)
        pause();
}
