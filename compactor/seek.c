#include "compactor/seek.h"

#include "reader/array.h"

#include <stdlib.h>
#include <string.h>

#define SEAM_MIN   8u    /* bytes of a piece that has only a part of the text */
#define QUOTED_MIN 16u   /* bytes of a literal that goes with the payload it stands in */
#define FIRST_SORT 4096u /* entries */

/* ---- What was found ---- */

static int add(struct oat_seek *s, const uint8_t *bytes, size_t len)
{
    if (len < OAT_FORGOTTEN_MIN)
        return OAT_OK;
    if (s->found.count >= s->sort_at) {
        oat_catalog_sort(&s->found);
        s->sort_at = 2 * s->found.count > FIRST_SORT ? 2 * s->found.count : FIRST_SORT;
    }
    oat_content_id id = oat_content_id_of(bytes, len, s->hash_seed);
    s->like.raw_len = len;
    memcpy(s->like.of, id.b, sizeof s->like.of);
    return oat_catalog_add(&s->found, &s->like);
}

void oat_seek_finish(struct oat_seek *seek)
{
    oat_catalog_sort(&seek->found);
}

void oat_seek_clear(struct oat_seek *seek)
{
    struct oat_catalog catalog = {.forgotten = seek->found};
    oat_catalog_clear(&catalog);
    free(seek->hits);
    seek->found = (struct oat_catalog_list){0};
    seek->hits = NULL;
}

/* ---- Texts ---- */

static bool is_named(const struct oat_seek *s, const uint8_t *bytes, size_t len)
{
    if (!s->content_id)
        return false;
    oat_content_id id = oat_content_id_of(bytes, len, s->hash_seed);
    return memcmp(id.b, s->content_id, sizeof id.b) == 0;
}

static bool is_sought(const struct oat_seek *s, const uint8_t *bytes, size_t len)
{
    return s->match ? oat_text_match_in(s->match, bytes, len) : is_named(s, bytes, len);
}

static int visit_text(void *arg, const uint8_t *bytes, size_t len)
{
    struct oat_seek *s = arg;
    if (len < OAT_FORGOTTEN_MIN || !is_sought(s, bytes, len))
        return OAT_OK;
    s->texts++;
    return add(s, bytes, len);
}

int oat_seek_text(struct oat_seek *seek, const void *bytes, size_t len)
{
    return visit_text(seek, bytes, len);
}

/* ---- Payloads ---- */

static size_t end_of(const struct oat_piece *piece)
{
    return piece->at + piece->len;
}

/* Marks the pieces that have something of the text at [begin, end), from the `first`-th on. */
static void mark_match(struct oat_seek *s, const struct oat_pieces *p, size_t first, size_t begin, size_t end)
{
    size_t last = first, longest = 0;
    for (; last < p->count && p->pieces[last].at < end; last++)
        if (end_of(&p->pieces[last]) > begin && p->pieces[last].whole_len > longest)
            longest = p->pieces[last].whole_len;
    for (size_t i = first; i < last; i++)
        if (end_of(&p->pieces[i]) > begin && (p->pieces[i].whole_len >= SEAM_MIN || longest < SEAM_MIN))
            s->hits[i] = true;
}

static void seek_text_in(struct oat_seek *s, const struct oat_pieces *p)
{
    size_t first = 0, at, len;
    for (size_t from = 0; oat_text_match_find(s->match, p->bytes.bytes, p->bytes.len, from, &at, &len);
         from = at + 1) {
        while (first < p->count && end_of(&p->pieces[first]) <= at)
            first++;
        mark_match(s, p, first, at, at + len);
    }
    for (size_t i = 0; i < p->count; i++)
        if (p->pieces[i].in_wholes && !s->hits[i])
            s->hits[i] =
                oat_text_match_in(s->match, oat_piece_whole(p, &p->pieces[i]), p->pieces[i].whole_len);
}

/* A payload takes with it what it is made of. */
static void seek_named_in(struct oat_seek *s, const struct oat_pieces *p)
{
    bool whole = is_named(s, p->bytes.bytes, p->bytes.len);
    for (size_t i = 0; i < p->count; i++) {
        const struct oat_piece *piece = &p->pieces[i];
        s->hits[i] = (whole && (p->count == 1 || piece->whole_len >= QUOTED_MIN)) ||
                     is_named(s, oat_piece_whole(p, piece), piece->whole_len);
    }
}

static int visit_payload(void *arg, const struct oat_pieces *p)
{
    struct oat_seek *s = arg;
    bool any = false;
    int result = OAT_OK;
    while (s->hits_capacity < p->count)
        if (!oat_array_reserve(&s->hits, s->hits_capacity, &s->hits_capacity, sizeof *s->hits))
            return OAT_E_NOMEM;
    if (p->count > 0)
        memset(s->hits, 0, p->count * sizeof *s->hits);
    if (s->match)
        seek_text_in(s, p);
    else
        seek_named_in(s, p);
    for (size_t i = 0; i < p->count && result == OAT_OK; i++) {
        any = any || s->hits[i];
        if (s->hits[i])
            result = add(s, oat_piece_whole(p, &p->pieces[i]), p->pieces[i].whole_len);
    }
    s->payloads += any;
    return result;
}

struct oat_contents_visitor oat_seek_visitor(struct oat_seek *seek)
{
    return (struct oat_contents_visitor){.text = visit_text, .payload = visit_payload, .arg = seek};
}
