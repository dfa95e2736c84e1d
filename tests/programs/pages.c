/* Memory of any kinds of pages, for searches to be held against what is known to be in it.
 *
 * Started, it prints one line of JSON, {"pid": PID, "page_size": BYTES}, and then answers each line of its input:
 *
 *   build KINDS FILE   unmaps what an earlier one made and maps as many pages as KINDS has letters, between two
 *                      unmapped pages; FILE has the content of each, one after the other. Answers the address.
 *                        d  data, readable and writable         r  the same, made readable only
 *                        u  never touched                       w  the same, made writable only
 *                        n  data, without any access            h  a hole: nothing is mapped
 *                        g  a guard page: part of its area, but nobody can read it (MADV_GUARD_INSTALL, Linux 6.13)
 *                      Pages of one protection that follow each other are one area, or part of one.
 *   share FILE         maps all of FILE, and a page more, shared and read-only, instead; touches nothing of it
 *   own FILE           maps all of FILE, and a page more, private and writable, instead; touches nothing of it
 *   reserve PAGES      maps so many pages of shared memory without a name instead; touches nothing of it
 *   read N             reads a byte of page N
 *   write N            writes a letter, W, at the start of page N
 *   quit
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

/* GUARD_INSTALL: MADV_GUARD_INSTALL of <linux/mman.h>, madvise(2). */
enum { MOST = 256, GUARD_INSTALL = 102 };

static char *memory;
static size_t page_size, page_count;

static int protection_of(char kind)
{
    switch (kind) {
    case 'r':
        return PROT_READ;
    case 'w':
        return PROT_WRITE;
    case 'n':
        return PROT_NONE;
    default:
        return PROT_READ | PROT_WRITE;
    }
}

static int make_page(char kind, char *page, int file, off_t offset)
{
    if (kind == 'g')
        return madvise(page, page_size, GUARD_INSTALL);
    if (kind != 'u' && kind != 'h' && pread(file, page, page_size, offset) != (ssize_t)page_size)
        return -1;
    return kind == 'h' ? munmap(page, page_size) : mprotect(page, page_size, protection_of(kind));
}

static int build(const char *kinds, const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC), result = 0;
    if (file < 0)
        return -1;
    if (memory)
        munmap(memory, page_count * page_size);
    page_count = strlen(kinds);
    /* A page more at each end, so that nothing touches what is looked at. */
    char *whole = mmap(NULL, (page_count + 2) * page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (whole == MAP_FAILED)
        return -1;
    munmap(whole, page_size);
    munmap(whole + (page_count + 1) * page_size, page_size);
    memory = whole + page_size;
    for (size_t i = 0; i < page_count && result == 0; i++)
        result = make_page(kinds[i], memory + i * page_size, file, (off_t)(i * page_size));
    close(file);
    return result;
}

/* Map something else; the answer is its address. */
static int map_all(int file, size_t pages, int protection, int flags)
{
    if (memory)
        munmap(memory, page_count * page_size);
    page_count = pages;
    memory = mmap(NULL, pages * page_size, protection, flags, file, 0);
    return memory == MAP_FAILED ? -1 : 0;
}

static int map_file(const char *path, int protection, int flags)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    off_t size = file < 0 ? -1 : lseek(file, 0, SEEK_END);
    if (size < 0)
        return -1;
    int result = map_all(file, ((size_t)size + page_size - 1) / page_size + 1, protection, flags);
    close(file);
    return result;
}

static void answer(int result)
{
    if (result == 0)
        printf("{\"address\": %lu}\n", (unsigned long)memory);
    else
        printf("{\"error\": \"%s\"}\n", strerror(errno));
}

static int obey(const char *line)
{
    char kinds[MOST + 1], path[1024];
    size_t number;
    if (sscanf(line, "build %256[a-z] %1023[^\n]", kinds, path) == 2) {
        answer(build(kinds, path));
    } else if (sscanf(line, "share %1023[^\n]", path) == 1) {
        answer(map_file(path, PROT_READ, MAP_SHARED));
    } else if (sscanf(line, "own %1023[^\n]", path) == 1) {
        answer(map_file(path, PROT_READ | PROT_WRITE, MAP_PRIVATE));
    } else if (sscanf(line, "reserve %zu", &number) == 1) {
        answer(map_all(-1, number, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE));
    } else if (sscanf(line, "read %zu", &number) == 1 && number < page_count) {
        printf("{\"byte\": %d}\n", *(volatile unsigned char *)(memory + number * page_size));
    } else if (sscanf(line, "write %zu", &number) == 1 && number < page_count) {
        memory[number * page_size] = 'W';
        printf("{\"byte\": %d}\n", 'W');
    } else if (strcmp(line, "quit\n") == 0) {
        return 0;
    } else {
        printf("{\"error\": \"no such command\"}\n");
    }
    return 1;
}

int main(void)
{
    char line[2048];
    setvbuf(stdout, NULL, _IOLBF, 0);
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
    page_size = (size_t)sysconf(_SC_PAGESIZE);
    printf("{\"pid\": %d, \"page_size\": %zu}\n", (int)getpid(), page_size);
    while (fgets(line, sizeof line, stdin) && obey(line))
        ;
    return 0;
}
