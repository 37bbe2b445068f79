#include "tests/support/pack_maker.h"

#include "tests/support/table_maker.h"

#include <stdlib.h>
#include <string.h>

static bool has_chunk(const struct oat_made_payload *payload)
{
    return payload->bytes && payload->len > 0;
}

/* Writes the chunks themselves and the row of their group. */
static void put_group(struct oat_section_writer *file, const struct oat_made_payload *payloads, size_t count)
{
    struct oat_table_writer table;
    uint64_t offset = file->offset;
    size_t len = 0;
    for (size_t i = 0; i < count; i++)
        len += has_chunk(&payloads[i]) ? payloads[i].len : 0;
    uint8_t *bytes = oat_make_array(len, 1);
    len = 0;
    for (size_t i = 0; i < count; i++) {
        if (has_chunk(&payloads[i]))
            memcpy(bytes + len, payloads[i].bytes, payloads[i].len);
        len += has_chunk(&payloads[i]) ? payloads[i].len : 0;
    }
    oat_make_require(oat_section_writer_append(file, bytes, len) == OAT_OK, "chunks");
    oat_make_table(&table, file, OAT_TABLE_CHUNK_GROUPS, OAT_COL_CHUNK_GROUP_OFFSET,
                   OAT_COL_CHUNK_GROUP_CHECK);
    oat_table_writer_set(&table, OAT_COL_CHUNK_GROUP_OFFSET, offset / 8);
    oat_table_writer_set(&table, OAT_COL_CHUNK_GROUP_STORED_LEN, len);
    oat_table_writer_set(&table, OAT_COL_CHUNK_GROUP_RAW_LEN, len);
    oat_table_writer_set(&table, OAT_COL_CHUNK_GROUP_CODEC, OAT_CODEC_RAW);
    oat_table_writer_set(&table, OAT_COL_CHUNK_GROUP_CHECK,
                         oat_section_check(bytes, len, file->nonce, offset));
    oat_make_row(&table);
    oat_make_table_end(&table);
    free(bytes);
}

static void put_payloads(struct oat_section_writer *file, const struct oat_made_payload *payloads,
                         size_t count, uint64_t hash_seed)
{
    struct oat_table_writer table, chunks;
    uint64_t *hashes = oat_make_array(count, sizeof *hashes);
    size_t chunk_count = 0;
    oat_make_table(&table, file, OAT_TABLE_PAYLOADS, OAT_COL_PAYLOAD_KIND, OAT_COL_PAYLOAD_FLAGS);
    oat_make_table(&chunks, file, OAT_TABLE_CHUNKS, OAT_COL_CHUNK_RAW_LEN, OAT_COL_CHUNK_RAW_LEN);
    for (size_t i = 0; i < count; i++) {
        const struct oat_made_payload *payload = &payloads[i];
        oat_table_writer_set(&table, OAT_COL_PAYLOAD_KIND,
                             has_chunk(payload) ? OAT_PAYLOAD_CHUNK : OAT_PAYLOAD_NOTHING);
        oat_table_writer_set(&table, OAT_COL_PAYLOAD_PLACE, has_chunk(payload) ? chunk_count : 0);
        oat_table_writer_set(&table, OAT_COL_PAYLOAD_RAW_LEN, payload->len);
        oat_table_writer_set(&table, OAT_COL_PAYLOAD_MEDIA, payload->media);
        oat_table_writer_set(&table, OAT_COL_PAYLOAD_FLAGS, payload->flags);
        oat_make_row(&table);
        if (!has_chunk(payload))
            continue;
        oat_content_id id = oat_content_id_of(payload->bytes, payload->len, hash_seed);
        oat_table_writer_set(&chunks, OAT_COL_CHUNK_RAW_LEN, payload->len);
        oat_make_row(&chunks);
        hashes[chunk_count++] = oat_hash64(id.b, 8, file->nonce);
    }
    oat_make_table_end(&table);
    oat_make_table_end(&chunks);
    oat_make_index(file, OAT_TABLE_CHUNKS, 0, hashes, chunk_count);
    free(hashes);
}

uint64_t oat_pack_make(int dir_fd, const char *name, const struct oat_section_file *file,
                       const struct oat_made_payload *payloads, size_t count, uint64_t *ret_nonce)
{
    struct oat_section_writer writer;
    struct oat_section_file named = *file;
    uint64_t len;
    named.magic = OAT_MAGIC_PACK;
    oat_make_require(oat_section_writer_open(&writer, dir_fd, name, &named) == OAT_OK, name);
    put_group(&writer, payloads, count);
    put_payloads(&writer, payloads, count, oat_le64_get(file->store->hash_seed));
    *ret_nonce = writer.nonce;
    oat_make_require(oat_section_writer_finish(&writer, &len) == OAT_OK, name);
    oat_section_writer_close(&writer);
    return len;
}
