/* Areas that are easily taken for something else, and a process whose main thread may have ended.
 *
 * Usage: odd_areas FOLDER [leaderless]    FOLDER is where it makes files to map.
 *
 * It prints one line of JSON:
 *   {"pid": N, "page_size": N, "places": {NAME: {"address": ADDR, "size": BYTES}, ...}}
 * and then answers each line of its standard input with one line of JSON:
 *   touch NAME PAGE    {"done": "touch"}    writes a byte 1 at the start of that page
 *   quit               {"done": "quit"}, and the program ends with status 0, as it does at end of file
 * With `leaderless` the main thread ends before the facts are printed, and another thread does all this.
 *
 * Places (those that this kernel refuses are left out):
 *   sparse      48 pages, rw, private and anonymous; every third touched, from the first on
 *   dropped     4 pages, rw, touched, then MADV_DONTNEED
 *   reserved    64 GiB, rw, private and anonymous, MAP_NORESERVE, MADV_DONTDUMP; one page in its middle touched
 *   forbidden   2 pages, PROT_NONE, private and anonymous; the first begins with `forbidden text`
 *   named       2 pages, rw, private and anonymous, named `ptatlas test` (PR_SET_VMA_ANON_NAME)
 *   watched     4 pages, rw, private and anonymous, untouched, userfaultfd registered for missing pages
 *   huge        one huge page of a pool that has none (hugetlb, without a reservation): it can't be had
 *   guarded     4 pages, rw, private and anonymous, touched, the second with MADV_GUARD_INSTALL
 *   shared      4 pages, rw, shared and anonymous, the first touched
 *   file        4 pages, rw, private mapping of FOLDER/file; the second page written to
 *   short       2 pages, r, private mapping of FOLDER/short, which is 100 bytes long
 *   code        2 pages, r-x, private mapping of FOLDER/code; the second page written to
 *   newline     1 page, r, mapping of a file with a newline in its name
 *   backslash   1 page, r, mapping of a file with the four characters \012 in its name
 *   deleted     1 page, r, mapping of a file that is deleted
 *   not_deleted 1 page, r, mapping of a file whose name ends in " (deleted)"
 *   bytes       1 page, r, mapping of a file whose name is no UTF-8
 *   memfd       1 page, rw, shared mapping of a memfd
 *   cut         1 page, rw, shared mapping of a memfd of 5 bytes; `behind the end` is written at byte 1000
 *   cut_shared  1 page, r, the same page again, untouched
 *   cut_private 1 page, r, the same page privately, untouched
 *   stack       the variables of the thread that waits
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif
#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif

struct place {
    const char *name;
    char *address;
    size_t size;
};

static struct place places[32];
static size_t place_count;
static size_t page_size;
static pthread_t main_thread;
static int main_tid;

static void die(const char *what)
{
    printf("{\"error\": \"%s: %s\"}\n", what, strerror(errno));
    exit(1);
}

static char *add_place(const char *name, char *address, size_t size)
{
    places[place_count++] = (struct place){name, address, size};
    return address;
}

/* Map between two PROT_NONE pages of its own, so that the kernel merges it with nothing. */
static char *map_between(size_t size, int protection, int flags, int fd)
{
    char *base = mmap(NULL, size + 2 * page_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED)
        die("mmap");
    char *address = mmap(base + page_size, size, protection, flags | MAP_FIXED, fd, 0);
    if (address == MAP_FAILED)
        die("mmap");
    return address;
}

static char *map_anonymous(const char *name, size_t pages)
{
    char *address = map_between(pages * page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    /* With huge pages, touching one page would touch its neighbours. */
    madvise(address, pages * page_size, MADV_NOHUGEPAGE);
    return add_place(name, address, pages * page_size);
}

static int make_file(const char *folder, const char *file, size_t size)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        die(path);
    for (size_t i = 0; i < size; i += 16)
        if (write(fd, "content of file\n", size - i < 16 ? size - i : 16) < 0)
            die("write");
    return fd;
}

static char *map_file(const char *name, const char *folder, const char *file, size_t pages, int protection)
{
    int fd = make_file(folder, file, pages * page_size);
    char *address = map_between(pages * page_size, protection, MAP_PRIVATE, fd);
    close(fd);
    return add_place(name, address, pages * page_size);
}

static void make_anonymous(void)
{
    char *sparse = map_anonymous("sparse", 48);
    for (size_t i = 0; i < 48; i += 3)
        sparse[i * page_size] = 1;
    char *dropped = map_anonymous("dropped", 4);
    memset(dropped, 1, 4 * page_size);
    madvise(dropped, 4 * page_size, MADV_DONTNEED);
    char *forbidden = map_anonymous("forbidden", 2);
    strcpy(forbidden, "forbidden text");
    mprotect(forbidden, 2 * page_size, PROT_NONE);
    char *shared = map_between(4 * page_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1);
    *add_place("shared", shared, 4 * page_size) = 1;
}

static void make_reserved(void)
{
    size_t size = (size_t)64 << 30;
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    char *reserved = map_between(size, PROT_READ | PROT_WRITE, flags, -1);
    madvise(reserved, size, MADV_NOHUGEPAGE);
    /* GDB would write all of it. */
    madvise(reserved, size, MADV_DONTDUMP);
    reserved[size / 2] = 1;
    add_place("reserved", reserved, size);
}

/* What not every kernel has. */
static void make_special(void)
{
    char *named = map_anonymous("named", 2);
    if (prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, named, 2 * page_size, "ptatlas test") != 0)
        place_count--;
    char *guarded = map_anonymous("guarded", 4);
    memset(guarded, 1, 4 * page_size);
    if (madvise(guarded + page_size, page_size, MADV_GUARD_INSTALL) != 0)
        place_count--;
    size_t huge_size = (size_t)2 << 20;
    char *huge = mmap(NULL, huge_size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_HUGETLB, -1, 0);
    if (huge != MAP_FAILED)
        add_place("huge", huge, huge_size);
    char *watched = map_anonymous("watched", 4);
    struct uffdio_api api = {.api = UFFD_API};
    struct uffdio_register range = {{(unsigned long)watched, 4 * page_size}, UFFDIO_REGISTER_MODE_MISSING, 0};
    int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
    if (fd < 0 || ioctl(fd, UFFDIO_API, &api) != 0 || ioctl(fd, UFFDIO_REGISTER, &range) != 0)
        place_count--;
}

static void make_files(const char *folder)
{
    char path[4096];
    map_file("file", folder, "file", 4, PROT_READ | PROT_WRITE)[page_size] = 'C';
    int fd = make_file(folder, "short", 100);
    add_place("short", map_between(2 * page_size, PROT_READ, MAP_PRIVATE, fd), 2 * page_size);
    char *code = map_file("code", folder, "code", 2, PROT_READ | PROT_WRITE);
    code[page_size] = 'C';
    mprotect(code, 2 * page_size, PROT_READ | PROT_EXEC);
    map_file("newline", folder, "new\nline", 1, PROT_READ);
    map_file("backslash", folder, "back\\012slash", 1, PROT_READ);
    map_file("deleted", folder, "deleted", 1, PROT_READ);
    snprintf(path, sizeof path, "%s/deleted", folder);
    unlink(path);
    map_file("not_deleted", folder, "not (deleted)", 1, PROT_READ);
    map_file("bytes", folder, "\xff\xfe", 1, PROT_READ);
    fd = memfd_create("ptatlas", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, (off_t)page_size) != 0)
        die("memfd");
    add_place("memfd", map_between(page_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd), page_size);
    fd = memfd_create("cut", MFD_CLOEXEC);
    if (fd < 0 || write(fd, "hello", 5) != 5)
        die("memfd");
    char *cut = add_place("cut", map_between(page_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd), page_size);
    strcpy(cut + 1000, "behind the end");
    add_place("cut_shared", map_between(page_size, PROT_READ, MAP_SHARED, fd), page_size);
    add_place("cut_private", map_between(page_size, PROT_READ, MAP_PRIVATE, fd), page_size);
}

static void print_facts(void)
{
    printf("{\"pid\": %d, \"page_size\": %zu, \"places\": {", (int)getpid(), page_size);
    for (size_t i = 0; i < place_count; i++)
        printf("%s\"%s\": {\"address\": %lu, \"size\": %zu}", i ? ", " : "", places[i].name,
               (unsigned long)places[i].address, places[i].size);
    printf("}}\n");
}

static void touch(const char *name, size_t page)
{
    for (size_t i = 0; i < place_count; i++)
        if (strcmp(places[i].name, name) == 0 && page < places[i].size / page_size) {
            places[i].address[page * page_size] = 1;
            printf("{\"done\": \"touch\"}\n");
            return;
        }
    printf("{\"error\": \"no such place or page\"}\n");
}

static void serve(void)
{
    char line[256], name[32];
    size_t page;
    add_place("stack", line, sizeof line);
    print_facts();
    while (fgets(line, sizeof line, stdin)) {
        if (strcmp(line, "quit\n") == 0) {
            printf("{\"done\": \"quit\"}\n");
            break;
        }
        if (sscanf(line, "touch %31s %zu", name, &page) == 2)
            touch(name, page);
        else
            printf("{\"error\": \"no such command\"}\n");
    }
    exit(0);
}

/* Until the kernel calls the thread a zombie: only then has it left its memory. */
static void wait_for_end(int tid)
{
    char path[64], stat[256];
    pthread_join(main_thread, NULL);
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", tid);
    for (char state = 'R'; state != 'Z'; sched_yield()) {
        FILE *file = fopen(path, "r");
        if (!file || !fgets(stat, sizeof stat, file))
            die(path);
        state = strrchr(stat, ')')[2];
        fclose(file);
    }
}

static void *go_on(void *unused)
{
    wait_for_end(main_tid);
    serve();
    return unused;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    setvbuf(stdout, NULL, _IOLBF, 0);
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
    page_size = (size_t)sysconf(_SC_PAGESIZE);
    if (argc < 2)
        return 2;
    make_anonymous();
    make_reserved();
    make_special();
    make_files(argv[1]);
    if (argc == 2)
        serve();
    main_thread = pthread_self();
    main_tid = (int)getpid();
    if (pthread_create(&thread, NULL, go_on, NULL) != 0)
        die("pthread_create");
    pthread_exit(NULL);
}
