// The roles, and the cases: which two of them belong together, as two processes or as two threads.

#define _GNU_SOURCE
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include "perf.h"

static const struct {
    const char *name;
    void (*run)(struct half *half);
} roles[] = {
    {"push", run_push}, {"pull", run_pull}, {"req", run_req}, {"rep", run_rep},
    {"pub", run_pub}, {"sub", run_sub}, {"dealer", run_dealer}, {"router", run_router},
};

static const struct case_definition cases[] = {
    {"throughput", "pull", "push", "pull", "push", "rpc"},
    {"latency", "req", "rep", "rep", "req", "rpc"},
    {"pubsub", "sub", "pub", "pub", "pub", "rpc"},
    {"fanout", "pull", "push", "pull", "push", "rpc"},
    {"stream", "dealer", "router", "router", "router", "stream"},
    {"rpc", "dealer", "router", "router", "dealer", "rpc"},
    {"handshake", "dealer", "router", "router", "dealer", "handshake"},
    {"connections", "dealer", "router", "router", "dealer", "connections"},
};

static bool same(const char *left, const char *right)
{
    return strcmp(left, right) == 0;
}

const struct case_definition *find_case(const char *name)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (same(cases[i].name, name)) return &cases[i];
    return NULL;
}

bool is_role(const char *name)
{
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (same(roles[i].name, name)) return true;
    return false;
}

void run_half(struct half *half)
{
    half->outcome = (struct outcome){
        .seconds = NAN, .warmup = NAN, .p50_us = NAN, .p99_us = NAN, .cpu = NAN, .server_kb = NAN, .client_kb = NAN,
    };
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (same(roles[i].name, half->role)) roles[i].run(half);
}

// Inproc has no mechanism and one process; what belongs to another case is not to appear in the line.
static struct options without_what_is_of_others(const struct case_definition *definition, const struct options *given)
{
    struct options options = *given;
    if (same(options.transport, "inproc")) {
        options.processes = 1;
        options.mechanism = MECHANISM_NULL;
    }
    options.mode = definition->mode;
    if (!same(definition->name, "pubsub")) options.subs = 0;
    if (!same(definition->name, "fanout") && !same(definition->name, "stream")) options.peers = 1;
    if (!same(definition->name, "handshake")) options.parallel = 1;
    if (!same(definition->name, "connections")) options.clients = 0;
    return options;
}

static void make_endpoint(struct options *options)
{
    const char *folder = getenv("TMPDIR");
    if (same(options->transport, "tcp")) strcpy(options->endpoint, "tcp://127.0.0.1:*");
    else if (same(options->transport, "inproc")) strcpy(options->endpoint, "inproc://libzmq-perf");
    else snprintf(options->endpoint, sizeof options->endpoint, "ipc://%s/libzmq-perf-%d", folder ? folder : "/tmp", (int)getpid());
}

// Who binds is the server.
static void make_keys(struct options *server, struct options *client)
{
    if (zmq_curve_keypair(server->public_key, server->secret_key) < 0 || zmq_curve_keypair(client->public_key, client->secret_key) < 0)
        misuse("libzmq was built without CURVE.");
    server->server_key[0] = 0;
    memcpy(client->server_key, server->public_key, KEY_TEXT);
}

static void *run_in_thread(void *half)
{
    run_half(half);
    return NULL;
}

static void run_threads(struct half *measurer, struct half *other)
{
    void *context = new_context(&measurer->options);
    measurer->link.context = other->link.context = context;
    pthread_t thread;
    if (pthread_create(&thread, NULL, run_in_thread, other) != 0) abort();
    run_half(measurer);
    pthread_join(thread, NULL);
    if (failed(&other->outcome)) fail(&measurer->outcome, "the other half: %s", other->outcome.error);
    zmq_ctx_shutdown(context);
    zmq_ctx_term(context);
}

// The half that measures is this process. The other one is killed in the end: it may be in the middle of a million messages that nobody
// wants any more.
static void run_processes(struct half *measurer, struct half *other)
{
    fflush(stdout);
    pid_t process = fork();
    if (process < 0) abort();
    if (process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(measurer->link.from_other);
        close(measurer->link.to_other);
        run_half(other);
        if (failed(&other->outcome)) fprintf(stderr, "%s: %s\n", other->role, other->outcome.error);
        _exit(failed(&other->outcome));
    }
    close(other->link.from_other);
    close(other->link.to_other);
    measurer->link.other = process;
    run_half(measurer);
    kill(process, SIGKILL);
    waitpid(process, NULL, 0);
    close(measurer->link.from_other);
    close(measurer->link.to_other);
}

bool run_case(const struct case_definition *definition, const struct options *given)
{
    struct half measurer = {.role = definition->measurer}, other = {.role = definition->other};
    struct options options = without_what_is_of_others(definition, given);
    measurer.options = other.options = options;
    measurer.options.bind = same(definition->binder, definition->measurer);
    other.options.bind = !measurer.options.bind;
    struct half *binder = measurer.options.bind ? &measurer : &other, *connector = measurer.options.bind ? &other : &measurer;
    make_endpoint(&binder->options);
    char ipc_path[sizeof options.endpoint];
    strcpy(ipc_path, binder->options.endpoint);
    connector->options.endpoint[0] = 0;
    if (options.mechanism == MECHANISM_CURVE) make_keys(&binder->options, &connector->options);

    int to_measurer[2], to_other[2];
    if (pipe(to_measurer) < 0 || pipe(to_other) < 0) abort();
    atomic_bool stop = false;
    measurer.link = (struct link){.from_other = to_measurer[0], .to_other = to_other[1], .stop = &stop};
    other.link = (struct link){.from_other = to_other[0], .to_other = to_measurer[1], .stop = &stop};

    // Whatever hangs does not hang the whole table.
    alarm((unsigned)options.timeout);
    if (options.processes == 1) {
        run_threads(&measurer, &other);
        int pipes[] = {to_measurer[0], to_measurer[1], to_other[0], to_other[1]};
        for (int i = 0; i < 4; i++) close(pipes[i]);
    } else run_processes(&measurer, &other);
    alarm(0);
    if (same(options.transport, "ipc")) unlink(ipc_path + strlen("ipc://"));
    print_line(&measurer.options, &measurer.outcome);
    return !failed(&measurer.outcome);
}
