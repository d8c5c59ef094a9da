// REQ measures the time from a request to its reply, one at a time. REP and ROUTER send every message back as it came.

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "perf.h"

#define LOOK_MS 200
#define LINGER_BY_HAND_MS 1000

// The reply's size and octets are checked as soon as its clock has stopped.
static bool check_reply(zmq_msg_t *reply, const struct options *options, int64_t number, struct outcome *outcome)
{
    size_t size = zmq_msg_size(reply);
    if (size != options->size) fail(outcome, "a reply of %zu octets came instead of %zu", size, options->size);
    else if (options->verify) check_body(zmq_msg_data(reply), options, number, true, outcome);
    return !failed(outcome);
}

void run_req(struct half *half)
{
    const struct options *options = &half->options;
    struct outcome *outcome = &half->outcome;
    void *context = half_context(half);
    void *socket = new_socket(context, ZMQ_REQ, options, 0, PATIENCE_MS);
    char *body = new_body(options);
    struct trips trips;
    zmq_msg_t reply;
    zmq_msg_init(&reply);
    bool goes_on = attach(context, socket, half);
    trips_init(&trips, options, half->link.other);
    for (int64_t number = 1; goes_on; number++) {
        uint64_t begin = now_ns();
        if (options->verify) number_body(body, options, number);
        if (zmq_send(socket, body, options->size, 0) < 0) fail_zmq(outcome, "send");
        else if (zmq_msg_recv(&reply, socket, 0) < 0) fail_zmq(outcome, "receive");
        uint64_t end = now_ns();
        goes_on = !failed(outcome) && check_reply(&reply, options, number, outcome) && trips_add(&trips, begin, end, 1);
    }
    trips_report(&trips, outcome, true);
    outcome->peak_kb = peak_kb_of_both(&half->link);
    atomic_store(half->link.stop, true);
    zmq_msg_close(&reply);
    zmq_close(socket);
    end_context(half, context);
    free(body);
}

// The rest of a message whose first frame has come, frame by frame, without a copy.
static bool send_back(void *socket, zmq_msg_t *frame, struct outcome *outcome)
{
    for (;;) {
        bool more = zmq_msg_more(frame);
        if (zmq_msg_send(frame, socket, more ? ZMQ_SNDMORE : 0) < 0) {
            fail_zmq(outcome, "send");
            return false;
        }
        if (!more) return true;
        if (zmq_msg_recv(frame, socket, 0) < 0) {
            fail_zmq(outcome, "receive");
            return false;
        }
    }
}

// How the memory of a server grows. In a case the other process looks at it, as soon as it is told that nothing is left to give back.
static void note_memory(struct half *half, int64_t echoes)
{
    static long before;
    int clients = half->options.clients;
    bool shared = half->link.context != NULL;
    if (clients <= 0 || shared || (echoes != WARM_CLIENTS && echoes != WARM_CLIENTS + clients)) return;
    settle();
    if (!by_hand(&half->link)) tell_other(&half->link);
    else if (echoes == WARM_CLIENTS) before = resident_kb(0);
    else half->outcome.server_kb = (double)(resident_kb(0) - before) / clients;
}

static void run_echo(struct half *half, int type)
{
    const struct options *options = &half->options;
    struct outcome *outcome = &half->outcome;
    bool alone = by_hand(&half->link);
    void *context = half_context(half);
    void *socket = new_socket(context, type, options, alone ? LINGER_BY_HAND_MS : 0, LOOK_MS);
    set_int(socket, ZMQ_SNDTIMEO, PATIENCE_MS);
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    uint64_t first = 0, last = 0;
    double cpu = 0;
    int64_t echoes = 0, total = alone && options->count > 0 ? options->warmup + options->count : INT64_MAX;
    bool goes_on = attach(context, socket, half);
    while (goes_on && !atomic_load_explicit(half->link.stop, memory_order_relaxed)) {
        if (zmq_msg_recv(&frame, socket, 0) < 0) {
            if (zmq_errno() != EAGAIN && zmq_errno() != EINTR) {
                fail_zmq(outcome, "receive");
                break;
            }
            // The end by hand: nothing has come for a while.
            goes_on = !(alone && echoes > 0 && seconds_since(last) > options->idle);
            continue;
        }
        goes_on = send_back(socket, &frame, outcome) && ++echoes < total;
        if (echoes == 1) {
            cpu = cpu_of(0);
            first = now_ns();
        }
        note_memory(half, echoes);
        if (alone) last = now_ns();
    }
    outcome->count = echoes;
    outcome->seconds = seconds_between(first, last);
    outcome->cpu = cpu_of(0) - cpu;
    outcome->peak_kb = peak_kb_of_both(&half->link);
    zmq_msg_close(&frame);
    zmq_close(socket);
    end_context(half, context);
}

void run_rep(struct half *half)
{
    run_echo(half, ZMQ_REP);
}

void run_router(struct half *half)
{
    if (strcmp(half->options.mode, "stream") == 0) run_router_stream(half);
    else run_echo(half, ZMQ_ROUTER);
}
