// What is printed on stdout: JSON objects, one a line.

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#include "perf.h"

static void put_number(const char *name, double value, int digits)
{
    if (isfinite(value)) printf(",\"%s\":%.*f", name, digits, value);
    else printf(",\"%s\":null", name);
}

static void put_text(const char *name, const char *text)
{
    printf("\"%s\":\"", name);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') putchar('\\');
        putchar((unsigned char)*text < ' ' ? ' ' : *text);
    }
    putchar('"');
}

// The transport of the endpoint, once there is one.
static int transport_length(const struct options *options, const char **transport)
{
    const char *end = strstr(options->endpoint, "://");
    *transport = end ? options->endpoint : options->transport;
    return end ? (int)(end - options->endpoint) : (int)strlen(options->transport);
}

void print_line(const struct options *options, const struct outcome *outcome)
{
    const char *transport;
    int length = transport_length(options, &transport);
    double seconds = failed(outcome) ? NAN : outcome->seconds;
    double rate = seconds > 0 ? (double)outcome->count / seconds : NAN;
    putchar('{');
    put_text("impl", options->impl);
    printf(",\"case\":\"%s\",\"transport\":\"%.*s\",\"mechanism\":\"%s\",\"size\":%zu,\"count\":%" PRId64, options->name, length,
           transport, mechanism_names[options->mechanism], options->size, outcome->count);
    put_number("seconds", seconds, 6);
    put_number("msgs_per_s", rate, 1);
    put_number("MB_per_s", rate * (double)options->size / 1e6, 3);
    put_number("p50_us", outcome->p50_us, 2);
    put_number("p99_us", outcome->p99_us, 2);
    printf(",\"rss_kb\":%ld", outcome->peak_kb);
    put_number("cpu_s", outcome->cpu, 4);
    if (!isnan(outcome->server_kb) || !isnan(outcome->client_kb)) {
        put_number("server_kb_per_conn", outcome->server_kb, 2);
        put_number("client_kb_per_conn", outcome->client_kb, 2);
    }
    if (options->subs > 0) printf(",\"subs\":%d", options->subs);
    if (options->peers > 1) printf(",\"peers\":%d", options->peers);
    if (options->parallel > 1) printf(",\"parallel\":%d", options->parallel);
    put_number("warmup_s", outcome->warmup, 3);
    if (failed(outcome)) {
        putchar(',');
        put_text("error", outcome->error);
    }
    puts("}");
    fflush(stdout);
}

void print_info(void)
{
    int major, minor, patch;
    zmq_version(&major, &minor, &patch);
    // zmq_has("plain") is 0 only because libzmq does not know that name.
    printf("{\"impl\":\"libzmq\",\"version\":\"%d.%d.%d\",\"mechanisms\":[\"null\",\"plain\"%s],\"transports\":[\"tcp\",\"ipc\","
           "\"inproc\"]}\n", major, minor, patch, zmq_has("curve") ? ",\"curve\"" : "");
}

int print_new_keys(void)
{
    char public_key[KEY_TEXT], secret_key[KEY_TEXT];
    if (zmq_curve_keypair(public_key, secret_key) < 0) {
        fprintf(stderr, "libzmq was built without CURVE.\n");
        return 1;
    }
    // No character of Z85 needs an escape.
    printf("{\"publickey\":\"%s\",\"secretkey\":\"%s\"}\n", public_key, secret_key);
    return 0;
}
