#include "writer/group.h"

#include <lz4.h>
#include <stdlib.h>
#include <string.h>

#define LZ4_HISTORY 65536u
/* Up to this a block stays in the group when it shrinks at all: to take it out again costs more
 * than it saves. */
#define SMALL_BLOCK 4096u

struct oat_group {
    LZ4_stream_t stream;
    size_t used; /* bytes of raw that are in the group */
    bool stale;  /* the stream remembers a block that is not in the group */
    uint8_t raw[OAT_GROUP_RAW_MAX];
};

oat_group *oat_group_new(void)
{
    oat_group *g = malloc(sizeof *g);
    if (!g)
        return NULL;
    LZ4_initStream(&g->stream, sizeof g->stream);
    g->used = 0;
    g->stale = false;
    return g;
}

void oat_group_free(oat_group *group)
{
    free(group);
}

size_t oat_group_bound(size_t len)
{
    return (size_t)LZ4_compressBound((int)len);
}

void oat_group_end(oat_group *group)
{
    group->used = 0;
    group->stale = true;
}

/* Makes the stream remember the group and nothing else. */
static void refresh(oat_group *g)
{
    if (!g->stale)
        return;
    size_t history = g->used < LZ4_HISTORY ? g->used : LZ4_HISTORY;
    if (history == 0)
        LZ4_resetStream_fast(&g->stream);
    else
        LZ4_loadDict(&g->stream, (const char *)g->raw + g->used - history, (int)history);
    g->stale = false;
}

static bool shrinks(size_t raw_len, size_t stored_len)
{
    return stored_len > 0 && stored_len < raw_len - raw_len / 20;
}

/* Returns the stored length, or 0 when the block does not belong into the group. */
static size_t compress_linked(oat_group *g, const void *raw, size_t len, uint8_t *dst)
{
    if (g->used + len > OAT_GROUP_RAW_MAX)
        oat_group_end(g);
    refresh(g);
    uint8_t *at = g->raw + g->used;
    memcpy(at, raw, len);
    size_t n = (size_t)LZ4_compress_fast_continue(&g->stream, (const char *)at, (char *)dst, (int)len,
                                                  (int)oat_group_bound(len), 1);
    if (n > 0 && n < len && (len <= SMALL_BLOCK || shrinks(len, n))) {
        g->used += len;
        return n;
    }
    g->stale = true;
    return 0;
}

enum oat_entry_kind oat_group_compress(oat_group *group, const void *raw, size_t len, bool alone,
                                       uint8_t *dst, size_t *ret_stored_len, bool *ret_first)
{
    size_t n;
    if (len > OAT_CHUNK_GROUP_MAX || alone) {
        n = (size_t)LZ4_compress_default(raw, (char *)dst, (int)len, (int)oat_group_bound(len));
        if (shrinks(len, n)) {
            *ret_stored_len = n;
            return OAT_ENTRY_LZ4;
        }
    } else {
        n = compress_linked(group, raw, len, dst);
        if (n > 0) {
            *ret_stored_len = n;
            *ret_first = group->used == len;
            return OAT_ENTRY_GROUP;
        }
    }
    memcpy(dst, raw, len);
    *ret_stored_len = len;
    return OAT_ENTRY_RAW;
}
