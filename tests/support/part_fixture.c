#include "tests/support/part_fixture.h"

#include "format/names.h"
#include "reader/array.h"
#include "tests/support/run_random.h"
#include "tests/support/table_maker.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAY      20779u
#define START_NS (DAY * UINT64_C(86400000000000))

/* ---- What spans are made of ---- */

static void draw_bytes(uint64_t *seed, void *dst, size_t len)
{
    for (size_t i = 0; i < len; i++)
        ((uint8_t *)dst)[i] = (uint8_t)oat_run_next(seed);
}

/* Encodes up to 5 attributes, of all types of values; sometimes more than there are columns. */
static size_t draw_attributes(uint64_t *seed, uint8_t *dst)
{
    static const struct {
        size_t len;
        const char *encoded;
    } values[] = {
        {1, "\0"},          {7, "\1\5hello"},
        {2, "\1\0"},        {2, "\2\1"},
        {3, "\3\x80\1"},    {9, "\4\0\0\0\0\0\0\1\2"},
        {4, "\5\2\xff\0"},  {7, "\6\2\3\2\1\1x"},
        {6, "\7\1\1k\3\4"}, {11, "\3\xff\xff\xff\xff\xff\xff\xff\xff\xff\1"},
    };
    uint8_t count = (uint8_t)oat_run_below(seed, 6);
    count = count == 5 ? OAT_ATTRIBUTE_COLUMNS - 1 + (uint8_t)oat_run_below(seed, 10) : count;
    size_t len = 0;
    dst[len++] = count;
    for (unsigned i = 0; i < count; i++) {
        size_t value = oat_run_below(seed, sizeof values / sizeof *values);
        dst[len++] = 2;
        dst[len++] = 'k';
        dst[len++] = (uint8_t)('0' + oat_run_below(seed, 9));
        memcpy(dst + len, values[value].encoded, values[value].len);
        len += values[value].len;
    }
    return len;
}

static void fill_pools(struct oat_part_fixture *f)
{
    uint64_t seed = 5;
    for (unsigned i = 0; i < OAT_PART_FIXTURE_TEXTS; i++)
        snprintf(f->texts[i], sizeof f->texts[i], "%.*s%u", (int)(i % 5), "text", i);
    for (unsigned i = 0; i < OAT_PART_FIXTURE_PAYLOADS; i++) {
        draw_bytes(&seed, f->payload_bytes[i], sizeof f->payload_bytes[i]);
        f->payloads[i] = (struct oat_made_payload){.bytes = f->payload_bytes[i],
                                                   .len = 10 + 5 * i,
                                                   .media = (uint8_t)(i % 4),
                                                   .flags = OAT_REF_LIMITED * (i % 2)};
    }
    f->payloads[1].bytes = NULL; /* lost; its length is known */
    f->payloads[1].flags = OAT_REF_LOST;
    f->payloads[2].len = 0;
    for (unsigned i = 0; i < OAT_PART_FIXTURE_ATTRS; i++)
        f->attributes_len[i] = draw_attributes(&seed, f->attributes[i]);
}

struct oat_part_fixture *oat_part_fixture_new(void)
{
    struct oat_part_fixture *f = oat_make_array(1, sizeof *f);
    oat_run_dir_make(f->dir);
    f->store_fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    oat_problems_init(&f->problems);
    fill_pools(f);
    return f;
}

void oat_part_fixture_free(struct oat_part_fixture *f)
{
    oat_part_close(f->part);
    oat_problems_clear(&f->problems);
    close(f->store_fd);
    oat_run_dir_remove(f->dir);
    free(f->spans);
    free(f->marks);
    free(f);
}

int oat_part_fixture_set_up(void **state)
{
    *state = oat_part_fixture_new();
    return 0;
}

int oat_part_fixture_tear_down(void **state)
{
    struct oat_part_fixture *f = *state;
    oat_make_require(oat_problems_count(&f->problems) == 0, "read a part without problems");
    oat_part_fixture_free(f);
    return 0;
}

/* ---- Spans ---- */

static oat_le64 draw_number(uint64_t *seed)
{
    return oat_le64_of(oat_run_below(seed, 3) == 0 ? 0 : oat_run_next(seed) >> oat_run_below(seed, 64));
}

static void draw_numbers(uint64_t *seed, struct oat_disk_span *span)
{
    bool open = oat_run_below(seed, 20) == 0;
    span->start_ns = oat_le64_of(START_NS + oat_run_below(seed, 1000000000));
    span->duration_ns = oat_le64_of(open ? 0 : oat_run_next(seed) >> (24 + oat_run_below(seed, 40)));
    span->type = (uint8_t)(OAT_AGENT + oat_run_below(seed, OAT_FILE_IO));
    span->status = (uint8_t)(open ? OAT_STATUS_OPEN : OAT_STATUS_SUCCESS + oat_run_below(seed, 2));
    span->otel_status = (uint8_t)oat_run_below(seed, 4);
    span->price_tier = (uint8_t)oat_run_below(seed, 3);
    span->flags = oat_le32_of((uint32_t)oat_run_mix(oat_run_below(seed, 9)) & 0x3fffff);
    span->prompt_version = oat_le32_of((uint32_t)oat_run_below(seed, 5));
    for (unsigned n = 0; n < OAT_COUNT_FIELDS; n++)
        span->count[n] = oat_le32_of((uint32_t)oat_le64_get(draw_number(seed)));
    span->ttft_us = oat_le32_of((uint32_t)oat_run_below(seed, 1000000));
    span->cost_total_nano = draw_number(seed);
    span->cost_input_nano = draw_number(seed);
    span->cost_output_nano = draw_number(seed);
    span->call_id = draw_number(seed);
    span->sample_rate = oat_le32_of((uint32_t)oat_run_below(seed, 2) * 500000000);
}

static void draw_span(struct oat_part_fixture *f, uint64_t *seed, struct oat_made_span *made)
{
    draw_bytes(seed, made->span.span_id, sizeof made->span.span_id);
    draw_numbers(seed, &made->span);
    for (unsigned t = 0; t < OAT_TEXT_FIELDS; t++) {
        const char *text = f->texts[oat_run_below(seed, OAT_PART_FIXTURE_TEXTS)];
        if (oat_run_below(seed, 3) > 0)
            made->text[t] = (oat_text){text, strlen(text)};
    }
    for (unsigned p = 0; p < OAT_RECORD_PAYLOADS; p++)
        if (oat_run_below(seed, 2) > 0)
            made->payload[p] = (uint32_t)(1 + oat_run_below(seed, OAT_PART_FIXTURE_PAYLOADS));
    if (oat_run_below(seed, 4) > 0) {
        size_t n = oat_run_below(seed, OAT_PART_FIXTURE_ATTRS);
        made->payload[OAT_RECORD_ATTRIBUTES] = 0;
        made->attributes = f->attributes[n];
        made->attributes_len = f->attributes_len[n];
        made->attribute_flags = OAT_REF_REDACTED * (uint8_t)oat_run_below(seed, 2);
    }
    made->counted = oat_run_below(seed, 2);
}

/* Parents: none, one of the trace that is there (before or behind it), or one that is not. */
static void draw_parent(struct oat_part_fixture *f, uint64_t *seed, size_t row, size_t first, size_t count)
{
    struct oat_disk_span *span = &f->spans[row].span;
    uint64_t which = oat_run_below(seed, 10);
    size_t parent = first + oat_run_below(seed, count);
    if (which == 1)
        draw_bytes(seed, span->parent_id, sizeof span->parent_id);
    else if (which > 1 && parent != row)
        memcpy(span->parent_id, f->spans[parent].span.span_id, sizeof span->parent_id);
}

void oat_part_fixture_draw(struct oat_part_fixture *f, uint64_t seed, size_t count, size_t trace_max)
{
    free(f->spans);
    f->spans = oat_make_array(count, sizeof *f->spans);
    f->span_count = count;
    for (size_t first = 0; first < count;) {
        uint8_t trace_id[16];
        size_t n = 1 + oat_run_below(&seed, trace_max);
        n = n < count - first ? n : count - first;
        draw_bytes(&seed, trace_id, sizeof trace_id);
        for (size_t row = first; row < first + n; row++) {
            memcpy(f->spans[row].span.trace_id, trace_id, sizeof trace_id);
            draw_span(f, &seed, &f->spans[row]);
        }
        for (size_t row = first; row < first + n; row++)
            draw_parent(f, &seed, row, first, n);
        first += n;
    }
}

void oat_part_fixture_mark(struct oat_part_fixture *f, uint64_t seed, uint16_t kind, size_t span)
{
    oat_make_require(oat_array_reserve(&f->marks, f->mark_count, &f->mark_capacity, sizeof *f->marks),
                     "mark");
    struct oat_made_mark *mark = &f->marks[f->mark_count++];
    *mark = (struct oat_made_mark){.kind = kind};
    memcpy(mark->trace_id, f->spans[span].span.trace_id, sizeof mark->trace_id);
    memcpy(mark->span_id, f->spans[span].span.span_id, sizeof mark->span_id);
    if (oat_run_below(&seed, 4) == 0)
        draw_bytes(&seed, mark->span_id, sizeof mark->span_id); /* of a span that is elsewhere */
    mark->record.id = oat_run_next(&seed);
    mark->record.time_ns = kind == OAT_SLOT_LINK ? 0 : START_NS + oat_run_below(&seed, 1000000);
    mark->record.span_start_ns = START_NS + oat_run_below(&seed, 1000);
    for (unsigned t = 0; t < (kind == OAT_SLOT_SCORE ? OAT_MARK_TEXTS_MAX : 1); t++) {
        const char *text = f->texts[oat_run_below(&seed, OAT_PART_FIXTURE_TEXTS)];
        mark->record.text[t] = (oat_text){text, strlen(text)};
    }
    if (kind == OAT_SLOT_LINK) {
        draw_bytes(&seed, mark->record.target_trace_id, sizeof mark->record.target_trace_id);
        draw_bytes(&seed, mark->record.target_span_id, sizeof mark->record.target_span_id);
        mark->record.trace_flags = (uint8_t)oat_run_next(&seed);
        mark->record.remote = oat_run_below(&seed, 2);
    } else if (kind == OAT_SLOT_SCORE) {
        mark->record.has_value = true;
        mark->record.value = oat_run_next(&seed);
    } else {
        mark->attributes = (uint32_t)oat_run_below(&seed, OAT_PART_FIXTURE_PAYLOADS);
    }
}

/* ---- Files ---- */

void oat_part_fixture_open(struct oat_part_fixture *f)
{
    struct oat_made_part made = {
        .generation = ++f->entry.generation,
        .day = DAY,
        .spans = f->spans,
        .span_count = f->span_count,
        .marks = f->marks,
        .mark_count = f->mark_count,
        .payloads = f->payloads,
        .payload_count = OAT_PART_FIXTURE_PAYLOADS,
    };
    oat_part_make(f->store_fd, &made, &f->entry);
    oat_make_require(oat_part_fixture_reopen(f) == OAT_OK, "open the part");
}

int oat_part_fixture_reopen(struct oat_part_fixture *f)
{
    oat_part_close(f->part);
    f->part = NULL;
    return oat_part_open(f->store_fd, &f->entry, &f->problems, &f->part);
}

/* ---- What is to be read ---- */

static struct oat_record_payload payload_of(const struct oat_part_fixture *f, uint32_t number)
{
    if (number == 0)
        return (struct oat_record_payload){0};
    const struct oat_made_payload *payload = &f->payloads[number - 1];
    return (struct oat_record_payload){.kind = OAT_PLACE_PACK,
                                       .media = payload->media,
                                       .flags = payload->flags,
                                       .raw_len = payload->len,
                                       .place = number - 1};
}

struct oat_record oat_part_fixture_record(const struct oat_part_fixture *f, size_t span, uint32_t source)
{
    const struct oat_made_span *made = &f->spans[span];
    struct oat_record record;
    memset(&record, 0, sizeof record);
    record.span = made->span;
    record.source = source;
    record.open = made->span.status == OAT_STATUS_OPEN;
    memcpy(record.text, made->text, sizeof record.text);
    for (unsigned p = 0; p < OAT_RECORD_PAYLOADS; p++)
        record.payload[p] = payload_of(f, made->payload[p]);
    if (made->attributes)
        record.payload[OAT_RECORD_ATTRIBUTES] = (struct oat_record_payload){.kind = OAT_PLACE_ATTRIBUTES,
                                                                            .media = OAT_MEDIA_ATTRS,
                                                                            .flags = made->attribute_flags,
                                                                            .raw_len = made->attributes_len,
                                                                            .place = span};
    return record;
}
