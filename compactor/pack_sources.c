#include "compactor/pack_sources.h"

#include "reader/part.h"

#include <stdlib.h>
#include <string.h>

/* ---- Opening ---- */

static void close_reader(struct oat_source_reader *reader)
{
    oat_chunks_free(reader->chunks);
    oat_pack_decoder_free(reader->decoder);
    free(reader->ops.bytes);
    *reader = (struct oat_source_reader){0};
}

void oat_pack_sources_clear(struct oat_pack_sources *set)
{
    for (size_t i = 0; i < OAT_PACK_SOURCES_OPEN; i++)
        close_reader(&set->readers[i]);
}

static bool open_reader(struct oat_sources *sources, uint32_t source, struct oat_source_reader *reader)
{
    const struct oat_pair *pair = oat_sources_pair(sources, source);
    *reader = (struct oat_source_reader){.source = source, .is_open = true, .forgotten = sources->forgotten};
    if (pair) {
        struct oat_blob_source blobs = oat_blob_source_of(pair);
        if (pair->has_blobs)
            reader->chunks = oat_chunks_new(&blobs);
        return reader->chunks || !pair->has_blobs;
    }
    reader->pack = oat_part_pack(oat_sources_part(sources, source));
    if (reader->pack)
        reader->decoder = oat_pack_decoder_new(reader->pack);
    return reader->decoder || !reader->pack;
}

struct oat_source_reader *oat_pack_sources_use(struct oat_pack_sources *set, uint32_t source)
{
    struct oat_source_reader *reader = &set->readers[0];
    for (size_t i = 0; i < OAT_PACK_SOURCES_OPEN; i++) {
        struct oat_source_reader *other = &set->readers[i];
        if (other->is_open && other->source == source) {
            reader = other;
            break;
        }
        if (other->clock < reader->clock)
            reader = other;
    }
    if (!reader->is_open || reader->source != source) {
        close_reader(reader);
        if (!open_reader(set->sources, source, reader)) {
            close_reader(reader);
            return NULL;
        }
    }
    reader->clock = ++set->clock;
    return reader;
}

/* ---- Entries of a pair ---- */

static int entry_item(struct oat_source_reader *reader, uint64_t offset, struct oat_source_item *ret)
{
    struct oat_entry entry;
    const uint8_t *ops;
    int result = oat_chunks_entry(reader->chunks, offset, &entry, &ops);
    if (result != OAT_OK)
        return result;
    bool recipe = entry.kind == OAT_ENTRY_RECIPE;
    *ret = (struct oat_source_item){
        .kind = recipe ? OAT_PAYLOAD_RECIPE : OAT_PAYLOAD_CHUNK,
        .raw_len = entry.raw_len,
        .chunk = offset,
        .from_entry = true,
    };
    memcpy(ret->id4, entry.id8, sizeof ret->id4);
    if (!recipe)
        return OAT_OK;
    reader->offset = offset;
    reader->pos = reader->ops.len = 0;
    return oat_buffer_put(&reader->ops, ops, (size_t)entry.stored_len);
}

/* ---- Payloads of a pack ---- */

static int pack_item(struct oat_source_reader *reader, uint64_t number, struct oat_source_item *ret)
{
    struct oat_pack_payload payload;
    if (number > UINT32_MAX)
        return OAT_E_CORRUPT;
    int result = oat_pack_payload(reader->pack, (uint32_t)number, &payload);
    if (result == OAT_OK && payload.kind == OAT_PAYLOAD_RECIPE)
        result = oat_pack_recipe_of(reader->pack, (uint32_t)number, &payload, &reader->recipe);
    if (result != OAT_OK)
        return result;
    *ret = (struct oat_source_item){
        .kind = payload.kind,
        .raw_len = payload.raw_len,
        .chunk = payload.place,
        .media = payload.media,
        .flags = payload.flags,
    };
    return OAT_OK;
}

/* ---- Either ---- */

int oat_source_item(struct oat_source_reader *reader, uint64_t place, struct oat_source_item *ret)
{
    if (reader->chunks)
        return entry_item(reader, place, ret);
    return reader->decoder ? pack_item(reader, place, ret) : OAT_E_CORRUPT;
}

int oat_source_next(struct oat_source_reader *reader, struct oat_recipe_step *ret)
{
    if (reader->chunks)
        return oat_recipe_next(reader->ops.bytes, reader->ops.len, &reader->pos, reader->offset, ret);
    return oat_pack_recipe_next(&reader->recipe, ret);
}

int oat_source_chunk(struct oat_source_reader *reader, uint64_t place, const uint8_t **ret_bytes,
                     size_t *ret_len, bool *ret_forgotten)
{
    int result = OAT_E_CORRUPT;
    if (reader->chunks) {
        oat_chunks_set_forgotten(reader->chunks, reader->forgotten);
        result = oat_chunks_get(reader->chunks, place, ret_bytes, ret_len);
        *ret_forgotten = oat_chunks_met_forgotten(reader->chunks);
    } else if (place < UINT32_MAX) {
        oat_pack_decoder_set_forgotten(reader->decoder, reader->forgotten);
        result = oat_pack_chunk(reader->decoder, (uint32_t)place, ret_bytes, ret_len);
        *ret_forgotten = oat_pack_decoder_met_forgotten(reader->decoder);
    }
    return result;
}
