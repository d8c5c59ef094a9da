// PUB and several SUBs, each with a socket and a thread of its own: measures the deliveries to all of them. Nothing may be lost, so there
// are no high-water marks unless they are asked for, and the publisher waits for all subscriptions. In a case it waits once more after the
// warm-up, until the SUBs have all of it: then the measured part begins for everybody.

#include <stdlib.h>
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

// Sends up to a number of messages, counted from the very first.
static void publish(struct half *half, void *socket, char *body, int64_t *sent, int64_t total)
{
    const struct options *options = &half->options;
    struct outcome *outcome = &half->outcome;
    while (!failed(outcome) && *sent < total && !atomic_load_explicit(half->link.stop, memory_order_relaxed)) {
        if (options->verify) number_body(body, options, *sent);
        if (zmq_send(socket, body, options->size, 0) < 0) fail_zmq(outcome, "send");
        else (*sent)++;
    }
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
    char *body = new_body(options);
    if (attach(context, socket, half)) wait_for_subscriptions(socket, options, outcome);
    double cpu = cpu_of(0);
    uint64_t begin = now_ns();
    int64_t sent = 0;
    publish(half, socket, body, &sent, options->warmup);
    if (!alone && !failed(outcome)) hear_other(&half->link);
    publish(half, socket, body, &sent, options->warmup + options->count);
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

// Where the measured part of a case begins: the last SUB that has all of the warm-up starts the clock and lets the publisher go on, so that
// nothing of the warm-up is on the way any more, and no work for what counts has been done.
struct start {
    const struct link *link;
    atomic_int missing;
    uint64_t begin;
    double cpu;
};

struct subscriber {
    struct start *start;
    void *socket;
    pthread_t thread;
    struct meter meter;
    struct outcome outcome;
};

static void note_warm(struct subscriber *subscriber)
{
    struct start *start = subscriber->start;
    meter_start(&subscriber->meter);
    if (atomic_fetch_sub(&start->missing, 1) > 1) return;
    start->cpu = cpu_of_both(start->link);
    start->begin = now_ns();
    tell_other(start->link);
}

static void *receive_all(void *argument)
{
    struct subscriber *subscriber = argument;
    struct meter *meter = &subscriber->meter;
    int64_t warm = by_hand(subscriber->start->link) ? INT64_MAX : meter->options->warmup;
    zmq_msg_t message;
    zmq_msg_init(&message);
    bool goes_on = true;
    while (goes_on) {
        if (zmq_msg_recv(&message, subscriber->socket, 0) < 0) {
            fail_zmq(&subscriber->outcome, "receive");
            break;
        }
        goes_on = meter_add(meter, zmq_msg_data(&message), zmq_msg_size(&message), &subscriber->outcome);
        if (meter->seen == warm) note_warm(subscriber);
    }
    zmq_msg_close(&message);
    return NULL;
}

// From the common start, by hand from the first one, to the last end.
static void report(struct subscriber *subscribers, int count, const struct start *start, struct outcome *outcome)
{
    struct meter *first = &subscribers[0].meter, *last = first;
    uint64_t come = first->come;
    for (int i = 0; i < count; i++) {
        struct meter *meter = &subscribers[i].meter;
        if (failed(&subscribers[i].outcome)) fail(outcome, "%s", subscribers[i].outcome.error);
        if (meter->begin < first->begin) first = meter;
        if (meter->end > last->end) last = meter;
        if (meter->come < come) come = meter->come;
        outcome->count += meter_count(meter);
    }
    bool common = !by_hand(start->link);
    uint64_t begin = common ? start->begin : first->begin;
    outcome->seconds = seconds_between(begin, last->end);
    outcome->warmup = seconds_between(come, begin);
    outcome->cpu = cpu_of_both(start->link) - (common ? start->cpu : first->cpu_at_begin);
    outcome->peak_kb = peak_kb_of_both(start->link);
}

void run_sub(struct half *half)
{
    struct options *options = &half->options;
    int count = options->subs > 0 ? options->subs : 1;
    if (options->hwm < 0) options->hwm = 0;
    void *context = half_context(half);
    struct subscriber *subscribers = allocate((size_t)count, sizeof *subscribers);
    struct start start = {.link = &half->link, .missing = count};
    int opened = 0;
    while (opened < count && !failed(&half->outcome)) {
        struct subscriber *subscriber = &subscribers[opened++];
        subscriber->start = &start;
        subscriber->socket = new_socket(context, ZMQ_SUB, options, 0, LONG_PATIENCE_MS);
        set_text(subscriber->socket, ZMQ_SUBSCRIBE, "");
        attach(context, subscriber->socket, half);
    }
    for (int i = 0; i < count && !failed(&half->outcome); i++) {
        meter_init(&subscribers[i].meter, options, half->link.other, !by_hand(&half->link));
        if (pthread_create(&subscribers[i].thread, NULL, receive_all, &subscribers[i]) != 0) abort();
    }
    if (!failed(&half->outcome)) {
        for (int i = 0; i < count; i++) pthread_join(subscribers[i].thread, NULL);
        report(subscribers, count, &start, &half->outcome);
    }
    atomic_store(half->link.stop, true);
    for (int i = 0; i < opened; i++) zmq_close(subscribers[i].socket);
    end_context(half, context);
    free(subscribers);
}
