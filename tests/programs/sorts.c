/* One area of each sort that dumps treat differently, as plain as can be: emulators run it too.
 *
 * Usage: sorts FILE [abort]    FILE is written, 4 pages, and mapped.
 *
 * It prints one line of JSON:
 *   {"pid": N, "page_size": N, "places": {NAME: {"address": ADDR, "size": BYTES}, ...}, "has_guard": BOOL}
 * and then aborts if it was told to, or waits to be killed.
 *
 * Places are 16 pages apart, in this order. Each page that was written begins with the name of its place:
 *   written       4 pages, rw, private and anonymous
 *   untouched     4 pages, rw, private and anonymous, never written
 *   partly        4 pages, rw, private and anonymous, the last written
 *   readonly      1 page, r
 *   none          1 page, PROT_NONE after it was written
 *   execonly      1 page, PROT_EXEC after it was written
 *   writeonly     1 page, PROT_WRITE
 *   unwanted      1 page, rw, MADV_DONTDUMP
 *   shared        1 page, rw, shared and anonymous
 *   private_file  4 pages, rw, private mapping of FILE, the last written
 *   readonly_file 4 pages, r, private mapping of FILE, untouched: its pages begin with `file`
 *   shared_file   4 pages, rw, shared mapping of FILE, untouched: as readonly_file
 *   guarded       4 pages, rw, the second with MADV_GUARD_INSTALL (Linux 6.13), if `has_guard` is true
 *   behind        1 page, rw
 *   last          2 pages, rw
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

#define CONTENT "file"

static long page_size;
static char *next = (char *)0x7d0000000000;
static const char *comma = "";

static void write_pages(char *page, const char *name, int count)
{
    for (; count > 0; count--, page += page_size)
        strcpy(page, name);
}

/* Map a place whose last `written` pages begin with its name, and note it. */
static char *place(const char *name, int pages, int written, int protection, int flags, int file)
{
    size_t size = pages * page_size;
    char *start = mmap(next, size, PROT_READ | PROT_WRITE, flags | MAP_FIXED, file, 0);
    if (start == MAP_FAILED)
        exit(1);
    next += size + 16 * page_size;
    write_pages(start + (pages - written) * page_size, name, written);
    mprotect(start, size, protection);
    printf("%s\"%s\": {\"address\": %lu, \"size\": %zu}", comma, name, (unsigned long)start, size);
    comma = ", ";
    return start;
}

static char *plain(const char *name, int pages, int written, int protection)
{
    return place(name, pages, written, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

static int make_file(const char *path)
{
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || ftruncate(file, 4 * page_size))
        exit(1);
    for (int i = 0; i < 4; i++)
        if (pwrite(file, CONTENT, sizeof CONTENT, i * page_size) != sizeof CONTENT)
            exit(1);
    return file;
}

int main(int argc, char **argv)
{
    const int rw = PROT_READ | PROT_WRITE;
    page_size = sysconf(_SC_PAGESIZE);
    printf("{\"pid\": %d, \"page_size\": %ld, \"places\": {", getpid(), page_size);
    plain("written", 4, 4, rw);
    plain("untouched", 4, 0, rw);
    plain("partly", 4, 1, rw);
    plain("readonly", 1, 1, PROT_READ);
    plain("none", 1, 1, PROT_NONE);
    plain("execonly", 1, 1, PROT_EXEC);
    plain("writeonly", 1, 1, PROT_WRITE);
    madvise(plain("unwanted", 1, 1, rw), page_size, MADV_DONTDUMP);
    place("shared", 1, 1, rw, MAP_SHARED | MAP_ANONYMOUS, -1);
    int file = make_file(argv[1]);
    place("private_file", 4, 1, rw, MAP_PRIVATE, file);
    place("readonly_file", 4, 0, PROT_READ, MAP_PRIVATE, file);
    place("shared_file", 4, 0, rw, MAP_SHARED, file);
    int refused = madvise(plain("guarded", 4, 4, rw) + page_size, page_size, MADV_GUARD_INSTALL);
    plain("behind", 1, 1, rw);
    plain("last", 2, 2, rw);
    printf("}, \"has_guard\": %s}\n", refused ? "false" : "true");
    fflush(stdout);
    if (argc > 2)
        abort();
    pause();
}
