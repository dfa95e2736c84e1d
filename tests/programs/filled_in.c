/* Memory whose missing pages another thread is to supply (userfaultfd(2)), which sleeps and never does.
 *
 * It prints one line of JSON, then waits until its standard input ends:
 *   {"pid": N, "places": {NAME: {"address": ADDR, "size": BYTES}, ...}}
 * or {"error": TEXT} where the kernel has no userfaultfd. It takes root, or the sysctl vm.unprivileged_userfaultfd,
 * to have faults of the kernel itself supplied; without, these fail at once, and only the program's own wait.
 *
 * Places, 48 pages each; all but `protected` miss all pages but the first, which holds `NAME text`:
 *   missing    rw, private and anonymous, registered for missing pages
 *   shared     rw, a memfd, registered for missing pages
 *   code       r-x, a memfd, registered for missing pages
 *   minor      rw, a memfd, registered for minor faults: every page of the memfd is there, and ends in `minor end`
 *   protected  rw, private and anonymous, all pages there, registered for write protection
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
#include <sys/syscall.h>
#include <unistd.h>

#define PAGES 48

static size_t size;
static int handler;
static char facts[4096];

static void die(const char *what)
{
    printf("{\"error\": \"%s: %s\"}\n", what, strerror(errno));
    exit(1);
}

static void *sleep_always(void *unused)
{
    for (;;)
        pause();
    return unused;
}

/* Between two pages without access, so that the kernel merges it with nothing. */
static char *map(int flags, int fd)
{
    char *base = mmap(NULL, size + 2 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *address = mmap(base + 4096, size, PROT_READ | PROT_WRITE, flags | MAP_FIXED, fd, 0);
    if (base == MAP_FAILED || address == MAP_FAILED)
        die("mmap");
    madvise(address, size, MADV_NOHUGEPAGE);
    return address;
}

static char *map_memfd(const char *name, int *fd)
{
    *fd = memfd_create(name, MFD_CLOEXEC);
    if (*fd < 0 || ftruncate(*fd, (off_t)size) != 0)
        die("memfd");
    return map(MAP_SHARED, *fd);
}

static void watch(const char *name, char *address, unsigned long long mode)
{
    struct uffdio_register range = {{(unsigned long)address, size}, mode, 0};
    snprintf(address, 4096, "%s text", name);
    if (ioctl(handler, UFFDIO_REGISTER, &range) != 0)
        die(name);
    size_t used = strlen(facts);
    snprintf(facts + used, sizeof facts - used, "%s\"%s\": {\"address\": %lu, \"size\": %zu}", used ? ", " : "", name,
             (unsigned long)address, size);
}

int main(void)
{
    int fd;
    pthread_t thread;
    size = PAGES * 4096;
    handler = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
    if (handler < 0 && errno == EPERM)
        handler = (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
    struct uffdio_api api = {.api = UFFD_API, .features = UFFD_FEATURE_MINOR_SHMEM | UFFD_FEATURE_MISSING_SHMEM};
    if (handler < 0 || ioctl(handler, UFFDIO_API, &api) != 0)
        die("userfaultfd");
    pthread_create(&thread, NULL, sleep_always, NULL);
    watch("missing", map(MAP_PRIVATE | MAP_ANONYMOUS, -1), UFFDIO_REGISTER_MODE_MISSING);
    watch("shared", map_memfd("shared", &fd), UFFDIO_REGISTER_MODE_MISSING);
    char *code = map_memfd("code", &fd);
    watch("code", code, UFFDIO_REGISTER_MODE_MISSING);
    mprotect(code, size, PROT_READ | PROT_EXEC);
    char *minor = map_memfd("minor", &fd);
    char *other = map(MAP_SHARED, fd);
    for (int page = 0; page < PAGES; page++)
        strcpy(other + (page + 1) * 4096 - 16, "minor end");
    watch("minor", minor, UFFDIO_REGISTER_MODE_MINOR);
    char *protected = map(MAP_PRIVATE | MAP_ANONYMOUS, -1);
    for (int page = 0; page < PAGES; page++)
        strcpy(protected + page * 4096, "protected text");
    watch("protected", protected, UFFDIO_REGISTER_MODE_WP);
    printf("{\"pid\": %d, \"places\": {%s}}\n", getpid(), facts);
    fflush(stdout);
    while (getchar() != EOF)
        ;
    return 0;
}
