#include "httpd/answer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "oat/oat.h"

/* The answer is an error from here on; further members of it may follow, then end_error. */
static struct oat_json *begin_error(struct oat_answer *answer, int status, const char *code,
                                    const char *parameter, const char *message)
{
    struct oat_json *json = &answer->body;
    answer->status = status;
    answer->written = false;
    answer->content_type = OAT_CONTENT_JSON;
    oat_json_clear(json);
    oat_json_object_begin(json);
    oat_json_key(json, "error");
    oat_json_object_begin(json);
    oat_json_key(json, "code");
    oat_json_cstring(json, code);
    oat_json_key(json, "message");
    oat_json_cstring(json, message);
    if (*parameter) {
        oat_json_key(json, "parameter");
        oat_json_cstring(json, parameter);
    }
    return json;
}

static void end_error(struct oat_answer *answer)
{
    struct oat_json *json = &answer->body;
    oat_json_key(json, "request_id");
    oat_json_cstring(json, answer->request_id);
    oat_json_object_end(json);
    oat_json_object_end(json);
}

void oat_answer_error(struct oat_answer *answer, int status, const char *code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(answer->message, sizeof answer->message, format, args);
    va_end(args);
    begin_error(answer, status, code, "", answer->message);
    end_error(answer);
}

void oat_answer_bad_parameter(struct oat_answer *answer, const struct oat_query_error *error)
{
    snprintf(answer->message, sizeof answer->message, "%s%s%s", error->parameter,
             *error->parameter ? ": " : "", error->message);
    begin_error(answer, 400, "bad_parameter", error->parameter, answer->message);
    end_error(answer);
}

void oat_answer_bad_text(struct oat_answer *answer, const char *code, const char *parameter,
                         const oat_filter_error *error)
{
    struct oat_json *json = begin_error(answer, 400, code, parameter, error->message);
    oat_json_key(json, "column");
    oat_json_uint(json, error->column);
    oat_json_key(json, "length");
    oat_json_uint(json, error->length);
    oat_json_key(json, "expected");
    oat_json_array_begin(json);
    for (size_t i = 0; i < error->expected_count; i++)
        oat_json_cstring(json, error->expected[i]);
    oat_json_array_end(json);
    end_error(answer);
}

void oat_answer_result(struct oat_answer *answer, int result, const char *what)
{
    const char *text = oat_result_text(result);
    answer->stale = result == OAT_E_STALE;
    if (result == OAT_NOTFOUND)
        oat_answer_error(answer, 404, "not_found", "%s: %s", what, text);
    else if (result == OAT_E_STOPPED)
        oat_answer_error(answer, 503, "deadline_exceeded",
                         "%s took longer than a request may (query_timeout): ask for less, by time or filter",
                         what);
    else if (result == OAT_E_NOMEM || result == OAT_E_IO || result == OAT_E_STALE)
        oat_answer_error(answer, 503, "unavailable", "%s: %s", what, text);
    else
        oat_answer_error(answer, 500, "internal", "%s: %s", what, text);
}

#define RETRY_FULL_S 30u /* somebody has to make room */
#define RETRY_S      1u

void oat_answer_unstored(struct oat_answer *answer, int result)
{
    const char *why = result == OAT_E_IO && errno != 0 ? strerror(errno) : oat_result_text(result);
    answer->retry_after_s = result == OAT_E_FULL ? RETRY_FULL_S : RETRY_S;
    oat_answer_error(answer, 503, result == OAT_E_FULL ? "disk_full" : "not_stored",
                     "not stored, send it again: %s", why);
}
