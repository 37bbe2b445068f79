#include "redact/redact.h"

#include "oat/oat.h"
#include "redact/find.h"
#include "redact/named.h"

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

size_t oat_redact_marker(char ret[OAT_REDACT_MARKER_SIZE], const char *kind, const void *secret, size_t len,
                         struct oat_redact_ids *ids)
{
    return (size_t)snprintf(ret, OAT_REDACT_MARKER_SIZE, "[redacted %s %zu %016" PRIx64 "]", kind, len,
                            oat_redact_id_of(ids, secret, len));
}

/* A text on its way: what was found is replaced, up to `done`. */
struct replacing {
    const uint8_t *bytes;
    size_t len, done;
    bool withheld; /* all of it was replaced */
    struct oat_redact_ids *ids;
    struct output out;
};

static bool replace(struct replacing *r, const char *kind, size_t pos, size_t len)
{
    char marker[OAT_REDACT_MARKER_SIZE];
    bool ok = put(&r->out, r->bytes + r->done, pos - r->done) &&
              put(&r->out, marker, oat_redact_marker(marker, kind, r->bytes + pos, len, r->ids));
    r->done = pos + len;
    return ok;
}

/* Results as oat_redact's. */
static int finish(struct replacing *r, bool ok, uint8_t **ret, size_t *ret_len)
{
    if (ok && r->done > 0)
        ok = put(&r->out, r->bytes + r->done, r->len - r->done);
    if (!ok) {
        free(r->out.bytes);
        return OAT_E_NOMEM;
    }
    if (r->done == 0)
        return OAT_NOTFOUND;
    *ret = r->out.bytes;
    *ret_len = r->out.len;
    return OAT_OK;
}

static int redact_kinds(unsigned kinds, struct replacing *r, uint8_t **ret, size_t *ret_len)
{
    const unsigned asked = (kinds & OAT_REDACT_KEYS ? ASK_KEY | ASK_NAMED : 0) |
                           (kinds & OAT_REDACT_EMAILS ? ASK_EMAIL : 0) |
                           (kinds & OAT_REDACT_CARDS ? ASK_CARD : 0);
    struct oat_redact_text text = {r->bytes, r->len, 0};
    struct oat_redact_match match;
    bool ok = true;
    for (size_t i = 0; ok && (i = next_question(r->bytes, i, r->len, asked)) < r->len; i++) {
        if (!find(&text, i, questions[r->bytes[i]] & asked, &match))
            continue;
        ok = replace(r, match.kind, match.pos, match.len);
        text.done = r->done;
        i = text.done - 1;
    }
    return finish(r, ok, ret, ret_len);
}

/* What was not searched to its end is not kept. */
static int redact_pattern(const struct oat_redact_rules *rules, size_t which, struct replacing *r,
                          uint8_t **ret, size_t *ret_len)
{
    size_t pos, len, from = 0;
    bool ok = true;
    int st = rules->redactor ? OAT_OK : OAT_E_UNSUPPORTED;
    while (ok && st == OAT_OK) {
        st = rules->redactor->find(rules->state, which, (const char *)r->bytes, r->len, from, &pos, &len);
        if (st == OAT_OK) {
            ok = replace(r, rules->names[which], pos, len);
            from = r->done;
        }
    }
    if (ok && st != OAT_NOTFOUND && r->len > 0) {
        r->out.len = r->done = 0;
        r->withheld = true;
        ok = replace(r, "unsearched", 0, r->len);
    }
    return finish(r, ok, ret, ret_len);
}

int oat_redact(const struct oat_redact_rules *rules, const uint8_t *bytes, size_t len,
               struct oat_redact_ids *ids, uint8_t **ret, size_t *ret_len)
{
    uint8_t *found = NULL; /* what the steps so far have made of it */
    for (size_t i = 0; i <= rules->pattern_count; i++) {
        struct replacing r = {.bytes = bytes, .len = len, .ids = ids};
        uint8_t *text;
        int st = i < rules->pattern_count ? redact_pattern(rules, i, &r, &text, &len)
                                          : redact_kinds(rules->kinds, &r, &text, &len);
        if (st == OAT_NOTFOUND)
            continue;
        free(found);
        if (st != OAT_OK)
            return st;
        bytes = found = text;
        if (r.withheld)
            break;
    }
    if (!found)
        return OAT_NOTFOUND;
    *ret = found;
    *ret_len = len;
    return OAT_OK;
}
