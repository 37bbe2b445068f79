#include "reader/trace_match.h"

#include "reader/filter_eval.h"

#include <stdlib.h>

/* Marks the traces of the selected rows of a batch. */
static int mark(struct oat_batch *batch, const uint64_t selected[OAT_BATCH_WORDS], uint64_t *bits,
                uint32_t trace_count)
{
    const uint32_t *traces = NULL;
    for (uint32_t word = 0; word < OAT_BATCH_WORDS; word++) {
        for (uint64_t left = selected[word]; left != 0; left &= left - 1) {
            int result = traces ? OAT_OK : oat_batch_u32(batch, OAT_VECTOR_TRACE, &traces);
            if (result != OAT_OK)
                return result;
            uint32_t trace = traces[word * 64 + (uint32_t)__builtin_ctzll(left)];
            if (trace < trace_count)
                bits[trace / 64] |= UINT64_C(1) << (trace % 64);
        }
    }
    return OAT_OK;
}

static int match_all(struct oat_filter_eval *eval, struct oat_source *source, uint64_t *bits)
{
    struct oat_batch batch = {0};
    int result = OAT_OK;
    for (uint32_t i = 0; i < source->batch_count && result == OAT_OK; i++) {
        uint64_t selected[OAT_BATCH_WORDS];
        if (!oat_filter_may_match(eval, i))
            continue;
        result = oat_batch_open(&batch, source, i);
        if (result == OAT_OK)
            result = oat_filter_select(eval, &batch, selected);
        if (result == OAT_OK)
            result = mark(&batch, selected, bits, source->trace_count);
    }
    oat_batch_free(&batch);
    return result;
}

int oat_trace_match(const oat_filter *filter, const struct oat_scan *scan, uint32_t source,
                    uint64_t **ret_bits)
{
    struct oat_source *rows;
    struct oat_filter_eval *eval = NULL;
    int result = oat_scan_source(scan, source, &rows);
    if (result != OAT_OK)
        return result;
    uint64_t *bits = calloc(rows->trace_count / 64 + 1, sizeof *bits);
    result = bits ? oat_filter_eval_open(filter, rows, &eval) : OAT_E_NOMEM;
    if (result == OAT_OK)
        result = match_all(eval, rows, bits);
    oat_filter_eval_free(eval);
    rows->ops->free(rows);
    if (result == OAT_OK)
        *ret_bits = bits;
    else
        free(bits);
    return result;
}
