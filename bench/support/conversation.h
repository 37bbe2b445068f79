/* Made-up text, and conversations of it. */
#ifndef OAT_BENCH_CONVERSATION_H
#define OAT_BENCH_CONVERSATION_H

#include "bench/support/dice.h"

#include <stddef.h>
#include <stdint.h>

/* A growing text. Zero-initialise; emptied by len = 0. */
typedef struct oat_bench_conversation {
    char *bytes;
    size_t len, room;
} oat_bench_conversation;

/* A language: 30,000 words of one to four syllables, the k-th as frequent as 1 / k. */
typedef struct oat_bench_language oat_bench_language;
oat_bench_language *oat_bench_language_open(oat_bench_dice *dice);
void oat_bench_language_close(oat_bench_language *language);

/* Appends words, in sentences, until it has grown by at least `bytes`. Letters, blanks, commas, full
 * stops and line ends (written \n, as in JSON) only. Ends the program when out of memory, as does the
 * next. */
void oat_bench_say(oat_bench_conversation *to, const oat_bench_language *language, oat_bench_dice *dice,
                   size_t bytes);

/* Appends these bytes. */
void oat_bench_quote(oat_bench_conversation *to, const char *bytes, size_t len);

#endif
