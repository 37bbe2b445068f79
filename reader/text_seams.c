#include "reader/text_seams.h"

#include "format/casefold.h"
#include "format/json_escape.h"
#include "format/utf8.h"

#include <string.h>

#define ESCAPED_MAX 12u /* bytes of a character: two \u escapes */

static inline void put(struct oat_byte_set *set, uint8_t byte)
{
    set->bits[byte / 64] |= UINT64_C(1) << byte % 64;
}

static inline bool has(const struct oat_byte_set *set, uint8_t byte)
{
    return set->bits[byte / 64] >> byte % 64 & 1;
}

static void join(struct oat_byte_set *set, const struct oat_byte_set *other)
{
    for (size_t i = 0; i < 4; i++)
        set->bits[i] |= other->bits[i];
}

/* ---- Forms of a text ---- */

/* The forms of one character, byte by byte. */
struct form {
    struct oat_text_seams *seams;
    struct oat_byte_set first, last; /* of the forms that are complete */
    uint8_t before[2];               /* alternatives: of hex digits, the letters of both cases */
    bool begun;
};

static void put_either(struct form *form, uint8_t byte, uint8_t other)
{
    for (size_t i = 0; i < 2; i++) {
        struct oat_byte_set *set = form->begun ? &form->seams->next[form->before[i]] : &form->first;
        put(set, byte);
        put(set, other);
    }
    form->before[0] = byte;
    form->before[1] = other;
    form->begun = true;
}

static void end_form(struct form *form)
{
    put(&form->last, form->before[0]);
    put(&form->last, form->before[1]);
    form->begun = false;
}

static void put_text(struct form *form, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        put_either(form, (uint8_t)bytes[i], (uint8_t)bytes[i]);
    end_form(form);
}

static void put_unit(struct form *form, uint32_t unit)
{
    static const char lower[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";
    put_either(form, '\\', '\\');
    put_either(form, 'u', 'u');
    for (unsigned shift = 16; shift > 0;) {
        shift -= 4;
        put_either(form, (uint8_t)lower[unit >> shift & 15], (uint8_t)upper[unit >> shift & 15]);
    }
}

/* Adds the forms of one character as it stands. */
static void put_character(struct form *form, uint32_t c)
{
    char bytes[OAT_UTF8_CHAR_MAX];
    uint32_t found;
    put_text(form, bytes, oat_utf8_put(bytes, c));
    if (c < 0x10000) {
        put_unit(form, c);
    } else {
        put_unit(form, 0xd800 + ((c - 0x10000) >> 10));
        put_unit(form, 0xdc00 + ((c - 0x10000) & 0x3ff));
    }
    end_form(form);
    for (const char *letter = "\"\\/bfnrt"; *letter; letter++) {
        const char escape[2] = {'\\', *letter};
        if (oat_json_escape_get(escape, sizeof escape, &found) > 0 && found == c)
            put_text(form, escape, sizeof escape);
    }
}

void oat_text_seams_init(struct oat_text_seams *seams, const struct oat_text_match *match)
{
    oat_text folded = oat_text_match_folded(match);
    uint32_t c;
    memset(seams, 0, sizeof *seams);
    for (size_t at = 0; at < folded.len;) {
        struct form form = {.seams = seams};
        uint32_t origins[OAT_CASEFOLD_ORIGINS_MAX];
        at += oat_utf8_get(folded.bytes + at, folded.len - at, &c);
        unsigned count = oat_casefold_origins(c, origins);
        for (unsigned i = 0; i < count; i++)
            put_character(&form, origins[i]);
        for (unsigned byte = 0; byte < 256; byte++)
            if (has(&seams->last, (uint8_t)byte))
                join(&seams->next[byte], &form.first);
        if (seams->reach == 0)
            seams->first = form.first;
        seams->last = form.last;
        seams->reach += ESCAPED_MAX;
    }
}

/* ---- Pieces ---- */

static void note(struct oat_text_run *run, uint64_t to)
{
    uint64_t from = run->seam > run->seams->reach ? run->seam - run->seams->reach : 0;
    if (run->may_to == 0 || from < run->may_from)
        run->may_from = from;
    run->may_to = to > run->may_to ? to : run->may_to;
}

void oat_text_run_bytes(struct oat_text_run *run, const uint8_t *bytes, size_t len)
{
    const struct oat_text_seams *seams = run->seams;
    for (size_t i = 0; i < len; i++) {
        bool goes_on = !run->known || has(&seams->next[run->before], bytes[i]);
        run->inside = (run->inside && goes_on) || has(&seams->first, bytes[i]);
        run->across = run->across && goes_on;
        if (run->across && has(&seams->last, bytes[i]))
            note(run, run->offset + i + 1);
        run->before = bytes[i];
        run->known = true;
    }
    run->offset += len;
}

void oat_text_run_gap(struct oat_text_run *run, uint64_t len)
{
    if (run->across)
        note(run, run->offset + run->seams->reach);
    run->inside = true;
    run->across = run->known = false;
    run->offset += len;
}

void oat_text_run_seam(struct oat_text_run *run)
{
    if (!run->across)
        run->seam = run->offset;
    run->across = run->across || run->inside;
    run->inside = false;
}

void oat_text_run_stop(struct oat_text_run *run, uint64_t len)
{
    run->inside = run->across = run->known = false;
    run->offset += len;
}
