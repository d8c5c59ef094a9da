// Streams: PUSH, or a ROUTER to one DEALER after the other, sends as fast as it can, the other half measures how many messages arrive.

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

#define MAX_ROUTING_ID 255

// A DEALER that a ROUTER streams to.
struct peer {
    char routing_id[MAX_ROUTING_ID];
    size_t size;
};

static void *new_sender(const struct half *half, void *context, int type)
{
    // By count everything is to arrive.
    return new_socket(context, type, &half->options, half->options.count > 0 ? LINGER_MS : 0, LOOK_MS);
}

// peer: of a ROUTER; NULL for a PUSH, which chooses by itself.
static bool send_next(void *socket, const struct peer *peer, const char *body, size_t size)
{
    if (peer && zmq_send(socket, peer->routing_id, peer->size, ZMQ_SNDMORE) < 0) return false;
    return zmq_send(socket, body, size, 0) >= 0;
}

// peers: of a ROUTER, which serves them in turn; NULL for a PUSH.
static void send_stream(struct half *half, void *socket, const struct peer *peers, bool goes_on)
{
    const struct options *options = &half->options;
    struct outcome *outcome = &half->outcome;
    bool counts = options->count > 0;
    char *body = new_body(options);
    int64_t total = counts ? options->warmup + options->count : INT64_MAX, sent = 0;
    double by_count = options->timeout > 0 ? options->timeout : INFINITY;
    double limit = counts ? by_count : options->seconds + options->warmup_seconds + GRACE;
    int turn = 0;
    uint64_t begin = now_ns();
    while (goes_on && sent < total && !atomic_load_explicit(half->link.stop, memory_order_relaxed)) {
        if (options->verify) number_body(body, options, sent);
        if (send_next(socket, peers ? &peers[turn] : NULL, body, options->size)) {
            if (++turn >= options->peers) turn = 0;
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
    outcome->count = sent;
    free(body);
}

// What was sent last leaves before processor time is looked at, within the linger.
static void end_sender(struct half *half, void *context, void *socket, double cpu)
{
    zmq_close(socket);
    end_context(half, context);
    half->outcome.cpu = cpu_of(0) - cpu;
    half->outcome.peak_kb = peak_kb_of_both(&half->link);
}

void run_push(struct half *half)
{
    void *context = half_context(half);
    void *socket = new_sender(half, context, ZMQ_PUSH);
    bool attached = attach(context, socket, half);
    for (int i = 1; i < half->options.peers && attached && !half->options.bind; i++) attached = attach(context, socket, half);
    double cpu = cpu_of(0);
    send_stream(half, socket, NULL, attached);
    end_sender(half, context, socket, cpu);
}

// Each DEALER says first which place it has among those that are sent to in turn, as the number of a body of 8 octets.
static bool learn_peers(struct half *half, void *socket, struct peer *peers)
{
    int count = half->options.peers;
    for (int i = 0; i < count && !failed(&half->outcome); i++) {
        struct peer peer;
        int64_t place;
        int size = zmq_recv(socket, peer.routing_id, sizeof peer.routing_id, 0);
        if (size < 0) fail_zmq(&half->outcome, "waiting for dealers");
        else if (zmq_recv(socket, &place, sizeof place, 0) != sizeof place || place < 0 || place >= count)
            fail(&half->outcome, "what a dealer said first is no place among %d", count);
        else {
            peer.size = (size_t)size;
            peers[place] = peer;
        }
    }
    return !failed(&half->outcome);
}

// It drops nothing: where there is no room it waits, as PUSH does.
void run_router_stream(struct half *half)
{
    void *context = half_context(half);
    void *socket = new_sender(half, context, ZMQ_ROUTER);
    struct peer *peers = allocate((size_t)half->options.peers, sizeof *peers);
    set_int(socket, ZMQ_ROUTER_MANDATORY, 1);
    set_int(socket, ZMQ_RCVTIMEO, PATIENCE_MS);
    bool ready = attach(context, socket, half) && learn_peers(half, socket, peers);
    double cpu = cpu_of(0);
    send_stream(half, socket, peers, ready);
    end_sender(half, context, socket, cpu);
    free(peers);
}

static void receive_stream(struct half *half, void *const *sockets, int count, struct meter *meter)
{
    struct outcome *outcome = &half->outcome;
    zmq_msg_t message;
    zmq_msg_init(&message);
    int turn = 0;
    bool goes_on = true;
    while (goes_on) {
        if (zmq_msg_recv(&message, sockets[turn], 0) >= 0) {
            goes_on = meter_add(meter, zmq_msg_data(&message), zmq_msg_size(&message), outcome);
            if (++turn == count) turn = 0;
        } else if (zmq_errno() != EINTR) {
            fail_zmq(outcome, "receive");
            goes_on = false;
        }
    }
    zmq_msg_close(&message);
}

static void end_receiver(struct half *half, const struct meter *meter)
{
    meter_report(meter, &half->outcome);
    half->outcome.peak_kb = peak_kb_of_both(&half->link);
    atomic_store(half->link.stop, true);
}

void run_pull(struct half *half)
{
    const struct options *options = &half->options;
    void *context = half_context(half);
    void *socket = new_socket(context, ZMQ_PULL, options, 0, PATIENCE_MS);
    struct arrivals arrivals = {0};
    struct meter meter;
    meter_init(&meter, options, half->link.other, !by_hand(&half->link));
    if (options->peers > 1) meter.arrivals = &arrivals;
    if (attach(context, socket, half)) receive_stream(half, &socket, 1, &meter);
    end_receiver(half, &meter);
    zmq_close(socket);
    end_context(half, context);
    free(arrivals.words);
}

// One thread receives in the same turn in which the ROUTER sends, so that each message is the one after the last one.
void run_dealer_stream(struct half *half)
{
    const struct options *options = &half->options;
    int opened = 0;
    void *context = half_context(half);
    void **dealers = allocate((size_t)options->peers, sizeof *dealers);
    struct meter meter;
    meter_init(&meter, options, half->link.other, !by_hand(&half->link));
    while (opened < options->peers && !failed(&half->outcome)) {
        int64_t place = opened;
        void *dealer = dealers[opened++] = new_socket(context, ZMQ_DEALER, options, 0, PATIENCE_MS);
        if (attach(context, dealer, half) && zmq_send(dealer, &place, sizeof place, 0) < 0) fail_zmq(&half->outcome, "send");
    }
    if (!failed(&half->outcome)) receive_stream(half, dealers, opened, &meter);
    end_receiver(half, &meter);
    for (int i = 0; i < opened; i++) zmq_close(dealers[i]);
    end_context(half, context);
    free(dealers);
}
