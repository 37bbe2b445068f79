#include "writer/redact.h"

#include "oat/oat.h"
#include "writer/redact_find.h"
#include "writer/redact_named.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is written in the place of a text. */
struct output {
    uint8_t *bytes;
    size_t len, room;
};

/* Who is asked at which byte. */
enum { ASK_KEY = 1, ASK_NAMED = 2, ASK_EMAIL = 4, ASK_CARD = 8 };

static const uint8_t questions[256] = {
    ['-'] = ASK_KEY,  ['_'] = ASK_KEY,   ['.'] = ASK_KEY,   ['A'] = ASK_KEY,   ['B'] = ASK_KEY,
    ['J'] = ASK_KEY,  [':'] = ASK_NAMED, ['='] = ASK_NAMED, ['@'] = ASK_EMAIL, ['0'] = ASK_CARD,
    ['1'] = ASK_CARD, ['2'] = ASK_CARD,  ['3'] = ASK_CARD,  ['4'] = ASK_CARD,  ['5'] = ASK_CARD,
    ['6'] = ASK_CARD, ['7'] = ASK_CARD,  ['8'] = ASK_CARD,  ['9'] = ASK_CARD,
};

static bool find(const struct oat_redact_text *text, size_t pos, unsigned ask, struct oat_redact_match *ret)
{
    return ((ask & ASK_KEY) && oat_redact_find_key(text, pos, ret)) ||
           ((ask & ASK_NAMED) && oat_redact_find_named(text, pos, ret)) ||
           ((ask & ASK_EMAIL) && oat_redact_find_email(text, pos, ret)) ||
           ((ask & ASK_CARD) && oat_redact_find_card(text, pos, ret));
}

static bool put(struct output *out, const void *bytes, size_t len)
{
    if (!out->bytes || len > out->room - out->len) {
        size_t room = 2 * out->room + len + OAT_REDACT_MARKER_SIZE;
        uint8_t *grown = realloc(out->bytes, room);
        if (!grown)
            return false;
        out->bytes = grown;
        out->room = room;
    }
    memcpy(out->bytes + out->len, bytes, len);
    out->len += len;
    return true;
}

/* The next byte from i on at which somebody is asked; len: there is none. Eight at a time: they are few. */
static size_t next_question(const uint8_t *bytes, size_t i, size_t len, unsigned asked)
{
    for (; len - i >= 8; i += 8) {
        const uint8_t *b = bytes + i;
        unsigned any = questions[b[0]] | questions[b[1]] | questions[b[2]] | questions[b[3]];
        if ((any | questions[b[4]] | questions[b[5]] | questions[b[6]] | questions[b[7]]) & asked)
            break;
    }
    while (i < len && !(questions[bytes[i]] & asked))
        i++;
    return i;
}

size_t oat_redact_marker(char ret[OAT_REDACT_MARKER_SIZE], const char *kind, size_t len, oat_random *random)
{
    return (size_t)snprintf(ret, OAT_REDACT_MARKER_SIZE, "[redacted %s %zu %016" PRIx64 "]", kind, len,
                            oat_random_next(random));
}

int oat_redact(unsigned kinds, const uint8_t *bytes, size_t len, oat_random *random, uint8_t **ret,
               size_t *ret_len)
{
    const unsigned asked = (kinds & OAT_REDACT_KEYS ? ASK_KEY | ASK_NAMED : 0) |
                           (kinds & OAT_REDACT_EMAILS ? ASK_EMAIL : 0) |
                           (kinds & OAT_REDACT_CARDS ? ASK_CARD : 0);
    struct oat_redact_text text = {bytes, len, 0};
    struct oat_redact_match match;
    struct output out = {0};
    bool ok = true;
    for (size_t i = 0; ok && (i = next_question(bytes, i, len, asked)) < len; i++) {
        if (!find(&text, i, questions[bytes[i]] & asked, &match))
            continue;
        char marker[OAT_REDACT_MARKER_SIZE];
        ok = put(&out, bytes + text.done, match.pos - text.done) &&
             put(&out, marker, oat_redact_marker(marker, match.kind, match.len, random));
        text.done = match.pos + match.len;
        i = text.done - 1;
    }
    if (ok && text.done > 0)
        ok = put(&out, bytes + text.done, len - text.done);
    if (!ok) {
        free(out.bytes);
        return OAT_E_NOMEM;
    }
    if (text.done == 0)
        return OAT_NOTFOUND;
    *ret = out.bytes;
    *ret_len = out.len;
    return OAT_OK;
}
