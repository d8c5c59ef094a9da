// PUB and several SUBs, each with a socket and a thread of its own: measures the deliveries to all of them. Nothing may be lost, so there
// are no high-water marks unless they are asked for, and the publisher waits for all subscriptions.

#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "perf.h"

#define LINGER_BY_HAND_MS 20000
#define SUBSCRIPTION_MS 500
#define LOOK_MS 20

// The publisher waits for all of us before it begins.
#define LONG_PATIENCE_MS 20000

static void wait_for_subscriptions(void *socket, const struct options *options, struct outcome *outcome)
{
    for (int missing = options->subs; missing > 0;) {
        char subscription[64];
        int size = zmq_recv(socket, subscription, sizeof subscription, 0);
        if (size < 0) {
            fail_zmq(outcome, "waiting for subscriptions");
            return;
        }
        if (size > 0 && subscription[0] == 1) missing--;
    }
    // Without a number to wait for, time has to do.
    if (options->subs == 0) sleep_ms(SUBSCRIPTION_MS);
}

void run_pub(struct half *half)
{
    struct options *options = &half->options;
    struct outcome *outcome = &half->outcome;
    bool alone = by_hand(&half->link);
    if (options->hwm < 0) options->hwm = 0;
    void *context = half_context(half);

    // XPUB is a PUB that can see subscriptions; verbose, because those after the first are the same.
    void *socket = new_socket(context, options->subs > 0 ? ZMQ_XPUB : ZMQ_PUB, options, alone ? LINGER_BY_HAND_MS : 0, PATIENCE_MS);
    if (options->subs > 0) set_int(socket, ZMQ_XPUB_VERBOSE, 1);
    char *body = calloc(1, options->size + sizeof(int64_t));
    if (attach(context, socket, half)) wait_for_subscriptions(socket, options, outcome);
    double cpu = cpu_of(0);
    uint64_t begin = now_ns();
    int64_t total = options->warmup + options->count, sent = 0;
    while (!failed(outcome) && sent < total && !atomic_load_explicit(half->link.stop, memory_order_relaxed)) {
        if (options->verify) memcpy(body, &sent, sizeof sent);
        if (zmq_send(socket, body, options->size, 0) < 0) fail_zmq(outcome, "send");
        else sent++;
    }
    outcome->count = sent;
    outcome->seconds = seconds_since(begin);
    // What was sent last may still be on its way; by hand the linger sees to that.
    while (!alone && !failed(outcome) && !atomic_load(half->link.stop)) sleep_ms(LOOK_MS);
    zmq_close(socket);
    end_context(half, context);
    outcome->cpu = cpu_of(0) - cpu;
    outcome->peak_kb = peak_kb_of_both(&half->link);
    free(body);
}

struct subscriber {
    void *socket;
    pthread_t thread;
    struct meter meter;
    struct outcome outcome;
};

static void *receive_all(void *argument)
{
    struct subscriber *subscriber = argument;
    zmq_msg_t message;
    zmq_msg_init(&message);
    bool goes_on = true;
    while (goes_on) {
        if (zmq_msg_recv(&message, subscriber->socket, 0) < 0) {
            fail_zmq(&subscriber->outcome, "receive");
            break;
        }
        goes_on = meter_add(&subscriber->meter, zmq_msg_data(&message), zmq_msg_size(&message), &subscriber->outcome);
    }
    zmq_msg_close(&message);
    return NULL;
}

// From the first start to the last end.
static void report(struct subscriber *subscribers, int count, const struct link *link, struct outcome *outcome)
{
    struct meter *first = &subscribers[0].meter, *last = first;
    for (int i = 0; i < count; i++) {
        struct meter *meter = &subscribers[i].meter;
        if (failed(&subscribers[i].outcome)) fail(outcome, "%s", subscribers[i].outcome.error);
        if (meter->begin < first->begin) first = meter;
        if (meter->end > last->end) last = meter;
        outcome->count += meter_count(meter);
    }
    outcome->seconds = (double)(last->end - first->begin) * 1e-9;
    outcome->cpu = cpu_of_both(link) - first->cpu_at_begin;
    outcome->peak_kb = peak_kb_of_both(link);
}

void run_sub(struct half *half)
{
    struct options *options = &half->options;
    int count = options->subs > 0 ? options->subs : 1;
    if (options->hwm < 0) options->hwm = 0;
    void *context = half_context(half);
    struct subscriber *subscribers = calloc((size_t)count, sizeof *subscribers);
    if (!subscribers) abort();
    int opened = 0;
    while (opened < count && !failed(&half->outcome)) {
        struct subscriber *subscriber = &subscribers[opened++];
        subscriber->socket = new_socket(context, ZMQ_SUB, options, 0, LONG_PATIENCE_MS);
        zmq_setsockopt(subscriber->socket, ZMQ_SUBSCRIBE, "", 0);
        attach(context, subscriber->socket, half);
    }
    for (int i = 0; i < count && !failed(&half->outcome); i++) {
        meter_init(&subscribers[i].meter, options, half->link.other);
        if (pthread_create(&subscribers[i].thread, NULL, receive_all, &subscribers[i]) != 0) abort();
    }
    if (!failed(&half->outcome)) {
        for (int i = 0; i < count; i++) pthread_join(subscribers[i].thread, NULL);
        report(subscribers, count, &half->link, &half->outcome);
    }
    atomic_store(half->link.stop, true);
    for (int i = 0; i < opened; i++) zmq_close(subscribers[i].socket);
    end_context(half, context);
    free(subscribers);
}
