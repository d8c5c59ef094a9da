// A peer over libzmq with the cases, options and JSON lines of Zmtp.Perf; see ../../README.md.

#ifndef PERF_H
#define PERF_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// 32 octets in Z85 and the terminating zero.
#define KEY_TEXT 41

#define MAX_SIZES 32

// Connections before those that count: they bring in what is needed once.
#define WARM_CLIENTS 10

// How long nothing may happen before the measurement has failed.
#define PATIENCE_MS 10000

enum mechanism { MECHANISM_NULL, MECHANISM_PLAIN, MECHANISM_CURVE };

extern const char *const mechanism_names[];

struct options {
    const char *name;           // the case, or the role that was started alone: "case" in the JSON line
    const char *impl;
    const char *mode;           // of a dealer, and of a router: rpc, connections, handshake or stream
    const char *half;           // of a case: both, sender or receiver
    const char *username;
    const char *password;
    char transport[16];
    char endpoint[256];
    bool bind;
    bool verify;
    size_t sizes[MAX_SIZES];
    int size_count;
    size_t size;                // the one under measurement
    int64_t count;              // messages to measure; 0: go by seconds
    int64_t warmup;
    double seconds;
    double warmup_seconds;
    double idle;
    int hwm;                    // -1: the library's default
    int processes;
    int subs;
    int peers;                  // connections of PUSH to PULL, and dealers that a router streams to
    int clients;
    int parallel;
    int window;
    int io_threads;
    int timeout;
    enum mechanism mechanism;
    char server_key[KEY_TEXT];  // empty: this side is the CURVE server
    char public_key[KEY_TEXT];
    char secret_key[KEY_TEXT];
};

// What ties the two halves of a case together.
struct link {
    int from_other, to_other;   // pipes for what the halves tell each other; -1 when they were started by hand
    pid_t other;                // the other process; 0 when there is none that we know, or when it is this one
    void *context;              // shared by two threads; NULL when each half has its own
    atomic_bool *stop;          // the measurement is over; shared by two threads, a process is killed instead
};

// What a half has measured. NAN: not measured.
struct outcome {
    char error[200];            // empty: all went well
    int64_t count;
    double seconds;
    double warmup;              // seconds before the measured part
    double p50_us, p99_us;
    double cpu;                 // user and system time of both processes in the measured part
    long peak_kb;
    double server_kb, client_kb;
};

struct half {
    const char *role;
    struct options options;
    struct link link;
    struct outcome outcome;
};

// Which messages have come, one bit for each, where they come in any order.
struct arrivals {
    uint64_t *words;
    int64_t word_count, come;
};

// A stream of messages: lets the warm-up pass, then measures up to the count or the time. The message with which the measured part
// begins starts the clock and is not counted.
struct meter {
    const struct options *options;
    pid_t other;
    int64_t seen, seen_at_begin;
    uint64_t come;              // nanoseconds: the first message
    uint64_t begin, end;
    double cpu_at_begin, cpu_at_end;
    int64_t stride;
    struct arrivals *arrivals;  // of messages that come by several connections; NULL: they come in their order
    bool knows_sender;          // one of our halves has sent the messages: all of each of them can be checked
    bool measuring;
};

// Single round trips, or groups of them.
struct trips {
    const struct options *options;
    pid_t other;
    uint64_t *samples;
    size_t sample_count;
    int64_t seen, count;
    uint64_t begin, end;
    double warmup;
    double cpu;
    bool measuring;
};

// options.c
void options_parse(struct options *options, int argc, char **argv);
_Noreturn void misuse(const char *format, ...) __attribute__((format(printf, 1, 2)));
extern const char usage[];

// report.c
void print_line(const struct options *options, const struct outcome *outcome);
void print_info(void);
int print_new_keys(void);

// resources.c
uint64_t now_ns(void);
double seconds_since(uint64_t begin);
double seconds_between(uint64_t begin, uint64_t end);
void sleep_ms(int ms);
void settle(void);
void *allocate(size_t count, size_t size);
double cpu_of(pid_t process);
double cpu_of_both(const struct link *link);
long resident_kb(pid_t process);
long peak_kb_of_both(const struct link *link);

// body.c
char *new_body(const struct options *options);
void number_body(char *body, const struct options *options, int64_t number);
bool check_body(const void *body, const struct options *options, int64_t number, bool knows_sender, struct outcome *outcome);

// arrivals.c
bool note_arrival(struct arrivals *arrivals, int64_t number, int64_t sent, struct outcome *outcome);

// meter.c
void meter_init(struct meter *meter, const struct options *options, pid_t other, bool knows_sender);
void meter_start(struct meter *meter);
bool meter_add(struct meter *meter, const void *body, size_t size, struct outcome *outcome);
int64_t meter_count(const struct meter *meter);
void meter_report(const struct meter *meter, struct outcome *outcome);
void trips_init(struct trips *trips, const struct options *options, pid_t other);
bool trips_add(struct trips *trips, uint64_t begin, uint64_t end, int count);
void trips_report(struct trips *trips, struct outcome *outcome, bool single);

// sockets.c
bool by_hand(const struct link *link);
bool failed(const struct outcome *outcome);
void fail(struct outcome *outcome, const char *format, ...) __attribute__((format(printf, 2, 3)));
void fail_zmq(struct outcome *outcome, const char *operation);
void *new_context(const struct options *options);
void *half_context(const struct half *half);
void end_context(const struct half *half, void *context);
void *new_socket(void *context, int type, const struct options *options, int linger_ms, int timeout_ms);
void set_int(void *socket, int option, int value);
void set_text(void *socket, int option, const char *value);
void tell_other(const struct link *link);
void hear_other(const struct link *link);
bool attach(void *context, void *socket, struct half *half);

// roles
void run_push(struct half *half);
void run_pull(struct half *half);
void run_router_stream(struct half *half);
void run_dealer_stream(struct half *half);
void run_req(struct half *half);
void run_rep(struct half *half);
void run_router(struct half *half);
void run_pub(struct half *half);
void run_sub(struct half *half);
void run_dealer(struct half *half);

// halves.c
struct case_definition {
    const char *name;
    const char *measurer;       // the role whose figures are the case's
    const char *other;
    const char *binder;
    const char *sender;         // what --role sender stands for
    const char *mode;           // what a dealer does in this case
};

const struct case_definition *find_case(const char *name);
bool is_role(const char *name);
void run_half(struct half *half);
bool run_case(const struct case_definition *definition, const struct options *options);

#endif
