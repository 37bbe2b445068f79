#include "httpd/handle_export.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "export/export.h"
#include "httpd/lookup.h"
#include "httpd/trace_selection.h"
#include "reader/trace_ids.h"

const char *const oat_export_parameters[] = {"format", "include_blobs", "ids", OAT_TRACE_SELECTION_PARAMETERS,
                                             NULL};

/* ---- The request --------------------------------------------------------------------------------- */

static bool refuse(struct oat_answer *answer, const char *parameter, const char *message)
{
    struct oat_query_error error;
    snprintf(error.parameter, sizeof error.parameter, "%s", parameter);
    snprintf(error.message, sizeof error.message, "%s", message);
    oat_answer_bad_parameter(answer, &error);
    return false;
}

static bool read_format(const struct oat_query *query, const struct oat_export_format **ret,
                        struct oat_export_options *ret_options, struct oat_answer *answer)
{
    struct oat_query_error error;
    const char *name = oat_query_get(query, "format", NULL);
    *ret = name ? oat_export_format_find(name) : oat_export_format_at(0);
    *ret_options = (struct oat_export_options){.payloads = true};
    if (!*ret)
        return refuse(answer, "format", "expected jsonl, otlp-json or csv");
    if (oat_query_bool(query, "include_blobs", &ret_options->payloads, &error))
        return true;
    oat_answer_bad_parameter(answer, &error);
    return false;
}

static int compare(const void *x, const void *y)
{
    return memcmp(x, y, 16);
}

/* Puts them in order, each once. Returns how many are left. */
static size_t order_ids(uint8_t (*ids)[16], size_t count)
{
    size_t kept = 0;
    qsort(ids, count, sizeof *ids, compare);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || compare(ids[i], ids[kept - 1]) != 0)
            memmove(ids[kept++], ids[i], sizeof *ids);
    return kept;
}

/* The traces that a list of ids names. */
static bool read_ids(const struct oat_call *call, const char *list, size_t len, uint8_t (**ret_ids)[16],
                     size_t *ret_count, struct oat_answer *answer)
{
    if (!oat_lookup_trace_ids(call, list, len, ret_ids, ret_count, answer))
        return false;
    *ret_count = order_ids(*ret_ids, *ret_count);
    return true;
}

/* The traces of q and the other parameters of a list. */
static bool select_traces(const struct oat_call *call, uint8_t (**ret_ids)[16], size_t *ret_count,
                          struct oat_answer *answer)
{
    struct oat_trace_selection selection;
    int result = OAT_OK;
    *ret_ids = NULL;
    *ret_count = 0;
    bool ok = oat_trace_selection_read(call->query, &selection, answer);
    if (ok && call->lease->snapshot) {
        oat_trace_query query = oat_trace_selection_query(&selection, call->lease);
        result = oat_trace_ids_read(call->lease->snapshot, &query, ret_ids, ret_count);
    }
    if (result != OAT_OK)
        oat_answer_result(answer, result, "finding the traces");
    oat_trace_selection_free(&selection);
    return ok && result == OAT_OK;
}

static bool find_traces(const struct oat_call *call, uint8_t (**ret_ids)[16], size_t *ret_count,
                        struct oat_answer *answer)
{
    static const char *const others[] = {OAT_TRACE_SELECTION_PARAMETERS};
    size_t len;
    const char *ids = oat_query_get(call->query, "ids", &len);
    for (size_t i = 0; ids && i < sizeof others / sizeof *others; i++)
        if (oat_query_get(call->query, others[i], NULL))
            return refuse(answer, others[i], "with ids, nothing else selects traces");
    return ids ? read_ids(call, ids, len, ret_ids, ret_count, answer)
               : select_traces(call, ret_ids, ret_count, answer);
}

/* ---- The stream ---------------------------------------------------------------------------------- */

struct export_stream {
    struct oat_stream stream; /* first */
    struct oat_export *export;
    const struct oat_lease *lease; /* borrowed: it outlives the stream */
};

static int read_export(struct oat_stream *stream, struct oat_json *out, bool *ret_done)
{
    struct export_stream *self = (struct export_stream *)stream;
    oat_problem fault;
    int result = oat_export_read(self->export, out, OAT_STREAM_PIECE_BYTES, ret_done);
    return result == OAT_OK && oat_lease_has_fault(self->lease, &fault) ? OAT_E_IO : result;
}

static void free_export(struct oat_stream *stream)
{
    struct export_stream *self = (struct export_stream *)stream;
    oat_export_close(self->export);
    free(self);
}

static int begin_stream(const struct oat_lease *lease, struct oat_export *export, struct oat_stream **ret)
{
    struct export_stream *self = calloc(1, sizeof *self);
    if (!self) {
        oat_export_close(export);
        return OAT_E_NOMEM;
    }
    *self = (struct export_stream){
        .stream = {.read = read_export, .free = free_export}, .export = export, .lease = lease};
    *ret = &self->stream;
    return OAT_OK;
}

static void name_file(const struct oat_export_format *format, struct oat_answer *answer)
{
    time_t now = time(NULL);
    struct tm utc;
    char day[20];
    strftime(day, sizeof day, "%Y-%m-%d", gmtime_r(&now, &utc));
    snprintf(answer->filename, sizeof answer->filename, "oat-%s.%s", day, format->extension);
    answer->attachment = true;
    answer->content_type = format->content_type;
}

void oat_handle_export(const struct oat_call *call, struct oat_answer *answer)
{
    const struct oat_export_format *format;
    struct oat_export_options options;
    struct oat_export *export;
    uint8_t(*ids)[16];
    size_t count;
    if (!read_format(call->query, &format, &options, answer) || !find_traces(call, &ids, &count, answer))
        return;
    int result = oat_export_open(call->lease->snapshot, format, &options, ids, count, &export);
    if (result == OAT_OK)
        result = begin_stream(call->lease, export, &answer->stream);
    if (result == OAT_OK)
        name_file(format, answer);
    else
        oat_answer_result(answer, result, "exporting");
}

void oat_handle_export_formats(const struct oat_call *call, struct oat_answer *answer)
{
    struct oat_json *json = &answer->body;
    const struct oat_export_format *format;
    (void)call;
    oat_json_object_begin(json);
    oat_json_key(json, "formats");
    oat_json_array_begin(json);
    for (size_t i = 0; (format = oat_export_format_at(i)) != NULL; i++) {
        oat_json_object_begin(json);
        oat_json_key(json, "name");
        oat_json_cstring(json, format->name);
        oat_json_key(json, "description");
        oat_json_cstring(json, format->description);
        oat_json_key(json, "content_type");
        oat_json_cstring(json, format->content_type);
        oat_json_key(json, "extension");
        oat_json_cstring(json, format->extension);
        oat_json_object_end(json);
    }
    oat_json_array_end(json);
    oat_json_object_end(json);
}
