#include "reader/view.h"

#include "format/attrs.h"
#include "format/entry.h"
#include "format/names.h"

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
    static const enum oat_shown_status open[] = {
        [OAT_WRITER_DEAD] = OAT_SHOWN_INTERRUPTED,
        [OAT_WRITER_ALIVE] = OAT_SHOWN_RUNNING,
        [OAT_WRITER_UNKNOWN] = OAT_SHOWN_UNKNOWN,
        [OAT_WRITER_LOST] = OAT_SHOWN_LOST_CONTACT,
    };
    return open[pair->liveness];
}

/* ---- One span ---- */

/* A part that was written since says it in its flags; elsewhere reading tells. */
static bool is_masked(struct oat_sources *sources, uint32_t source, const struct oat_record_payload *payload)
{
    uint8_t *bytes;
    size_t len;
    bool masked;
    const struct oat_pair *pair = oat_sources_pair(sources, source);
    const struct oat_forgotten *forgotten = pair ? sources->forgotten : sources->forgotten_in_parts;
    if (!forgotten || payload->media == OAT_MEDIA_ATTRS ||
        oat_record_payload_read_masked(sources, source, payload, SIZE_MAX, &bytes, &len, &masked) != OAT_OK)
        return false;
    free(bytes);
    return masked;
}

static void show_payload(struct oat_sources *sources, uint32_t source,
                         const struct oat_record_payload *restrict payload, oat_payload *restrict ret)
{
    *ret = (oat_payload){0};
    if (payload->kind == OAT_PLACE_NONE)
        return;
    ret->present = true;
    ret->forgotten = (payload->flags & OAT_REF_FORGOTTEN) || is_masked(sources, source, payload);
    ret->redacted = ret->forgotten || (payload->flags & OAT_REF_REDACTED);
    ret->limited = payload->flags & OAT_REF_LIMITED;
    ret->lost = (payload->flags & OAT_REF_LOST) ||
                (payload->kind == OAT_PLACE_ENTRY && !oat_sources_pair(sources, source)->has_blobs);
    ret->media_type = oat_media_name(payload->media);
    if (!ret->media_type)
        ret->media_type = oat_media_name(OAT_MEDIA_OCTETS);
    ret->raw_len = payload->raw_len;
    ret->source = source;
    ret->place = payload->place;
    ret->place_kind = (uint8_t)payload->kind;
    ret->media = payload->media;
    ret->recipe = payload->flags & OAT_REF_RECIPE;
    memcpy(ret->id4, payload->id4, sizeof ret->id4);
}

oat_payload oat_view_payload(struct oat_sources *sources, uint32_t source,
                             const struct oat_record_payload *payload)
{
    oat_payload view;
    show_payload(sources, source, payload, &view);
    return view;
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

static bool has_other_media(const struct oat_record *record, enum oat_record_payload_field field)
{
    return record->payload[field].kind != OAT_PLACE_NONE && record->payload[field].media == OAT_MEDIA_OTHER;
}

/* Reads them from the attributes, which is dear; only for spans that have such payloads. */
static void name_media(struct oat_sources *sources, const struct oat_record *record, oat_span_view *view)
{
    struct oat_attr_cursor cursor;
    struct oat_attr_value value;
    const uint8_t *key;
    uint8_t *bytes;
    size_t len, key_len;
    if (oat_record_payload_read(sources, record->source, &record->payload[OAT_RECORD_ATTRIBUTES], SIZE_MAX,
                                &bytes, &len) != OAT_OK)
        return;
    if (oat_attrs_open(bytes, len, &cursor) == OAT_OK) {
        while (oat_attrs_next(&cursor, &key, &key_len, &value)) {
            bool of_input =
                has_other_media(record, OAT_RECORD_INPUT) && is_key(key, key_len, "oat.input.media_type");
            bool of_output =
                has_other_media(record, OAT_RECORD_OUTPUT) && is_key(key, key_len, "oat.output.media_type");
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
    ret->price_tier = span->price_tier;
    ret->has_prompt_version = flags & OAT_SPAN_HAS_PROMPT_VERSION;
    ret->prompt_version = ret->has_prompt_version ? oat_le32_get(span->prompt_version) : 0;
    ret->call_id = oat_le64_get(span->call_id);
    uint32_t rate = oat_le32_get(span->sample_rate);
    ret->sample_rate = rate ? (double)rate / 1e9 : 1.0;
}

void oat_view_fill(struct oat_sources *sources, const struct oat_record *record, oat_span_view *ret)
{
    const struct oat_disk_span *span = &record->span;
    memcpy(ret->trace_id, span->trace_id, sizeof ret->trace_id);
    memcpy(ret->span_id, span->span_id, sizeof ret->span_id);
    memcpy(ret->parent_id, span->parent_id, sizeof ret->parent_id);
    ret->start_ns = oat_le64_get(span->start_ns);
    ret->type = (enum oat_span_type)span->type;
    ret->otel_status =
        span->otel_status <= OAT_OTEL_ERROR ? (enum oat_otel_status)span->otel_status : OAT_OTEL_NONE;
    fill_numbers(span, ret);
    memcpy(ret->text, record->text, sizeof ret->text);
    show_payload(sources, record->source, &record->payload[OAT_RECORD_INPUT], &ret->input);
    show_payload(sources, record->source, &record->payload[OAT_RECORD_OUTPUT], &ret->output);
    show_payload(sources, record->source, &record->payload[OAT_RECORD_ATTRIBUTES], &ret->attributes);
    show_payload(sources, record->source, &record->payload[OAT_RECORD_ERROR], &ret->error);
    if (has_other_media(record, OAT_RECORD_INPUT) || has_other_media(record, OAT_RECORD_OUTPUT))
        name_media(sources, record, ret);
}
