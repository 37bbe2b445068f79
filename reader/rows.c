#include "reader/rows.h"

#include "format/entry.h"
#include "format/hash.h"
#include "reader/array.h"
#include "reader/view.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* Makes room for one more element of an array of the rows. */
#define RESERVE(rows, array, one)                                                                            \
    oat_array_reserve(&(rows)->array, (rows)->one##_count, &(rows)->one##_capacity, sizeof *(rows)->array)

/* ---- Reports ---- */

void oat_slot_report(const struct oat_pair *pair, uint32_t slot_no, enum oat_slot_state state,
                     const uint8_t *bytes, struct oat_problems *problems)
{
    bool strict = slot_no < pair->strict_slots;
    uint64_t offset = oat_slot_offset(slot_no);
    if (state == OAT_SLOT_EMPTY && strict) {
        oat_problems_add(problems, OAT_PROBLEM_CORRUPT, pair->spans_path, offset, "slot", "a committed slot",
                         "zeros");
    } else if (state == OAT_SLOT_BAD) {
        char expected[24], found[24];
        oat_le64 word;
        memcpy(&word, bytes, sizeof word);
        uint64_t stored = oat_le64_get(word);
        uint64_t right =
            oat_slot_commit_word(bytes, (enum oat_slot_kind)(stored >> 32 & 0xffff), pair->nonce, slot_no);
        snprintf(expected, sizeof expected, "%08" PRIx64, right & 0xffffffff);
        snprintf(found, sizeof found, "%08" PRIx64, stored & 0xffffffff);
        bool torn = !strict && pair->liveness != OAT_WRITER_ALIVE;
        oat_problems_add(problems, torn ? OAT_PROBLEM_TORN : OAT_PROBLEM_CORRUPT, pair->spans_path, offset,
                         "slot checksum", expected, found);
    }
}

bool oat_kind_known(uint16_t kind)
{
    return kind <= OAT_SLOT_SCORE || kind == OAT_SLOT_TOMBSTONE;
}

void oat_kind_report(const struct oat_pair *pair, uint32_t slot_no, uint16_t kind,
                     struct oat_problems *problems)
{
    char found[24];
    snprintf(found, sizeof found, "kind %u", kind);
    oat_problems_add(problems, OAT_PROBLEM_UNKNOWN_KIND, pair->spans_path, oat_slot_offset(slot_no),
                     "slot kind or version", "one that is known",
                     kind == OAT_SLOT_UNKNOWN ? "another version" : found);
}

static void report_value(const struct oat_pair *pair, uint32_t slot_no, const char *what,
                         struct oat_problems *problems)
{
    oat_problems_add(problems, OAT_PROBLEM_CORRUPT, pair->spans_path, oat_slot_offset(slot_no), what,
                     "a value in range", "another");
}

/* ---- Spans ---- */

static uint64_t raw_len(const struct oat_disk_blob_ref *ref)
{
    return oat_blob_ref_is_none(ref) ? 0 : oat_le48_get(ref->raw_len);
}

uint64_t oat_span_payload_bytes(const struct oat_disk_span *span)
{
    return raw_len(&span->input) + raw_len(&span->output) + raw_len(&span->attributes) +
           raw_len(&span->error);
}

void oat_row_of_span(const struct oat_disk_span *restrict span, bool open, struct oat_row *restrict ret)
{
    uint64_t start_ns = oat_le64_get(span->start_ns);
    *ret = (struct oat_row){
        .start_ns = start_ns,
        .end_ns = open ? 0 : start_ns + oat_le64_get(span->duration_ns),
        .call_id = oat_le64_get(span->call_id),
        .cost_total_nano = (int64_t)oat_le64_get(span->cost_total_nano),
        .input_tokens = oat_le32_get(span->count[OAT_COUNT_INPUT]),
        .output_tokens = oat_le32_get(span->count[OAT_COUNT_OUTPUT]),
        .flags = oat_le32_get(span->flags),
        .parent = OAT_NO_ROW,
        .type = span->type,
        .open = open,
    };
    memcpy(ret->span_id, span->span_id, sizeof ret->span_id);
    memcpy(ret->parent_id, span->parent_id, sizeof ret->parent_id);
}

bool oat_row_of_slot(const struct oat_pair *pair, uint32_t slot_no, uint16_t kind,
                     const struct oat_disk_span *span, struct oat_problems *problems, struct oat_row *ret)
{
    const char *what = NULL;
    if (oat_span_check(span, OAT_SLOTS_MAX, &what) != OAT_OK) {
        report_value(pair, slot_no, what, problems);
        return false;
    }
    oat_row_of_span(span, kind == OAT_SLOT_OPEN, ret);
    ret->raw_payload_bytes = oat_span_payload_bytes(span);
    ret->source = pair->index;
    ret->place = slot_no;
    ret->status = (uint8_t)oat_view_status(pair, kind, span->status);
    return true;
}

/* ---- Traces by id ---- */

static size_t table_place(const struct oat_rows *rows, const uint8_t trace_id[16])
{
    size_t mask = rows->trace_table_size - 1;
    size_t at = (size_t)oat_hash64(trace_id, 16, rows->table_seed) & mask;
    while (rows->trace_table[at] != 0 &&
           memcmp(rows->traces[rows->trace_table[at] - 1].trace_id, trace_id, 16) != 0)
        at = (at + 1) & mask;
    return at;
}

static bool grow_table(struct oat_rows *rows)
{
    size_t size = rows->trace_table_size ? 2 * rows->trace_table_size : 1024;
    uint32_t *table = calloc(size, sizeof *table);
    if (!table)
        return false;
    free(rows->trace_table);
    rows->trace_table = table;
    rows->trace_table_size = size;
    for (size_t i = 0; i < rows->trace_count; i++)
        table[table_place(rows, rows->traces[i].trace_id)] = (uint32_t)i + 1;
    return true;
}

static int add_trace(struct oat_rows *rows, const uint8_t trace_id[16])
{
    if (!RESERVE(rows, traces, trace))
        return OAT_E_NOMEM;
    struct oat_trace_info *trace = &rows->traces[rows->trace_count++];
    *trace = (struct oat_trace_info){.model_row = OAT_NO_ROW};
    memcpy(trace->trace_id, trace_id, 16);
    return OAT_OK;
}

int oat_rows_trace(struct oat_rows *rows, const uint8_t trace_id[16], uint32_t *ret_trace)
{
    if (rows->trace_count * 2 >= rows->trace_table_size && !grow_table(rows))
        return OAT_E_NOMEM;
    size_t at = table_place(rows, trace_id);
    if (rows->trace_table[at] == 0) {
        int result = add_trace(rows, trace_id);
        if (result != OAT_OK)
            return result;
        rows->trace_table[at] = (uint32_t)rows->trace_count;
    }
    *ret_trace = rows->trace_table[at] - 1;
    return OAT_OK;
}

struct oat_row *oat_rows_new(struct oat_rows *rows, uint32_t trace)
{
    if (!RESERVE(rows, rows, row))
        return NULL;
    rows->traces[trace].row_count++;
    return &rows->rows[rows->row_count++];
}

int oat_rows_add(struct oat_rows *rows, const struct oat_row *row)
{
    struct oat_row *added = oat_rows_new(rows, row->trace);
    if (!added)
        return OAT_E_NOMEM;
    *added = *row;
    return OAT_OK;
}

int oat_rows_add_mark(struct oat_rows *rows, const struct oat_mark *mark)
{
    if (!RESERVE(rows, marks, mark))
        return OAT_E_NOMEM;
    rows->marks[rows->mark_count++] = *mark;
    return OAT_OK;
}

/* ---- Scanning ---- */

struct scan {
    struct oat_problems *problems;
    const struct oat_slot_visitor *visitor;
};

static int visit_span(const struct scan *scan, const struct oat_pair *pair, uint32_t slot_no, uint16_t kind,
                      const uint8_t *bytes)
{
    struct oat_disk_span span;
    struct oat_row row;
    memcpy(&span, bytes, sizeof span);
    if (!oat_row_of_slot(pair, slot_no, kind, &span, scan->problems, &row))
        return OAT_OK;
    if (row.open && !pair->opens_count)
        return OAT_OK;
    return scan->visitor->row(scan->visitor->arg, span.trace_id, &row);
}

struct oat_mark_parts oat_mark_parts_of(uint16_t kind, const uint8_t bytes[OAT_SLOT_SIZE])
{
    union {
        struct oat_disk_event event;
        struct oat_disk_link link;
        struct oat_disk_score score;
        struct oat_disk_tombstone tombstone;
    } slot;
    memcpy(&slot, bytes, sizeof slot);
    struct oat_mark_parts parts = {.id = oat_le64_get(slot.event.id)}; /* all begin with theirs */
    switch (kind) {
    case OAT_SLOT_EVENT:
        parts.time_ns = oat_le64_get(slot.event.time_ns);
        parts.span_start_ns = oat_le64_get(slot.event.span_start_ns);
        parts.texts[0] = slot.event.name;
        parts.attributes = slot.event.attributes;
        break;
    case OAT_SLOT_LINK:
        parts.span_start_ns = oat_le64_get(slot.link.span_start_ns);
        parts.texts[0] = slot.link.trace_state;
        parts.attributes = slot.link.attributes;
        break;
    case OAT_SLOT_SCORE:
        parts.time_ns = oat_le64_get(slot.score.time_ns);
        parts.span_start_ns = oat_le64_get(slot.score.target_start_ns);
        parts.texts[0] = slot.score.name;
        parts.texts[1] = slot.score.label;
        parts.texts[2] = slot.score.comment;
        parts.texts[3] = slot.score.source;
        break;
    default:
        parts.time_ns = oat_le64_get(slot.tombstone.time_ns);
        parts.texts[0] = slot.tombstone.reason;
    }
    return parts;
}

/* Checks what SPEC.md, Slots refuses of an EVENT, LINK, SCORE or TOMBSTONE. */
static bool mark_ok(uint16_t kind, const uint8_t *bytes, const char **ret_what)
{
    struct oat_mark_parts parts = oat_mark_parts_of(kind, bytes);
    *ret_what = parts.time_ns > OAT_TIME_MAX ? "time" : NULL;
    for (size_t i = 0; i < OAT_MARK_TEXTS_MAX; i++)
        if (oat_le32_get(parts.texts[i]) > OAT_SLOTS_MAX)
            *ret_what = "string reference";
    return !*ret_what;
}

static int visit_mark(const struct scan *scan, const struct oat_pair *pair, uint32_t slot_no, uint16_t kind,
                      const uint8_t *bytes)
{
    struct oat_mark mark = {.source = pair->index, .place = slot_no, .kind = kind};
    struct oat_disk_event head; /* EVENT, LINK and SCORE begin alike: id, trace id, span id, its start */
    memcpy(&head, bytes, sizeof head);
    mark.id = oat_le64_get(head.id);
    memcpy(mark.span_id, head.span_id, sizeof mark.span_id);
    if (kind != OAT_SLOT_LINK) /* EVENT and SCORE have their time at one place */
        mark.time_ns = oat_le64_get(head.time_ns);
    uint64_t span_start_ns = oat_le64_get(head.span_start_ns);
    return scan->visitor->mark(scan->visitor->arg, head.trace_id, &mark, span_start_ns);
}

static int visit_tombstone(const struct scan *scan, const struct oat_pair *pair, const uint8_t *bytes)
{
    struct oat_disk_tombstone tombstone;
    memcpy(&tombstone, bytes, sizeof tombstone);
    return scan->visitor->tombstone ? scan->visitor->tombstone(scan->visitor->arg, pair, &tombstone) : OAT_OK;
}

static int visit_slot(void *arg, struct oat_pair *pair, uint32_t slot_no, enum oat_slot_state state,
                      uint16_t kind, const uint8_t *bytes)
{
    const struct scan *scan = arg;
    if (state != OAT_SLOT_GOOD) {
        oat_slot_report(pair, slot_no, state, bytes, scan->problems);
        return pair->sealed || pair->liveness == OAT_WRITER_DEAD ? OAT_OK : oat_pair_add_hole(pair, slot_no);
    }
    if (!oat_kind_known(kind)) {
        oat_kind_report(pair, slot_no, kind, scan->problems);
        return scan->visitor->unknown ? scan->visitor->unknown(scan->visitor->arg) : OAT_OK;
    }
    if (kind == OAT_SLOT_SPAN || kind == OAT_SLOT_OPEN)
        return visit_span(scan, pair, slot_no, kind, bytes);
    const char *what = NULL;
    if (kind == OAT_SLOT_STRING) {
        struct oat_disk_string string;
        memcpy(&string, bytes, sizeof string);
        if (!oat_string_check(&string, &what))
            report_value(pair, slot_no, what, scan->problems);
    }
    if (kind < OAT_SLOT_EVENT)
        return OAT_OK;
    if (!mark_ok(kind, bytes, &what)) {
        report_value(pair, slot_no, what, scan->problems);
        return OAT_OK;
    }
    return kind == OAT_SLOT_TOMBSTONE ? visit_tombstone(scan, pair, bytes)
                                      : visit_mark(scan, pair, slot_no, kind, bytes);
}

/* A sealed pair has exactly its slots: what stands beyond is reported, not read. */
static int beyond_slot(void *arg, struct oat_pair *pair, uint32_t slot_no, enum oat_slot_state state,
                       uint16_t kind, const uint8_t *bytes)
{
    const struct scan *scan = arg;
    (void)kind;
    (void)bytes;
    if (state == OAT_SLOT_GOOD)
        oat_problems_add_numbers(scan->problems, OAT_PROBLEM_CORRUPT, pair->spans_path,
                                 oat_slot_offset(slot_no), "slot beyond the sealed count", pair->slots,
                                 slot_no);
    return OAT_OK;
}

int oat_rows_scan(struct oat_pair *pair, struct oat_problems *problems,
                  const struct oat_slot_visitor *visitor)
{
    struct scan scan = {problems, visitor};
    int result = pair->finished ? OAT_OK : oat_pair_scan_new(pair, problems, visit_slot, &scan);
    if (result == OAT_OK && pair->sealed && !pair->finished)
        result = oat_pair_scan(pair, pair->slots, oat_pair_slots_in(pair->spans.size), problems, beyond_slot,
                               &scan);
    if (result == OAT_OK)
        pair->finished = pair->sealed || pair->liveness == OAT_WRITER_DEAD;
    return result;
}

/* ---- Collecting ---- */

static int collect_row(void *arg, const uint8_t trace_id[16], const struct oat_row *row)
{
    struct oat_row of_trace = *row;
    int result = oat_rows_trace(arg, trace_id, &of_trace.trace);
    return result == OAT_OK ? oat_rows_add(arg, &of_trace) : result;
}

static int collect_mark(void *arg, const uint8_t trace_id[16], const struct oat_mark *mark,
                        uint64_t span_start_ns)
{
    struct oat_mark of_trace = *mark;
    (void)span_start_ns;
    int result = oat_rows_trace(arg, trace_id, &of_trace.trace);
    return result == OAT_OK ? oat_rows_add_mark(arg, &of_trace) : result;
}

static int collect_tombstone(void *arg, const struct oat_pair *pair,
                             const struct oat_disk_tombstone *tombstone)
{
    struct oat_rows *rows = arg;
    uint32_t trace;
    (void)pair;
    int result = oat_rows_trace(rows, tombstone->trace_id, &trace);
    if (result == OAT_OK)
        rows->traces[trace].hidden = true;
    return result;
}

void oat_rows_init(struct oat_rows *ret)
{
    memset(ret, 0, sizeof *ret);
    if (getrandom(&ret->table_seed, sizeof ret->table_seed, GRND_NONBLOCK) < 0)
        ret->table_seed = (uint64_t)(uintptr_t)ret;
}

int oat_rows_init_one(struct oat_rows *ret, const uint8_t trace_id[16])
{
    *ret = (struct oat_rows){0};
    return add_trace(ret, trace_id);
}

int oat_rows_collect(struct oat_sources *sources, struct oat_rows *rows)
{
    struct oat_slot_visitor visitor = {
        .row = collect_row, .mark = collect_mark, .tombstone = collect_tombstone, .arg = rows};
    int result = OAT_OK;
    for (size_t i = 0; i < sources->pair_count && result == OAT_OK; i++)
        if (sources->pairs[i]->usable)
            result = oat_rows_scan(sources->pairs[i], &sources->problems, &visitor);
    return result;
}

void oat_rows_free(struct oat_rows *rows)
{
    free(rows->rows);
    free(rows->marks);
    free(rows->traces);
    free(rows->trace_table);
}
