// The command line. Of an option that comes twice the last one holds.

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "perf.h"

#define DEFAULT_SECONDS 1.0
#define DEFAULT_WARMUP_SECONDS 0.3
#define DEFAULT_PUBLICATIONS 100000
#define DEFAULT_CLIENTS 1000
#define DEFAULT_SUBSCRIBERS 4
#define DEFAULT_PEERS 32

const char *const mechanism_names[] = {"null", "plain", "curve"};

const char usage[] =
    "usage: libzmq-perf CASE [options]    both halves of a measurement, one JSON line for each size\n"
    "       libzmq-perf ROLE [options]    one half, towards any implementation\n"
    "       libzmq-perf info | keygen\n"
    "CASE   throughput latency pubsub fanout stream rpc handshake connections\n"
    "ROLE   push pull req rep pub sub dealer router\n"
    "  --transport tcp|ipc|inproc       (cases) default tcp\n"
    "  --procs 1|2                      (cases) two threads or two processes; default 2\n"
    "  --role both|sender|receiver      (cases) only one half\n"
    "  --endpoint E  --bind             (roles) connects unless --bind; who binds prints READY and its endpoint on stderr\n"
    "  --size N[,N...]                  octets of the body; default 100\n"
    "  --count N  --warmup N            by messages; default warm-up a tenth\n"
    "  --seconds S  --warmup-seconds S  by time; default 1 and 0.3\n"
    "  --mechanism null|plain|curve     default null\n"
    "  --serverkey K --publickey K --secretkey K    Z85; who has no --serverkey is the CURVE server\n"
    "  --username U  --password P\n"
    "  --hwm N                          high-water marks, 0 for none\n"
    "  --peers N                        (fanout, stream) of one sender; default 32\n"
    "  --subs N (pubsub)  --window N (rpc)  --parallel N (handshake)  --clients N (connections)\n"
    "  --mode rpc|connections|handshake|stream    (dealer; router: stream or not)\n"
    "  --idle S                         (rep, router) ends after that long a silence; default 3\n"
    "  --timeout S                      gives up, 0 never; default 120\n"
    "  --verify                         checks every octet of every body; of a sender by hand its number only\n"
    "  --impl NAME                      the name in the JSON line\n"
    "  --io-threads N                   threads of the context; default 1\n";

void misuse(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    vfprintf(stderr, format, values);
    va_end(values);
    fputc('\n', stderr);
    exit(2);
}

static double number(const char *option, const char *text)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !(value >= 0)) misuse("--%s takes a number that is not negative; \"%s\" is none.", option, text);
    return value;
}

static const char *one_of(const char *option, const char *text, const char *const *choices)
{
    for (; *choices; choices++)
        if (strcmp(text, *choices) == 0) return *choices;
    misuse("--%s cannot be %s.", option, text);
}

static void copy_key(char *to, const char *option, const char *text)
{
    if (strlen(text) != KEY_TEXT - 1) misuse("--%s takes a key of %d characters.", option, KEY_TEXT - 1);
    memcpy(to, text, KEY_TEXT);
}

static void copy_text(char *to, size_t room, const char *option, const char *text)
{
    if (strlen(text) >= room) misuse("--%s is too long.", option);
    strcpy(to, text);
}

static void read_sizes(struct options *options, char *text)
{
    options->size_count = 0;
    for (char *size = strtok(text, ","); size; size = strtok(NULL, ",")) {
        if (options->size_count == MAX_SIZES) misuse("--size takes at most %d sizes.", MAX_SIZES);
        options->sizes[options->size_count++] = (size_t)number("size", size);
    }
    if (options->size_count == 0) misuse("--size needs a value.");
    options->size = options->sizes[0];
}

static void read_mechanism(struct options *options, const char *text)
{
    for (int i = 0; i < 3; i++)
        if (strcmp(text, mechanism_names[i]) == 0) {
            options->mechanism = (enum mechanism)i;
            return;
        }
    misuse("--mechanism cannot be %s.", text);
}

static int at_least_1(int value)
{
    return value < 1 ? 1 : value;
}

enum key {
    ENDPOINT = 1, BIND, CONNECT, TRANSPORT, SIZE, COUNT, WARMUP, SECONDS, WARMUP_SECONDS, MECHANISM, SERVER_KEY, PUBLIC_KEY, SECRET_KEY,
    USERNAME, PASSWORD, HWM, SUBS, PEERS, CLIENTS, PARALLEL, WINDOW, PROCS, IDLE, TIMEOUT, ROLE, MODE, VERIFY, IMPL, IO_THREADS
};

static const struct option names[] = {
    {"endpoint", 1, 0, ENDPOINT}, {"bind", 0, 0, BIND}, {"connect", 0, 0, CONNECT}, {"transport", 1, 0, TRANSPORT},
    {"size", 1, 0, SIZE}, {"count", 1, 0, COUNT}, {"warmup", 1, 0, WARMUP}, {"seconds", 1, 0, SECONDS},
    {"warmup-seconds", 1, 0, WARMUP_SECONDS}, {"mechanism", 1, 0, MECHANISM}, {"serverkey", 1, 0, SERVER_KEY},
    {"publickey", 1, 0, PUBLIC_KEY}, {"secretkey", 1, 0, SECRET_KEY}, {"username", 1, 0, USERNAME}, {"password", 1, 0, PASSWORD},
    {"hwm", 1, 0, HWM}, {"subs", 1, 0, SUBS}, {"peers", 1, 0, PEERS}, {"clients", 1, 0, CLIENTS}, {"parallel", 1, 0, PARALLEL}, {"window", 1, 0, WINDOW},
    {"procs", 1, 0, PROCS}, {"idle", 1, 0, IDLE}, {"timeout", 1, 0, TIMEOUT}, {"role", 1, 0, ROLE}, {"mode", 1, 0, MODE},
    {"verify", 0, 0, VERIFY}, {"impl", 1, 0, IMPL}, {"io-threads", 1, 0, IO_THREADS}, {0, 0, 0, 0}
};

static void apply(struct options *options, enum key key, const char *name, char *text)
{
    static const char *const transports[] = {"tcp", "ipc", "inproc", NULL};
    static const char *const halves[] = {"both", "sender", "receiver", NULL};
    static const char *const modes[] = {"rpc", "connections", "handshake", "stream", NULL};
    switch (key) {
        case ENDPOINT: copy_text(options->endpoint, sizeof options->endpoint, name, text); break;
        case BIND: options->bind = true; break;
        case CONNECT: options->bind = false; break;
        case TRANSPORT: copy_text(options->transport, sizeof options->transport, name, one_of(name, text, transports)); break;
        case SIZE: read_sizes(options, text); break;
        case COUNT: options->count = (int64_t)number(name, text); break;
        case WARMUP: options->warmup = (int64_t)number(name, text); break;
        case SECONDS: options->seconds = number(name, text); break;
        case WARMUP_SECONDS: options->warmup_seconds = number(name, text); break;
        case MECHANISM: read_mechanism(options, text); break;
        case SERVER_KEY: copy_key(options->server_key, name, text); break;
        case PUBLIC_KEY: copy_key(options->public_key, name, text); break;
        case SECRET_KEY: copy_key(options->secret_key, name, text); break;
        case USERNAME: options->username = text; break;
        case PASSWORD: options->password = text; break;
        case HWM: options->hwm = (int)number(name, text); break;
        case SUBS: options->subs = (int)number(name, text); break;
        case PEERS: options->peers = at_least_1((int)number(name, text)); break;
        case CLIENTS: options->clients = (int)number(name, text); break;
        case PARALLEL: options->parallel = at_least_1((int)number(name, text)); break;
        case WINDOW: options->window = at_least_1((int)number(name, text)); break;
        case PROCS: options->processes = (int)number(name, text); break;
        case IDLE: options->idle = number(name, text); break;
        case TIMEOUT: options->timeout = (int)number(name, text); break;
        case ROLE: options->half = one_of(name, text, halves); break;
        case MODE: options->mode = one_of(name, text, modes); break;
        case VERIFY: options->verify = true; break;
        case IMPL: options->impl = text; break;
        case IO_THREADS: options->io_threads = at_least_1((int)number(name, text)); break;
    }
}

static void complete(struct options *options)
{
    const char *name = options->name;
    bool publishes = strcmp(name, "pubsub") == 0 || strcmp(name, "pub") == 0 || strcmp(name, "sub") == 0;
    if (options->count <= 0 && options->seconds <= 0) {
        if (publishes) options->count = DEFAULT_PUBLICATIONS;
        else options->seconds = DEFAULT_SECONDS;
    }
    if (publishes && options->count <= 0) misuse("%s goes by --count, not by --seconds.", name);
    if (options->warmup < 0) options->warmup = options->count / 10;
    // There the measured part begins when everybody has all of the warm-up.
    if (strcmp(name, "pubsub") == 0 && options->warmup < 1) options->warmup = 1;
    if (options->warmup_seconds < 0) options->warmup_seconds = DEFAULT_WARMUP_SECONDS;
    bool connects = strcmp(name, "connections") == 0 || (strcmp(name, "dealer") == 0 && strcmp(options->mode, "connections") == 0);
    if (connects && options->clients <= 0) options->clients = DEFAULT_CLIENTS;
    if (strcmp(name, "pubsub") == 0 && options->subs <= 0) options->subs = DEFAULT_SUBSCRIBERS;
    bool many = strcmp(name, "fanout") == 0 || strcmp(name, "stream") == 0;
    if (options->peers <= 0) options->peers = many ? DEFAULT_PEERS : 1;
}

void options_parse(struct options *options, int argc, char **argv)
{
    *options = (struct options){
        .name = argv[1], .impl = "libzmq", .mode = "rpc", .half = "both", .username = "admin", .password = "secret",
        .transport = "tcp", .sizes = {100}, .size_count = 1, .size = 100, .warmup = -1, .warmup_seconds = -1, .idle = 3, .hwm = -1,
        .processes = 2, .parallel = 1, .window = 100, .io_threads = 1, .timeout = 120,
    };
    optind = 2;
    int key, index = 0;
    while ((key = getopt_long(argc, argv, "", names, &index)) != -1) {
        if (key == '?') exit(2);
        apply(options, (enum key)key, names[index].name, optarg);
    }
    if (optind < argc) misuse("%s is no option.", argv[optind]);
    complete(options);
}
