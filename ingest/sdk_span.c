#include "ingest/sdk_span.h"

#include "format/base64.h"
#include "format/ids.h"
#include "format/limits.h"
#include "format/names.h"
#include "format/utf8.h"
#include "ingest/number.h"
#include "ingest/sdk_payload.h"
#include "ingest/text.h"
#include "ingest/trace_shapes.h"

#include <math.h>
#include <string.h>

/* ---- Members ------------------------------------------------------------------------------ */

enum member {
    TEXT,                            /* and OAT_TEXT_FIELDS - 1 more, in their order */
    COUNT = TEXT + OAT_TEXT_FIELDS,  /* likewise */
    COST = COUNT + OAT_COUNT_FIELDS, /* from here on: members of a span's usage, too, as counts are */
    COST_NANO,
    INPUT_COST,
    OUTPUT_COST,
    COST_SOURCE,
    TOTAL_TOKENS,
    USAGE_END,
    TRACE_ID = USAGE_END,
    SPAN_ID,
    PARENT_ID,
    TRACE_ID_HEX,
    SPAN_ID_HEX,
    PARENT_ID_HEX,
    TYPE,
    STATUS,
    OTEL_STATUS,
    START,
    START_NANO,
    END,
    END_NANO,
    DURATION,
    SYNTHETIC_TIME,
    TTFT,
    PROMPT_VERSION,
    SAMPLE_RATE,
    ERROR,
    INPUTS,
    INPUT_INFO,
    OUTPUTS,
    OUTPUT_INFO,
    EVENTS,
    LINKS,
    ATTRIBUTES,
    METADATA,
    USAGE,
    DERIVED, /* of which nothing is read */
    MEMBERS
};

#define MEMBER(name, member)                                                                                 \
    {                                                                                                        \
        name, sizeof name - 1, member                                                                        \
    }

static const struct {
    const char *name;
    size_t len;
    enum member member;
} members[] = {
    MEMBER("name", TEXT + OAT_TEXT_NAME),
    MEMBER("service", TEXT + OAT_TEXT_SERVICE),
    MEMBER("service_name", TEXT + OAT_TEXT_SERVICE),
    MEMBER("environment", TEXT + OAT_TEXT_ENVIRONMENT),
    MEMBER("model", TEXT + OAT_TEXT_MODEL),
    MEMBER("provider", TEXT + OAT_TEXT_PROVIDER),
    MEMBER("service_provider", TEXT + OAT_TEXT_PROVIDER),
    MEMBER("agent", TEXT + OAT_TEXT_AGENT),
    MEMBER("session_id", TEXT + OAT_TEXT_SESSION),
    MEMBER("user_id", TEXT + OAT_TEXT_USER),
    MEMBER("operation", TEXT + OAT_TEXT_OPERATION),
    MEMBER("status_message", TEXT + OAT_TEXT_STATUS_MESSAGE),
    MEMBER("prompt_name", TEXT + OAT_TEXT_PROMPT_NAME),
    MEMBER("prompt_tokens", COUNT + OAT_COUNT_INPUT),
    MEMBER("completion_tokens", COUNT + OAT_COUNT_OUTPUT),
    MEMBER("cached_tokens", COUNT + OAT_COUNT_CACHED),
    MEMBER("cache_write_tokens", COUNT + OAT_COUNT_CACHE_WRITE),
    MEMBER("cache_write_1h_tokens", COUNT + OAT_COUNT_CACHE_WRITE_1H),
    MEMBER("reasoning_tokens", COUNT + OAT_COUNT_REASONING),
    MEMBER("audio_input_tokens", COUNT + OAT_COUNT_AUDIO_INPUT),
    MEMBER("audio_output_tokens", COUNT + OAT_COUNT_AUDIO_OUTPUT),
    MEMBER("image_tokens", COUNT + OAT_COUNT_IMAGE),
    MEMBER("total_tokens", TOTAL_TOKENS),
    MEMBER("total_cost", COST),
    MEMBER("total_cost_nano_usd", COST_NANO),
    MEMBER("input_cost", INPUT_COST),
    MEMBER("output_cost", OUTPUT_COST),
    MEMBER("cost_source", COST_SOURCE),
    MEMBER("trace_id", TRACE_ID),
    MEMBER("trace_id_hex", TRACE_ID_HEX),
    MEMBER("span_id", SPAN_ID),
    MEMBER("span_id_hex", SPAN_ID_HEX),
    MEMBER("parent_span_id", PARENT_ID),
    MEMBER("parent_span_id_hex", PARENT_ID_HEX),
    MEMBER("span_type", TYPE),
    MEMBER("type", TYPE),
    MEMBER("status", STATUS),
    MEMBER("otel_status", OTEL_STATUS),
    MEMBER("start_time", START),
    MEMBER("start_time_unix_nano", START_NANO),
    MEMBER("end_time", END),
    MEMBER("end_time_unix_nano", END_NANO),
    MEMBER("duration_ms", DURATION),
    MEMBER("synthetic_time", SYNTHETIC_TIME),
    MEMBER("ttft_ms", TTFT),
    MEMBER("prompt_version", PROMPT_VERSION),
    MEMBER("sample_rate", SAMPLE_RATE),
    MEMBER("error", ERROR),
    MEMBER("inputs", INPUTS),
    MEMBER("input_info", INPUT_INFO),
    MEMBER("outputs", OUTPUTS),
    MEMBER("output_info", OUTPUT_INFO),
    MEMBER("events", EVENTS),
    MEMBER("links", LINKS),
    MEMBER("attributes", ATTRIBUTES),
    MEMBER("metadata", METADATA),
    MEMBER("usage", USAGE),
    MEMBER("input_preview", DERIVED),
    MEMBER("output_preview", DERIVED),
    MEMBER("cost_details", DERIVED),
    MEMBER("scores", DERIVED),
};

struct reader {
    const struct oat_json_doc *doc;
    struct oat_import_span *span;
    struct oat_sdk_fault *fault;
    oat_jnode node[MEMBERS]; /* the values of members; 0: not there, or null (INPUTS, OUTPUTS: null stays) */
    oat_attr *attrs;
    size_t attr_count;
};

static bool refuse(struct reader *r, const char *field, const char *reason)
{
    *r->fault = (struct oat_sdk_fault){field, reason};
    return false;
}

/* MEMBERS: it is none of them. */
static enum member member_of(oat_text key)
{
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (members[i].len == key.len && memcmp(members[i].name, key.bytes, key.len) == 0)
            return members[i].member;
    return MEMBERS;
}

static void put_attr(struct reader *r, oat_text key, oat_value value)
{
    if (value.type != OAT_VALUE_NULL)
        r->attrs[r->attr_count++] = (oat_attr){key.bytes, key.len, value};
}

/* Finds the members of the span, or of its usage; what is none of them becomes an attribute. */
static void find_members(struct reader *r, oat_jnode object, bool is_usage)
{
    const struct oat_json_doc *doc = r->doc;
    for (oat_jnode k = oat_jdoc_first_key(doc, object); k; k = oat_jdoc_next_key(doc, object, k)) {
        oat_text key = oat_jdoc_string(doc, k);
        enum member member = key.bytes ? member_of(key) : DERIVED;
        bool is_null = oat_jdoc_type_of(doc, k + 1) == OAT_JSON_NULL;
        bool is_of_usage = member >= COUNT && member < USAGE_END;
        if (member == MEMBERS || (is_usage && !is_of_usage))
            put_attr(r, key, oat_jdoc_to_value(doc, k + 1));
        else if (!is_null || member == INPUTS || member == OUTPUTS)
            r->node[member] = k + 1;
    }
}

/* ---- Ids, times, status ------------------------------------------------------------------- */

static oat_text id_text(const struct reader *r, enum member given, enum member hex)
{
    oat_text text = oat_jdoc_string(r->doc, r->node[given]);
    return text.bytes ? text : oat_jdoc_string(r->doc, r->node[hex]);
}

static bool is_id(oat_text text)
{
    return text.len > 0 && text.len <= OAT_TEXT_MAX && oat_utf8_is_valid(text.bytes, text.len);
}

static bool read_ids(struct reader *r)
{
    static const char expected[] = "expected a text of 1 to 4096 bytes";
    oat_text trace = id_text(r, TRACE_ID, TRACE_ID_HEX), span = id_text(r, SPAN_ID, SPAN_ID_HEX);
    oat_text parent = id_text(r, PARENT_ID, PARENT_ID_HEX);
    if (!is_id(trace))
        return refuse(r, "trace_id", expected);
    if (!is_id(span))
        return refuse(r, "span_id", expected);
    if (r->node[PARENT_ID] && !(parent.bytes && parent.len == 0) && !is_id(parent))
        return refuse(r, "parent_span_id", "expected null or a text of 1 to 4096 bytes");
    struct oat_otel_span ids = {0};
    oat_shape_set_ids(&ids, trace, span, parent);
    memcpy(r->span->trace_id, ids.trace_id, sizeof ids.trace_id);
    memcpy(r->span->span_id, ids.span_id, sizeof ids.span_id);
    memcpy(r->span->parent_id, ids.parent_id, sizeof ids.parent_id);
    const struct {
        const char *key;
        oat_text given;
    } texts[] = {{"oat.trace_id", ids.given_trace_id},
                 {"oat.span_id", ids.given_span_id},
                 {"oat.parent_span_id", ids.given_parent_id}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i].given.len)
            put_attr(r, oat_text_of(texts[i].key), oat_import_text_value(texts[i].given));
    return true;
}

static bool read_times(struct reader *r)
{
    struct oat_import_span *span = r->span;
    double ms;
    if (!oat_sdk_time(r->doc, r->node[START], r->node[START_NANO], &span->start_ns))
        return refuse(r, "start_time", "expected seconds since 1970, or a date and time as RFC 3339 has it");
    if (r->node[END] || r->node[END_NANO]) {
        if (!oat_sdk_time(r->doc, r->node[END], r->node[END_NANO], &span->end_ns))
            return refuse(r, "end_time",
                          "expected seconds since 1970, or a date and time as RFC 3339 has it");
    } else if (!r->node[DURATION]) {
        return refuse(r, "end_time", "there is none, nor duration_ms: a span is sent when it has ended");
    } else if (!oat_jdoc_double(r->doc, r->node[DURATION], &ms) || !(ms >= 0 && ms < 9.2e12)) {
        return refuse(r, "duration_ms", "expected a number of milliseconds, 0 or more");
    } else {
        span->end_ns = span->start_ns + (uint64_t)llround(ms * 1e6);
    }
    span->synthetic_time = oat_jdoc_type_of(r->doc, r->node[SYNTHETIC_TIME]) == OAT_JSON_TRUE;
    return true;
}

static bool read_type(struct reader *r)
{
    r->span->type = OAT_CHAIN;
    if (!r->node[TYPE])
        return true;
    oat_text text = oat_jdoc_string(r->doc, r->node[TYPE]);
    r->span->type = text.bytes ? oat_span_type_parse(text.bytes, text.len) : 0;
    return r->span->type ||
           refuse(
               r, "span_type",
               "expected agent, llm, tool, retrieval, guardrail, handoff, embedding, rerank, memory, chain, "
               "http, database, cache or file_io");
}

static bool read_status(struct reader *r)
{
    oat_text status = oat_jdoc_string(r->doc, r->node[STATUS]);
    oat_text otel = oat_jdoc_string(r->doc, r->node[OTEL_STATUS]);
    r->span->status = r->node[ERROR] ? OAT_STATUS_ERROR : OAT_STATUS_SUCCESS;
    if (oat_text_is(status, "success") || oat_text_is(status, "ok"))
        r->span->status = OAT_STATUS_SUCCESS;
    else if (oat_text_is(status, "error"))
        r->span->status = OAT_STATUS_ERROR;
    else if (r->node[STATUS])
        return refuse(r, "status", "expected success, ok or error: a span is sent when it has ended");
    for (unsigned i = OAT_OTEL_UNSET; i <= OAT_OTEL_ERROR; i++)
        if (oat_text_is(otel, oat_otel_status_name(i)))
            r->span->otel_status = (enum oat_otel_status)i;
    return true;
}

/* ---- Fields ------------------------------------------------------------------------------- */

static bool read_texts(struct reader *r)
{
    for (unsigned i = 0; i < OAT_TEXT_FIELDS; i++) {
        oat_jnode node = r->node[TEXT + i];
        r->span->text[i] = oat_jdoc_string(r->doc, node);
        if (node && !r->span->text[i].bytes)
            return refuse(r, oat_text_field_name(i), "expected a string");
    }
    return true;
}

static bool read_counts(struct reader *r)
{
    uint64_t version;
    for (unsigned i = 0; i < OAT_COUNT_FIELDS; i++) {
        oat_jnode node = r->node[COUNT + i];
        r->span->has_count[i] = oat_jdoc_uint(r->doc, node, &r->span->count[i]);
        if (node && !r->span->has_count[i])
            return refuse(r, oat_count_field_name(i), "expected a whole number, 0 or more");
    }
    r->span->has_prompt_version =
        oat_jdoc_uint(r->doc, r->node[PROMPT_VERSION], &version) && version <= UINT32_MAX;
    if (r->node[PROMPT_VERSION] && !r->span->has_prompt_version)
        return refuse(r, "prompt_version", "expected a whole number, 0 or more");
    if (r->span->has_prompt_version)
        r->span->prompt_version = (uint32_t)version;
    if (r->node[TOTAL_TOKENS] && !r->span->has_count[OAT_COUNT_INPUT] &&
        !r->span->has_count[OAT_COUNT_OUTPUT])
        put_attr(r, oat_text_of("total_tokens"), oat_jdoc_to_value(r->doc, r->node[TOTAL_TOKENS]));
    return true;
}

/* USD. ret stays as it is when there is none. */
static bool read_usd(struct reader *r, enum member member, const char *field, int64_t *ret_nano)
{
    double usd;
    if (!r->node[member] ||
        (oat_jdoc_double(r->doc, r->node[member], &usd) && usd >= 0 && oat_nano_of_usd(usd, ret_nano)))
        return true;
    return refuse(r, field, "expected an amount in USD, 0 or more");
}

static bool read_cost(struct reader *r)
{
    struct oat_import_span *span = r->span;
    span->cost_input_nano = span->cost_output_nano = -1;
    if (!read_usd(r, COST, "total_cost", &span->cost_total_nano) ||
        !read_usd(r, INPUT_COST, "input_cost", &span->cost_input_nano) ||
        !read_usd(r, OUTPUT_COST, "output_cost", &span->cost_output_nano))
        return false;
    bool is_exact = oat_jdoc_int(r->doc, r->node[COST_NANO], &span->cost_total_nano);
    span->has_cost = r->node[COST] || is_exact;
    span->cost_source =
        oat_jdoc_is(r->doc, r->node[COST_SOURCE], "computed") ? OAT_COST_COMPUTED : OAT_COST_REPORTED;
    return true;
}

static bool read_measures(struct reader *r)
{
    double ms;
    if (r->node[TTFT]) {
        if (!oat_jdoc_double(r->doc, r->node[TTFT], &ms) || !(ms >= 0 && ms < 1e12))
            return refuse(r, "ttft_ms", "expected a number of milliseconds, 0 or more");
        r->span->has_ttft = true;
        r->span->ttft_us = (uint64_t)llround(ms * 1e3);
    }
    if (r->node[SAMPLE_RATE] && (!oat_jdoc_double(r->doc, r->node[SAMPLE_RATE], &r->span->sample_rate) ||
                                 !(r->span->sample_rate > 0 && r->span->sample_rate <= 1)))
        return refuse(r, "sample_rate", "expected a number above 0, 1 at most");
    return true;
}

/* ---- The rest ----------------------------------------------------------------------------- */

/* {"base64": "..."} is how byte strings are shown. */
static oat_value attr_value(const struct reader *r, oat_jnode node)
{
    const struct oat_json_doc *doc = r->doc;
    oat_text text = oat_jdoc_string(doc, oat_jdoc_get(doc, node, "base64"));
    size_t len;
    uint8_t *bytes =
        text.bytes && oat_jdoc_count(doc, node) == 1 ? oat_arena_alloc(doc->arena, text.len + 1) : NULL;
    if (bytes && oat_base64_decode(bytes, text.bytes, text.len, &len))
        return (oat_value){.type = OAT_VALUE_BYTES, .len = len, .u.bytes = bytes};
    return oat_jdoc_to_value(doc, node);
}

static bool read_attributes(struct reader *r, enum member member, const char *field)
{
    oat_jnode object = r->node[member];
    if (object && oat_jdoc_type_of(r->doc, object) != OAT_JSON_OBJECT)
        return refuse(r, field, "expected an object");
    for (oat_jnode k = oat_jdoc_first_key(r->doc, object); k; k = oat_jdoc_next_key(r->doc, object, k)) {
        oat_text key = oat_jdoc_string(r->doc, k);
        if (key.bytes)
            put_attr(r, key, attr_value(r, k + 1));
    }
    return true;
}

static void read_payloads(struct reader *r)
{
    struct oat_import_span *span = r->span;
    oat_jnode error = r->node[ERROR];
    span->input = oat_sdk_payload(r->doc, r->node[INPUTS], r->node[INPUT_INFO]);
    span->output = oat_sdk_payload(r->doc, r->node[OUTPUTS], r->node[OUTPUT_INFO]);
    span->error = oat_jdoc_type_of(r->doc, error) == OAT_JSON_STRING ? oat_jdoc_string(r->doc, error)
                                                                     : oat_jdoc_raw(r->doc, error);
    span->events = oat_sdk_events(r->doc, r->node[EVENTS], &span->event_count);
    span->links = oat_sdk_links(r->doc, r->node[LINKS], &span->link_count);
}

/* Room for all attributes there can be: members of three objects and the ids. False: out of memory. */
static bool make_room(struct reader *r, oat_jnode object)
{
    static const char *const objects[] = {"usage", "attributes", "metadata"};
    size_t room = oat_jdoc_count(r->doc, object) + 4;
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++)
        room += oat_jdoc_count(r->doc, oat_jdoc_get(r->doc, object, objects[i]));
    r->attrs = oat_arena_calloc(r->doc->arena, room, sizeof *r->attrs);
    return r->attrs != NULL;
}

bool oat_sdk_span_read(const struct oat_json_doc *doc, oat_jnode object, struct oat_import_span *ret,
                       struct oat_sdk_fault *ret_fault)
{
    struct reader r = {.doc = doc, .span = ret, .fault = ret_fault};
    *ret = (struct oat_import_span){0};
    if (oat_jdoc_type_of(doc, object) != OAT_JSON_OBJECT)
        return refuse(&r, "", "expected an object");
    if (!make_room(&r, object))
        return true; /* and the arena says so */
    find_members(&r, object, false);
    find_members(&r, r.node[USAGE], true);
    if (!read_ids(&r) || !read_status(&r) || !read_times(&r) || !read_type(&r) || !read_texts(&r) ||
        !read_counts(&r) || !read_cost(&r) || !read_measures(&r) ||
        !read_attributes(&r, ATTRIBUTES, "attributes") || !read_attributes(&r, METADATA, "metadata"))
        return false;
    read_payloads(&r);
    ret->attrs = r.attrs;
    ret->attr_count = r.attr_count;
    return true;
}
