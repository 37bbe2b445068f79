#include "reader/view.h"

#include "format/attrs.h"
#include "format/entry.h"
#include "format/names.h"
#include "reader/snapshot.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const status_names[] = {
    [OAT_SHOWN_RUNNING] = "running", [OAT_SHOWN_INTERRUPTED] = "interrupted",
    [OAT_SHOWN_SUCCESS] = "success", [OAT_SHOWN_ERROR] = "error",
    [OAT_SHOWN_UNKNOWN] = "unknown", [OAT_SHOWN_LOST_CONTACT] = "lost_contact",
};

const char *oat_shown_status_name(enum oat_shown_status status)
{
    return status >= OAT_SHOWN_RUNNING && status <= OAT_SHOWN_LOST_CONTACT ? status_names[status] : NULL;
}

enum oat_shown_status oat_shown_status_parse(const char *text, size_t len)
{
    if (len == OAT_NUL)
        len = strlen(text);
    for (int i = OAT_SHOWN_RUNNING; i <= OAT_SHOWN_LOST_CONTACT; i++)
        if (strlen(status_names[i]) == len && memcmp(status_names[i], text, len) == 0)
            return (enum oat_shown_status)i;
    return len == 2 && memcmp(text, "ok", 2) == 0 ? OAT_SHOWN_SUCCESS : (enum oat_shown_status)0;
}

enum oat_shown_status oat_view_status(const struct oat_pair *pair, uint16_t kind, uint8_t status)
{
    if (kind == OAT_SLOT_SPAN)
        return status == OAT_STATUS_ERROR ? OAT_SHOWN_ERROR : OAT_SHOWN_SUCCESS;
    if (pair->liveness == OAT_WRITER_ALIVE)
        return OAT_SHOWN_RUNNING;
    return pair->liveness == OAT_WRITER_DEAD ? OAT_SHOWN_INTERRUPTED : OAT_SHOWN_UNKNOWN;
}

/* ---- One slot ---- */

static oat_text text_of(struct oat_sources *sources, const struct oat_pair *pair, oat_string_ref ref)
{
    return oat_strings_get(&sources->strings, pair, oat_le32_get(ref), &sources->problems);
}

oat_payload oat_view_payload(const struct oat_pair *pair, const struct oat_disk_blob_ref *ref)
{
    oat_payload payload = {0};
    if (oat_blob_ref_is_none(ref))
        return payload;
    payload.present = true;
    payload.redacted = ref->flags & OAT_REF_REDACTED;
    payload.limited = ref->flags & OAT_REF_LIMITED;
    payload.lost = (ref->flags & OAT_REF_LOST) || !pair->has_blobs;
    payload.media_type = oat_media_name(ref->media);
    if (!payload.media_type)
        payload.media_type = oat_media_name(OAT_MEDIA_OCTETS);
    payload.raw_len = oat_le48_get(ref->raw_len);
    payload.pair_index = pair->index;
    payload.entry_offset = oat_blob_ref_offset(ref);
    payload.recipe = ref->flags & OAT_REF_RECIPE;
    memcpy(payload.id4, ref->id4, sizeof payload.id4);
    return payload;
}

/* ---- Media types without a number ---- */

/* Short and printable, or it is not shown: it ends up on terminals and in headers. */
static bool is_media_type(const struct oat_attr_value *value)
{
    if (value->type != OAT_VALUE_STRING || value->len == 0 || value->len > 127)
        return false;
    for (size_t i = 0; i < value->len; i++)
        if (value->bytes[i] <= ' ' || value->bytes[i] > '~')
            return false;
    return true;
}

static bool is_key(const uint8_t *key, size_t len, const char *name)
{
    return len == strlen(name) && memcmp(key, name, len) == 0;
}

/* Reads them from the attributes, which is dear; only for spans that have such payloads. */
static void name_media(struct oat_sources *sources, const struct oat_pair *pair,
                       const struct oat_disk_span *span, oat_span_view *view)
{
    struct oat_attr_cursor cursor;
    struct oat_attr_value value;
    const uint8_t *key;
    uint8_t *bytes;
    size_t len, key_len;
    if (oat_blob_read(pair, &span->attributes, SIZE_MAX, &sources->problems, &bytes, &len) != OAT_OK)
        return;
    if (oat_attrs_open(bytes, len, &cursor) == OAT_OK) {
        while (oat_attrs_next(&cursor, &key, &key_len, &value)) {
            bool of_input =
                span->input.media == OAT_MEDIA_OTHER && is_key(key, key_len, "oat.input.media_type");
            bool of_output =
                span->output.media == OAT_MEDIA_OTHER && is_key(key, key_len, "oat.output.media_type");
            if ((!of_input && !of_output) || !is_media_type(&value))
                continue;
            oat_text text = oat_strings_keep(&sources->strings, value.bytes, value.len);
            if (text.bytes)
                (of_input ? &view->input : &view->output)->media_type = text.bytes;
        }
    }
    free(bytes);
}

static void fill_numbers(const struct oat_disk_span *span, oat_span_view *ret)
{
    uint32_t flags = ret->flags = oat_le32_get(span->flags);
    for (unsigned i = 0; i < OAT_COUNT_FIELDS; i++) {
        ret->has_count[i] = flags & OAT_SPAN_HAS_COUNT(i);
        ret->count[i] = ret->has_count[i] ? oat_le32_get(span->count[i]) : 0;
    }
    ret->has_ttft = flags & OAT_SPAN_HAS_TTFT;
    ret->ttft_us = ret->has_ttft ? oat_le32_get(span->ttft_us) : 0;
    ret->has_cost = flags & OAT_SPAN_HAS_COST;
    ret->has_cost_input = flags & OAT_SPAN_HAS_COST_INPUT;
    ret->has_cost_output = flags & OAT_SPAN_HAS_COST_OUTPUT;
    ret->cost_total_nano = ret->has_cost ? (int64_t)oat_le64_get(span->cost_total_nano) : 0;
    ret->cost_input_nano = ret->has_cost_input ? (int64_t)oat_le64_get(span->cost_input_nano) : 0;
    ret->cost_output_nano = ret->has_cost_output ? (int64_t)oat_le64_get(span->cost_output_nano) : 0;
    ret->cost_source =
        (enum oat_cost_source)((flags & OAT_SPAN_COST_SOURCE_MASK) >> OAT_SPAN_COST_SOURCE_SHIFT);
    ret->has_prompt_version = flags & OAT_SPAN_HAS_PROMPT_VERSION;
    ret->prompt_version = ret->has_prompt_version ? oat_le32_get(span->prompt_version) : 0;
    ret->call_id = oat_le64_get(span->call_id);
    uint32_t rate = oat_le32_get(span->sample_rate);
    ret->sample_rate = rate ? (double)rate / 1e9 : 1.0;
}

void oat_view_fill(struct oat_sources *sources, const struct oat_pair *pair, const struct oat_disk_span *span,
                   oat_span_view *ret)
{
    memcpy(ret->trace_id, span->trace_id, sizeof ret->trace_id);
    memcpy(ret->span_id, span->span_id, sizeof ret->span_id);
    memcpy(ret->parent_id, span->parent_id, sizeof ret->parent_id);
    ret->start_ns = oat_le64_get(span->start_ns);
    ret->type = (enum oat_span_type)span->type;
    ret->otel_status =
        span->otel_status <= OAT_OTEL_ERROR ? (enum oat_otel_status)span->otel_status : OAT_OTEL_NONE;
    fill_numbers(span, ret);
    for (unsigned i = 0; i < OAT_TEXT_FIELDS; i++)
        ret->text[i] = text_of(sources, pair, span->text[i]);
    ret->input = oat_view_payload(pair, &span->input);
    ret->output = oat_view_payload(pair, &span->output);
    ret->attributes = oat_view_payload(pair, &span->attributes);
    ret->error = oat_view_payload(pair, &span->error);
    if (span->input.media == OAT_MEDIA_OTHER || span->output.media == OAT_MEDIA_OTHER)
        name_media(sources, pair, span, ret);
}

bool oat_snapshot_slot(const struct oat_snapshot *snapshot, uint32_t pair_index, uint32_t slot_no, void *ret)
{
    struct oat_sources *sources = snapshot->sources;
    const struct oat_pair *pair = sources->pairs[pair_index];
    uint8_t bytes[OAT_SLOT_SIZE];
    uint16_t kind;
    int result = oat_pair_read_slot(pair, slot_no, bytes, &kind);
    if (result == OAT_OK) {
        memcpy(ret, bytes, sizeof bytes);
        return true;
    }
    if (result == OAT_E_IO)
        oat_problems_add_errno(&sources->problems, pair->spans_path, oat_slot_offset(slot_no), "read", errno);
    else
        oat_problems_add(&sources->problems, OAT_PROBLEM_CORRUPT, pair->spans_path, oat_slot_offset(slot_no),
                         "slot read before", "the same bytes", "others");
    memset(ret, 0, sizeof bytes);
    return false;
}

/* ---- Spans ---- */

static uint32_t count_marks(const struct oat_snapshot *s, const struct oat_trace *trace, uint16_t kind,
                            const uint8_t *span_id)
{
    size_t count;
    oat_snapshot_marks(s, trace, kind, span_id, &count);
    return (uint32_t)count;
}

static void show_span(const struct oat_snapshot *s, const struct oat_trace *trace, const struct oat_row *row,
                      oat_span_view *ret)
{
    struct oat_disk_span span;
    memset(ret, 0, sizeof *ret);
    oat_snapshot_slot(s, row->pair, row->slot, &span);
    oat_view_fill(s->sources, s->sources->pairs[row->pair], &span, ret);
    /* The row is what was joined and ordered, and stands also when the slot is gone. */
    memcpy(ret->trace_id, trace->trace_id, sizeof ret->trace_id);
    memcpy(ret->span_id, row->span_id, sizeof ret->span_id);
    memcpy(ret->parent_id, row->parent_id, sizeof ret->parent_id);
    ret->start_ns = row->start_ns;
    ret->end_ns = row->end_ns;
    ret->type = (enum oat_span_type)row->type;
    ret->status = (enum oat_shown_status)row->status;
    ret->depth = row->depth;
    ret->parent_index = row->parent;
    if (trace->mark_count > 0) {
        ret->event_count = count_marks(s, trace, OAT_SLOT_EVENT, row->span_id);
        ret->link_count = count_marks(s, trace, OAT_SLOT_LINK, row->span_id);
        ret->score_count = count_marks(s, trace, OAT_SLOT_SCORE, row->span_id);
    }
}

int oat_snapshot_spans(const oat_snapshot *snapshot, size_t trace_index, oat_span_view **ret_spans,
                       size_t *ret_count)
{
    if (trace_index >= snapshot->trace_count)
        return OAT_NOTFOUND;
    const struct oat_trace *trace = &snapshot->traces[trace_index];
    oat_span_view *spans = malloc(trace->row_count * sizeof *spans);
    if (!spans)
        return OAT_E_NOMEM;
    for (uint32_t i = 0; i < trace->row_count; i++)
        show_span(snapshot, trace, &snapshot->rows[trace->first_row + i], &spans[i]);
    *ret_spans = spans;
    *ret_count = trace->row_count;
    return OAT_OK;
}

void oat_spans_free(oat_span_view *spans)
{
    free(spans);
}

int oat_snapshot_trace(const oat_snapshot *snapshot, size_t index, oat_trace_view *ret_trace)
{
    struct oat_disk_span span;
    if (index >= snapshot->trace_count)
        return OAT_NOTFOUND;
    const struct oat_trace *trace = &snapshot->traces[index];
    const struct oat_row *root = &snapshot->rows[trace->first_row + trace->root];
    const struct oat_pair *pair = snapshot->sources->pairs[root->pair];

    oat_trace_view view = {
        .start_ns = trace->start_ns,
        .end_ns = trace->end_ns,
        .status = (enum oat_shown_status)trace->status,
        .root_index = trace->root,
        .root_missing = trace->root_missing,
        .span_count = trace->row_count,
        .error_count = trace->error_count,
        .llm_calls = trace->llm_calls,
        .tool_calls = trace->tool_calls,
        .depth = trace->depth,
        .has_input_tokens = trace->has_input_tokens,
        .has_output_tokens = trace->has_output_tokens,
        .has_cost = trace->has_cost,
        .input_tokens = trace->input_tokens,
        .output_tokens = trace->output_tokens,
        .cost_total_nano = trace->cost_total_nano,
    };
    memcpy(view.trace_id, trace->trace_id, sizeof view.trace_id);
    oat_snapshot_slot(snapshot, root->pair, root->slot, &span);
    if (!trace->root_missing) {
        view.name = text_of(snapshot->sources, pair, span.text[OAT_TEXT_NAME]);
        view.agent = text_of(snapshot->sources, pair, span.text[OAT_TEXT_AGENT]);
    }
    view.service = text_of(snapshot->sources, pair, span.text[OAT_TEXT_SERVICE]);
    view.session = text_of(snapshot->sources, pair, span.text[OAT_TEXT_SESSION]);
    view.user = text_of(snapshot->sources, pair, span.text[OAT_TEXT_USER]);
    view.attributes = oat_view_payload(pair, &span.attributes);
    if (trace->model_row != OAT_NO_ROW) {
        const struct oat_row *row = &snapshot->rows[trace->first_row + trace->model_row];
        oat_snapshot_slot(snapshot, row->pair, row->slot, &span);
        view.model =
            text_of(snapshot->sources, snapshot->sources->pairs[row->pair], span.text[OAT_TEXT_MODEL]);
    }
    *ret_trace = view;
    return OAT_OK;
}

/* ---- Events, links, scores ---- */

/* Compares a mark with the kind and, unless NULL, the span that are sought. */
static int compare_mark(const struct oat_mark *mark, uint16_t kind, const uint8_t *span_id)
{
    if (mark->kind != kind)
        return mark->kind < kind ? -1 : 1;
    return span_id ? memcmp(mark->span_id, span_id, sizeof mark->span_id) : 0;
}

const struct oat_mark *oat_snapshot_marks(const struct oat_snapshot *snapshot, const struct oat_trace *trace,
                                          uint16_t kind, const uint8_t *span_id, size_t *ret_count)
{
    const struct oat_mark *marks = snapshot->marks + trace->first_mark;
    size_t low = 0, high = trace->mark_count;
    *ret_count = 0;
    if (trace->mark_count == 0)
        return NULL;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_mark(&marks[middle], kind, span_id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    while (low + *ret_count < trace->mark_count && compare_mark(&marks[low + *ret_count], kind, span_id) == 0)
        ++*ret_count;
    return marks + low;
}

/* The marks of a list that is asked for, and an array for them. */
static int open_list(const oat_snapshot *s, size_t trace_index, uint16_t kind, const uint8_t *span_id,
                     size_t size, const struct oat_mark **ret_marks, size_t *ret_count, void **ret_array)
{
    if (trace_index >= s->trace_count)
        return OAT_NOTFOUND;
    *ret_marks = oat_snapshot_marks(s, &s->traces[trace_index], kind, span_id, ret_count);
    *ret_array = calloc(*ret_count + 1, size);
    return *ret_array ? OAT_OK : OAT_E_NOMEM;
}

int oat_snapshot_events(const oat_snapshot *snapshot, size_t trace_index, const uint8_t span_id[8],
                        oat_event_view **ret_events, size_t *ret_count)
{
    const struct oat_mark *marks;
    size_t count;
    void *array;
    int result = open_list(snapshot, trace_index, OAT_SLOT_EVENT, span_id, sizeof **ret_events, &marks,
                           &count, &array);
    if (result != OAT_OK)
        return result;
    oat_event_view *events = array;
    for (size_t i = 0; i < count; i++) {
        const struct oat_pair *pair = snapshot->sources->pairs[marks[i].pair];
        struct oat_disk_event event;
        oat_snapshot_slot(snapshot, marks[i].pair, marks[i].slot, &event);
        events[i].id = marks[i].id;
        events[i].time_ns = marks[i].time_ns;
        events[i].name = text_of(snapshot->sources, pair, event.name);
        events[i].attributes = oat_view_payload(pair, &event.attributes);
    }
    *ret_events = events;
    *ret_count = count;
    return OAT_OK;
}

int oat_snapshot_links(const oat_snapshot *snapshot, size_t trace_index, const uint8_t span_id[8],
                       oat_link_view **ret_links, size_t *ret_count)
{
    const struct oat_mark *marks;
    size_t count;
    void *array;
    int result =
        open_list(snapshot, trace_index, OAT_SLOT_LINK, span_id, sizeof **ret_links, &marks, &count, &array);
    if (result != OAT_OK)
        return result;
    oat_link_view *links = array;
    for (size_t i = 0; i < count; i++) {
        const struct oat_pair *pair = snapshot->sources->pairs[marks[i].pair];
        struct oat_disk_link link;
        oat_snapshot_slot(snapshot, marks[i].pair, marks[i].slot, &link);
        links[i].id = marks[i].id;
        memcpy(links[i].target.trace_id, link.target_trace_id, sizeof link.target_trace_id);
        memcpy(links[i].target.span_id, link.target_span_id, sizeof link.target_span_id);
        links[i].target.trace_flags = link.trace_flags;
        links[i].target.remote = link.remote == 1;
        links[i].trace_state = text_of(snapshot->sources, pair, link.trace_state);
        links[i].attributes = oat_view_payload(pair, &link.attributes);
    }
    *ret_links = links;
    *ret_count = count;
    return OAT_OK;
}

static double value_of(const struct oat_disk_score *score)
{
    uint64_t bits = oat_le64_get(score->value);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

int oat_snapshot_scores(const oat_snapshot *snapshot, size_t trace_index, const uint8_t *span_id,
                        oat_score_view **ret_scores, size_t *ret_count)
{
    static const uint8_t of_trace[8];
    const struct oat_mark *marks;
    size_t count;
    void *array;
    int result = open_list(snapshot, trace_index, OAT_SLOT_SCORE, span_id ? span_id : of_trace,
                           sizeof **ret_scores, &marks, &count, &array);
    if (result != OAT_OK)
        return result;
    oat_score_view *scores = array;
    for (size_t i = 0; i < count; i++) {
        const struct oat_pair *pair = snapshot->sources->pairs[marks[i].pair];
        struct oat_disk_score score;
        oat_snapshot_slot(snapshot, marks[i].pair, marks[i].slot, &score);
        scores[i].id = marks[i].id;
        scores[i].time_ns = marks[i].time_ns;
        memcpy(scores[i].span_id, marks[i].span_id, sizeof scores[i].span_id);
        scores[i].has_value = score.has_value && isfinite(value_of(&score));
        scores[i].value = scores[i].has_value ? value_of(&score) : 0;
        scores[i].name = text_of(snapshot->sources, pair, score.name);
        scores[i].label = text_of(snapshot->sources, pair, score.label);
        scores[i].comment = text_of(snapshot->sources, pair, score.comment);
        scores[i].source = text_of(snapshot->sources, pair, score.source);
    }
    *ret_scores = scores;
    *ret_count = count;
    return OAT_OK;
}
