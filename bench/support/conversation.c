#include "bench/support/conversation.h"

#include "bench/support/options.h"

#include <stdlib.h>
#include <string.h>

#define WORDS     30000u
#define WORD_SIZE 28u

struct oat_bench_language {
    char word[WORDS][WORD_SIZE];
    uint8_t len[WORDS];
};

static const char *pick(oat_bench_dice *dice, const char *const *from, uint32_t count)
{
    return from[oat_bench_zipf(dice, count)];
}

static void make_word(oat_bench_dice *dice, char *word)
{
    static const char *const onsets[] = {"",   "t",  "s",  "r",  "n",  "l",  "d",  "c",  "m",  "p",  "b",
                                         "f",  "h",  "g",  "st", "th", "v",  "w",  "pr", "tr", "ch", "br",
                                         "sh", "gr", "pl", "cl", "y",  "sp", "fr", "qu", "k",  "j"};
    static const char *const middles[] = {"e",  "a",  "i",  "o",  "u",  "ea", "io", "ou",
                                          "ai", "ee", "oo", "ie", "au", "oi", "y"};
    static const char *const codas[] = {"",  "n",  "r",  "s",  "t",  "l",  "nd", "ng", "m",  "st",
                                        "d", "nt", "ss", "ck", "rs", "ll", "ct", "p",  "ve", "x"};
    unsigned syllables = 1 + oat_bench_zipf(dice, 4);
    word[0] = '\0';
    for (unsigned i = 0; i < syllables; i++) {
        strcat(word, pick(dice, onsets, sizeof onsets / sizeof *onsets));
        strcat(word, pick(dice, middles, sizeof middles / sizeof *middles));
        if (i + 1 == syllables || oat_bench_chance(dice, 0.3))
            strcat(word, pick(dice, codas, sizeof codas / sizeof *codas));
    }
}

oat_bench_language *oat_bench_language_open(oat_bench_dice *dice)
{
    oat_bench_language *language = malloc(sizeof *language);
    if (!language)
        oat_bench_fail("memory");
    for (unsigned i = 0; i < WORDS; i++) {
        make_word(dice, language->word[i]);
        language->len[i] = (uint8_t)strlen(language->word[i]);
    }
    return language;
}

void oat_bench_language_close(oat_bench_language *language)
{
    free(language);
}

static char *room_for(oat_bench_conversation *to, size_t bytes)
{
    if (to->room - to->len < bytes) {
        to->room = 2 * to->room + bytes;
        to->bytes = realloc(to->bytes, to->room);
        if (!to->bytes)
            oat_bench_fail("memory");
    }
    return to->bytes + to->len;
}

void oat_bench_quote(oat_bench_conversation *to, const char *bytes, size_t len)
{
    memcpy(room_for(to, len), bytes, len);
    to->len += len;
}

void oat_bench_say(oat_bench_conversation *to, const oat_bench_language *language, oat_bench_dice *dice,
                   size_t bytes)
{
    char *begin = room_for(to, bytes + WORD_SIZE + 4);
    char *at = begin;
    while ((size_t)(at - begin) < bytes) {
        uint64_t draw = oat_bench_draw(dice) % 100;
        uint32_t word = oat_bench_zipf(dice, WORDS);
        memcpy(at, language->word[word], WORD_SIZE);
        at += language->len[word];
        if (draw < 10)
            *at++ = draw < 6 ? ',' : '.';
        if (draw == 6) {
            *at++ = '\\';
            *at++ = 'n';
        } else {
            *at++ = ' ';
        }
    }
    to->len += (size_t)(at - begin);
}
