#include "reader/text_chunks.h"

#include "reader/pack_chunks.h"
#include "reader/text_index.h"

#include <stdlib.h>
#include <string.h>

uint64_t oat_text_first_end(const struct oat_text_match *match, const uint8_t *bytes, size_t len)
{
    uint64_t end = OAT_TEXT_NOWHERE;
    size_t pos, found;
    /* One that begins later can end before: it may be written with fewer escapes. */
    for (size_t from = 0; from < len && oat_text_match_find(match, bytes, len, from, &pos, &found);
         from = pos + 1) {
        if (pos >= end)
            break;
        end = pos + found < end ? pos + found : end;
        len = end;
    }
    return end;
}

void oat_text_chunks_free(struct oat_text_chunks *chunks)
{
    free(chunks->lens);
    free(chunks->ends);
    free(chunks->closed);
    memset(chunks, 0, sizeof *chunks);
}

static int read_lens(struct oat_pack *pack, struct oat_text_chunks *chunks)
{
    uint64_t lens[OAT_BLOCK_ROWS];
    for (uint32_t first = 0; first < chunks->count; first += OAT_BLOCK_ROWS) {
        uint32_t n = chunks->count - first < OAT_BLOCK_ROWS ? chunks->count - first : OAT_BLOCK_ROWS;
        int result = oat_image_numbers(pack->chunks, OAT_COL_CHUNK_RAW_LEN, first, n, lens);
        if (result == OAT_E_NOMEM)
            return result;
        for (uint32_t i = 0; i < n; i++)
            chunks->lens[first + i] = result == OAT_OK && lens[i] <= OAT_CHUNK_MAX ? (uint32_t)lens[i] : 0;
    }
    return OAT_OK;
}

/* Looks into the chunks first .. end - 1, which are a group. */
static int search_group(struct oat_pack_decoder *decoder, const struct oat_text_match *match, uint32_t first,
                        uint32_t end, uint32_t *ends)
{
    for (uint32_t chunk = first; chunk < end; chunk++) {
        const uint8_t *bytes;
        size_t len;
        int result = oat_pack_chunk(decoder, chunk, &bytes, &len);
        if (result != OAT_OK)
            return result == OAT_E_NOMEM ? result : OAT_OK;
        uint64_t found = oat_text_first_end(match, bytes, len);
        ends[chunk] = found == OAT_TEXT_NOWHERE ? 0 : (uint32_t)found;
    }
    return OAT_OK;
}

static int search_groups(struct oat_pack *pack, const struct oat_text_match *match,
                         struct oat_pack_decoder *decoder, struct oat_text_chunks *chunks)
{
    oat_text folded = oat_text_match_folded(match);
    uint32_t groups = pack->groups->table.rows;
    uint64_t first = 0, end;
    for (uint32_t g = 0; g < groups; g++, first = end) {
        int result = OAT_OK;
        end = chunks->count;
        if (g + 1 < groups)
            result = oat_image_number(pack->groups, OAT_COL_CHUNK_GROUP_FIRST, g + 1, &end);
        if (result != OAT_OK || end < first || end > chunks->count)
            return result == OAT_E_NOMEM ? result : OAT_OK;
        if (oat_signatures_may_have(chunks->index, g, folded.bytes, folded.len))
            result = search_group(decoder, match, (uint32_t)first, (uint32_t)end, chunks->ends);
        else
            for (uint64_t chunk = first + 1; chunk < end; chunk++)
                chunks->closed[chunk / 64] |= UINT64_C(1) << chunk % 64;
        if (result != OAT_OK)
            return result;
    }
    return OAT_OK;
}

int oat_text_chunks_find(struct oat_pack *pack, const struct oat_text_match *match,
                         struct oat_text_chunks *ret)
{
    memset(ret, 0, sizeof *ret);
    int result = oat_text_index(pack, &ret->index);
    if (result != OAT_OK)
        return result == OAT_E_NOMEM ? result : OAT_NOTFOUND;
    ret->count = oat_pack_chunk_count(pack);
    ret->lens = malloc((ret->count + (size_t)1) * sizeof *ret->lens);
    ret->ends = calloc(ret->count + (size_t)1, sizeof *ret->ends);
    ret->closed = calloc(ret->count / 64 + (size_t)1, sizeof *ret->closed);
    struct oat_pack_decoder *decoder = oat_pack_decoder_new(pack);
    result = ret->lens && ret->ends && ret->closed && decoder ? read_lens(pack, ret) : OAT_E_NOMEM;
    if (result == OAT_OK)
        result = search_groups(pack, match, decoder, ret);
    oat_pack_decoder_free(decoder);
    return result;
}
