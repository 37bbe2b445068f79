#include "format/chunks.h"

#include "oat/oat.h"

#include <lz4.h>
#include <stdlib.h>
#include <string.h>

#define GROUPS      8u
#define LZ4_HISTORY 65536u
#define WINDOW      65536u
/* Groups are walked backwards, recipes read forwards: a window reaches to both sides. */
#define WINDOW_BEFORE 16384u
#define HEADER_READ   OAT_ENTRY_HEADER_MAX

struct block {
    uint64_t offset;
    uint32_t raw_at;
    uint32_t raw_len;
};

/* The blocks of a group from its first one on, decoded. */
struct group {
    struct block *block;
    size_t count;
    size_t room;
    uint8_t *raw; /* OAT_GROUP_RAW_MAX bytes; NULL: free */
    size_t used;
    uint64_t clock;
};

struct link {
    uint64_t offset;
    struct oat_entry entry;
};

struct oat_chunks {
    struct oat_blob_source source;
    struct oat_blob_damage damage;
    uint64_t window_at;
    size_t window_len;
    uint8_t *big; /* what does not fit the window */
    size_t big_room;
    uint8_t *alone; /* the last chunk outside any group */
    size_t alone_room;
    uint8_t *marker; /* in place of the last chunk: later blocks need its bytes */
    size_t marker_room;
    bool met_forgotten;
    struct link *chain; /* blocks that have to be decoded, the last first */
    size_t chain_room;
    uint64_t clock;
    struct group group[GROUPS];
    uint8_t window[WINDOW];
};

oat_chunks *oat_chunks_new(const struct oat_blob_source *source)
{
    oat_chunks *c = calloc(1, sizeof *c);
    if (c)
        c->source = *source;
    return c;
}

void oat_chunks_free(oat_chunks *chunks)
{
    if (!chunks)
        return;
    for (size_t i = 0; i < GROUPS; i++) {
        free(chunks->group[i].block);
        free(chunks->group[i].raw);
    }
    free(chunks->big);
    free(chunks->alone);
    free(chunks->marker);
    free(chunks->chain);
    free(chunks);
}

void oat_chunks_set_len(oat_chunks *chunks, uint64_t len)
{
    chunks->source.len = len;
    chunks->window_len = 0;
}

int oat_chunks_damaged(oat_chunks *chunks, uint64_t offset, const char *what)
{
    chunks->damage = (struct oat_blob_damage){.offset = offset, .what = what};
    return OAT_E_CORRUPT;
}

struct oat_blob_damage oat_chunks_damage(const oat_chunks *chunks)
{
    return chunks->damage;
}

uint64_t oat_chunks_hash_seed(const oat_chunks *chunks)
{
    return chunks->source.hash_seed;
}

static bool make_room(uint8_t **buffer, size_t *room, size_t need)
{
    if (need <= *room)
        return true;
    uint8_t *grown = realloc(*buffer, need);
    if (!grown)
        return false;
    *buffer = grown;
    *room = need;
    return true;
}

static int read_exactly(oat_chunks *c, uint64_t offset, void *dst, size_t len)
{
    int n = c->source.read(c->source.arg, offset, dst, len);
    if (n < 0)
        return n;
    return (size_t)n == len ? OAT_OK
                            : oat_chunks_damaged(c, offset, "the file ends before the bytes it should have");
}

/* Bytes of the file, borrowed until the next call. */
static int fetch(oat_chunks *c, uint64_t offset, size_t len, const uint8_t **ret)
{
    if (!oat_range_ok(offset, len, c->source.len))
        return oat_chunks_damaged(c, offset, "an entry inside the file");
    if (len > WINDOW - WINDOW_BEFORE) {
        if (!make_room(&c->big, &c->big_room, len))
            return OAT_E_NOMEM;
        *ret = c->big;
        return read_exactly(c, offset, c->big, len);
    }
    if (offset < c->window_at || !oat_range_ok(offset - c->window_at, len, c->window_len)) {
        uint64_t at = offset > WINDOW_BEFORE ? offset - WINDOW_BEFORE : 0;
        size_t n = c->source.len - at < WINDOW ? (size_t)(c->source.len - at) : WINDOW;
        c->window_len = 0;
        int st = read_exactly(c, at, c->window, n);
        if (st != OAT_OK)
            return st;
        c->window_at = at;
        c->window_len = n;
    }
    *ret = c->window + (offset - c->window_at);
    return OAT_OK;
}

int oat_chunks_entry(oat_chunks *chunks, uint64_t offset, struct oat_entry *ret, const uint8_t **ret_ops)
{
    const uint8_t *src;
    if (offset < OAT_BLOBS_HEADER_SIZE || offset % OAT_BLOB_UNIT != 0 || offset >= chunks->source.len)
        return oat_chunks_damaged(chunks, offset, "a reference to an entry inside the file");
    uint64_t rest = chunks->source.len - offset;
    size_t need = rest < HEADER_READ ? (size_t)rest : HEADER_READ;
    for (;;) {
        size_t have = need;
        int st = fetch(chunks, offset, have, &src);
        if (st != OAT_OK)
            return st;
        st = oat_entry_decode(src, have, chunks->source.nonce, offset, ret, &need);
        if (st == OAT_OK)
            break;
        if (st != OAT_E_LIMIT || need <= have || need > rest)
            return oat_chunks_damaged(chunks, offset, "an entry with a valid check");
    }
    if (!oat_range_ok(ret->header_len, ret->stored_len, rest))
        return oat_chunks_damaged(chunks, offset, "an entry that ends inside the file");
    if (ret_ops)
        *ret_ops = src + ret->header_len;
    return OAT_OK;
}

/* Index of the block at `offset` in a group, or -1. */
static ptrdiff_t find_block(const struct group *g, uint64_t offset)
{
    size_t lo = 0, hi = g->count;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (g->block[mid].offset < offset)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < g->count && g->block[lo].offset == offset ? (ptrdiff_t)lo : -1;
}

static struct group *find_group(oat_chunks *c, uint64_t offset, size_t *ret_index)
{
    for (size_t i = 0; i < GROUPS; i++) {
        ptrdiff_t at = find_block(&c->group[i], offset);
        if (at >= 0) {
            *ret_index = (size_t)at;
            return &c->group[i];
        }
    }
    return NULL;
}

/* An empty group in place of the one that was not used for longest. NULL: out of memory. */
static struct group *empty_group(oat_chunks *c)
{
    struct group *g = &c->group[0];
    for (size_t i = 1; i < GROUPS; i++)
        if (c->group[i].clock < g->clock)
            g = &c->group[i];
    g->count = g->used = 0;
    if (!g->raw)
        g->raw = malloc(OAT_GROUP_RAW_MAX);
    return g->raw ? g : NULL;
}

/* Decodes the next block of a group. stored: read from the file. */
static int decode_block(oat_chunks *c, struct group *g, const struct link *l)
{
    const struct oat_entry *e = &l->entry;
    const uint8_t *stored;
    int st = fetch(c, l->offset + e->header_len, (size_t)e->stored_len, &stored);
    if (st != OAT_OK)
        return st;
    if (g->count == g->room) {
        size_t room = g->room ? g->room * 2 : 64;
        struct block *grown = realloc(g->block, room * sizeof *grown);
        if (!grown)
            return OAT_E_NOMEM;
        g->block = grown;
        g->room = room;
    }
    size_t history = g->used < LZ4_HISTORY ? g->used : LZ4_HISTORY;
    uint8_t *at = g->raw + g->used;
    int n = LZ4_decompress_safe_usingDict((const char *)stored, (char *)at, (int)e->stored_len,
                                          (int)e->raw_len, (const char *)at - history, (int)history);
    if (n < 0 || !oat_entry_raw_ok(e, at, (size_t)n, c->source.hash_seed))
        return oat_chunks_damaged(c, l->offset, "a block that decodes to the bytes of its id");
    g->block[g->count++] =
        (struct block){.offset = l->offset, .raw_at = (uint32_t)g->used, .raw_len = (uint32_t)e->raw_len};
    g->used += (size_t)e->raw_len;
    return OAT_OK;
}

/* Walks back from a block to one that is decoded, or to the first of its group. c->chain then has
 * *ret_count blocks, the wanted one first; *ret_group the group to decode them into. */
static int walk_back(oat_chunks *c, uint64_t offset, struct group **ret_group, size_t *ret_count)
{
    size_t n = 0, raw = 0, at = 0;
    struct group *g = NULL;
    while (offset && !(g = find_group(c, offset, &at))) {
        if (n == c->chain_room) {
            size_t room = n ? n * 2 : 64;
            struct link *grown = realloc(c->chain, room * sizeof *grown);
            if (!grown)
                return OAT_E_NOMEM;
            c->chain = grown;
            c->chain_room = room;
        }
        struct link *l = &c->chain[n++];
        l->offset = offset;
        int st = oat_chunks_entry(c, offset, &l->entry, NULL);
        if (st != OAT_OK)
            return st;
        if (l->entry.kind != OAT_ENTRY_GROUP)
            return oat_chunks_damaged(c, offset, "a block of a group");
        raw += (size_t)l->entry.raw_len;
        if (raw > OAT_GROUP_RAW_MAX)
            return oat_chunks_damaged(c, offset, "a group within its size limit");
        offset = l->entry.pred_offset;
    }
    if (g) {
        /* Two blocks may name the same predecessor; only one of them follows it here. */
        g->count = n ? at + 1 : g->count;
        g->used = g->block[g->count - 1].raw_at + g->block[g->count - 1].raw_len;
    } else if (!(g = empty_group(c))) {
        return OAT_E_NOMEM;
    }
    if (g->used + raw > OAT_GROUP_RAW_MAX)
        return oat_chunks_damaged(c, c->chain[0].offset, "a group within its size limit");
    *ret_group = g;
    *ret_count = n;
    return OAT_OK;
}

static int get_linked(oat_chunks *c, uint64_t offset, const uint8_t **ret_raw, size_t *ret_len)
{
    struct group *g;
    size_t n;
    int st = walk_back(c, offset, &g, &n);
    g = st == OAT_OK ? g : NULL;
    while (g && st == OAT_OK && n-- > 0)
        st = decode_block(c, g, &c->chain[n]);
    if (st != OAT_OK)
        return st;
    g->clock = ++c->clock;
    const struct block *b = &g->block[find_block(g, offset)];
    *ret_raw = g->raw + b->raw_at;
    *ret_len = b->raw_len;
    return OAT_OK;
}

static int get_alone(oat_chunks *c, uint64_t offset, const struct oat_entry *e, const uint8_t **ret_raw,
                     size_t *ret_len)
{
    const uint8_t *stored;
    if (!make_room(&c->alone, &c->alone_room, (size_t)e->raw_len))
        return OAT_E_NOMEM;
    int st = fetch(c, offset + e->header_len, (size_t)e->stored_len, &stored);
    if (st != OAT_OK)
        return st;
    int n = (int)e->raw_len;
    if (e->kind == OAT_ENTRY_RAW)
        memcpy(c->alone, stored, (size_t)e->raw_len);
    else
        n = LZ4_decompress_safe((const char *)stored, (char *)c->alone, (int)e->stored_len, (int)e->raw_len);
    if (n < 0 || !oat_entry_raw_ok(e, c->alone, (size_t)n, c->source.hash_seed))
        return oat_chunks_damaged(c, offset, "a chunk that decodes to the bytes of its id");
    *ret_raw = c->alone;
    *ret_len = (size_t)n;
    return OAT_OK;
}

/* A chunk as it was stored. */
static int get(oat_chunks *chunks, uint64_t offset, const uint8_t **ret_raw, size_t *ret_len)
{
    struct oat_entry e;
    size_t at;
    if (find_group(chunks, offset, &at))
        return get_linked(chunks, offset, ret_raw, ret_len);
    int st = oat_chunks_entry(chunks, offset, &e, NULL);
    if (st != OAT_OK)
        return st;
    switch (e.kind) {
    case OAT_ENTRY_RAW:
    case OAT_ENTRY_LZ4:
        return get_alone(chunks, offset, &e, ret_raw, ret_len);
    case OAT_ENTRY_GROUP:
        return get_linked(chunks, offset, ret_raw, ret_len);
    default:
        return oat_chunks_damaged(chunks, offset, "a chunk");
    }
}

/* ---- Forgotten content ---- */

void oat_chunks_set_forgotten(oat_chunks *chunks, const struct oat_forgotten *forgotten)
{
    chunks->source.forgotten = forgotten;
    chunks->met_forgotten = false;
}

bool oat_chunks_met_forgotten(const oat_chunks *chunks)
{
    return chunks->met_forgotten;
}

const struct oat_forgotten_content *oat_chunks_forgotten(oat_chunks *chunks, const void *bytes, size_t len)
{
    const struct oat_forgotten_content *found = oat_forgotten_find(chunks->source.forgotten, bytes, len);
    chunks->met_forgotten = chunks->met_forgotten || found;
    return found;
}

int oat_chunks_get(oat_chunks *chunks, uint64_t offset, const uint8_t **ret_raw, size_t *ret_len)
{
    const uint8_t *raw;
    size_t len;
    int st = get(chunks, offset, &raw, &len);
    if (st != OAT_OK)
        return st;
    const struct oat_forgotten_content *found = oat_chunks_forgotten(chunks, raw, len);
    if (found) {
        if (!make_room(&chunks->marker, &chunks->marker_room, len))
            return OAT_E_NOMEM;
        oat_forgotten_mark(found, raw, len, chunks->marker);
        raw = chunks->marker;
    }
    *ret_raw = raw;
    *ret_len = len;
    return OAT_OK;
}
