#include "export/record_json.h"

#include <string.h>

#include "format/json_put.h"
#include "format/names.h"
#include "format/slot.h"

#define PUT(at, literal) OAT_JSON_PUT(at, literal)

/* Texts up to this length need no room of their own: OAT_RECORD_ROOM has room for one in each place. */
#define SHORT_TEXT 96u

/* ---- Pieces ------------------------------------------------------------------------------------- */

static char *put_key(char *at, const struct oat_record_key *key)
{
    memcpy(at, key->bytes, sizeof key->bytes);
    return at + key->len;
}

static char *put_fixed(char *at, bool known, int64_t value, unsigned decimals)
{
    return known ? oat_json_put_fixed(at, value, decimals) : PUT(at, "null");
}

static char *put_uint(char *at, bool known, uint64_t value)
{
    return known ? oat_json_put_uint(at, value) : PUT(at, "null");
}

static char *put_int_string(char *at, bool known, int64_t value)
{
    if (!known)
        return PUT(at, "null");
    at = PUT(at, "\"");
    at = oat_json_put_int(at, value);
    return PUT(at, "\"");
}

/* A word of ours, such as a status; NULL: none. */
static char *put_word(char *at, const char *word)
{
    if (!word)
        return PUT(at, "null");
    at = PUT(at, "\"");
    at = oat_json_put(at, word, strlen(word));
    return PUT(at, "\"");
}

/* A text of any length, and room behind it. When memory is short, what follows is written over what is there,
 * which is of no use any more. */
static char *put_long_text(struct oat_json *json, char *at, oat_text text)
{
    oat_json_end(json, at);
    oat_json_string(json, text.bytes, text.len);
    at = oat_json_reserve(json, OAT_RECORD_ROOM);
    return at ? at : json->bytes;
}

static inline char *put_text(struct oat_json *json, char *at, oat_text text)
{
    if (!text.bytes)
        return PUT(at, "null");
    if (text.len > SHORT_TEXT || oat_json_put_plain(at + 1, text.bytes, text.len) < text.len)
        return put_long_text(json, at, text);
    *at = '"';
    at[1 + text.len] = '"';
    return at + text.len + 2;
}

/* ---- Ids ---------------------------------------------------------------------------------------- */

static bool is_zero(const uint8_t *id, size_t len)
{
    static const uint8_t zero[16];
    return memcmp(id, zero, len) == 0;
}

static inline char *put_id(struct oat_json *json, char *at, const char *key, size_t key_len,
                           const uint8_t *id, size_t id_len, oat_text given)
{
    at = PUT(at, "\"");
    at = oat_json_put(at, key, key_len);
    if (given.bytes) {
        at = PUT(at, "\":");
        at = put_text(json, at, given);
        at = PUT(at, ",\"");
        at = oat_json_put(at, key, key_len);
        at = PUT(at, "_hex");
    }
    at = PUT(at, "\":");
    return oat_json_put_hex(at, id, id_len);
}

#define PUT_ID(json, at, key, id, given) put_id(json, at, key, sizeof(key) - 1, id, sizeof(id), given)

/* Neighbours are of one trace. */
static char *put_trace_id(char *at, struct oat_record_writer *writer, const uint8_t trace_id[16])
{
    if (writer->trace_len == 0 || memcmp(writer->trace_id, trace_id, sizeof writer->trace_id) != 0) {
        char *end = PUT(writer->trace, "\"trace_id\":");
        end = oat_json_put_hex(end, trace_id, sizeof writer->trace_id);
        end = PUT(end, ",");
        writer->trace_len = (size_t)(end - writer->trace);
        memcpy(writer->trace_id, trace_id, sizeof writer->trace_id);
    }
    memcpy(at, writer->trace, sizeof writer->trace);
    return at + writer->trace_len;
}

static char *put_ids(struct oat_json *json, char *at, struct oat_record_writer *writer,
                     const oat_span_view *span, const struct oat_given *given)
{
    if (given->trace_id.bytes) {
        at = PUT_ID(json, at, "trace_id", span->trace_id, given->trace_id);
        at = PUT(at, ",");
    } else {
        at = put_trace_id(at, writer, span->trace_id);
    }
    at = PUT_ID(json, at, "span_id", span->span_id, given->span_id);
    if (is_zero(span->parent_id, sizeof span->parent_id))
        return PUT(at, ",\"parent_span_id\":null");
    at = PUT(at, ",");
    return PUT_ID(json, at, "parent_span_id", span->parent_id, given->parent_span_id);
}

/* ---- Figures ------------------------------------------------------------------------------------ */

/* key: with the comma before it, and the quote. known false writes nulls. */
static inline char *put_time(char *at, const char *key, size_t key_len, uint64_t time_ns, bool known)
{
    char digits[OAT_JSON_NUMBER_ROOM];
    at = oat_json_put(at, key, key_len);
    if (!known) {
        at = PUT(at, "\":null");
        at = oat_json_put(at, key, key_len);
        return PUT(at, "_unix_nano\":null");
    }
    size_t len = (size_t)(oat_json_put_uint(digits, time_ns) - digits);
    at = PUT(at, "\":");
    at = oat_json_put_seconds(at, digits, len);
    at = oat_json_put(at, key, key_len);
    at = PUT(at, "_unix_nano\":\"");
    at = oat_json_put_digits(at, digits, len);
    return PUT(at, "\"");
}

static char *put_times(char *at, uint64_t start_ns, uint64_t end_ns)
{
    static const char start[] = ",\"start_time", end[] = ",\"end_time";
    at = put_time(at, start, sizeof start - 1, start_ns, true);
    at = put_time(at, end, sizeof end - 1, end_ns, end_ns != 0);
    at = PUT(at, ",\"duration_ms\":");
    return put_fixed(at, end_ns != 0, end_ns > start_ns ? (int64_t)(end_ns - start_ns) : 0, 6);
}

static char *put_total_cost(char *at, bool known, int64_t nano)
{
    at = PUT(at, ",\"total_cost\":");
    at = put_fixed(at, known, nano, 9);
    at = PUT(at, ",\"total_cost_nano_usd\":");
    return put_int_string(at, known, nano);
}

static char *put_counts(char *at, const struct oat_record_writer *writer, const oat_span_view *span)
{
    uint64_t total = 0;
    for (unsigned i = 0; i < OAT_COUNT_FIELDS; i++) {
        at = put_key(at, &writer->counts[i]);
        at = put_uint(at, span->has_count[i], span->count[i]);
        if ((i == OAT_COUNT_INPUT || i == OAT_COUNT_OUTPUT) && span->has_count[i])
            total += span->count[i];
    }
    at = PUT(at, ",\"total_tokens\":");
    return put_uint(at, span->has_count[OAT_COUNT_INPUT] || span->has_count[OAT_COUNT_OUTPUT], total);
}

static char *put_usage(char *at, const struct oat_record_writer *writer, const oat_span_view *span)
{
    at = PUT(at, ",\"usage\":");
    char *open = at;
    at = put_counts(at, writer, span);
    *open = '{'; /* where the first key has its comma */
    at = put_total_cost(at, span->has_cost, span->cost_total_nano);
    at = PUT(at, ",\"input_cost\":");
    at = put_fixed(at, span->has_cost_input, span->cost_input_nano, 9);
    at = PUT(at, ",\"output_cost\":");
    at = put_fixed(at, span->has_cost_output, span->cost_output_nano, 9);
    at = PUT(at, ",\"cost_source\":");
    at = put_word(at, oat_cost_source_name((unsigned)span->cost_source));
    return PUT(at, "}");
}

/* ---- The record --------------------------------------------------------------------------------- */

static struct oat_record_key key_of(const char *name)
{
    struct oat_record_key key = {.len = strlen(name) + 4};
    char *at = PUT(key.bytes, ",\"");
    at = oat_json_put(at, name, key.len - 4);
    PUT(at, "\":");
    return key;
}

void oat_record_writer_init(struct oat_record_writer *ret)
{
    static const oat_span_view nothing;
    for (unsigned i = 0; i < OAT_TEXT_FIELDS; i++)
        ret->texts[i] = key_of(oat_text_field_name(i));
    for (unsigned i = 0; i < OAT_COUNT_FIELDS; i++)
        ret->counts[i] = key_of(oat_count_field_name(i));
    ret->no_usage_len = (size_t)(put_usage(ret->no_usage, ret, &nothing) - ret->no_usage);
    memset(ret->last, 0, sizeof ret->last);
    ret->trace_len = 0;
}

static char *put_kind(char *at, const oat_span_view *span)
{
    at = PUT(at, ",\"span_type\":");
    at = put_word(at, oat_span_type_name((unsigned)span->type));
    at = PUT(at, ",\"status\":");
    at = put_word(at, oat_shown_status_name(span->status));
    at = PUT(at, ",\"otel_status\":");
    return put_word(at, oat_otel_status_name((unsigned)span->otel_status));
}

static bool has_usage(const oat_span_view *span)
{
    bool any = span->has_cost || span->has_cost_input || span->has_cost_output || span->cost_source != 0;
    for (unsigned i = 0; i < OAT_COUNT_FIELDS; i++)
        any |= span->has_count[i];
    return any;
}

/* A text with its key; it stays where it is as long as the writer is used. */
static char *put_member(struct oat_json *json, char *at, const struct oat_record_key *key, oat_text text,
                        struct oat_record_text *last)
{
    if (text.bytes && text.bytes == last->text.bytes && text.len == last->text.len)
        return oat_json_put(at, json->bytes + last->at, last->len);
    size_t begin = (size_t)(at - json->bytes);
    at = put_key(at, key);
    at = put_text(json, at, text);
    if (text.len <= SHORT_TEXT && (size_t)(at - json->bytes) - begin == key->len + text.len + 2)
        *last = (struct oat_record_text){text, begin, key->len + text.len + 2};
    return at;
}

static char *put_texts(struct oat_json *json, char *at, struct oat_record_writer *writer,
                       const oat_span_view *span, const struct oat_given *given)
{
    for (unsigned i = 0; i < OAT_TEXT_FIELDS; i++) {
        if (!given->text[i].bytes) {
            at = put_member(json, at, &writer->texts[i], span->text[i], &writer->last[i]);
            continue;
        }
        at = put_key(at, &writer->texts[i]);
        at = put_text(json, at, given->text[i]);
    }
    return at;
}

void oat_json_record(struct oat_json *json, struct oat_record_writer *writer, const oat_span_view *span,
                     const struct oat_given *given)
{
    char *at = oat_json_reserve(json, OAT_RECORD_ROOM);
    if (!at)
        return;
    at = put_ids(json, at, writer, span, given);
    at = put_kind(at, span);
    at = put_texts(json, at, writer, span, given);
    at = put_times(at, span->start_ns, span->end_ns);
    at = PUT(at, ",\"synthetic_time\":");
    at = span->flags & OAT_SPAN_SYNTHETIC_TIME ? PUT(at, "true") : PUT(at, "false");
    at = PUT(at, ",\"ttft_ms\":");
    at = put_fixed(at, span->has_ttft, span->ttft_us, 3);
    at = PUT(at, ",\"prompt_version\":");
    at = put_uint(at, span->has_prompt_version, span->prompt_version);
    at = has_usage(span) ? put_usage(at, writer, span)
                         : oat_json_put(at, writer->no_usage, writer->no_usage_len);
    at = PUT(at, ",\"sample_rate\":");
    oat_json_end(json, at);
    oat_json_double(json, span->sample_rate);
}

/* ---- Of other objects --------------------------------------------------------------------------- */

void oat_json_id(struct oat_json *json, const char *key, const uint8_t *id, size_t id_len, oat_text given)
{
    char *at = oat_json_reserve(json, OAT_RECORD_ROOM);
    if (at)
        oat_json_end(json, put_id(json, at, key, strlen(key), id, id_len, given));
}

void oat_json_times(struct oat_json *json, uint64_t start_ns, uint64_t end_ns)
{
    char *at = oat_json_reserve(json, OAT_RECORD_ROOM);
    if (at)
        oat_json_end(json, put_times(at, start_ns, end_ns));
}

void oat_json_time(struct oat_json *json, uint64_t time_ns)
{
    static const char key[] = ",\"time";
    char *at = oat_json_reserve(json, OAT_RECORD_ROOM);
    if (at)
        oat_json_end(json, put_time(at, key, sizeof key - 1, time_ns, true));
}

void oat_json_total_cost(struct oat_json *json, bool known, int64_t nano)
{
    char *at = oat_json_reserve(json, OAT_RECORD_ROOM);
    if (at)
        oat_json_end(json, put_total_cost(at, known, nano));
}
