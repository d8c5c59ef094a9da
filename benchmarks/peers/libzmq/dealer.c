// DEALER, towards a ROUTER that echoes. It keeps messages under way (rpc), or measures clients that come and go (handshake) or come and
// stay (connections).

#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "perf.h"

// How long the last of many clients may have to wait.
#define ECHO_MS (2 * PATIENCE_MS)

static void *new_dealer(struct half *half, void *context)
{
    return new_socket(context, ZMQ_DEALER, &half->options, 0, ECHO_MS);
}

// A client comes: a socket, a connection, a message. NULL when it failed.
static void *open_client(struct half *half, void *context, const char *body)
{
    void *client = new_dealer(half, context);
    if (zmq_connect(client, half->options.endpoint) < 0) fail_zmq(&half->outcome, "connect");
    else if (zmq_send(client, body, half->options.size, 0) < 0) fail_zmq(&half->outcome, "send");
    if (!failed(&half->outcome)) return client;
    zmq_close(client);
    return NULL;
}

static bool receive_echo(struct half *half, void *client)
{
    zmq_msg_t echo;
    zmq_msg_init(&echo);
    int size = zmq_msg_recv(&echo, client, 0);
    if (size < 0) fail_zmq(&half->outcome, "receive");
    else if ((size_t)size != half->options.size) fail(&half->outcome, "an echo of %d octets came instead of %zu", size, half->options.size);
    else if (half->options.verify) check_body(zmq_msg_data(&echo), &half->options, 0, true, &half->outcome);
    zmq_msg_close(&echo);
    return !failed(&half->outcome);
}

static bool send_next(struct half *half, void *socket, char *body, int64_t number)
{
    if (half->options.verify) number_body(body, &half->options, number);
    if (zmq_send(socket, body, half->options.size, 0) >= 0) return true;
    fail_zmq(&half->outcome, "send");
    return false;
}

static void measure_rpc(struct half *half, void *socket, char *body)
{
    struct meter meter;
    zmq_msg_t echo;
    int64_t sent = 0;
    bool goes_on = true;
    meter_init(&meter, &half->options, half->link.other, true);
    zmq_msg_init(&echo);
    while (goes_on && sent < half->options.window) goes_on = send_next(half, socket, body, sent++);
    while (goes_on) {
        if (zmq_msg_recv(&echo, socket, 0) < 0) {
            fail_zmq(&half->outcome, "receive");
            break;
        }
        goes_on = meter_add(&meter, zmq_msg_data(&echo), zmq_msg_size(&echo), &half->outcome) && send_next(half, socket, body, sent++);
    }
    zmq_msg_close(&echo);
    meter_report(&meter, &half->outcome);
}

static void close_all(void **clients, int count)
{
    for (int i = 0; i < count; i++)
        if (clients[i]) zmq_close(clients[i]);
}

static void measure_handshakes(struct half *half, void *context, const char *body)
{
    int count = half->options.parallel;
    void **clients = allocate((size_t)count, sizeof *clients);
    struct trips trips;
    trips_init(&trips, &half->options, half->link.other);
    uint64_t begin;
    do {
        begin = now_ns();
        memset(clients, 0, (size_t)count * sizeof *clients);
        for (int i = 0; i < count && !failed(&half->outcome); i++) clients[i] = open_client(half, context, body);
        for (int i = 0; i < count && !failed(&half->outcome); i++) receive_echo(half, clients[i]);
        close_all(clients, count);
    } while (!failed(&half->outcome) && trips_add(&trips, begin, now_ns(), count));
    trips_report(&trips, &half->outcome, count == 1);
    free(clients);
}

static void settle_both(const struct link *link)
{
    settle();
    if (link->other > 0) hear_other(link);
}

static void measure_connections(struct half *half, void *context, const char *body)
{
    struct outcome *outcome = &half->outcome;
    int count = half->options.clients, warm = WARM_CLIENTS - 1, opened = 0;
    void **clients = allocate((size_t)(warm + count), sizeof *clients);
    for (; opened < warm && !failed(outcome); opened++) {
        clients[opened] = open_client(half, context, body);
        if (clients[opened]) receive_echo(half, clients[opened]);
    }
    settle_both(&half->link);
    long own_kb = resident_kb(0), other_kb = resident_kb(half->link.other);
    double cpu = cpu_of_both(&half->link);
    uint64_t begin = now_ns();
    for (; opened < warm + count && !failed(outcome); opened++) clients[opened] = open_client(half, context, body);
    for (int i = warm; i < warm + count && !failed(outcome); i++) receive_echo(half, clients[i]);
    outcome->seconds = seconds_since(begin);
    outcome->cpu = cpu_of_both(&half->link) - cpu;
    outcome->count = count;
    settle_both(&half->link);
    outcome->client_kb = (double)(resident_kb(0) - own_kb) / count;
    if (half->link.other > 0) outcome->server_kb = (double)(resident_kb(half->link.other) - other_kb) / count;
    close_all(clients, opened);
    free(clients);
}

void run_dealer(struct half *half)
{
    const char *mode = half->options.mode;
    if (strcmp(mode, "stream") == 0) {
        run_dealer_stream(half);
        return;
    }
    void *context = half_context(half);
    void *socket = new_dealer(half, context);
    char *body = new_body(&half->options);
    if (attach(context, socket, half)) {
        if (strcmp(mode, "rpc") == 0) measure_rpc(half, socket, body);
        // One connection that is always there proves that the other half is.
        else if (send_next(half, socket, body, 0) && receive_echo(half, socket)) {
            if (strcmp(mode, "connections") == 0) measure_connections(half, context, body);
            else measure_handshakes(half, context, body);
        }
    }
    half->outcome.peak_kb = peak_kb_of_both(&half->link);
    atomic_store(half->link.stop, true);
    zmq_close(socket);
    end_context(half, context);
    free(body);
}
