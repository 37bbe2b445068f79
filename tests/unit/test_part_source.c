/* A part as a source of batches: vectors, masks, zones, attributes and texts sought in payloads agree with
 * the spans that were written. */
#include "reader/part_source.h"
#include "reader/part_trace.h"
#include "reader/text_match.h"
#include "tests/support/part_fixture.h"
#include "tests/support/unit.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static struct oat_source *open_source(struct oat_part_fixture *f, const uint64_t *masked)
{
    struct oat_source *source = NULL;
    assert_int_equal(oat_part_source_new(f->part, masked, &source), OAT_OK);
    assert_int_equal(source->batch_count, (f->span_count + OAT_BATCH_ROWS - 1) / OAT_BATCH_ROWS);
    return source;
}

static bool has_row(const struct oat_batch *batch, uint32_t row)
{
    return batch->rows[row / 64] >> row % 64 & 1;
}

/* ---- Vectors ---- */

/* What a vector of 64 bits holds of a span. */
static uint64_t wide_of(const struct oat_disk_span *span, enum oat_vector vector)
{
    oat_le64 id;
    switch (vector) {
    case OAT_VECTOR_START:
        return oat_le64_get(span->start_ns);
    case OAT_VECTOR_DURATION:
        return oat_le64_get(span->duration_ns);
    case OAT_VECTOR_COST:
        return oat_le64_get(span->cost_total_nano);
    case OAT_VECTOR_COST_INPUT:
        return oat_le64_get(span->cost_input_nano);
    case OAT_VECTOR_COST_OUTPUT:
        return oat_le64_get(span->cost_output_nano);
    case OAT_VECTOR_CALL_ID:
        return oat_le64_get(span->call_id);
    default:
        memcpy(&id, vector == OAT_VECTOR_SPAN_ID ? span->span_id : span->parent_id, sizeof id);
        return oat_le64_get(id);
    }
}

/* What one of 32 bits does; but for traces and texts. */
static uint32_t narrow_of(const struct oat_made_span *made, enum oat_vector vector)
{
    const struct oat_disk_span *span = &made->span;
    switch (vector) {
    case OAT_VECTOR_TYPE:
        return span->type;
    case OAT_VECTOR_STATUS:
        return span->status == OAT_STATUS_OPEN    ? OAT_SHOWN_INTERRUPTED
               : span->status == OAT_STATUS_ERROR ? OAT_SHOWN_ERROR
                                                  : OAT_SHOWN_SUCCESS;
    case OAT_VECTOR_OTEL_STATUS:
        return span->otel_status;
    case OAT_VECTOR_FLAGS:
        return oat_le32_get(span->flags);
    case OAT_VECTOR_COUNTED:
        return made->counted;
    case OAT_VECTOR_TTFT:
        return oat_le32_get(span->ttft_us);
    case OAT_VECTOR_PROMPT_VERSION:
        return oat_le32_get(span->prompt_version);
    case OAT_VECTOR_PARENT: /* whether there is one */
        return oat_le64_load(span->parent_id) != 0;
    case OAT_VECTOR_SAMPLE_RATE:
        return oat_le32_get(span->sample_rate);
    case OAT_VECTOR_PRICE_TIER:
        return span->price_tier;
    default:
        return oat_le32_get(span->count[vector - OAT_VECTOR_TOKENS]);
    }
}

static void assert_narrow(uint32_t found, const struct oat_made_span *made, enum oat_vector vector)
{
    assert_int_equal(vector == OAT_VECTOR_PARENT ? found != 0 : found, narrow_of(made, vector));
}

static void assert_texts(struct oat_source *source, struct oat_batch *batch, enum oat_vector vector,
                         const struct oat_made_span *made)
{
    const uint32_t *codes;
    assert_int_equal(oat_batch_u32(batch, vector, &codes), OAT_OK);
    for (uint32_t i = 0; i < batch->count; i++) {
        oat_text expected = made[i].text[vector - OAT_VECTOR_TEXT];
        assert_in_range(codes[i], 0, source->ops->code_count(source, vector));
        oat_text found = source->ops->text(source, vector, codes[i]);
        assert_int_equal(found.bytes == NULL, expected.bytes == NULL);
        assert_int_equal(found.len, expected.len);
        if (found.bytes)
            assert_memory_equal(found.bytes, expected.bytes, found.len);
    }
}

static void assert_traces(struct oat_source *source, struct oat_batch *batch,
                          const struct oat_made_span *made)
{
    const uint32_t *traces;
    assert_int_equal(oat_batch_u32(batch, OAT_VECTOR_TRACE, &traces), OAT_OK);
    for (uint32_t i = 0; i < batch->count; i++) {
        struct oat_trace_figures figures;
        assert_in_range(traces[i], 0, source->trace_count - 1);
        if (i > 0 && traces[i] == traces[i - 1] && i % 50 != 0)
            continue;
        assert_int_equal(source->ops->trace(source, traces[i], OAT_FIGURES_ALL, &figures), OAT_OK);
        assert_memory_equal(figures.trace_id, made[i].span.trace_id, 16);
    }
}

static void assert_batch(struct oat_source *source, struct oat_batch *batch, const struct oat_made_span *made)
{
    const uint64_t *wide;
    const uint32_t *narrow;
    for (int v = 0; v < OAT_VECTOR_WIDE_COUNT; v++) {
        assert_int_equal(oat_batch_u64(batch, (enum oat_vector)v, &wide), OAT_OK);
        for (uint32_t i = 0; i < batch->count; i++)
            assert_int_equal(wide[i], wide_of(&made[i].span, (enum oat_vector)v));
    }
    for (int v = OAT_VECTOR_TYPE; v < OAT_VECTOR_COUNT; v++) {
        if (v >= OAT_VECTOR_TRACE && v < OAT_VECTOR_TOKENS)
            continue;
        assert_int_equal(oat_batch_u32(batch, (enum oat_vector)v, &narrow), OAT_OK);
        for (uint32_t i = 0; i < batch->count; i++)
            assert_narrow(narrow[i], &made[i], (enum oat_vector)v);
    }
    for (int t = 0; t < OAT_TEXT_FIELDS; t++)
        assert_texts(source, batch, (enum oat_vector)(OAT_VECTOR_TEXT + t), made);
    assert_traces(source, batch, made);
}

static void vectors_hold_what_was_written(void **state)
{
    struct oat_part_fixture *f = *state;
    struct oat_batch batch = {0};
    oat_part_fixture_draw(f, 1, OAT_GROUP_ROWS + 2500, 300);
    oat_part_fixture_open(f);
    struct oat_source *source = open_source(f, NULL);
    for (uint32_t n = 0; n < source->batch_count; n++) {
        assert_int_equal(oat_batch_open(&batch, source, n), OAT_OK);
        assert_batch(source, &batch, f->spans + (size_t)n * OAT_BATCH_ROWS);
        for (uint32_t i = 0; i < batch.count; i++)
            assert_true(has_row(&batch, i));
    }
    oat_batch_free(&batch);
    source->ops->free(source);
}

static void a_few_rows_are_read_like_all(void **state)
{
    struct oat_part_fixture *f = *state;
    struct oat_batch batch = {0};
    oat_part_fixture_draw(f, 11, 3000, 300);
    oat_part_fixture_open(f);
    struct oat_source *source = open_source(f, NULL);
    for (uint32_t n = 0; n < source->batch_count; n++) {
        const struct oat_made_span *made = f->spans + (size_t)n * OAT_BATCH_ROWS;
        assert_int_equal(oat_batch_open(&batch, source, n), OAT_OK);
        memset(batch.rows, 0, sizeof batch.rows);
        for (uint32_t i = 0; i < 7; i++)
            batch.rows[i * 2] = UINT64_C(1) << (i * 29 + n) % 64;
        for (int v = 0; v < OAT_VECTOR_TRACE; v++) {
            const uint64_t *wide = NULL;
            const uint32_t *narrow = NULL;
            bool is_wide = v < OAT_VECTOR_WIDE_COUNT;
            assert_int_equal(is_wide ? oat_batch_u64(&batch, (enum oat_vector)v, &wide)
                                     : oat_batch_u32(&batch, (enum oat_vector)v, &narrow),
                             OAT_OK);
            for (uint32_t i = 0; i < batch.count; i++) {
                if (has_row(&batch, i) && is_wide)
                    assert_int_equal(wide[i], wide_of(&made[i].span, (enum oat_vector)v));
                else if (has_row(&batch, i))
                    assert_narrow(narrow[i], &made[i], (enum oat_vector)v);
            }
        }
    }
    oat_batch_free(&batch);
    source->ops->free(source);
}

static void batches_may_be_read_in_any_order(void **state)
{
    struct oat_part_fixture *f = *state;
    struct oat_batch batch = {0};
    oat_part_fixture_draw(f, 2, 6500, 5);
    oat_part_fixture_mark(f, 1, OAT_SLOT_SCORE, 6499);
    memset(f->marks[0].trace_id, 0x77, 16); /* a trace without spans, the last of its table */
    oat_part_fixture_open(f);
    struct oat_source *source = open_source(f, NULL);
    static const uint32_t order[] = {6, 2, 3, 0, 1, 4, 5, 6, 6};
    for (size_t n = 0; n < sizeof order / sizeof *order; n++) {
        assert_int_equal(oat_batch_open(&batch, source, order[n]), OAT_OK);
        assert_traces(source, &batch, f->spans + (size_t)order[n] * OAT_BATCH_ROWS);
    }
    oat_batch_free(&batch);
    source->ops->free(source);
}

static void a_batch_behind_the_rows_has_no_bits(void **state)
{
    struct oat_part_fixture *f = *state;
    struct oat_batch batch = {0};
    oat_part_fixture_draw(f, 3, 70, 5);
    oat_part_fixture_open(f);
    struct oat_source *source = open_source(f, NULL);
    assert_int_equal(oat_batch_open(&batch, source, 0), OAT_OK);
    assert_int_equal(batch.count, 70);
    assert_int_equal(batch.rows[0], UINT64_MAX);
    assert_int_equal(batch.rows[1], 63);
    assert_int_equal(batch.rows[2], 0);
    oat_batch_free(&batch);
    source->ops->free(source);
}

/* ---- Masks and zones ---- */

/* Masks, of each `period` traces, the first `run`; then rows of others are left. */
static void mask_and_read(struct oat_part_fixture *f, uint32_t period, uint32_t run)
{
    struct oat_batch batch = {0};
    uint64_t masked[200] = {0};
    uint32_t trace_count = oat_part_table(f->part, OAT_TABLE_TRACES)->table.rows;
    assert_in_range(trace_count, 1, COUNT_OF(masked) * 64);
    for (uint32_t t = 0; t < trace_count; t++)
        masked[t / 64] |= (uint64_t)(t % period < run) << t % 64;
    struct oat_source *source = open_source(f, masked);
    for (uint32_t n = 0; n < source->batch_count; n++) {
        const uint32_t *traces;
        assert_int_equal(oat_batch_open(&batch, source, n), OAT_OK);
        assert_int_equal(oat_batch_u32(&batch, OAT_VECTOR_TRACE, &traces), OAT_OK);
        for (uint32_t i = 0; i < batch.count; i++)
            assert_int_equal(has_row(&batch, i), traces[i] % period >= run);
    }
    oat_batch_free(&batch);
    source->ops->free(source);
}

static void rows_of_masked_traces_are_left_out(void **state)
{
    struct oat_part_fixture *f = *state;
    oat_part_fixture_draw(f, 4, 9000, 100);
    oat_part_fixture_open(f);
    mask_and_read(f, 3, 1);
    mask_and_read(f, 3, 2);
    mask_and_read(f, 64, 64);
    mask_and_read(f, 77, 76);
    mask_and_read(f, 100000, 1);
    mask_and_read(f, 100000, 99999);
}

static void assert_in_zone(struct oat_source *source, struct oat_batch *batch, enum oat_vector vector)
{
    uint64_t min, max;
    const uint64_t *wide;
    const uint32_t *narrow;
    bool is_signed = vector == OAT_VECTOR_COST;
    if (!source->ops->zone(source, batch->number, vector, &min, &max))
        return;
    if (vector < OAT_VECTOR_WIDE_COUNT)
        assert_int_equal(oat_batch_u64(batch, vector, &wide), OAT_OK);
    else
        assert_int_equal(oat_batch_u32(batch, vector, &narrow), OAT_OK);
    for (uint32_t i = 0; i < batch->count; i++) {
        uint64_t value = vector < OAT_VECTOR_WIDE_COUNT ? wide[i] : narrow[i];
        if (is_signed)
            assert_true((int64_t)value >= (int64_t)min && (int64_t)value <= (int64_t)max);
        else
            assert_in_range(value, min, max);
    }
}

static void zones_bound_the_values(void **state)
{
    struct oat_part_fixture *f = *state;
    struct oat_batch batch = {0};
    oat_part_fixture_draw(f, 5, 4000, 50);
    oat_part_fixture_open(f);
    struct oat_source *source = open_source(f, NULL);
    for (int round = 0; round < 2; round++) { /* in the second, blocks have been read */
        for (uint32_t n = 0; n < source->batch_count; n++) {
            assert_int_equal(oat_batch_open(&batch, source, n), OAT_OK);
            for (int v = 0; v < OAT_VECTOR_COUNT; v++)
                assert_in_zone(source, &batch, (enum oat_vector)v);
        }
    }
    oat_batch_free(&batch);
    source->ops->free(source);
}

static void zones_are_narrow_where_a_header_tells(void **state)
{
    struct oat_part_fixture *f = *state;
    struct oat_batch batch = {0};
    const uint64_t *starts;
    uint64_t min, max;
    oat_part_fixture_draw(f, 6, 3000, 50);
    for (size_t i = 0; i < f->span_count; i++)
        f->spans[i].span.start_ns = oat_le64_of(1000000 + i);
    oat_part_fixture_open(f);
    struct oat_source *source = open_source(f, NULL);
    assert_true(source->ops->zone(source, 1, OAT_VECTOR_START, &min, &max));
    assert_int_equal(min, 1000000);
    assert_int_equal(max, 1002999);
    assert_int_equal(oat_batch_open(&batch, source, 1), OAT_OK);
    assert_int_equal(oat_batch_u64(&batch, OAT_VECTOR_START, &starts), OAT_OK);
    assert_true(source->ops->zone(source, 1, OAT_VECTOR_START, &min, &max));
    assert_int_equal(min, 1001024);
    assert_int_equal(max, 1002047);
    oat_batch_free(&batch);
    source->ops->free(source);
}

/* ---- Attributes ---- */

static void attributes_come_as_codes(void **state)
{
    struct oat_part_fixture *f = *state;
    struct oat_batch batch = {0};
    const struct oat_code_columns *columns;
    oat_part_fixture_draw(f, 7, 5000, 50);
    oat_part_fixture_open(f);
    struct oat_source *source = open_source(f, NULL);
    for (uint32_t n = source->batch_count; n-- > 0;) {
        assert_int_equal(oat_batch_open(&batch, source, n), OAT_OK);
        assert_int_equal(source->ops->attributes(source, &batch, batch.rows, &columns), OAT_OK);
        for (uint32_t i = 0; i < batch.count; i++) {
            const struct oat_made_span *made = &f->spans[n * OAT_BATCH_ROWS + i];
            const uint8_t *encoded = made->attributes;
            size_t at = 1; /* behind the count, which is below 128 */
            for (uint32_t c = 0; encoded && c < encoded[0]; c++) {
                oat_text key, value;
                assert_true(c < columns->count);
                uint32_t code = columns->codes[c * OAT_BATCH_ROWS + i];
                assert_in_range(code, 1, source->ops->attribute_count(source));
                source->ops->attribute(source, code, &key, &value);
                assert_int_equal(encoded[at], key.len);
                assert_memory_equal(encoded + at + 1, key.bytes, key.len);
                assert_memory_equal(encoded + at + 1 + key.len, value.bytes, value.len);
                at += 1 + key.len + value.len;
            }
            uint32_t behind = encoded ? encoded[0] : 0;
            assert_true(behind >= columns->count || columns->codes[behind * OAT_BATCH_ROWS + i] == 0);
            assert_true(!encoded || at == made->attributes_len);
        }
    }
    oat_batch_free(&batch);
    source->ops->free(source);
}

/* Rows that have one of the codes. */
static void rows_with(const struct oat_code_columns *columns, const uint32_t *wanted, uint32_t wanted_count,
                      uint64_t ret[OAT_BATCH_WORDS])
{
    memset(ret, 0, sizeof(uint64_t[OAT_BATCH_WORDS]));
    for (uint32_t n = 0; n < columns->count; n++)
        for (uint32_t i = 0; i < OAT_BATCH_ROWS; i++)
            for (uint32_t k = 0; k < wanted_count; k++)
                if (columns->codes[n * OAT_BATCH_ROWS + i] == wanted[k])
                    ret[i / 64] |= UINT64_C(1) << i % 64;
}

static void columns_without_a_wanted_code_may_be_left_out(void **state)
{
    struct oat_part_fixture *f = *state;
    struct oat_batch batch = {0};
    const struct oat_code_columns *columns;
    oat_part_fixture_draw(f, 7, 5000, 50);
    oat_part_fixture_open(f);
    struct oat_source *source = open_source(f, NULL);
    uint32_t count = source->ops->attribute_count(source);
    for (uint32_t n = 0; n < source->batch_count; n++) {
        for (uint32_t code = 1; code <= count; code += 1 + count / 40) {
            const uint32_t wanted[] = {code, 1 + code * 7 % count};
            uint64_t all[OAT_BATCH_WORDS], among[OAT_BATCH_WORDS];
            assert_int_equal(oat_batch_open(&batch, source, n), OAT_OK);
            assert_int_equal(source->ops->attributes(source, &batch, batch.rows, &columns), OAT_OK);
            rows_with(columns, wanted, 2, all);
            assert_int_equal(source->ops->attributes_among(source, &batch, wanted, 2, &columns), OAT_OK);
            rows_with(columns, wanted, 2, among);
            assert_memory_equal(among, all, sizeof all);
        }
    }
    oat_batch_free(&batch);
    source->ops->free(source);
}

/* ---- Texts in payloads ---- */

static void assert_contains(struct oat_part_fixture *f, struct oat_source *source, const char *text,
                            enum oat_payload_field field, enum oat_record_payload_field of)
{
    struct oat_text_match *match;
    struct oat_batch batch = {0};
    assert_int_equal(oat_text_match_create(text, strlen(text), &match), OAT_OK);
    for (uint32_t n = 0; n < source->batch_count; n++) {
        uint64_t rows[OAT_BATCH_WORDS];
        assert_int_equal(oat_batch_open(&batch, source, n), OAT_OK);
        memcpy(rows, batch.rows, sizeof rows);
        rows[0] &= ~UINT64_C(2); /* is not asked for */
        assert_int_equal(source->ops->contains(source, &batch, field, match, rows), OAT_OK);
        for (uint32_t i = 0; i < batch.count; i++) {
            uint32_t number = f->spans[n * OAT_BATCH_ROWS + i].payload[of];
            const struct oat_made_payload *payload = number ? &f->payloads[number - 1] : NULL;
            bool expected =
                payload && (strlen(text) == 0 ||
                            (payload->bytes && oat_text_match_in(match, payload->bytes, payload->len)));
            assert_int_equal(rows[i / 64] >> i % 64 & 1, expected && i != 1);
        }
    }
    oat_batch_free(&batch);
    oat_text_match_free(match);
}

static void texts_are_found_in_payloads(void **state)
{
    struct oat_part_fixture *f = *state;
    oat_part_fixture_draw(f, 8, 2000, 50);
    for (size_t p = 5; p < OAT_PART_FIXTURE_PAYLOADS; p += 4)
        memcpy(f->payload_bytes[p] + p, "Where IS the refund?", 20 < f->payloads[p].len - p ? 20 : 0);
    oat_part_fixture_open(f);
    struct oat_source *source = open_source(f, NULL);
    for (int round = 0; round < 2; round++) {
        assert_contains(f, source, "is the REFUND", OAT_PAYLOAD_OF_INPUT, OAT_RECORD_INPUT);
        assert_contains(f, source, "", OAT_PAYLOAD_OF_OUTPUT, OAT_RECORD_OUTPUT);
        assert_contains(f, source, "is the refund", OAT_PAYLOAD_OF_ERROR, OAT_RECORD_ERROR);
        assert_contains(f, source, "nowhere", OAT_PAYLOAD_OF_INPUT, OAT_RECORD_INPUT);
    }
    source->ops->free(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_PART_TEST(vectors_hold_what_was_written),
        OAT_PART_TEST(a_few_rows_are_read_like_all),
        OAT_PART_TEST(batches_may_be_read_in_any_order),
        OAT_PART_TEST(a_batch_behind_the_rows_has_no_bits),
        OAT_PART_TEST(rows_of_masked_traces_are_left_out),
        OAT_PART_TEST(zones_bound_the_values),
        OAT_PART_TEST(zones_are_narrow_where_a_header_tells),
        OAT_PART_TEST(attributes_come_as_codes),
        OAT_PART_TEST(columns_without_a_wanted_code_may_be_left_out),
        OAT_PART_TEST(texts_are_found_in_payloads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
