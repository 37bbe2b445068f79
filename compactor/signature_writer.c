#include "compactor/signature_writer.h"

#include "format/schema.h"
#include "format/signature.h"

void oat_signature_writer_init(struct oat_signature_writer *writer, int dir_fd)
{
    *writer = (struct oat_signature_writer){0};
    oat_spill_init(&writer->ends, dir_fd);
    oat_spill_init(&writer->edges, dir_fd);
    oat_spill_init(&writer->bits, dir_fd);
}

void oat_signature_writer_close(struct oat_signature_writer *writer)
{
    oat_spill_close(&writer->ends);
    oat_spill_close(&writer->edges);
    oat_spill_close(&writer->bits);
}

int oat_signature_writer_chunk(struct oat_signature_writer *writer, const uint8_t *chunk, size_t len)
{
    uint8_t edges[OAT_EDGES_SIZE];
    oat_edges_of(chunk, len, edges);
    writer->chunk_count++;
    return oat_spill_append(&writer->edges, edges, sizeof edges);
}

int oat_signature_writer_group(struct oat_signature_writer *writer, const void *bits, size_t len)
{
    uint64_t end = (writer->bits.len + len) / OAT_SIGNATURE_UNIT;
    oat_le32 stored = oat_le32_of((uint32_t)end);
    if (end > UINT32_MAX)
        return OAT_E_LIMIT;
    writer->group_count++;
    int result = oat_spill_append(&writer->ends, &stored, sizeof stored);
    return result == OAT_OK ? oat_spill_append(&writer->bits, bits, len) : result;
}

/* Adds bytes, and zeros up to the next unit. */
static int add_padded(struct oat_section_writer *file, struct oat_spill *spill)
{
    static const uint8_t zeros[OAT_SIGNATURE_UNIT];
    int result = oat_section_writer_add_spill(file, spill);
    size_t padding = (size_t)(-spill->len % OAT_SIGNATURE_UNIT);
    return result == OAT_OK ? oat_section_writer_add(file, zeros, padding) : result;
}

int oat_signature_writer_finish(struct oat_signature_writer *writer, struct oat_section_writer *file,
                                uint64_t raw_bytes, uint64_t *ret_len)
{
    /* Edges of tiny chunks would be most of the index. */
    bool edges = writer->edges.len <= raw_bytes / 20;
    const oat_le32 head[] = {oat_le32_of(writer->group_count), oat_le32_of(edges ? writer->chunk_count : 0)};
    uint64_t begin = file->offset;
    int result = oat_section_writer_begin(file, OAT_SECTION_SIGNATURES, OAT_TABLE_CHUNK_GROUPS, 0);
    if (result == OAT_OK)
        result = oat_section_writer_add(file, head, sizeof head);
    if (result == OAT_OK)
        result = add_padded(file, &writer->ends);
    if (result == OAT_OK && edges)
        result = add_padded(file, &writer->edges);
    if (result == OAT_OK)
        result = oat_section_writer_add_spill(file, &writer->bits);
    *ret_len = file->offset - begin;
    return result == OAT_OK ? oat_section_writer_end(file) : result;
}
