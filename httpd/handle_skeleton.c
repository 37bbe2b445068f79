#include "httpd/handle_skeleton.h"

#include <string.h>

#include "export/field_json.h"
#include "export/span_json.h"
#include "format/ids.h"
#include "format/names.h"
#include "httpd/lookup.h"
#include "httpd/skeleton.h"
#include "reader/intern.h"

#define SPANS_MAX    50000u
#define WINDOW_SHOWN 1000u

const char *const oat_skeleton_parameters[] = {"max", "parent", "offset", "limit", NULL};

struct request {
    const oat_span_view *spans;
    size_t span_count;
    uint64_t start_ns; /* of the trace: starts count from here */
    struct oat_skeleton skeleton;
    struct oat_intern texts;
    struct oat_json *json;
};

/* ---- Columns -------------------------------------------------------------------------------------- */

/* One value of a column. */
typedef void (*put_value_fn)(struct request *r, uint32_t span);

static void put_column(struct request *r, const char *key, put_value_fn put_value)
{
    oat_json_key(r->json, key);
    oat_json_array_begin(r->json);
    for (size_t i = 0; i < r->skeleton.count; i++)
        put_value(r, r->skeleton.shown[i]);
    oat_json_array_end(r->json);
}

static void put_known(struct oat_json *json, bool known, uint64_t value)
{
    if (known)
        oat_json_uint(json, value);
    else
        oat_json_null(json);
}

static void put_parent(struct request *r, uint32_t span)
{
    uint32_t parent = r->spans[span].parent_index;
    uint32_t place = parent < r->span_count ? r->skeleton.place[parent] : OAT_SKELETON_NONE;
    oat_json_int(r->json, place == OAT_SKELETON_NONE ? -1 : (int64_t)place);
}

static void put_start(struct request *r, uint32_t span)
{
    oat_json_int(r->json, (int64_t)(r->spans[span].start_ns - r->start_ns));
}

static void put_duration(struct request *r, uint32_t span)
{
    const oat_span_view *s = &r->spans[span];
    put_known(r->json, s->end_ns != 0, s->end_ns > s->start_ns ? s->end_ns - s->start_ns : 0);
}

static void put_ttft(struct request *r, uint32_t span)
{
    put_known(r->json, r->spans[span].has_ttft, (uint64_t)r->spans[span].ttft_us * 1000);
}

static void put_type(struct request *r, uint32_t span)
{
    oat_json_uint(r->json, (unsigned)r->spans[span].type);
}

static void put_status(struct request *r, uint32_t span)
{
    oat_json_uint(r->json, (unsigned)r->spans[span].status);
}

static void put_text(struct request *r, uint32_t span, enum oat_text_field field)
{
    uint32_t code;
    if (oat_intern(&r->texts, r->spans[span].text[field], &code) != OAT_OK)
        r->json->failed = true;
    oat_json_uint(r->json, code);
}

static void put_name(struct request *r, uint32_t span)
{
    put_text(r, span, OAT_TEXT_NAME);
}

static void put_model(struct request *r, uint32_t span)
{
    put_text(r, span, OAT_TEXT_MODEL);
}

static void put_agent(struct request *r, uint32_t span)
{
    put_text(r, span, OAT_TEXT_AGENT);
}

static void put_input_tokens(struct request *r, uint32_t span)
{
    put_known(r->json, r->spans[span].has_count[OAT_COUNT_INPUT], r->spans[span].count[OAT_COUNT_INPUT]);
}

static void put_output_tokens(struct request *r, uint32_t span)
{
    put_known(r->json, r->spans[span].has_count[OAT_COUNT_OUTPUT], r->spans[span].count[OAT_COUNT_OUTPUT]);
}

static void put_cost(struct request *r, uint32_t span)
{
    if (r->spans[span].has_cost)
        oat_json_int(r->json, r->spans[span].cost_total_nano);
    else
        oat_json_null(r->json);
}

static void put_children(struct request *r, uint32_t span)
{
    oat_json_uint(r->json, r->skeleton.children[span]);
}

static void put_descendants(struct request *r, uint32_t span)
{
    oat_json_uint(r->json, r->skeleton.descendants[span]);
}

/* All of them in one string. */
static void put_ids(struct request *r)
{
    char hex[17];
    oat_json_key(r->json, "span_id");
    oat_json_raw(r->json, "\"", 1);
    for (size_t i = 0; i < r->skeleton.count; i++) {
        oat_hex_print(r->spans[r->skeleton.shown[i]].span_id, 8, hex);
        oat_json_raw(r->json, hex, 16);
    }
    oat_json_raw(r->json, "\"", 1);
}

static void put_columns(struct request *r)
{
    static const struct {
        const char *key;
        put_value_fn put_value;
    } columns[] = {
        {"parent", put_parent},
        {"start_ns", put_start},
        {"duration_ns", put_duration},
        {"ttft_ns", put_ttft},
        {"span_type", put_type},
        {"status", put_status},
        {"name", put_name},
        {"model", put_model},
        {"agent", put_agent},
        {"prompt_tokens", put_input_tokens},
        {"completion_tokens", put_output_tokens},
        {"cost_nano_usd", put_cost},
        {"children", put_children},
        {"descendants", put_descendants},
    };
    oat_json_key(r->json, "columns");
    oat_json_object_begin(r->json);
    put_ids(r);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        put_column(r, columns[i].key, columns[i].put_value);
    oat_json_object_end(r->json);
}

/* ---- What numbers in columns stand for -------------------------------------------------------------- */

static void put_dictionaries(struct request *r)
{
    struct oat_json *json = r->json;
    oat_json_key(json, "texts");
    oat_json_array_begin(json);
    oat_json_null(json);
    for (uint32_t i = 0; i < r->texts.count; i++)
        oat_json_string(json, r->texts.texts[i].bytes, r->texts.texts[i].len);
    oat_json_array_end(json);
    oat_json_key(json, "span_types");
    oat_json_array_begin(json);
    oat_json_null(json);
    for (unsigned type = OAT_AGENT; type <= OAT_FILE_IO; type++)
        oat_json_cstring(json, oat_span_type_name(type));
    oat_json_array_end(json);
    oat_json_key(json, "statuses");
    oat_json_array_begin(json);
    oat_json_null(json);
    for (unsigned status = OAT_SHOWN_RUNNING; status <= OAT_SHOWN_LOST_CONTACT; status++)
        oat_json_cstring(json, oat_shown_status_name(status));
    oat_json_array_end(json);
}

static int put_skeleton(struct request *r, const oat_snapshot *snapshot, const oat_trace *trace)
{
    oat_json_object_begin(r->json);
    oat_json_key(r->json, "trace");
    int rc = oat_json_trace_summary(r->json, snapshot, oat_trace_head(trace));
    oat_json_count_field(r->json, "spans", true, r->skeleton.count);
    oat_json_count_field(r->json, "of", true, r->skeleton.siblings);
    put_columns(r);
    put_dictionaries(r);
    oat_json_object_end(r->json);
    return rc;
}

/* ---- Requests ------------------------------------------------------------------------------------- */

/* The index of a span of the trace. False answers 404. */
static bool find_parent(const struct request *r, const char *text, size_t len, uint32_t *ret,
                        struct oat_answer *answer)
{
    uint8_t id[8];
    if (oat_span_id_of_text(r->spans[0].trace_id, text, len, id) == OAT_OK)
        for (size_t i = 0; i < r->span_count; i++)
            if (memcmp(r->spans[i].span_id, id, sizeof id) == 0) {
                *ret = (uint32_t)i;
                return true;
            }
    oat_answer_error(answer, 404, "not_found", "no such span in this trace");
    return false;
}

/* False answers. */
static bool choose(struct request *r, const struct oat_query *query, struct oat_answer *answer)
{
    size_t len;
    uint64_t max = SPANS_MAX, offset = 0, limit = WINDOW_SHOWN;
    uint32_t parent = OAT_SKELETON_NONE;
    struct oat_query_error error;
    const char *text = oat_query_get(query, "parent", &len);
    if (!oat_query_number(query, "max", 1, SPANS_MAX, &max, &error) ||
        !oat_query_number(query, "offset", 0, UINT32_MAX, &offset, &error) ||
        !oat_query_number(query, "limit", 1, SPANS_MAX, &limit, &error)) {
        oat_answer_bad_parameter(answer, &error);
        return false;
    }
    bool window = text || oat_query_get(query, "offset", NULL) || oat_query_get(query, "limit", NULL);
    if (text && !find_parent(r, text, len, &parent, answer))
        return false;
    int rc = window ? oat_skeleton_window(r->spans, r->span_count, parent, offset, limit, &r->skeleton)
                    : oat_skeleton_levels(r->spans, r->span_count, max, &r->skeleton);
    if (rc != OAT_OK)
        oat_answer_result(answer, rc, "choosing the spans");
    return rc == OAT_OK;
}

void oat_handle_skeleton(const struct oat_call *call, struct oat_answer *answer)
{
    struct request r = {.json = &answer->body};
    oat_trace *trace;
    if (!oat_lookup_trace(call, call->id, call->id_len, &trace, answer))
        return;
    r.spans = oat_trace_spans(trace, &r.span_count);
    r.start_ns = oat_trace_head(trace)->start_ns;
    if (choose(&r, call->query, answer)) {
        int rc = put_skeleton(&r, call->lease->snapshot, trace);
        answer->tagged = true;
        if (rc != OAT_OK)
            oat_answer_result(answer, rc, "reading the trace");
    }
    oat_skeleton_free(&r.skeleton);
    oat_intern_free(&r.texts);
    oat_trace_close(trace);
}
