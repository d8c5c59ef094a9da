// Counts and times: of a stream of messages, and of round trips. The rules are those of Zmtp.Perf's Meter and RoundTrips.

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "perf.h"

// Enough for any percentile; later ones are counted, not kept.
#define MAX_SAMPLES (1u << 20)

static double cpu_now(pid_t other)
{
    return cpu_of(0) + (other > 0 ? cpu_of(other) : 0);
}

void meter_init(struct meter *meter, const struct options *options, pid_t other, bool knows_sender)
{
    // Reading the clock takes as long as receiving a small message: only every so many.
    int64_t stride = options->size >= 65536 ? 1 : options->size >= 4096 ? 8 : 64;
    *meter = (struct meter){.options = options, .other = other, .stride = stride, .knows_sender = knows_sender};
}

// The message after this one is the first that counts. By count that is so by itself, unless it was called before.
void meter_start(struct meter *meter)
{
    meter->measuring = true;
    meter->seen_at_begin = meter->seen;
    meter->cpu_at_begin = cpu_now(meter->other);
    meter->begin = now_ns();
}

static void meter_finish(struct meter *meter, uint64_t now)
{
    meter->end = now;
    meter->cpu_at_end = cpu_now(meter->other);
}

static bool look_at_the_clock(struct meter *meter)
{
    uint64_t now = now_ns();
    if (!meter->measuring) {
        if (seconds_between(meter->come, now) >= meter->options->warmup_seconds) meter_start(meter);
        return true;
    }
    if (seconds_between(meter->begin, now) < meter->options->seconds) return true;
    meter_finish(meter, now);
    return false;
}

static bool check(struct meter *meter, const void *body, struct outcome *outcome)
{
    const struct options *options = meter->options;
    int64_t number = meter->seen;
    if (meter->arrivals) {
        // A body without room for its number may be that of any of them.
        if (options->size < sizeof number) return true;
        memcpy(&number, body, sizeof number);
        int64_t sent = options->count > 0 ? options->warmup + options->count : INT64_MAX;
        if (!note_arrival(meter->arrivals, number, sent, outcome)) return false;
    }
    return check_body(body, options, number, meter->knows_sender, outcome);
}

// Takes note of a message; returns whether to go on.
bool meter_add(struct meter *meter, const void *body, size_t size, struct outcome *outcome)
{
    const struct options *options = meter->options;
    if (size != options->size) {
        fail(outcome, "a message of %zu octets came instead of %zu", size, options->size);
        return false;
    }
    if (options->verify && !check(meter, body, outcome)) return false;
    if (meter->seen++ == 0) meter->come = now_ns();
    if (options->count > 0) {
        if (meter->seen == options->warmup + 1 && !meter->measuring) meter_start(meter);
        if (meter->seen < options->warmup + options->count) return true;
        meter_finish(meter, now_ns());
        return false;
    }
    return meter->seen % meter->stride != 0 || look_at_the_clock(meter);
}

int64_t meter_count(const struct meter *meter)
{
    return meter->seen - meter->seen_at_begin;
}

void meter_report(const struct meter *meter, struct outcome *outcome)
{
    outcome->count = meter_count(meter);
    outcome->seconds = seconds_between(meter->begin, meter->end);
    outcome->warmup = seconds_between(meter->come, meter->begin);
    outcome->cpu = meter->cpu_at_end - meter->cpu_at_begin;
}

static void trips_start(struct trips *trips)
{
    trips->measuring = true;
    trips->warmup = trips->seen > 0 ? seconds_since(trips->begin) : 0;
    trips->cpu = cpu_now(trips->other);
    trips->begin = now_ns();
}

void trips_init(struct trips *trips, const struct options *options, pid_t other)
{
    *trips = (struct trips){.options = options, .other = other, .samples = allocate(MAX_SAMPLES, sizeof *trips->samples)};
    if (options->count > 0 && options->warmup == 0) trips_start(trips);
}

// Takes note of a round trip, or of several at once; returns whether to go on.
bool trips_add(struct trips *trips, uint64_t begin, uint64_t end, int count)
{
    const struct options *options = trips->options;
    if (!trips->measuring) {
        if (trips->seen == 0) trips->begin = end;
        trips->seen += count;
        bool warm = options->count > 0 ? trips->seen >= options->warmup
                                       : seconds_between(trips->begin, end) >= options->warmup_seconds;
        if (warm) trips_start(trips);
        return true;
    }
    if (trips->sample_count < MAX_SAMPLES) trips->samples[trips->sample_count++] = end - begin;
    trips->count += count;
    if (options->count > 0 ? trips->count < options->count : seconds_between(trips->begin, end) < options->seconds) return true;
    trips->end = now_ns();
    trips->cpu = cpu_now(trips->other) - trips->cpu;
    return false;
}

static int by_value(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

// single: whether what was noted were single round trips, so that percentiles make sense.
void trips_report(struct trips *trips, struct outcome *outcome, bool single)
{
    outcome->count = trips->count;
    outcome->seconds = seconds_between(trips->begin, trips->end);
    outcome->warmup = trips->warmup;
    outcome->cpu = trips->cpu;
    if (single && trips->sample_count > 0) {
        qsort(trips->samples, trips->sample_count, sizeof *trips->samples, by_value);
        outcome->p50_us = (double)trips->samples[trips->sample_count / 2] / 1e3;
        outcome->p99_us = (double)trips->samples[(size_t)((double)(trips->sample_count - 1) * 0.99)] / 1e3;
    }
    free(trips->samples);
}
