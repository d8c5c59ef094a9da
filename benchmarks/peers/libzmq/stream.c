// PUSH and PULL: one sends as fast as it can, the other one measures how many messages arrive.

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <zmq.h>

#include "perf.h"

// Short, to look up from time to time whether it is over.
#define LOOK_MS 200

#define LOOK_MASK 1023

// How much longer than the measurement it sends when nobody tells it to stop.
#define GRACE 5.0

#define LINGER_MS 10000

void run_push(struct half *half)
{
    const struct options *options = &half->options;
    struct outcome *outcome = &half->outcome;
    bool counts = options->count > 0;

    // By count everything is to arrive.
    int linger = counts ? LINGER_MS : 0;
    void *context = half_context(half);
    void *socket = new_socket(context, ZMQ_PUSH, options, linger, LOOK_MS);
    char *body = new_body(options);
    int64_t total = counts ? options->warmup + options->count : INT64_MAX, sent = 0;
    double by_count = options->timeout > 0 ? options->timeout : INFINITY;
    double limit = counts ? by_count : options->seconds + options->warmup_seconds + GRACE;
    bool goes_on = attach(context, socket, half);
    double cpu = cpu_of(0);
    uint64_t begin = now_ns();
    while (goes_on && sent < total && !atomic_load_explicit(half->link.stop, memory_order_relaxed)) {
        if (options->verify) number_body(body, options, sent);
        if (zmq_send(socket, body, options->size, 0) >= 0) {
            sent++;
            if ((sent & LOOK_MASK) == 0) goes_on = seconds_since(begin) <= limit;
        } else if (zmq_errno() == EAGAIN || zmq_errno() == EINTR) {
            goes_on = seconds_since(begin) <= limit;
        } else {
            fail_zmq(outcome, "send");
            goes_on = false;
        }
    }
    outcome->seconds = seconds_since(begin);
    zmq_close(socket);
    end_context(half, context);
    outcome->count = sent;
    outcome->cpu = cpu_of(0) - cpu;
    outcome->peak_kb = peak_kb_of_both(&half->link);
    free(body);
}

void run_pull(struct half *half)
{
    const struct options *options = &half->options;
    struct outcome *outcome = &half->outcome;
    void *context = half_context(half);
    void *socket = new_socket(context, ZMQ_PULL, options, 0, PATIENCE_MS);
    struct meter meter;
    zmq_msg_t message;
    zmq_msg_init(&message);
    meter_init(&meter, options, half->link.other, !by_hand(&half->link));
    bool goes_on = attach(context, socket, half);
    while (goes_on) {
        if (zmq_msg_recv(&message, socket, 0) >= 0) {
            goes_on = meter_add(&meter, zmq_msg_data(&message), zmq_msg_size(&message), outcome);
        } else if (zmq_errno() != EINTR) {
            fail_zmq(outcome, "receive");
            goes_on = false;
        }
    }
    meter_report(&meter, outcome);
    outcome->peak_kb = peak_kb_of_both(&half->link);
    atomic_store(half->link.stop, true);
    zmq_msg_close(&message);
    zmq_close(socket);
    end_context(half, context);
}
