#include "reader/pack_chunks.h"

#include "format/forgotten.h"
#include "format/hash.h"
#include "format/limits.h"
#include "oat/oat.h"
#include "reader/prefetch.h"

#include <lz4.h>
#include <stdlib.h>
#include <string.h>

#define GROUPS 8u /* kept decoded */
#define UNIT   8u /* of offsets */

/* Decoded chunks of one group. */
struct group {
    uint32_t first; /* number of its first chunk */
    uint32_t count; /* 0: nothing is in here */
    uint64_t clock;
    uint8_t *raw;
    size_t raw_room;
    uint32_t *starts; /* of each chunk in raw, and the end of the last */
    size_t starts_room;
};

struct oat_pack_decoder {
    struct oat_pack *pack;
    uint64_t clock;
    const struct oat_forgotten *forgotten;
    bool met_forgotten;
    uint8_t *marker; /* in place of what was asked for last */
    size_t marker_room;
    struct group group[GROUPS];
};

/* A row of CHUNK_GROUPS that was checked. */
struct group_row {
    uint64_t offset; /* in the file */
    uint64_t check;
    uint32_t stored_len;
    uint32_t raw_len;      /* at least count */
    uint32_t first, count; /* chunks */
    bool raw;              /* not compressed */
};

struct oat_pack_decoder *oat_pack_decoder_new(struct oat_pack *pack)
{
    struct oat_pack_decoder *decoder = calloc(1, sizeof *decoder);
    if (decoder) {
        decoder->pack = pack;
        decoder->forgotten = pack->forgotten;
    }
    return decoder;
}

void oat_pack_decoder_free(struct oat_pack_decoder *decoder)
{
    if (!decoder)
        return;
    for (size_t i = 0; i < GROUPS; i++) {
        free(decoder->group[i].raw);
        free(decoder->group[i].starts);
    }
    free(decoder->marker);
    free(decoder);
}

uint32_t oat_pack_chunk_count(const struct oat_pack *pack)
{
    return pack->chunks->table.rows;
}

static int no_such_chunk(struct oat_pack *pack, uint32_t chunk)
{
    oat_problems_add_numbers(pack->image.problems, OAT_PROBLEM_CORRUPT, pack->image.path, 0, "chunk number",
                             oat_pack_chunk_count(pack), chunk);
    return OAT_E_CORRUPT;
}

int oat_pack_chunk_len(struct oat_pack *pack, uint32_t chunk, uint32_t *ret_len)
{
    uint64_t len;
    if (chunk >= oat_pack_chunk_count(pack))
        return no_such_chunk(pack, chunk);
    int result = oat_image_number(pack->chunks, OAT_COL_CHUNK_RAW_LEN, chunk, &len);
    if (result != OAT_OK)
        return result;
    if (len == 0 || len > OAT_CHUNK_MAX)
        return oat_pack_damaged(pack, 0, "length of a chunk");
    *ret_len = (uint32_t)len;
    return OAT_OK;
}

/* ---- Groups ---- */

/* The group that has a chunk, and where the next one's chunks begin. */
static int find_group(struct oat_pack *pack, uint32_t chunk, uint32_t *ret_group, uint64_t *ret_end)
{
    uint32_t behind;
    *ret_end = oat_pack_chunk_count(pack);
    int result = oat_image_lower_bound(pack->groups, OAT_COL_CHUNK_GROUP_FIRST, (uint64_t)chunk + 1, *ret_end,
                                       &behind);
    if (result == OAT_OK && behind == 0)
        return oat_pack_damaged(pack, 0, "first chunk of a group");
    if (result == OAT_OK && behind < pack->groups->table.rows)
        result = oat_image_number(pack->groups, OAT_COL_CHUNK_GROUP_FIRST, behind, ret_end);
    *ret_group = behind - 1;
    return result;
}

/* Reads and checks the row of the group that has a chunk. */
static int read_row(struct oat_pack *pack, uint32_t chunk, struct group_row *ret)
{
    uint64_t value[OAT_COL_CHUNK_GROUP_CHECK + 1], end;
    uint32_t group = 0;
    int result = find_group(pack, chunk, &group, &end);
    for (unsigned c = OAT_COL_CHUNK_GROUP_OFFSET; c <= OAT_COL_CHUNK_GROUP_CHECK && result == OAT_OK; c++)
        result = oat_image_number(pack->groups, c, group, &value[c]);
    if (result != OAT_OK)
        return result;
    uint64_t first = value[OAT_COL_CHUNK_GROUP_FIRST], codec = value[OAT_COL_CHUNK_GROUP_CODEC];
    uint64_t stored_len = value[OAT_COL_CHUNK_GROUP_STORED_LEN], raw_len = value[OAT_COL_CHUNK_GROUP_RAW_LEN];
    uint64_t offset = value[OAT_COL_CHUNK_GROUP_OFFSET];
    if (first > chunk || end <= chunk || end > oat_pack_chunk_count(pack))
        return oat_pack_damaged(pack, 0, "first chunk of a group");
    if (offset > pack->image.len / UNIT || !oat_range_ok(offset * UNIT, stored_len, pack->image.len))
        return oat_pack_damaged(pack, 0, "place of a group of chunks");
    if (raw_len > (end - first == 1 ? OAT_CHUNK_MAX : OAT_GROUP_RAW_MAX) || end - first > raw_len ||
        (codec == OAT_CODEC_RAW ? raw_len != stored_len : codec != OAT_CODEC_LZ4))
        return oat_pack_damaged(pack, offset * UNIT, "length of a group of chunks");
    *ret = (struct group_row){
        .offset = offset * UNIT,
        .check = value[OAT_COL_CHUNK_GROUP_CHECK],
        .stored_len = (uint32_t)stored_len,
        .raw_len = (uint32_t)raw_len,
        .first = (uint32_t)first,
        .count = (uint32_t)(end - first),
        .raw = codec == OAT_CODEC_RAW,
    };
    return OAT_OK;
}

static bool make_room(void *buffer, size_t *room, size_t need)
{
    void *grown, **bytes = buffer;
    if (need <= *room)
        return true;
    grown = realloc(*bytes, need);
    if (!grown)
        return false;
    *bytes = grown;
    *room = need;
    return true;
}

static int decode_bytes(struct oat_pack *pack, const struct group_row *row, uint8_t *dst)
{
    const uint8_t *stored = pack->image.bytes + row->offset;
    int n = (int)row->raw_len;
    oat_prefetch(stored, row->stored_len);
    if (oat_section_check(stored, row->stored_len, pack->image.sections.nonce, row->offset) != row->check)
        return oat_pack_damaged(pack, row->offset, "checksum of a group of chunks");
    if (row->raw)
        memcpy(dst, stored, row->raw_len);
    else
        n = LZ4_decompress_safe((const char *)stored, (char *)dst, (int)row->stored_len, (int)row->raw_len);
    return n == (int)row->raw_len
               ? OAT_OK
               : oat_pack_damaged(pack, row->offset, "decoded length of a group of chunks");
}

/* Where the chunks of a group begin. */
static int read_starts(struct oat_pack *pack, const struct group_row *row, uint32_t *starts)
{
    uint64_t lens[OAT_BLOCK_ROWS], at = 0;
    for (uint32_t done = 0; done < row->count;) {
        uint32_t n = row->count - done < OAT_BLOCK_ROWS ? row->count - done : OAT_BLOCK_ROWS;
        int result = oat_image_numbers(pack->chunks, OAT_COL_CHUNK_RAW_LEN, row->first + done, n, lens);
        if (result != OAT_OK)
            return result;
        for (uint32_t i = 0; i < n; i++) {
            starts[done + i] = (uint32_t)at;
            if (lens[i] == 0 || lens[i] > row->raw_len - at)
                return oat_pack_damaged(pack, row->offset, "lengths of the chunks of a group");
            at += lens[i];
        }
        done += n;
    }
    starts[row->count] = (uint32_t)at;
    return at == row->raw_len ? OAT_OK
                              : oat_pack_damaged(pack, row->offset, "lengths of the chunks of a group");
}

/* Decodes the group of a chunk into the place of the one that was not used for longest. */
static int load_group(struct oat_pack_decoder *decoder, uint32_t chunk, struct group **ret)
{
    struct group_row row;
    struct group *g = &decoder->group[0];
    int result = read_row(decoder->pack, chunk, &row);
    if (result != OAT_OK)
        return result;
    for (size_t i = 1; i < GROUPS; i++)
        if (decoder->group[i].clock < g->clock)
            g = &decoder->group[i];
    g->count = 0;
    if (!make_room(&g->raw, &g->raw_room, row.raw_len) ||
        !make_room(&g->starts, &g->starts_room, ((size_t)row.count + 1) * sizeof *g->starts))
        return OAT_E_NOMEM;
    result = read_starts(decoder->pack, &row, g->starts);
    if (result == OAT_OK)
        result = decode_bytes(decoder->pack, &row, g->raw);
    if (result != OAT_OK)
        return result;
    g->first = row.first;
    g->count = row.count;
    *ret = g;
    return OAT_OK;
}

/* ---- Chunks ---- */

int oat_pack_chunk(struct oat_pack_decoder *decoder, uint32_t chunk, const uint8_t **ret_bytes,
                   size_t *ret_len)
{
    struct oat_pack *pack = decoder->pack;
    struct group *g = NULL;
    if (chunk >= oat_pack_chunk_count(pack))
        return no_such_chunk(pack, chunk);
    for (size_t i = 0; i < GROUPS && !g; i++)
        if (chunk - decoder->group[i].first < decoder->group[i].count)
            g = &decoder->group[i];
    int result = g ? OAT_OK : load_group(decoder, chunk, &g);
    if (result != OAT_OK)
        return result;
    g->clock = ++decoder->clock;
    const uint32_t *start = &g->starts[chunk - g->first];
    *ret_len = start[1] - start[0];
    *ret_bytes = oat_pack_decoder_shown(decoder, g->raw + start[0], *ret_len);
    return *ret_bytes ? OAT_OK : OAT_E_NOMEM;
}

/* ---- Forgotten content ---- */

void oat_pack_decoder_set_forgotten(struct oat_pack_decoder *decoder, const struct oat_forgotten *forgotten)
{
    decoder->forgotten = forgotten;
    decoder->met_forgotten = false;
}

bool oat_pack_decoder_met_forgotten(const struct oat_pack_decoder *decoder)
{
    return decoder->met_forgotten;
}

const uint8_t *oat_pack_decoder_shown(struct oat_pack_decoder *decoder, const uint8_t *bytes, size_t len)
{
    const struct oat_forgotten_content *found = oat_forgotten_find(decoder->forgotten, bytes, len);
    if (!found)
        return bytes;
    if (!make_room(&decoder->marker, &decoder->marker_room, len))
        return NULL;
    oat_forgotten_mark(found, bytes, len, decoder->marker);
    decoder->met_forgotten = true;
    return decoder->marker;
}
