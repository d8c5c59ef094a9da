// Clocks, processor time and memory, of this process and of another one.

#define _GNU_SOURCE
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "perf.h"

#define NANO 1e-9

// Memory follows what happens on the sockets with a delay.
#define SETTLE_MS 100

static uint64_t nanoseconds(const struct timespec *time)
{
    return (uint64_t)time->tv_sec * 1000000000u + (uint64_t)time->tv_nsec;
}

uint64_t now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return nanoseconds(&time);
}

double seconds_since(uint64_t begin)
{
    return seconds_between(begin, now_ns());
}

double seconds_between(uint64_t begin, uint64_t end)
{
    return (double)(end - begin) * NANO;
}

void sleep_ms(int ms)
{
    struct timespec time = {ms / 1000, (long)(ms % 1000) * 1000000};
    nanosleep(&time, NULL);
}

// Gives everything back that is not in use, so that what is resident is what is needed.
void settle(void)
{
    sleep_ms(SETTLE_MS);
    malloc_trim(0);
}

// Zeroed memory. Without it there is nothing to measure.
void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (memory) return memory;
    fprintf(stderr, "there is no memory for %zu times %zu octets\n", count, size);
    exit(1);
}

// User and system time of a process that has not been waited for; 0 is this one. A measurement without it is none.
double cpu_of(pid_t process)
{
    clockid_t clock = CLOCK_PROCESS_CPUTIME_ID;
    struct timespec time;
    if ((process > 0 && clock_getcpuclockid(process, &clock) != 0) || clock_gettime(clock, &time) != 0) {
        fprintf(stderr, "the processor time of process %d cannot be read\n", (int)process);
        exit(1);
    }
    return (double)nanoseconds(&time) * NANO;
}

double cpu_of_both(const struct link *link)
{
    return cpu_of(0) + (link->other > 0 ? cpu_of(link->other) : 0);
}

static long status_kb(pid_t process, const char *field)
{
    char path[64], line[256];
    if (process > 0) snprintf(path, sizeof path, "/proc/%d/status", (int)process);
    else snprintf(path, sizeof path, "/proc/self/status");
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    long kb = 0;
    size_t length = strlen(field);
    while (kb == 0 && fgets(line, sizeof line, file))
        if (strncmp(line, field, length) == 0 && line[length] == ':') kb = strtol(line + length + 1, NULL, 10);
    fclose(file);
    return kb;
}

long resident_kb(pid_t process)
{
    return status_kb(process, "VmRSS");
}

long peak_kb_of_both(const struct link *link)
{
    return status_kb(0, "VmHWM") + (link->other > 0 ? status_kb(link->other, "VmHWM") : 0);
}
