#include "reader/filter_attributes.h"

#include <string.h>

#include "reader/compare.h"
#include "reader/filter_codes.h"

#define ASKED_MAX  65536u     /* a source with more codes is asked for those that are met alone */
#define TOO_MANY   UINT32_MAX /* codes pass, or may: each is looked up */
#define CODES_WORD 64u        /* codes whose answers are one word */

/* True when codes were read of all those rows of the batch. */
static bool has_read(const struct oat_filter_eval *eval, const struct oat_batch *batch,
                     const uint64_t rows[OAT_BATCH_WORDS])
{
    uint64_t missing[OAT_BATCH_WORDS];
    memcpy(missing, rows, sizeof missing);
    oat_rows_drop(missing, eval->attributes_rows);
    return eval->attributes_of == batch && !oat_rows_any(missing);
}

/* Reads the attribute codes of rows of a batch, unless they are among those that were read last. */
static int read_attributes(struct oat_filter_eval *eval, struct oat_batch *batch,
                           const uint64_t rows[OAT_BATCH_WORDS])
{
    if (has_read(eval, batch, rows))
        return OAT_OK;
    int result = eval->source->ops->attributes(eval->source, batch, rows, &eval->attributes);
    eval->attributes_of = result == OAT_OK ? batch : NULL;
    memcpy(eval->attributes_rows, rows, sizeof eval->attributes_rows);
    return result;
}

/* The same for one node: of a source that can tell, what its codes are in. */
static int read_for(struct oat_filter_eval *eval, const struct oat_filter_node *node, struct oat_batch *batch,
                    const uint64_t rows[OAT_BATCH_WORDS])
{
    const struct oat_filter_state *state = &eval->states[node->number];
    const struct oat_source_ops *ops = eval->source->ops;
    if (!ops->attributes_among || state->passing_count == TOO_MANY || has_read(eval, batch, rows))
        return read_attributes(eval, batch, rows);
    return ops->attributes_among(eval->source, batch, state->passing, state->passing_count,
                                 &eval->attributes);
}

/* Finds out which codes pass. Mostly few do: rows are then compared with those, many at a time. */
static int list_passing(struct oat_filter_eval *eval, const struct oat_filter_node *node)
{
    struct oat_filter_state *state = &eval->states[node->number];
    uint32_t count = eval->source->ops->attribute_count(eval->source);
    if (count > ASKED_MAX)
        state->passing_count = TOO_MANY;
    while (state->asked_count < count && state->passing_count != TOO_MANY) {
        bool passes;
        uint32_t code = state->asked_count + 1;
        int result = oat_filter_code_passes(eval, node, code, &passes);
        if (result != OAT_OK)
            return result;
        if (passes && state->passing_count == OAT_FILTER_FEW_CODES)
            state->passing_count = TOO_MANY;
        else if (passes)
            state->passing[state->passing_count++] = code;
        state->asked_count = code;
    }
    return OAT_OK;
}

/* Which of 64 codes are one of those that pass. */
static uint64_t compare_codes(const struct oat_filter_state *state, const uint32_t codes[CODES_WORD])
{
    uint8_t equal[CODES_WORD] = {0};
    for (uint32_t k = 0; k < state->passing_count; k++)
        for (unsigned i = 0; i < CODES_WORD; i++)
            equal[i] |= codes[i] == state->passing[k];
    return oat_bits_of_bytes(equal);
}

/* The same of `count` codes; bits behind them are 0. */
static int find_codes(struct oat_filter_eval *eval, const struct oat_filter_node *node, const uint32_t *codes,
                      uint32_t count, uint64_t *ret)
{
    const struct oat_filter_state *state = &eval->states[node->number];
    uint32_t all[CODES_WORD] = {0};
    if (count < CODES_WORD)
        codes = memcpy(all, codes, count * sizeof *codes);
    *ret = count < CODES_WORD ? (UINT64_C(1) << count) - 1 : UINT64_MAX;
    if (state->passing_count == TOO_MANY)
        return oat_filter_codes_keep(eval, node, codes, ret);
    *ret &= compare_codes(state, codes);
    return OAT_OK;
}

/* Sets the bits of rows that have an attribute which passes. */
static int find_rows(struct oat_filter_eval *eval, const struct oat_filter_node *node, uint32_t row_count,
                     uint64_t ret[OAT_BATCH_WORDS])
{
    const uint32_t *codes = eval->attributes->codes;
    for (uint32_t n = 0; n < eval->attributes->count; n++, codes += OAT_BATCH_ROWS) {
        for (uint32_t first = 0; first < row_count; first += CODES_WORD) {
            uint64_t passing;
            int result = find_codes(eval, node, codes + first, row_count - first, &passing);
            if (result != OAT_OK)
                return result;
            ret[first / CODES_WORD] |= passing;
        }
    }
    return OAT_OK;
}

/* The same of those among `rows`; others may be missing. */
static int find_having(struct oat_filter_eval *eval, const struct oat_filter_node *node,
                       struct oat_batch *batch, const uint64_t rows[OAT_BATCH_WORDS],
                       uint64_t ret[OAT_BATCH_WORDS])
{
    bool all_known = eval->source->attributes_known;
    int result = all_known ? list_passing(eval, node) : read_attributes(eval, batch, rows);
    if (result != OAT_OK || (all_known && eval->states[node->number].passing_count == 0))
        return result; /* nothing has to be read */
    result = all_known ? read_for(eval, node, batch, rows) : list_passing(eval, node);
    return result == OAT_OK ? find_rows(eval, node, batch->count, ret) : result;
}

int oat_filter_attributes_narrow(struct oat_filter_eval *eval, const struct oat_filter_node *node,
                                 struct oat_batch *batch, uint64_t rows[OAT_BATCH_WORDS])
{
    uint64_t having[OAT_BATCH_WORDS] = {0};
    int result = find_having(eval, node, batch, rows, having);
    if (result != OAT_OK)
        return result;
    /* `= null` wants rows without an attribute of the key. */
    if (node->test.null && !node->test.negate)
        oat_rows_drop(rows, having);
    else
        oat_rows_keep(rows, having);
    return OAT_OK;
}

enum oat_filter_zone oat_filter_attributes_zone(struct oat_filter_eval *eval,
                                                const struct oat_filter_node *node)
{
    if (!eval->source->attributes_known || list_passing(eval, node) != OAT_OK ||
        eval->states[node->number].passing_count > 0)
        return OAT_ZONE_SOME;
    return node->test.null && !node->test.negate ? OAT_ZONE_ALL : OAT_ZONE_NONE;
}
