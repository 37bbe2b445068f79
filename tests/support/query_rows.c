#include "tests/support/query_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/slot.h"
#include "tests/support/run_random.h"

#define TRACE_ROWS_MAX 9u
#define DAY_NS         UINT64_C(86400000000000)

/* ---- Drawing ------------------------------------------------------------------------------------ */

static bool one_in(uint64_t *seed, uint64_t n)
{
    return oat_run_below(seed, n) == 0;
}

static uint64_t code_of(struct oat_row_source *source, const char *prefix, uint64_t number)
{
    char text[64];
    int len = snprintf(text, sizeof text, "%s%u", prefix, (unsigned)number);
    return oat_row_source_code(source, text, (size_t)len);
}

static void draw_texts(struct oat_row_source *source, struct oat_test_row *row, uint64_t *seed,
                       uint32_t users)
{
    uint64_t *texts = &row->values[OAT_VECTOR_TEXT];
    texts[OAT_TEXT_NAME] = code_of(source, "name ", oat_run_below(seed, 20));
    texts[OAT_TEXT_SERVICE] = code_of(source, "service ", oat_run_below(seed, 3));
    if (!one_in(seed, 3))
        texts[OAT_TEXT_MODEL] = code_of(source, "model ", oat_run_below(seed, 5));
    if (!one_in(seed, 3))
        texts[OAT_TEXT_USER] = code_of(source, "user ", oat_run_below(seed, users));
}

/* A number of any size up to 2^bits. */
static uint64_t draw_number(uint64_t *seed, unsigned bits)
{
    return oat_run_next(seed) >> (64 - 1 - oat_run_below(seed, bits));
}

static void draw_usage(struct oat_test_row *row, uint64_t *seed)
{
    uint64_t *flags = &row->values[OAT_VECTOR_FLAGS];
    for (unsigned i = 0; i < OAT_COUNT_FIELDS; i++) {
        if (one_in(seed, 3))
            continue;
        *flags |= OAT_SPAN_HAS_COUNT(i);
        row->values[OAT_VECTOR_TOKENS + i] = one_in(seed, 9) ? 0 : (uint32_t)draw_number(seed, 32);
    }
    if (!one_in(seed, 3)) {
        *flags |= OAT_SPAN_HAS_COST | (uint32_t)oat_run_below(seed, 4) << OAT_SPAN_COST_SOURCE_SHIFT;
        row->values[OAT_VECTOR_COST] = one_in(seed, 20) ? (uint64_t)-123456789 : draw_number(seed, 40);
    }
    if (!one_in(seed, 3)) {
        *flags |= OAT_SPAN_HAS_TTFT;
        row->values[OAT_VECTOR_TTFT] = (uint32_t)draw_number(seed, 24);
    }
    if (!one_in(seed, 3)) {
        *flags |= OAT_SPAN_HAS_PROMPT_VERSION;
        row->values[OAT_VECTOR_PROMPT_VERSION] = oat_run_below(seed, 4) * 200;
    }
    row->values[OAT_VECTOR_COUNTED] = !one_in(seed, 4);
}

static void draw_attribute(struct oat_row_source *source, struct oat_test_row *row, const char *key,
                           const char *encoded)
{
    uint32_t code =
        oat_row_source_attribute(source, (oat_text){key, strlen(key)}, (oat_text){encoded, strlen(encoded)});
    oat_row_source_add_attribute(row, code);
}

static void draw_attributes(struct oat_row_source *source, struct oat_test_row *row, uint64_t *seed)
{
    /* Encoded: "pro", "free", true, 2, -3. */
    static const char *const tiers[] = {"\1\3pro", "\1\4free", "\2\1", "\3\4", "\3\5"};
    if (one_in(seed, 2))
        draw_attribute(source, row, "region", "\1\2eu");
    if (!one_in(seed, 3))
        draw_attribute(source, row, "tier", tiers[oat_run_below(seed, 5)]);
    if (one_in(seed, 2))
        draw_attribute(source, row, "zone", "\3\4");
}

static void draw_row(struct oat_row_source *source, uint64_t *seed, uint64_t start_ns, uint32_t users)
{
    static const uint32_t statuses[] = {OAT_SHOWN_SUCCESS, OAT_SHOWN_SUCCESS, OAT_SHOWN_SUCCESS,
                                        OAT_SHOWN_ERROR,   OAT_SHOWN_RUNNING, OAT_SHOWN_INTERRUPTED};
    struct oat_test_row *row = oat_row_source_add_row(source);
    row->values[OAT_VECTOR_START] = start_ns;
    row->values[OAT_VECTOR_TRACE] = source->source.trace_count - 1;
    row->values[OAT_VECTOR_SPAN_ID] = oat_run_next(seed);
    row->values[OAT_VECTOR_PARENT_ID] = one_in(seed, 3) ? 0 : 1 + oat_run_below(seed, 5);
    row->values[OAT_VECTOR_TYPE] = 1 + oat_run_below(seed, OAT_FILE_IO);
    row->values[OAT_VECTOR_STATUS] = statuses[oat_run_below(seed, 6)];
    if (row->values[OAT_VECTOR_STATUS] == OAT_SHOWN_SUCCESS ||
        row->values[OAT_VECTOR_STATUS] == OAT_SHOWN_ERROR)
        row->values[OAT_VECTOR_DURATION] = draw_number(seed, 42);
    row->values[OAT_VECTOR_OTEL_STATUS] = oat_run_below(seed, 4);
    row->values[OAT_VECTOR_SAMPLE_RATE] = one_in(seed, 2) ? 0 : OAT_SAMPLE_RATE_ONE / 4;
    draw_texts(source, row, seed, users);
    draw_usage(row, seed);
    draw_attributes(source, row, seed);
}

static void draw_trace(struct oat_row_source *source, uint64_t *seed, uint64_t start_ns)
{
    struct oat_trace_figures *trace = oat_row_source_add_trace(source);
    uint64_t id[2] = {oat_run_next(seed), oat_run_next(seed)};
    memcpy(trace->trace_id, id, sizeof trace->trace_id);
    trace->start_ns = start_ns;
    trace->end_ns = one_in(seed, 4) ? 0 : start_ns + draw_number(seed, 40);
    trace->status = OAT_SHOWN_SUCCESS;
    trace->has_cost = !one_in(seed, 3);
    trace->cost_nano = trace->has_cost ? (int64_t)draw_number(seed, 40) : 0;
    trace->span_count = (uint32_t)oat_run_below(seed, 1000);
    trace->depth = (uint32_t)oat_run_below(seed, 6);
    if (!one_in(seed, 3))
        trace->text[OAT_TEXT_SERVICE] = (oat_text){"billing", 1 + oat_run_below(seed, 7)};
}

static struct oat_row_source *draw_source(uint64_t *seed, uint32_t row_count, uint32_t users)
{
    struct oat_row_source *source = oat_row_source_new();
    uint64_t start_ns = OAT_QUERY_ROWS_BASE_NS;
    for (uint32_t i = 0; i < row_count;) {
        draw_trace(source, seed, start_ns);
        uint32_t rows = 1 + (uint32_t)oat_run_below(seed, TRACE_ROWS_MAX);
        for (; rows > 0 && i < row_count; rows--, i++)
            draw_row(source, seed, start_ns + oat_run_below(seed, DAY_NS / 48), users);
        start_ns += oat_run_below(seed, 6 * 3 * DAY_NS / TRACE_ROWS_MAX * 5 / row_count);
    }
    source->zones = !one_in(seed, 4);
    return source;
}

/* ---- Opening ------------------------------------------------------------------------------------ */

/* A source with buffers and counters of its own, over the rows of another one. */
struct shared {
    struct oat_row_source rows;
    struct oat_source_ops ops;
};

/* All but the attributes of a batch are the original's. */
static void free_shared(struct oat_source *source)
{
    struct shared *shared = (struct shared *)source;
    free(shared->rows.columns.codes);
    free(shared);
}

static int open_shared(void *arg, size_t index, struct oat_source **ret)
{
    const struct oat_query_rows *rows = arg;
    struct shared *shared = malloc(sizeof *shared);
    if (!shared)
        return OAT_E_NOMEM;
    shared->rows = *rows->sources[index];
    shared->rows.columns = (struct oat_code_columns){0};
    shared->ops = *shared->rows.source.ops;
    shared->ops.free = free_shared;
    shared->rows.source.ops = &shared->ops;
    *ret = &shared->rows.source;
    return OAT_OK;
}

struct oat_query_rows *oat_query_rows_new(uint64_t seed, uint32_t rows_per_source, uint32_t users)
{
    struct oat_query_rows *rows = calloc(1, sizeof *rows);
    if (!rows)
        abort();
    for (unsigned i = 0; i < OAT_QUERY_ROWS_SOURCES; i++)
        rows->sources[i] = draw_source(&seed, rows_per_source, users);
    rows->opener = (struct oat_query_sources){rows, OAT_QUERY_ROWS_SOURCES, open_shared};
    return rows;
}

void oat_query_rows_free(struct oat_query_rows *rows)
{
    for (unsigned i = 0; i < OAT_QUERY_ROWS_SOURCES; i++)
        oat_row_source_free(rows->sources[i]);
    free(rows);
}
