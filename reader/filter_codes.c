#include "reader/filter_codes.h"

#include <stdlib.h>
#include <string.h>

#include "format/endian.h"
#include "reader/compare.h"
#include "reader/filter_test.h"

/* What is remembered of a code; one more, behind the last, is of all codes that there are not. */
enum memo { MEMO_OPEN = 0, MEMO_PASSES = 1, MEMO_FAILS = 2 };

bool oat_filter_code_vector(const struct oat_filter_node *node, enum oat_vector *ret)
{
    bool compares = node->kind == OAT_FILTER_COMPARE;
    if (compares && node->field->kind == OAT_FIELD_TEXT && !node->field->of_trace)
        *ret = node->field->place;
    else if (node->kind == OAT_FILTER_TRACE_HAS ||
             (compares && (node->field->of_trace || node->field->kind == OAT_FIELD_TRACE_ID)))
        *ret = OAT_VECTOR_TRACE;
    else
        return false;
    return true;
}

/* ---- What a code says ------------------------------------------------------------------------------ */

static void ask_text(struct oat_source *source, const struct oat_filter_node *node, uint32_t code, bool *ret)
{
    oat_text none = {0};
    *ret = oat_filter_test_text(node, code ? source->ops->text(source, node->field->place, code) : none);
}

static void ask_attribute(struct oat_source *source, const struct oat_filter_node *node, uint32_t code,
                          bool *ret)
{
    oat_text key, value;
    if (code == 0) {
        *ret = false;
        return;
    }
    source->ops->attribute(source, code, &key, &value);
    *ret = oat_filter_test_attribute(node, key, value);
}

static bool trace_id_passes(const struct oat_filter_node *node, const uint8_t id[16])
{
    oat_le64 words[2];
    memcpy(words, id, sizeof words);
    const uint64_t wide[2] = {oat_le64_get(words[0]), oat_le64_get(words[1])};
    return node->test.null ? node->test.negate : oat_filter_test_id(node, wide, 2) != node->test.negate;
}

static int ask_trace(struct oat_source *source, const struct oat_filter_node *node, uint32_t trace, bool *ret)
{
    struct oat_trace_figures figures;
    int64_t value;
    int result = source->ops->trace(source, trace, oat_field_figures(node->field), &figures);
    if (result != OAT_OK)
        return result;
    if (node->field->kind == OAT_FIELD_TRACE_ID) {
        *ret = trace_id_passes(node, figures.trace_id);
    } else if (node->field->kind == OAT_FIELD_TEXT) {
        *ret = oat_filter_test_text(node, oat_field_text_of_trace(node->field, &figures));
    } else {
        bool has = oat_field_of_trace(node->field, &figures, &value);
        *ret = node->test.null ? has == node->test.negate : has && oat_filter_test_number(node, value);
    }
    return OAT_OK;
}

/* ---- What is remembered ----------------------------------------------------------------------------- */

/* Asks of all traces at once: has any row of theirs what stands in trace.has? Nothing is remembered when
 * that fails. */
static int ask_rows(struct oat_filter_eval *eval, const struct oat_filter_node *node)
{
    struct oat_filter_state *state = &eval->states[node->number];
    uint64_t *traces = calloc(state->memo_count / 64 + 1, sizeof *traces);
    int result = traces ? oat_filter_mark_traces(eval, node->first_child, traces) : OAT_E_NOMEM;
    for (uint32_t i = 0; i < state->memo_count && result == OAT_OK; i++)
        state->memo[i] = traces[i / 64] >> (i % 64) & 1 ? MEMO_PASSES : MEMO_FAILS;
    free(traces);
    if (result == OAT_OK)
        return OAT_OK;
    free(state->memo);
    state->memo = NULL;
    state->memo_count = 0;
    return result;
}

/* Does only the start of a trace matter? */
static bool is_of_start(const struct oat_filter_node *node)
{
    return node->kind == OAT_FILTER_COMPARE && node->field->of_trace &&
           node->field->place == OAT_FIGURE_START && node->field->kind == OAT_FIELD_TIME && !node->test.null;
}

/* Asks of the starts of all traces at once; those that are not known are asked one by one. */
static void ask_starts(struct oat_filter_eval *eval, const struct oat_filter_node *node)
{
    struct oat_filter_state *state = &eval->states[node->number];
    uint64_t starts[OAT_BATCH_ROWS];
    for (uint32_t first = 0; first < state->memo_count; first += OAT_BATCH_ROWS) {
        uint32_t left = state->memo_count - first, count = left < OAT_BATCH_ROWS ? left : OAT_BATCH_ROWS;
        if (eval->source->ops->starts(eval->source, first, count, starts) != OAT_OK)
            continue;
        for (uint32_t i = 0; i < count; i++)
            state->memo[first + i] =
                oat_filter_test_number(node, (int64_t)starts[i]) ? MEMO_PASSES : MEMO_FAILS;
    }
}

static uint32_t count_codes(struct oat_source *source, const struct oat_filter_node *node)
{
    enum oat_vector vector;
    if (!oat_filter_code_vector(node, &vector))
        return source->ops->attribute_count(source) + 1;
    return vector == OAT_VECTOR_TRACE ? source->trace_count : source->ops->code_count(source, vector) + 1;
}

/* Makes room for all codes; call it when those that will be looked up are there. */
static int prepare(struct oat_filter_eval *eval, const struct oat_filter_node *node)
{
    struct oat_filter_state *state = &eval->states[node->number];
    uint32_t count = count_codes(eval->source, node);
    bool first = !state->memo;
    if (!first && count <= state->memo_count)
        return OAT_OK;
    uint8_t *memo = realloc(state->memo, (size_t)count + 1);
    if (!memo)
        return OAT_E_NOMEM;
    memset(memo + state->memo_count, MEMO_OPEN, count - state->memo_count);
    memo[count] = MEMO_FAILS;
    state->memo = memo;
    state->memo_count = count;
    if (first && eval->source->ops->starts && is_of_start(node))
        ask_starts(eval, node);
    return first && node->kind == OAT_FILTER_TRACE_HAS ? ask_rows(eval, node) : OAT_OK;
}

bool oat_filter_knows_traces(struct oat_filter_eval *eval, const struct oat_filter_node *node)
{
    return eval->source->ops->starts && is_of_start(node) && prepare(eval, node) == OAT_OK;
}

static int ask(struct oat_filter_eval *eval, const struct oat_filter_node *node, uint32_t code, bool *ret)
{
    enum oat_vector vector;
    if (!oat_filter_code_vector(node, &vector))
        ask_attribute(eval->source, node, code, ret);
    else if (vector != OAT_VECTOR_TRACE)
        ask_text(eval->source, node, code, ret);
    else
        return ask_trace(eval->source, node, code, ret);
    return OAT_OK;
}

/* What the code says, once the node is prepared. One that the source does not have fails. */
static int look_up(struct oat_filter_eval *eval, const struct oat_filter_node *node, uint32_t code,
                   uint8_t *ret)
{
    struct oat_filter_state *state = &eval->states[node->number];
    uint32_t place = code < state->memo_count ? code : state->memo_count;
    if (state->memo[place] == MEMO_OPEN) {
        bool passes;
        int result = ask(eval, node, code, &passes);
        if (result != OAT_OK)
            return result;
        state->memo[place] = passes ? MEMO_PASSES : MEMO_FAILS;
    }
    *ret = state->memo[place];
    return OAT_OK;
}

/* Of a source whose codes do not become more. */
#define CODES_MAX 256u

/* Do codes pass that make one range, and are they so few that all can be asked? Call it when the node is
 * prepared. */
static int find_range(struct oat_filter_eval *eval, const struct oat_filter_node *node, bool *ret)
{
    struct oat_filter_state *state = &eval->states[node->number];
    uint32_t passing = 0;
    *ret = state->is_range;
    if (state->range_known || !eval->source->ops->range || state->memo_count > CODES_MAX)
        return OAT_OK;
    for (uint32_t code = 0; code < state->memo_count; code++) {
        uint8_t says;
        int result = look_up(eval, node, code, &says);
        if (result != OAT_OK)
            return result;
        if (says != MEMO_PASSES)
            continue;
        state->range_low = passing == 0 ? code : state->range_low;
        state->range_high = code;
        passing++;
    }
    state->range_known = true;
    state->is_range = passing > 0 && passing == state->range_high - state->range_low + 1;
    *ret = state->is_range;
    return OAT_OK;
}

/* Clears the bits of rows whose code is not in the range, without decoding them. */
static int keep_range(const struct oat_filter_state *state, enum oat_vector vector, struct oat_batch *batch,
                      uint64_t rows[OAT_BATCH_WORDS])
{
    uint64_t inside[OAT_BATCH_WORDS];
    int result = oat_batch_range(batch, vector, state->range_low, state->range_high, inside);
    if (result == OAT_OK)
        oat_rows_keep(rows, inside);
    return result;
}

#define FEW_CODES 64u /* of a batch are sooner looked up one by one */

/* Clears the bits of rows, which are few, whose code does not pass. */
static int keep_few(struct oat_filter_eval *eval, const struct oat_filter_node *node, const uint32_t *codes,
                    uint64_t rows[OAT_BATCH_WORDS])
{
    const struct oat_filter_state *state = &eval->states[node->number];
    for (unsigned word = 0; word < OAT_BATCH_WORDS; word++) {
        for (uint64_t left = rows[word]; left; left &= left - 1) {
            unsigned bit = (unsigned)__builtin_ctzll(left);
            uint32_t code = codes[64 * word + bit];
            uint8_t says = code < state->memo_count ? state->memo[code] : MEMO_FAILS;
            int result = says == MEMO_OPEN ? look_up(eval, node, code, &says) : OAT_OK;
            if (result != OAT_OK)
                return result;
            rows[word] &= ~((uint64_t)(says != MEMO_PASSES) << bit);
        }
    }
    return OAT_OK;
}

/* Keeps those bits of wanted whose code passes. */
static int keep_passing(struct oat_filter_eval *eval, const struct oat_filter_node *node,
                        const uint32_t codes[64], uint64_t *wanted)
{
    const struct oat_filter_state *state = &eval->states[node->number];
    uint8_t says[64];
    unsigned open = 0;
    for (unsigned i = 0; i < 64; i++) {
        says[i] = state->memo[codes[i] < state->memo_count ? codes[i] : state->memo_count];
        open += says[i] == MEMO_OPEN;
    }
    for (uint64_t left = open ? *wanted : 0; left; left &= left - 1) {
        unsigned i = (unsigned)__builtin_ctzll(left);
        int result = says[i] == MEMO_OPEN ? look_up(eval, node, codes[i], &says[i]) : OAT_OK;
        if (result != OAT_OK)
            return result;
    }
    for (unsigned i = 0; i < 64; i++)
        says[i] = says[i] == MEMO_PASSES;
    *wanted &= oat_bits_of_bytes(says);
    return OAT_OK;
}

int oat_filter_codes_keep(struct oat_filter_eval *eval, const struct oat_filter_node *node,
                          const uint32_t codes[64], uint64_t *wanted)
{
    int result = prepare(eval, node);
    return result == OAT_OK ? keep_passing(eval, node, codes, wanted) : result;
}

/* The same where there may be fewer codes than bits. */
static int keep_passing_of(struct oat_filter_eval *eval, const struct oat_filter_node *node,
                           const uint32_t *codes, size_t count, uint64_t *wanted)
{
    uint32_t all[64] = {0};
    if (count >= 64)
        return keep_passing(eval, node, codes, wanted);
    memcpy(all, codes, count * sizeof *codes);
    *wanted &= (UINT64_C(1) << count) - 1;
    return keep_passing(eval, node, all, wanted);
}

/* ---- Rows ------------------------------------------------------------------------------------------ */

int oat_filter_code_passes(struct oat_filter_eval *eval, const struct oat_filter_node *node, uint32_t code,
                           bool *ret)
{
    bool all;
    return oat_filter_codes_pass(eval, node, code, code, ret, &all);
}

int oat_filter_codes_pass(struct oat_filter_eval *eval, const struct oat_filter_node *node, uint32_t low,
                          uint32_t high, bool *ret_any, bool *ret_all)
{
    bool any = false, all = true;
    int result = prepare(eval, node);
    for (uint64_t code = low; result == OAT_OK && code <= high && (all || !any); code++) {
        uint8_t says;
        result = look_up(eval, node, (uint32_t)code, &says);
        if (result != OAT_OK)
            return result;
        any = any || says == MEMO_PASSES;
        all = all && says == MEMO_PASSES;
    }
    *ret_any = any;
    *ret_all = all;
    return result;
}

int oat_filter_codes_narrow(struct oat_filter_eval *eval, const struct oat_filter_node *node,
                            struct oat_batch *batch, uint64_t rows[OAT_BATCH_WORDS])
{
    enum oat_vector vector = OAT_VECTOR_TRACE;
    const uint32_t *codes;
    bool is_range = false;
    oat_filter_code_vector(node, &vector);
    int result = prepare(eval, node);
    if (result == OAT_OK && vector != OAT_VECTOR_TRACE)
        result = find_range(eval, node, &is_range);
    if (result == OAT_OK && is_range)
        return keep_range(&eval->states[node->number], vector, batch, rows);
    if (result == OAT_OK)
        result = oat_batch_u32(batch, vector, &codes);
    if (result == OAT_OK)
        result = prepare(eval, node); /* codes may have become more */
    if (result == OAT_OK && oat_rows_count(rows) <= FEW_CODES)
        return keep_few(eval, node, codes, rows);
    for (uint32_t first = 0; result == OAT_OK && first < batch->count; first += 64)
        if (rows[first / 64])
            result = keep_passing_of(eval, node, codes + first, batch->count - first, &rows[first / 64]);
    return result;
}
