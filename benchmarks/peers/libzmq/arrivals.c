// Which messages have come, where they come by several connections and so not in their order: none of them twice, and none that was not sent.
// If as many come as are sent, nothing is lost. The same as Zmtp.Perf's Arrivals.

#include <stdlib.h>
#include <string.h>

#include "perf.h"

// How far a message may be ahead of those that have come: more cannot wait on any way, so it is no number of a message.
#define MAX_AHEAD (INT64_C(1) << 30)

#define WORD_BITS 64
#define FIRST_WORDS 1024

static void make_room(struct arrivals *arrivals, int64_t words)
{
    if (words <= arrivals->word_count) return;
    int64_t count = arrivals->word_count > 0 ? arrivals->word_count : FIRST_WORDS;
    while (count < words) count *= 2;
    arrivals->words = realloc(arrivals->words, (size_t)count * sizeof *arrivals->words);
    if (!arrivals->words) abort();
    memset(arrivals->words + arrivals->word_count, 0, (size_t)(count - arrivals->word_count) * sizeof *arrivals->words);
    arrivals->word_count = count;
}

// sent: how many are sent, INT64_MAX if nobody knows.
bool note_arrival(struct arrivals *arrivals, int64_t number, int64_t sent, struct outcome *outcome)
{
    if (number < 0 || number >= sent || number - arrivals->come > MAX_AHEAD) {
        fail(outcome, "message %lld came, which was not sent", (long long)number);
        return false;
    }
    int64_t index = number / WORD_BITS;
    uint64_t bit = UINT64_C(1) << (number % WORD_BITS);
    make_room(arrivals, index + 1);
    if (arrivals->words[index] & bit) fail(outcome, "message %lld came twice", (long long)number);
    arrivals->words[index] |= bit;
    arrivals->come++;
    return !failed(outcome);
}
