#include "httpd/selection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "format/names.h"
#include "httpd/log.h"

uint64_t oat_selection_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

bool oat_selection_filter(const char *text, size_t len, uint64_t now_ns, const char *parameter,
                          oat_filter **ret_filter, struct oat_answer *answer)
{
    oat_filter_error error;
    int rc = oat_filter_parse(text, len, now_ns, ret_filter, &error);
    if (rc == OAT_E_INVALID)
        oat_answer_bad_text(answer, "bad_filter", parameter, &error);
    else if (rc != OAT_OK)
        oat_answer_result(answer, rc, "reading the filter");
    return rc == OAT_OK;
}

void oat_selection_quote(struct oat_json *filter, const char *bytes, size_t len)
{
    struct oat_json quoted = {0};
    oat_json_string(&quoted, bytes, len);
    oat_json_raw(filter, quoted.bytes, quoted.len);
    filter->failed = filter->failed || quoted.failed;
    oat_json_free(&quoted);
}

static bool is_blank(const char *q)
{
    return q[strspn(q, " \t\r\n")] == '\0';
}

/* Parses a text of our own making; NULL: out of memory. Frees it. */
static bool parse_made(char *text, uint64_t now_ns, oat_filter **ret, struct oat_answer *answer)
{
    if (!text)
        oat_answer_result(answer, OAT_E_NOMEM, "reading the filter");
    bool ok = text && oat_selection_filter(text, strlen(text), now_ns, "q", ret, answer);
    free(text);
    return ok;
}

/* Both of them; the caller's to free. */
static char *joined(const char *condition, bool of_traces, const char *q)
{
    char *text = NULL;
    int len = is_blank(q) ? asprintf(&text, "%s", condition)
                          : asprintf(&text, "%s%s%s(%s)", condition, *condition ? " and " : "",
                                     of_traces ? "trace.has" : "", q);
    return len < 0 ? NULL : text;
}

bool oat_selection_narrow(const struct oat_query *query, uint64_t now_ns, const char *condition,
                          bool of_traces, oat_filter **ret, struct oat_answer *answer)
{
    size_t len = 0;
    const char *q = oat_query_get(query, "q", &len);
    oat_filter *alone = NULL; /* so that errors point into q */
    *ret = NULL;
    if (q && !oat_selection_filter(q, len, now_ns, "q", &alone, answer))
        return false;
    oat_filter_free(alone);
    return parse_made(joined(condition, of_traces, q ? q : ""), now_ns, ret, answer);
}

bool oat_selection_type(const struct oat_query *query, enum oat_span_type *ret, struct oat_answer *answer)
{
    size_t len;
    struct oat_query_error error = {.parameter = "span_type"};
    char found[40];
    const char *text = oat_query_get(query, "span_type", &len);
    *ret = text ? oat_span_type_parse(text, len) : 0;
    if (!text || *ret)
        return true;
    snprintf(error.message, sizeof error.message,
             "expected agent, llm, tool, retrieval, guardrail, handoff, embedding, rerank, memory, chain, "
             "http, database, cache or file_io, found \"%s\"",
             oat_log_quote(text, found, sizeof found));
    oat_answer_bad_parameter(answer, &error);
    return false;
}

/* The text of a filter for all that is asked: q, a span of the type, and a span with the text. search: NULL
 * or empty: any. The caller's to free; NULL: out of memory. */
static char *join(const char *q, enum oat_span_type type, const char *search)
{
    char *text = NULL;
    size_t len;
    struct oat_json quoted = {0};
    FILE *out = open_memstream(&text, &len);
    if (!out)
        return NULL;
    bool restricts = q && !is_blank(q);
    if (restricts)
        fprintf(out, "(%s)", q);
    if (type)
        fprintf(out, restricts ? " and trace.has(type = %s)" : "type = %s", oat_span_type_name(type));
    if (search && *search) {
        oat_json_cstring(&quoted, search);
        fprintf(out, "%strace.has(%.*s)", restricts || type ? " and " : "", (int)quoted.len, quoted.bytes);
    }
    bool failed = quoted.failed;
    oat_json_free(&quoted);
    if (fclose(out) == 0 && !failed)
        return text;
    free(text);
    return NULL;
}

static bool read_filter(const struct oat_query *query, uint64_t now_ns, oat_filter **ret,
                        struct oat_answer *answer)
{
    size_t len = 0;
    enum oat_span_type type;
    const char *q = oat_query_get(query, "q", &len), *search = oat_query_get(query, "search", NULL);
    *ret = NULL;
    if (!oat_selection_type(query, &type, answer) ||
        (q && !oat_selection_filter(q, len, now_ns, "q", ret, answer)))
        return false;
    if (!type && !search)
        return true;
    oat_filter_free(*ret); /* q alone is good, so that errors point into it */
    *ret = NULL;
    return parse_made(join(q, type, search), now_ns, ret, answer);
}

bool oat_selection_read(const struct oat_query *query, struct oat_selection *ret, struct oat_answer *answer)
{
    struct oat_query_error error;
    uint64_t now_ns = oat_selection_now_ns();
    *ret = (struct oat_selection){0};
    if (oat_query_time(query, "from", now_ns, &ret->from_ns, &error) &&
        oat_query_time(query, "to", now_ns, &ret->to_ns, &error))
        return read_filter(query, now_ns, &ret->filter, answer);
    oat_answer_bad_parameter(answer, &error);
    return false;
}

void oat_selection_free(struct oat_selection *selection)
{
    oat_filter_free(selection->filter);
}
