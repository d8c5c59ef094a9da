// Contexts and sockets, their security, and how the two halves find each other.

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include "perf.h"

#define BACKLOG 4096
#define MAX_SOCKETS 20000
#define LOOK_MS 20

bool by_hand(const struct link *link)
{
    return link->from_other < 0 && link->to_other < 0;
}

bool failed(const struct outcome *outcome)
{
    return outcome->error[0] != 0;
}

void fail(struct outcome *outcome, const char *format, ...)
{
    if (failed(outcome)) return;
    va_list values;
    va_start(values, format);
    vsnprintf(outcome->error, sizeof outcome->error, format, values);
    va_end(values);
}

void fail_zmq(struct outcome *outcome, const char *operation)
{
    fail(outcome, "%s: %s", operation, zmq_errno() == EAGAIN ? "timed out" : zmq_strerror(zmq_errno()));
}

void *new_context(const struct options *options)
{
    void *context = zmq_ctx_new();
    if (!context) abort();
    if (zmq_ctx_set(context, ZMQ_IO_THREADS, options->io_threads) < 0) misuse("zmq_ctx_set: %s", zmq_strerror(zmq_errno()));
    if (zmq_ctx_set(context, ZMQ_MAX_SOCKETS, MAX_SOCKETS) < 0) misuse("zmq_ctx_set: %s", zmq_strerror(zmq_errno()));
    return context;
}

void *half_context(const struct half *half)
{
    return half->link.context ? half->link.context : new_context(&half->options);
}

// Waits until what was sent has left, within the linger of its socket.
void end_context(const struct half *half, void *context)
{
    if (half->link.context) return;
    // The authenticator waits in a receive.
    if (half->options.mechanism == MECHANISM_PLAIN) zmq_ctx_shutdown(context);
    zmq_ctx_term(context);
}

void set_text(void *socket, int option, const char *value)
{
    if (zmq_setsockopt(socket, option, value, strlen(value)) < 0) misuse("zmq_setsockopt %d: %s", option, zmq_strerror(zmq_errno()));
}

void set_int(void *socket, int option, int value)
{
    if (zmq_setsockopt(socket, option, &value, sizeof value) < 0) misuse("zmq_setsockopt %d: %s", option, zmq_strerror(zmq_errno()));
}

static void set_security(void *socket, const struct options *options)
{
    if (options->mechanism == MECHANISM_CURVE) {
        set_text(socket, ZMQ_CURVE_SECRETKEY, options->secret_key);
        if (!options->server_key[0]) {
            set_int(socket, ZMQ_CURVE_SERVER, 1);
            return;
        }
        set_text(socket, ZMQ_CURVE_SERVERKEY, options->server_key);
        set_text(socket, ZMQ_CURVE_PUBLICKEY, options->public_key);
    } else if (options->mechanism == MECHANISM_PLAIN && options->bind) {
        set_int(socket, ZMQ_PLAIN_SERVER, 1);
    } else if (options->mechanism == MECHANISM_PLAIN) {
        set_text(socket, ZMQ_PLAIN_USERNAME, options->username);
        set_text(socket, ZMQ_PLAIN_PASSWORD, options->password);
    }
}

void *new_socket(void *context, int type, const struct options *options, int linger_ms, int timeout_ms)
{
    void *socket = zmq_socket(context, type);
    if (!socket) misuse("zmq_socket: %s", zmq_strerror(zmq_errno()));
    if (options->hwm >= 0) {
        set_int(socket, ZMQ_SNDHWM, options->hwm);
        set_int(socket, ZMQ_RCVHWM, options->hwm);
    }
    set_int(socket, ZMQ_BACKLOG, BACKLOG);
    set_int(socket, ZMQ_LINGER, linger_ms);
    set_int(socket, ZMQ_SNDTIMEO, timeout_ms);
    set_int(socket, ZMQ_RCVTIMEO, timeout_ms);
    set_security(socket, options);
    return socket;
}

// RFC 27: version, request id, domain, address, identity, mechanism, credentials; the answer is version, request id, status code,
// status text, user id, metadata.
static void *accept_everybody(void *socket)
{
    for (;;) {
        char request_id[256];
        int length = 0, more = 1;
        for (int part = 0; more; part++) {
            char frame[512];
            int size = zmq_recv(socket, frame, sizeof frame, 0);
            if (size < 0) {
                zmq_close(socket);
                return NULL;
            }
            if (part == 1 && size <= (int)sizeof request_id) {
                memcpy(request_id, frame, (size_t)size);
                length = size;
            }
            size_t room = sizeof more;
            zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &room);
        }
        zmq_send(socket, "1.0", 3, ZMQ_SNDMORE);
        zmq_send(socket, request_id, (size_t)length, ZMQ_SNDMORE);
        zmq_send(socket, "200", 3, ZMQ_SNDMORE);
        zmq_send(socket, "OK", 2, ZMQ_SNDMORE);
        zmq_send(socket, "user", 4, ZMQ_SNDMORE);
        zmq_send(socket, "", 0, 0);
    }
}

// libzmq refuses PLAIN unless something answers authentication requests. Bound before the thread starts, so that nobody comes too early.
static void start_authenticator(void *context)
{
    void *socket = zmq_socket(context, ZMQ_REP);
    pthread_t thread;
    if (!socket || zmq_bind(socket, "inproc://zeromq.zap.01") < 0 || pthread_create(&thread, NULL, accept_everybody, socket) != 0)
        misuse("the authenticator did not start");
    pthread_detach(thread);
}

static bool tell_endpoint(struct half *half)
{
    const char *endpoint = half->options.endpoint;
    if (half->link.to_other < 0) {
        fprintf(stderr, "READY %s\n", endpoint);
        return true;
    }
    size_t length = strlen(endpoint) + 1;
    return write(half->link.to_other, endpoint, length) == (ssize_t)length;
}

// Up to the terminating zero; nothing at all comes when the other half has ended.
static bool learn_endpoint(struct half *half)
{
    struct options *options = &half->options;
    for (size_t i = 0; i < sizeof options->endpoint; i++) {
        if (read(half->link.from_other, options->endpoint + i, 1) != 1) return false;
        if (!options->endpoint[i]) return true;
    }
    return false;
}

// That something has come to pass; what, both halves know. There is nobody to tell when the other one is gone.
void tell_other(const struct link *link)
{
    if (write(link->to_other, "", 1) < 0) return;
}

// Waits until the other half has told, or the measurement is over.
void hear_other(const struct link *link)
{
    struct pollfd pipe = {.fd = link->from_other, .events = POLLIN};
    char octet;
    while (!atomic_load(link->stop)) {
        if (poll(&pipe, 1, LOOK_MS) <= 0) continue;
        if (read(link->from_other, &octet, 1) >= 0) return;
    }
}

// Binds and tells where, or learns where and connects.
bool attach(void *context, void *socket, struct half *half)
{
    struct options *options = &half->options;
    struct outcome *outcome = &half->outcome;
    if (options->bind) {
        if (options->mechanism == MECHANISM_PLAIN) start_authenticator(context);
        size_t room = sizeof options->endpoint;
        if (zmq_bind(socket, options->endpoint) < 0) fail_zmq(outcome, "bind");
        else if (zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, options->endpoint, &room) < 0) fail_zmq(outcome, "bind");
        else if (!tell_endpoint(half)) fail(outcome, "the other half is gone");
    } else {
        if (!options->endpoint[0] && !learn_endpoint(half)) fail(outcome, "the other half has not bound its socket");
        else if (zmq_connect(socket, options->endpoint) < 0) fail_zmq(outcome, "connect");
    }
    return !failed(outcome);
}
