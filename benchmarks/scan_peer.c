/* The peer of benchmarks/scan.py: what this machine can do.
 *
 *   scan_peer fill MIB KIND [HEX EVERY]   a target: MIB of memory, its address on standard output, until its
 *                                         input ends. KIND: random; small (zeros and small integers);
 *                                         with HEX, these bytes every EVERY bytes.
 *   scan_peer find PID ADDRESS MIB HEX    the seconds that two threads take to look through that memory with
 *                                         process_vm_readv(2) and memmem(3), and how often they found the bytes.
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

static int fill(size_t size, const char *kind, size_t every) {
    uint64_t *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint64_t state = 88172645463325252u;
    for (size_t i = 0; i < size / 8; i++) {
        /* xorshift64: Marsaglia, "Xorshift RNGs", Journal of Statistical Software 8 (2003) */
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        memory[i] = *kind == 'r' ? state : i % 8 ? 0 : state & 0xff;
    }
    memory[1] = 1; /* so that every page is the process's own, whatever its content */
    for (size_t at = 0; every && at + needle_size <= size; at += every)
        memcpy((unsigned char *)memory + at, needle, needle_size);
    printf("%p\n", (void *)memory);
    fflush(stdout);
    return getchar() == EOF ? 0 : 1;
}

int main(int count, char **words) {
    if (count >= 4 && !strcmp(words[1], "fill")) {
        if (count > 5)
            read_hex(words[4]);
        return fill(strtoull(words[2], NULL, 0) * MIB, words[3], count > 5 ? strtoull(words[5], NULL, 0) : 0);
    }
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
