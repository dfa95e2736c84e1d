/* The standard inferior: areas of every sort, and where they are.
 *
 * Usage: areas [FILE]    FILE (not empty) is mapped, privately and read-only.
 *
 * It prints one line of JSON:
 *   {"pid": N, "page_size": N, "marker": ADDR, "functions": [ADDR, ...],
 *    "places": {NAME: {"address": ADDR, "size": BYTES}, ...}}
 * and then answers each line of its standard input with one line of JSON:
 *   unmap NAME              {"done": "unmap"}      munmap of the whole place
 *   protect NAME r|rw|none  {"done": "protect"}
 *   write NAME OFFSET BYTE  {"done": "write"}
 *   map NAME PAGES          {"done": "map", "address": ADDR, "size": BYTES}    new, rw, zero-filled
 *   quit                    {"done": "quit"}, and the program ends with status 0, as it does at end of file
 * or with {"error": TEXT}. Before each wait it calls ptatlas_ready().
 *
 * Places that are mappings of their own, each between two PROT_NONE pages so that the kernel merges them with
 * nothing:
 *   pattern   64 pages, rw; the u32 at index I is I * 2654435761 (mod 2**32)
 *   low       4 pages, rw, touching `high`
 *   high      4 pages, r, touching `low`
 *   holed     5 pages, rw, of which the third has PROT_NONE (that one is the place `hole`)
 *   overlap_page   1 page, rw
 *   shared    2 pages, rw, MAP_SHARED and anonymous
 *   reserved  1 GiB, rw, MAP_NORESERVE, never touched
 *   file      FILE, if given, and one page more (the place is as long as the file)
 * Places inside these:
 *   heap         a malloc block that begins with ptatlas-heap-needle (the place is the text)
 *   border       ptatlas-border-needle, half in `low`, half in `high`
 *   before_hole, after_hole   ptatlas-before-needle just before `hole`, ptatlas-after-needle just after it
 *   overlap      aaaaaaa: five matches of aaa
 *   beyond_file  the page beyond the end of FILE, which is mapped and can't be read
 *   shared_text  ptatlas-shared-needle, at the start of `shared`
 *   table        the global function_table
 *
 * Each needle is in memory exactly once: it is put together from parts, so none of them is in .rodata.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_PLACES 64

struct place {
    char name[32];
    char *address;
    size_t size;
};

static int twice(int n) { return 2 * n; }
static int square(int n) { return n * n; }
static int negate(int n) { return -n; }

unsigned long marker = 0x1122334455667788;
int (*function_table[])(int) = {twice, square, negate};

static struct place places[MAX_PLACES];
static size_t place_count;
static size_t page_size;

__attribute__((noinline)) void ptatlas_ready(void) { __asm__ volatile("" ::: "memory"); }

static void die(const char *what)
{
    printf("{\"error\": \"%s: %s\"}\n", what, strerror(errno));
    exit(1);
}

static char *add_place(const char *name, void *address, size_t size)
{
    if (place_count == MAX_PLACES) {
        errno = ENOSPC;
        die("add_place");
    }
    struct place *place = &places[place_count++];
    snprintf(place->name, sizeof place->name, "%s", name);
    place->address = address;
    place->size = size;
    return address;
}

static struct place *find_place(const char *name)
{
    /* The latest first: `map` may give an unmapped place's name again. */
    for (size_t i = place_count; i-- > 0;)
        if (strcmp(places[i].name, name) == 0)
            return &places[i];
    return NULL;
}

/* Reserve `size` bytes between two pages without access; the caller gives them their content. */
static char *reserve(size_t size)
{
    char *base = mmap(NULL, size + 2 * page_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED)
        die("mmap");
    return base + page_size;
}

static char *map_fixed(char *address, size_t size, int protection, int flags, int fd)
{
    if (mmap(address, size, protection, flags | MAP_FIXED, fd, 0) == MAP_FAILED)
        die("mmap");
    return address;
}

static char *map_pages(const char *name, size_t pages, int flags)
{
    size_t size = pages * page_size;
    return add_place(name, map_fixed(reserve(size), size, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1), size);
}

static void protect(char *address, size_t size, int protection)
{
    if (mprotect(address, size, protection) != 0)
        die("mprotect");
}

static size_t needle_size(const char *middle) { return strlen("ptatlas-") + strlen(middle) + strlen("-needle"); }

/* Byte by byte through a volatile pointer, so that no copy is left in a buffer or a register's spill. */
static void put_needle(const char *name, char *address, const char *middle)
{
    const char *parts[] = {"ptatlas-", middle, "-needle"};
    volatile char *to = address;
    for (size_t i = 0; i < 3; i++)
        for (const char *from = parts[i]; *from; from++)
            *to++ = *from;
    add_place(name, address, needle_size(middle));
}

static void make_pattern(void)
{
    uint32_t *words = (uint32_t *)map_pages("pattern", 64, MAP_PRIVATE);
    for (size_t i = 0; i < 64 * page_size / sizeof *words; i++)
        words[i] = (uint32_t)i * 2654435761u;
}

static void make_border(void)
{
    size_t half = 4 * page_size;
    char *low = map_fixed(reserve(2 * half), 2 * half, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    add_place("low", low, half);
    add_place("high", low + half, half);
    put_needle("border", low + half - needle_size("border") / 2, "border");
    protect(low + half, half, PROT_READ);
}

static void make_hole(void)
{
    char *holed = map_pages("holed", 5, MAP_PRIVATE);
    char *hole = add_place("hole", holed + 2 * page_size, page_size);
    put_needle("before_hole", hole - needle_size("before"), "before");
    put_needle("after_hole", hole + page_size, "after");
    protect(hole, page_size, PROT_NONE);
}

static void make_overlap(void)
{
    char *page = map_pages("overlap_page", 1, MAP_PRIVATE);
    memset(page + 16, 'a', 7);
    add_place("overlap", page + 16, 7);
}

static void map_file(const char *path)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) != 0)
        die(path);
    size_t pages = ((size_t)status.st_size + page_size - 1) / page_size;
    /* One page more than the file has: nobody, a debugger neither, can read what lies beyond its end (mmap(2)). */
    size_t size = (pages + 1) * page_size;
    char *address = map_fixed(reserve(size), size, PROT_READ, MAP_PRIVATE, fd);
    add_place("file", address, (size_t)status.st_size);
    add_place("beyond_file", address + pages * page_size, page_size);
    close(fd);
}

static void make_places(const char *file)
{
    put_needle("heap", calloc(1, 64), "heap");
    make_pattern();
    make_border();
    make_hole();
    make_overlap();
    put_needle("shared_text", map_pages("shared", 2, MAP_SHARED), "shared");
    map_pages("reserved", ((size_t)1 << 30) / page_size, MAP_PRIVATE | MAP_NORESERVE);
    add_place("table", function_table, sizeof function_table);
    if (file)
        map_file(file);
}

static void print_facts(void)
{
    printf("{\"pid\": %d, \"page_size\": %zu, \"marker\": %lu, \"functions\": [", (int)getpid(), page_size,
           (unsigned long)&marker);
    for (size_t i = 0; i < sizeof function_table / sizeof *function_table; i++)
        printf("%s%lu", i ? ", " : "", (unsigned long)function_table[i]);
    printf("], \"places\": {");
    for (size_t i = 0; i < place_count; i++)
        printf("%s\"%s\": {\"address\": %lu, \"size\": %zu}", i ? ", " : "", places[i].name,
               (unsigned long)places[i].address, places[i].size);
    printf("}}\n");
}

static int parse_protection(const char *word)
{
    if (strcmp(word, "r") == 0)
        return PROT_READ;
    if (strcmp(word, "rw") == 0)
        return PROT_READ | PROT_WRITE;
    return strcmp(word, "none") == 0 ? PROT_NONE : -1;
}

static void refuse(const char *why) { printf("{\"error\": \"%s\"}\n", why); }

static void report(const char *verb, int result)
{
    if (result == 0)
        printf("{\"done\": \"%s\"}\n", verb);
    else
        refuse(strerror(errno));
}

static void do_map(const char *name, size_t pages)
{
    char *address = map_pages(name, pages, MAP_PRIVATE);
    printf("{\"done\": \"map\", \"address\": %lu, \"size\": %zu}\n", (unsigned long)address, pages * page_size);
}

static void do_write(const struct place *place, size_t offset, unsigned byte)
{
    if (offset >= place->size || byte > 0xff) {
        refuse("outside the place, or not a byte");
        return;
    }
    place->address[offset] = (char)byte;
    report("write", 0);
}

/* Obey one command; false means: end. */
static int obey(const char *line)
{
    char name[32], word[16];
    size_t number;
    unsigned byte;
    if (strcmp(line, "quit\n") == 0) {
        report("quit", 0);
        return 0;
    }
    if (sscanf(line, "map %31s %zu", name, &number) == 2) {
        do_map(name, number);
        return 1;
    }
    const struct place *place = sscanf(line, "%*s %31s", name) == 1 ? find_place(name) : NULL;
    if (!place)
        refuse("no such command or place");
    else if (strncmp(line, "unmap ", 6) == 0)
        report("unmap", munmap(place->address, place->size));
    else if (sscanf(line, "protect %*s %15s", word) == 1 && parse_protection(word) >= 0)
        report("protect", mprotect(place->address, place->size, parse_protection(word)));
    else if (sscanf(line, "write %*s %zu %u", &number, &byte) == 2)
        do_write(place, number, byte);
    else
        refuse("no such command");
    return 1;
}

int main(int argc, char **argv)
{
    char line[256];
    setvbuf(stdout, NULL, _IOLBF, 0);
    /* Where Yama restricts tracing to parents, let a debugger that is not ours attach all the same. */
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
    page_size = (size_t)sysconf(_SC_PAGESIZE);
    make_places(argc > 1 ? argv[1] : NULL);
    print_facts();
    do
        ptatlas_ready();
    while (fgets(line, sizeof line, stdin) && obey(line));
    return 0;
}
