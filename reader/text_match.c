#include "reader/text_match.h"

#include <stdlib.h>
#include <string.h>

#include "format/casefold.h"
#include "format/fold_text.h"
#include "format/json_escape.h"
#include "format/utf8.h"
#include "reader/compare.h"

/* A place where the text is begins with one of the first bytes, which one of the second follows. Both
 * lists are full: a byte may stand in them several times. */
#define FIRST_COUNT  (OAT_CASEFOLD_ORIGINS_MAX + 1)
#define SECOND_COUNT (OAT_CASEFOLD_ORIGINS_MAX + 3)

struct oat_text_match {
    uint8_t first[FIRST_COUNT];
    uint8_t second[SECOND_COUNT];
    uint8_t any_from; /* any second byte from this value on will do: 0, 0x80, or 0xff (in no UTF-8) */
    uint32_t *chars;  /* folded */
    size_t count;
    char *folded; /* the same in UTF-8 */
    size_t folded_len;
};

/* Folding makes a character longer by half at most: from two bytes to three. */
#define FOLDED_GROWTH 2

/* Sets the characters. False: the text is not UTF-8. */
static bool fold_text(struct oat_text_match *match, const char *text, size_t len)
{
    uint32_t c;
    for (size_t at = 0, taken; at < len; at += taken) {
        taken = oat_utf8_get(text + at, len - at, &c);
        if (taken == 0)
            return false;
        match->chars[match->count] = oat_casefold(c);
        match->folded_len += oat_utf8_put(match->folded + match->folded_len, match->chars[match->count]);
        match->count++;
    }
    return true;
}

/* Lists the bytes that a character begins with, whatever its case; at most OAT_CASEFOLD_ORIGINS_MAX.
 * Returns how many; *ret_longer: some have bytes behind it. */
static unsigned list_begins(uint32_t folded, uint8_t *ret, bool *ret_longer)
{
    uint32_t origins[OAT_CASEFOLD_ORIGINS_MAX];
    unsigned count = oat_casefold_origins(folded, origins);
    *ret_longer = false;
    for (unsigned i = 0; i < count; i++) {
        char bytes[OAT_UTF8_CHAR_MAX];
        *ret_longer = oat_utf8_put(bytes, origins[i]) > 1 || *ret_longer;
        ret[i] = (uint8_t)bytes[0];
    }
    return count;
}

/* The letter that stands for a character behind a backslash; 'u' when there is none but \u. */
static uint8_t escape_letter(uint32_t folded)
{
    static const char letters[] = "\"\\/bfnrt";
    for (const char *letter = letters; *letter; letter++) {
        const char escape[2] = {'\\', *letter};
        uint32_t c;
        oat_json_escape_get(escape, sizeof escape, &c);
        if (c == folded)
            return (uint8_t)*letter;
    }
    return 'u';
}

static void set_begins(struct oat_text_match *match)
{
    bool longer, ignored;
    unsigned count = list_begins(match->chars[0], match->first, &longer);
    memset(match->first + count, '\\', FIRST_COUNT - count);
    match->any_from = match->count == 1 ? 0 : longer ? 0x80 : 0xff;
    count = match->count > 1 ? list_begins(match->chars[1], match->second, &ignored) : 0;
    match->second[count++] = '\\';
    match->second[count++] = escape_letter(match->chars[0]);
    memset(match->second + count, 'u', SECOND_COUNT - count);
}

int oat_text_match_create(const char *text, size_t len, struct oat_text_match **ret)
{
    int result = OAT_E_NOMEM;
    struct oat_text_match *match = calloc(1, sizeof *match);
    if (!match)
        return result;
    match->chars = malloc(len * sizeof *match->chars + 1);
    match->folded = malloc(len * FOLDED_GROWTH + OAT_UTF8_CHAR_MAX);
    if (!match->chars || !match->folded)
        goto fail;
    result = OAT_E_INVALID;
    if (!fold_text(match, text, len))
        goto fail;
    if (match->count > 0)
        set_begins(match);
    *ret = match;
    return OAT_OK;
fail:
    oat_text_match_free(match);
    return result;
}

void oat_text_match_free(struct oat_text_match *match)
{
    if (!match)
        return;
    free(match->chars);
    free(match->folded);
    free(match);
}

oat_text oat_text_match_folded(const struct oat_text_match *match)
{
    return (oat_text){match->folded, match->folded_len};
}

/* Bytes that the text takes when it is at the beginning of these, read as they stand or with escapes;
 * 0 when it is not. *ret_escape: there was a backslash on the way. */
static size_t match_read(const struct oat_text_match *match, const char *bytes, size_t len, bool escapes,
                         bool *ret_escape)
{
    size_t at = 0;
    *ret_escape = false;
    for (size_t i = 0; i < match->count; i++) {
        uint32_t c;
        size_t taken = at < len ? oat_fold_get(bytes + at, len - at, escapes, &c) : 0;
        if (taken == 0)
            return 0;
        *ret_escape = *ret_escape || bytes[at] == '\\';
        if (c != match->chars[i])
            return 0;
        at += taken;
    }
    return at;
}

/* The same in whichever reading. */
static size_t match_len(const struct oat_text_match *match, const char *bytes, size_t len)
{
    bool escape;
    size_t found = match_read(match, bytes, len, false, &escape);
    return found == 0 && escape ? match_read(match, bytes, len, true, &escape) : found;
}

#define BLOCK 64u

/* What a register holds; a comparison gives 0xff where it holds, else 0. */
typedef uint8_t lane_bytes __attribute__((vector_size(16)));

static inline lane_bytes load(const uint8_t *bytes)
{
    lane_bytes lane;
    memcpy(&lane, bytes, sizeof lane);
    return lane;
}

/* Bit i: the text may begin at byte i. One byte more than a block is read. */
static uint64_t candidates(const struct oat_text_match *match, const uint8_t *bytes)
{
    uint8_t may_begin[BLOCK];
    for (size_t at = 0; at < BLOCK; at += sizeof(lane_bytes)) {
        lane_bytes here = load(bytes + at), next = load(bytes + at + 1);
        lane_bytes first = {0}, second = (lane_bytes)(next >= match->any_from);
        for (unsigned k = 0; k < FIRST_COUNT; k++)
            first |= (lane_bytes)(here == match->first[k]);
        for (unsigned k = 0; k < SECOND_COUNT; k++)
            second |= (lane_bytes)(next == match->second[k]);
        first &= second & 1;
        memcpy(may_begin + at, &first, sizeof first);
    }
    return oat_bits_of_bytes(may_begin);
}

/* Candidates of a block, of which there may be fewer bytes. */
static uint64_t candidates_at(const struct oat_text_match *match, const uint8_t *bytes, size_t len)
{
    uint8_t rest[BLOCK + 1] = {0};
    if (len > BLOCK)
        return candidates(match, bytes);
    memcpy(rest, bytes, len);
    return candidates(match, rest) & (UINT64_MAX >> (BLOCK - len));
}

bool oat_text_match_find(const struct oat_text_match *match, const void *bytes, size_t len, size_t from,
                         size_t *ret_pos, size_t *ret_len)
{
    const char *text = bytes;
    size_t found = 0, at = from;
    for (size_t block = from; match->count > 0 && found == 0; block += BLOCK) {
        if (block >= len)
            return false;
        uint64_t left = candidates_at(match, (const uint8_t *)text + block, len - block);
        for (; left && found == 0; left &= left - 1) {
            at = block + (size_t)__builtin_ctzll(left);
            found = match_len(match, text + at, len - at);
        }
    }
    if (ret_pos)
        *ret_pos = at;
    if (ret_len)
        *ret_len = found;
    return true;
}
