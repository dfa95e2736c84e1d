/* The peer of benchmarks/scan.py: what this machine can do.
 *
 *   scan_peer fill AREA ...        a target: memory until its input ends. It prints address and size of each area.
 *                                  An area is a kind, its MiB and more numbers with colons between:
 *                                    random:MIB[:HEX:EVERY]        random bytes; with HEX, these every EVERY bytes
 *                                    small:MIB                     zeros, and a small integer every 64 bytes
 *                                    sparse:MIB:TOUCHED            nothing, but for random bytes in this many MiB
 *                                    shared:MIB:TOUCHED            the same, shared without a name
 *                                    file:MIB:PATH                 a file, mapped shared; nothing of it is touched
 *                                    again:MIB:TIMES:HEX:EVERY     random bytes as above, mapped so many times
 *   scan_peer find PID ADDRESS MIB HEX   the seconds that two threads take to look through that memory with
 *                                  process_vm_readv(2) and memmem(3), and how often they found the bytes.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 512 * 1024, THREADS = 2, MIB = 1 << 20 };

static unsigned char needle[64];
static size_t needle_size;
static pid_t pid;
static uintptr_t start, end;
static atomic_size_t next_chunk, found;

static void read_hex(const char *text) {
    for (; needle_size < sizeof needle && sscanf(text, "%2hhx", &needle[needle_size]) == 1; text += 2)
        needle_size++;
}

static void *work(void *unused) {
    size_t capacity = CHUNK + needle_size - 1;
    unsigned char *buffer = mmap(NULL, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (;;) {
        uintptr_t at = start + CHUNK * atomic_fetch_add(&next_chunk, 1);
        if (at >= end)
            break;
        struct iovec here = {buffer, end - at < capacity ? end - at : capacity};
        struct iovec there = {(void *)at, here.iov_len};
        ssize_t got = process_vm_readv(pid, &here, 1, &there, 1, 0);
        if (got <= 0) {
            perror("process_vm_readv");
            exit(1);
        }
        unsigned char *from = buffer, *hit;
        while ((hit = memmem(from, buffer + got - from, needle, needle_size))) {
            atomic_fetch_add(&found, 1);
            from = hit + 1;
        }
    }
    return unused;
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

static int find(void) {
    double began = seconds();
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    printf("%.6f %zu\n", seconds() - began, (size_t)found);
    return 0;
}

/* xorshift64: Marsaglia, "Xorshift RNGs", Journal of Statistical Software 8 (2003) */
static uint64_t next_random(void) {
    static uint64_t state = 88172645463325252u;
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return state;
}

static uint64_t *map(void *where, size_t size, int flags, int fd) {
    uint64_t *memory = mmap(where, size, PROT_READ | PROT_WRITE, flags | MAP_NORESERVE, fd, 0);
    if (memory == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    return memory;
}

static void fill_random(uint64_t *memory, size_t size, const char *hex, size_t every) {
    for (size_t i = 0; i < size / 8; i++)
        memory[i] = next_random();
    needle_size = 0;
    read_hex(hex);
    for (size_t at = 0; needle_size && at + needle_size <= size; at += every)
        memcpy((unsigned char *)memory + at, needle, needle_size);
}

/* The same memory `times` times, one after the other: 16 GiB that take one. */
static uint64_t *map_again(size_t size, size_t times, const char *hex, size_t every) {
    int fd = memfd_create("again", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, (off_t)size) != 0) {
        perror("memfd_create");
        exit(1);
    }
    char *memory = (char *)map(NULL, size * times, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    for (size_t i = 0; i < times; i++)
        map(memory + i * size, size, MAP_SHARED | MAP_FIXED, fd);
    fill_random((uint64_t *)memory, size, hex, every);
    return (uint64_t *)memory;
}

static void make_area(const char *words) {
    char kind[16] = "", hex[129] = "", path[512] = "";
    size_t mib = 0, number = 0, every = 1;
    if (sscanf(words, "again:%zu:%zu:%128[0-9a-f]:%zu", &mib, &number, hex, &every) == 4) {
        uint64_t *memory = map_again(mib * MIB, number, hex, every);
        printf("%zu %zu ", (size_t)memory, mib * number * MIB);
        return;
    }
    if (sscanf(words, "file:%zu:%511s", &mib, path) == 2) {
        printf("%zu %zu ", (size_t)map(NULL, mib * MIB, MAP_SHARED, open(path, O_RDWR)), mib * MIB);
        return;
    }
    sscanf(words, "%15[a-z]:%zu:%zu", kind, &mib, &number);
    int anonymous = (strcmp(kind, "shared") ? MAP_PRIVATE : MAP_SHARED) | MAP_ANONYMOUS;
    sscanf(words, "random:%*u:%128[0-9a-f]:%zu", hex, &every);
    uint64_t *memory = map(NULL, mib * MIB, anonymous, -1);
    if (!strcmp(kind, "random"))
        fill_random(memory, mib * MIB, hex, every);
    else if (!strcmp(kind, "small"))
        for (size_t i = 0; i < mib * MIB / 8; i++)
            memory[i] = i % 8 ? 0 : next_random() & 0xff;
    else
        for (size_t i = 0; i < number; i++)
            fill_random(memory + i * (mib * MIB / number / 8), MIB, "", 1);
    printf("%zu %zu ", (size_t)memory, mib * MIB);
}

static int fill(char **areas) {
    for (; *areas; areas++)
        make_area(*areas);
    putchar('\n');
    fflush(stdout);
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
    return getchar() == EOF ? 0 : 1;
}

int main(int count, char **words) {
    if (count >= 3 && !strcmp(words[1], "fill"))
        return fill(words + 2);
    if (count == 6 && !strcmp(words[1], "find")) {
        pid = atoi(words[2]);
        start = strtoull(words[3], NULL, 0);
        end = start + strtoull(words[4], NULL, 0) * MIB;
        read_hex(words[5]);
        return find();
    }
    fputs("see the head of scan_peer.c\n", stderr);
    return 2;
}
