#include "reader/trace_match.h"

#include "reader/filter_eval.h"

#include <stdlib.h>

int oat_trace_match(const oat_filter *filter, const struct oat_scan *scan, uint32_t source,
                    uint64_t **ret_bits)
{
    struct oat_source *rows = NULL;
    struct oat_filter_eval *eval = NULL;
    uint64_t *bits = NULL;
    int result = oat_scan_source(scan, source, &rows);
    if (result != OAT_OK)
        return result;
    result = oat_filter_eval_open(filter, rows, &eval);
    if (result == OAT_OK) {
        bits = calloc(rows->trace_count / 64 + 1, sizeof *bits);
        result = bits ? oat_filter_traces(eval, bits) : OAT_E_NOMEM;
    }
    oat_filter_eval_free(eval);
    rows->ops->free(rows);
    if (result == OAT_OK)
        *ret_bits = bits;
    else
        free(bits);
    return result;
}
