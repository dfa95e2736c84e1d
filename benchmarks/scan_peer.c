/* The peer of benchmarks/scan.py: what this machine can do.
 *
 *   scan_peer fill MIB KIND        a target: MIB of memory, until its input ends. It prints the memory's address
 *                                  and size. KIND is one of
 *                                    random [HEX EVERY]   random bytes; with HEX, these bytes every EVERY bytes
 *                                    small                zeros, and a small integer every 64 bytes
 *                                    sparse MIB           nothing, but for random bytes in this many, spread out
 *   scan_peer find PID ADDRESS MIB HEX   the seconds that two threads take to look through that memory with
 *                                  process_vm_readv(2) and memmem(3), and how often they found the bytes.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>

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

static void fill_random(uint64_t *memory, size_t size) {
    for (size_t i = 0; i < size / 8; i++)
        memory[i] = next_random();
}

static int fill(size_t size, char **words) {
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    uint64_t *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (memory == MAP_FAILED) {
        perror("mmap");
        return 1;
    }
    if (!strcmp(words[0], "random")) {
        fill_random(memory, size);
        if (words[1])
            read_hex(words[1]);
        for (size_t at = 0; words[1] && at + needle_size <= size; at += strtoull(words[2], NULL, 0))
            memcpy((unsigned char *)memory + at, needle, needle_size);
    } else if (!strcmp(words[0], "small")) {
        for (size_t i = 0; i < size / 8; i++)
            memory[i] = i % 8 ? 0 : next_random() & 0xff;
    } else {
        size_t count = strtoull(words[1], NULL, 0);
        for (size_t i = 0; i < count; i++)
            fill_random(memory + i * (size / count / 8), MIB);
    }
    printf("%zu %zu\n", (size_t)memory, size);
    fflush(stdout);
    return getchar() == EOF ? 0 : 1;
}

int main(int count, char **words) {
    if (count >= 4 && !strcmp(words[1], "fill"))
        return fill(strtoull(words[2], NULL, 0) * MIB, words + 3);
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
