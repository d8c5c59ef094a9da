// What is sent: the number of the message in the first 8 octets, 0 in all of them unless --verify is given, and behind it the words that a
// generator makes of it, all in the machine's own order. The same as Zmtp.Perf's NumberedBody. A word for which there is not enough room is
// cut off, be it the number itself.

#include <string.h>

#include "perf.h"

// Those of Knuth's MMIX.
#define FACTOR 6364136223846793005u
#define INCREMENT 1442695040888963407u

static uint64_t next(uint64_t word)
{
    return word * FACTOR + INCREMENT;
}

// A body to be sent, that of message 0. Were it left as it is allocated, all pages of a large one would be one page of zeros of the
// system's, which stays in the processor's cache however often it is read: no application sends that.
char *new_body(const struct options *options)
{
    // Not even an empty one is NULL.
    char *body = allocate(options->size + 1, 1);
    number_body(body, options, 0);
    return body;
}

// Makes a body that of a message.
void number_body(char *body, const struct options *options, int64_t number)
{
    uint64_t word = (uint64_t)number;
    size_t left = options->size;
    for (; left >= sizeof word; left -= sizeof word, body += sizeof word, word = next(word)) memcpy(body, &word, sizeof word);
    memcpy(body, &word, left);
}

static bool has_words_of(const char *body, size_t size, int64_t number)
{
    uint64_t word = (uint64_t)number;
    for (; size >= sizeof word; size -= sizeof word, body += sizeof word, word = next(word))
        if (memcmp(body, &word, sizeof word) != 0) return false;
    return memcmp(body, &word, size) == 0;
}

// Whether a body is that of a message: all of it, or, where we do not know what else the sender puts in, its number.
bool check_body(const void *body, const struct options *options, int64_t number, bool knows_sender, struct outcome *outcome)
{
    if (options->size >= sizeof number && memcmp(body, &number, sizeof number) != 0)
        fail(outcome, "another message came where %lld was expected: lost or out of order", (long long)number);
    else if (knows_sender && !has_words_of(body, options->size, number))
        fail(outcome, "what came where message %lld was expected is not what was sent", (long long)number);
    return !failed(outcome);
}
