/* Filters: whatever the text, it parses or has an error inside it; the canonical form of what parses is
 * its own; and the same rows pass whether bounds of vectors are known or not. */
#include "fuzz/fuzz.h"

#include <string.h>

#include "format/slot.h"
#include "reader/filter_eval.h"
#include "reader/filter_window.h"
#include "tests/support/filter_print.h"
#include "tests/support/row_source.h"

#define NOW_NS  UINT64_C(1795348800000000000)
#define TRACES  5u
#define ROWS    70u
#define PER_CUT 33u

static const char *const names[] = {"chat gpt-4o", "search_kb", "a", "GET /items", "Ingest"};
static const char *const payloads[] = {"Where is my refund?", "{\"a\":\"\\u00e9\"}", "", "429", "a*b"};

static void add_trace(struct oat_row_source *source, uint32_t i)
{
    struct oat_trace_figures *trace = oat_row_source_add_trace(source);
    memset(trace->trace_id, (int)i + 1, sizeof trace->trace_id);
    trace->start_ns = NOW_NS - i * UINT64_C(1000000000);
    trace->status = (enum oat_shown_status)(OAT_SHOWN_RUNNING + i);
    trace->error_count = i;
    trace->text[OAT_TEXT_NAME] = (oat_text){names[i], strlen(names[i])};
}

/* Sets numbers; what a row does not have is 0 in it. */
static void set_numbers(struct oat_test_row *row, uint32_t i)
{
    bool reports = i % 3 > 0;
    for (unsigned vector = 0; vector < OAT_VECTOR_COUNT && reports; vector++)
        row->values[vector] = i % 7 == 0 ? 0 : i * vector;
    row->values[OAT_VECTOR_FLAGS] = reports ? (OAT_SPAN_HAS_TTFT << 4) - 1 + OAT_SPAN_HAS_PROMPT_VERSION : 0;
    row->values[OAT_VECTOR_START] = NOW_NS - i * UINT64_C(1000000);
    row->values[OAT_VECTOR_STATUS] = OAT_SHOWN_RUNNING + i % 6;
    if (row->values[OAT_VECTOR_STATUS] != OAT_SHOWN_SUCCESS &&
        row->values[OAT_VECTOR_STATUS] != OAT_SHOWN_ERROR)
        row->values[OAT_VECTOR_DURATION] = 0;
    row->values[OAT_VECTOR_TYPE] = OAT_AGENT + i % OAT_FILE_IO;
    row->values[OAT_VECTOR_TRACE] = i % TRACES;
}

static void add_row(struct oat_row_source *source, uint32_t i)
{
    static const uint8_t values[][4] = {{1, 1, 'a', 0}, {3, 4, 0, 0}, {2, 1, 0, 0}, {0, 0, 0, 0}};
    static const size_t value_lens[] = {3, 2, 2, 1};
    struct oat_test_row *row = oat_row_source_add_row(source);
    const char *name = names[i % TRACES], *payload = payloads[i % 5];
    const oat_text value = {(const char *)values[i % 4], value_lens[i % 4]};
    set_numbers(row, i);
    for (unsigned field = 0; field < OAT_TEXT_FIELDS; field++)
        row->values[OAT_VECTOR_TEXT + field] = i % 4 ? oat_row_source_code(source, name, strlen(name)) : 0;
    for (unsigned field = 0; field < OAT_PAYLOAD_FIELDS; field++)
        row->payloads[field] = i % 4 ? (oat_text){payload, strlen(payload)} : (oat_text){0};
    if (i % 5)
        oat_row_source_add_attribute(row, oat_row_source_attribute(source, (oat_text){"k", 1}, value));
}

static struct oat_row_source *make_rows(void)
{
    struct oat_row_source *source = oat_row_source_new();
    for (uint32_t i = 0; i < TRACES; i++)
        add_trace(source, i);
    for (uint32_t i = 0; i < ROWS; i++)
        add_row(source, i);
    oat_row_source_cut(source, PER_CUT);
    return source;
}

/* Marks the rows that pass. They are where the window and the bounds let them be. */
static void evaluate(const oat_filter *filter, struct oat_row_source *source, bool *passes)
{
    struct oat_filter_eval *eval;
    struct oat_batch batch = {0};
    uint64_t from_ns, to_ns;
    bool any_start = oat_filter_window(filter, &from_ns, &to_ns);
    fuzz_require(oat_filter_eval_open(filter, &source->source, &eval) == OAT_OK);
    for (uint32_t number = 0; number < source->source.batch_count; number++) {
        uint64_t bits[OAT_BATCH_WORDS];
        bool may_match = oat_filter_may_match(eval, number);
        fuzz_require(oat_batch_open(&batch, &source->source, number) == OAT_OK);
        fuzz_require(oat_filter_select(eval, &batch, bits) == OAT_OK);
        for (uint32_t i = 0; i < batch.count; i++) {
            uint32_t row = number * PER_CUT + i;
            uint64_t start_ns = source->rows[row].values[OAT_VECTOR_START];
            passes[row] = bits[i / 64] >> (i % 64) & 1;
            fuzz_require(!passes[row] ||
                         (may_match && any_start && start_ns >= from_ns && start_ns <= to_ns));
        }
    }
    oat_batch_free(&batch);
    oat_filter_eval_free(eval);
}

static oat_filter *parse(const char *text, size_t len)
{
    oat_filter *filter = NULL;
    oat_filter_error error = {0};
    if (oat_filter_parse(text, len, NOW_NS, &filter, &error) == OAT_OK)
        return filter;
    fuzz_require(!filter && error.message[0] && error.column >= 1 && error.column + error.length <= len + 1);
    return NULL;
}

/* The canonical form parses to what has the same. */
static void check_print(const oat_filter *filter)
{
    char *printed = oat_filter_print(filter);
    oat_filter *again = parse(printed, strlen(printed));
    if (again) { /* a form with its parentheses may be too deep or too long */
        char *printed_again = oat_filter_print(again);
        fuzz_require(strcmp(printed, printed_again) == 0);
        free(printed_again);
    }
    oat_filter_free(again);
    free(printed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct oat_row_source *source;
    bool passes[ROWS], without[ROWS];
    oat_filter *filter = parse((const char *)data, size);
    if (!filter)
        return 0;
    if (!source)
        source = make_rows();
    check_print(filter);
    source->zones = true;
    evaluate(filter, source, passes);
    source->zones = false;
    evaluate(filter, source, without);
    fuzz_require(memcmp(passes, without, sizeof passes) == 0);
    oat_filter_free(filter);
    return 0;
}
