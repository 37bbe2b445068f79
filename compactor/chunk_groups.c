#include "compactor/chunk_groups.h"

#include "indexer/id_index.h"

#include <lz4.h>
#include <stdlib.h>
#include <string.h>

/* A large chunk that compression does not help, such as a picture, would only push text out of the
 * window of those behind it. */
#define DENSE_MIN  (16u << 10)
#define SAMPLE_LEN 4096u

static const uint16_t chunk_columns[] = {OAT_COL_CHUNK_RAW_LEN};
static const uint16_t group_columns[] = {OAT_COL_CHUNK_GROUP_OFFSET,  OAT_COL_CHUNK_GROUP_STORED_LEN,
                                         OAT_COL_CHUNK_GROUP_RAW_LEN, OAT_COL_CHUNK_GROUP_FIRST,
                                         OAT_COL_CHUNK_GROUP_CODEC,   OAT_COL_CHUNK_GROUP_CHECK};
#define LENGTH_OF(array) (sizeof(array) / sizeof *(array))

int oat_chunk_groups_open(struct oat_chunk_groups *groups, struct oat_section_writer *file, unsigned threads)
{
    *groups = (struct oat_chunk_groups){.file = file};
    oat_spill_init(&groups->hashes, file->dir_fd);
    oat_signature_writer_init(&groups->signatures, file->dir_fd);
    int result = oat_group_packer_new(threads, &groups->packer);
    if (result == OAT_OK)
        result = oat_table_writer_open(&groups->chunks, file, OAT_TABLE_CHUNKS, chunk_columns,
                                       LENGTH_OF(chunk_columns));
    if (result == OAT_OK)
        result = oat_table_writer_open(&groups->groups, file, OAT_TABLE_CHUNK_GROUPS, group_columns,
                                       LENGTH_OF(group_columns));
    if (result != OAT_OK)
        oat_chunk_groups_close(groups);
    return result;
}

void oat_chunk_groups_close(struct oat_chunk_groups *groups)
{
    oat_group_packer_free(groups->packer);
    oat_table_writer_close(&groups->chunks);
    oat_table_writer_close(&groups->groups);
    oat_spill_close(&groups->hashes);
    oat_signature_writer_close(&groups->signatures);
    groups->packer = NULL;
}

/* ---- Groups ---- */

/* Writes the oldest group under way. */
static int write_group(struct oat_chunk_groups *groups, const struct oat_group_job *job)
{
    struct oat_table_writer *table = &groups->groups;
    uint64_t offset = groups->file->offset;
    oat_table_writer_set(table, OAT_COL_CHUNK_GROUP_OFFSET, offset / 8);
    oat_table_writer_set(table, OAT_COL_CHUNK_GROUP_STORED_LEN, job->stored_len);
    oat_table_writer_set(table, OAT_COL_CHUNK_GROUP_RAW_LEN, job->raw_len);
    oat_table_writer_set(table, OAT_COL_CHUNK_GROUP_FIRST, job->first_chunk);
    oat_table_writer_set(table, OAT_COL_CHUNK_GROUP_CODEC, (uint64_t)job->codec);
    oat_table_writer_set(table, OAT_COL_CHUNK_GROUP_CHECK,
                         oat_section_check(job->stored, job->stored_len, groups->file->nonce, offset));
    groups->stored_bytes += job->stored_len;
    int result = oat_section_writer_append(groups->file, job->stored, job->stored_len);
    if (result == OAT_OK)
        result = oat_signature_writer_group(&groups->signatures, job->signature, job->signature_len);
    return result == OAT_OK ? oat_table_writer_next(table) : result;
}

/* Ends the group being filled, and makes sure that there is another one to fill. */
static int end_group(struct oat_chunk_groups *groups)
{
    struct oat_group_job *job;
    int result = OAT_OK;
    oat_group_packer_submit(groups->packer);
    while (!(job = oat_group_packer_begin(groups->packer)) && result == OAT_OK)
        result = write_group(groups, oat_group_packer_take(groups->packer));
    if (job)
        job->raw_len = job->chunk_count = 0;
    return result;
}

/* What stands in the middle tells whether a large chunk can be compressed. */
static bool is_dense(const uint8_t *bytes, size_t len)
{
    char packed[LZ4_COMPRESSBOUND(SAMPLE_LEN)];
    if (len < DENSE_MIN)
        return false;
    const char *sample = (const char *)bytes + (len - SAMPLE_LEN) / 2;
    int n = LZ4_compress_default(sample, packed, SAMPLE_LEN, sizeof packed);
    return (unsigned)n > SAMPLE_LEN - SAMPLE_LEN / 20;
}

static int add_row(struct oat_chunk_groups *groups, const oat_content_id *id, size_t len)
{
    uint64_t hash = oat_hash64(id->b, 8, groups->file->nonce);
    oat_table_writer_set(&groups->chunks, OAT_COL_CHUNK_RAW_LEN, len);
    int result = oat_table_writer_next(&groups->chunks);
    return result == OAT_OK ? oat_spill_append(&groups->hashes, &hash, sizeof hash) : result;
}

int oat_chunk_groups_add(struct oat_chunk_groups *groups, const oat_content_id *id, const void *bytes,
                         size_t len, uint32_t *ret_number)
{
    struct oat_group_job *job = oat_group_packer_begin(groups->packer);
    bool dense = is_dense(bytes, len), alone = dense || len > OAT_GROUP_RAW_MAX;
    int result = OAT_OK;
    if (job->raw_len > 0 && (alone || job->raw_len + len > OAT_GROUP_RAW_MAX)) {
        result = end_group(groups);
        job = oat_group_packer_begin(groups->packer);
    }
    if (result == OAT_OK)
        result = add_row(groups, id, len);
    if (result != OAT_OK)
        return result;
    if (job->raw_len == 0) {
        job->first_chunk = groups->count;
        job->dense = dense;
    }
    memcpy(job->raw + job->raw_len, bytes, len);
    job->raw_len += len;
    job->chunk_count++;
    groups->raw_bytes += len;
    *ret_number = groups->count++;
    result = oat_signature_writer_chunk(&groups->signatures, bytes, len);
    return result == OAT_OK && alone ? end_group(groups) : result;
}

/* ---- The end ---- */

static int write_index(struct oat_chunk_groups *groups)
{
    size_t size = oat_id_index_size(groups->count, OAT_INDEX_OF_CHUNKS);
    uint64_t *hashes = malloc(groups->count * sizeof *hashes);
    uint8_t *index = malloc(size);
    int result = hashes && index ? OAT_OK : OAT_E_NOMEM;
    if (result == OAT_OK)
        result = oat_spill_read(&groups->hashes, 0, hashes, groups->count * sizeof *hashes);
    if (result == OAT_OK) {
        oat_id_index_build(hashes, groups->count, OAT_INDEX_OF_CHUNKS, index);
        result = oat_section_writer_put(groups->file, OAT_SECTION_INDEX, OAT_TABLE_CHUNKS, 0, index, size);
    }
    free(hashes);
    free(index);
    return result;
}

int oat_chunk_groups_finish(struct oat_chunk_groups *groups)
{
    const struct oat_group_job *job;
    int result = OAT_OK;
    if (groups->count == 0)
        return OAT_OK;
    if (oat_group_packer_begin(groups->packer)->raw_len > 0)
        oat_group_packer_submit(groups->packer);
    while (result == OAT_OK && (job = oat_group_packer_take(groups->packer)))
        result = write_group(groups, job);
    if (result == OAT_OK)
        result = oat_table_writer_finish(&groups->chunks);
    if (result == OAT_OK)
        result = oat_table_writer_finish(&groups->groups);
    if (result == OAT_OK)
        result = write_index(groups);
    return result == OAT_OK ? oat_signature_writer_finish(&groups->signatures, groups->file,
                                                          groups->raw_bytes, &groups->text_index_bytes)
                            : result;
}
