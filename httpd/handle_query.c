#include "httpd/handle_query.h"

#include <stdio.h>
#include <string.h>

#include "export/query_json.h"
#include "httpd/json_body.h"
#include "httpd/selection.h"
#include "reader/filter_number.h"

#define LIST_MAX      64u /* texts of a member; oat_query_run takes fewer and says so */
#define LIMIT_MAX     10000u
#define LIMIT_DEFAULT 1000u
#define NS_DIGITS     9u

/* A body on its way to a query. */
struct request {
    struct oat_json_body body;
    uint64_t now_ns;
    oat_filter *filter;
    oat_text group_by[LIST_MAX], aggregates[LIST_MAX], sort[LIST_MAX];
    oat_span_query query;
    struct oat_answer *answer; /* says what is wrong with it */
};

/* ---- Members of the body: false answers 400 ------------------------------------------------------- */

static bool refuse(struct request *r, const char *member, const char *message)
{
    return oat_json_body_refuse(r->answer, member, message);
}

static bool read_text(struct request *r, const char *member, oat_jnode node, oat_text *ret)
{
    if (oat_jdoc_type_of(&r->body.doc, node) != OAT_JSON_STRING)
        return refuse(r, member, "expected a string");
    *ret = oat_jdoc_string(&r->body.doc, node);
    return true;
}

/* A string counts as a list of one. */
static bool read_list(struct request *r, const char *member, oat_jnode node, oat_text ret[LIST_MAX],
                      size_t *ret_count)
{
    if (oat_jdoc_type_of(&r->body.doc, node) == OAT_JSON_STRING) {
        ret[0] = oat_jdoc_string(&r->body.doc, node);
        *ret_count = 1;
        return true;
    }
    if (oat_jdoc_type_of(&r->body.doc, node) != OAT_JSON_ARRAY ||
        oat_jdoc_count(&r->body.doc, node) > LIST_MAX)
        return refuse(r, member, "expected a list of strings");
    *ret_count = 0;
    for (oat_jnode one = oat_jdoc_first(&r->body.doc, node); one;
         one = oat_jdoc_next(&r->body.doc, node, one)) {
        if (oat_jdoc_type_of(&r->body.doc, one) != OAT_JSON_STRING)
            return refuse(r, member, "expected a list of strings");
        ret[(*ret_count)++] = oat_jdoc_string(&r->body.doc, one);
    }
    return true;
}

/* Seconds since 1970 as a number, or a text as in a filter. */
static bool read_time(struct request *r, const char *member, oat_jnode node, uint64_t *ret)
{
    struct oat_filter_number time;
    enum oat_json_type type = oat_jdoc_type_of(&r->body.doc, node);
    oat_text text =
        type == OAT_JSON_STRING ? oat_jdoc_string(&r->body.doc, node) : oat_jdoc_raw(&r->body.doc, node);
    if ((type != OAT_JSON_STRING && type != OAT_JSON_NUMBER) ||
        !oat_filter_time_parse(text, r->now_ns, &time) || time.floor <= 0)
        return refuse(r, member,
                      "expected a time: -24h, 2026-11-22, 2026-11-22T16:00Z or seconds since 1970");
    *ret = (uint64_t)time.floor;
    return true;
}

static bool read_every(struct request *r, oat_jnode node)
{
    struct oat_filter_number every;
    oat_text text = oat_jdoc_string(&r->body.doc, node);
    if (!text.bytes || !oat_filter_number_parse(text, OAT_UNITS_DURATION, NS_DIGITS, &every) ||
        every.floor <= 0 || every.floor == INT64_MAX)
        return refuse(r, "every", "expected a duration: 30s, 5m, 1h, 1d");
    r->query.every_ns = (uint64_t)every.floor;
    return true;
}

static bool read_limit(struct request *r, oat_jnode node)
{
    uint64_t limit;
    if (oat_jdoc_type_of(&r->body.doc, node) != OAT_JSON_NUMBER ||
        !oat_jdoc_uint(&r->body.doc, node, &limit) || limit < 1 || limit > LIMIT_MAX)
        return refuse(r, "limit", "expected a number from 1 to 10000");
    r->query.limit = (size_t)limit;
    return true;
}

static bool read_filter(struct request *r, oat_jnode node)
{
    oat_text text;
    return read_text(r, "filter", node, &text) &&
           oat_selection_filter(text.bytes, text.len, r->now_ns, "filter", &r->filter, r->answer);
}

static bool is(oat_text name, const char *text)
{
    return name.len == strlen(text) && memcmp(name.bytes, text, name.len) == 0;
}

static bool read_member(struct request *r, oat_text name, oat_jnode node)
{
    oat_span_query *q = &r->query;
    char found[64];
    if (oat_jdoc_type_of(&r->body.doc, node) == OAT_JSON_NULL)
        return true;
    if (is(name, "filter"))
        return read_filter(r, node);
    if (is(name, "from"))
        return read_time(r, "from", node, &q->from_ns);
    if (is(name, "to"))
        return read_time(r, "to", node, &q->to_ns);
    if (is(name, "every"))
        return read_every(r, node);
    if (is(name, "group_by"))
        return read_list(r, "group_by", node, r->group_by, &q->group_by_count);
    if (is(name, "aggregates"))
        return read_list(r, "aggregates", node, r->aggregates, &q->aggregate_count);
    if (is(name, "having"))
        return read_text(r, "having", node, &q->having);
    if (is(name, "sort"))
        return read_list(r, "sort", node, r->sort, &q->sort_count);
    if (is(name, "limit"))
        return read_limit(r, node);
    snprintf(found, sizeof found, "%.*s", (int)(name.len < 40 ? name.len : 40), name.bytes);
    return refuse(
        r, found,
        "no such member; there are filter, from, to, every, group_by, aggregates, having, sort, limit");
}

static bool read_body(struct request *r, const struct oat_call *call)
{
    if (!oat_json_body_read(call, &r->body, r->answer))
        return false;
    const struct oat_json_doc *doc = &r->body.doc;
    const oat_jnode root = OAT_JSON_BODY_ROOT;
    for (oat_jnode key = oat_jdoc_first_key(doc, root); key; key = oat_jdoc_next_key(doc, root, key))
        if (!read_member(r, oat_jdoc_string(doc, key), key + 1))
            return false;
    return true;
}

/* ---- The query ----------------------------------------------------------------------------------- */

static void explain(struct oat_answer *answer, const oat_span_query_error *error)
{
    static const char *const members[] = {
        [OAT_QUERY_OF_WINDOW] = "from",
        [OAT_QUERY_OF_GROUP_BY] = "group_by",
        [OAT_QUERY_OF_AGGREGATES] = "aggregates",
        [OAT_QUERY_OF_HAVING] = "having",
        [OAT_QUERY_OF_SORT] = "sort",
    };
    if (error->part == OAT_QUERY_OF_MEMORY)
        oat_answer_error(answer, 413, "query_too_large", "%s", error->text.message);
    else
        oat_answer_bad_text(answer, "bad_query", members[error->part], &error->text);
}

static void run(struct request *r, const struct oat_lease *lease)
{
    oat_query_result *result;
    oat_span_query_error error;
    r->query.threads = oat_lease_threads(lease);
    int rc = oat_query_run(lease->snapshot, &r->query, &result, &error);
    if (rc == OAT_OK) {
        oat_json_query_result(&r->answer->body, result);
        oat_query_result_free(result);
    } else if (rc == OAT_E_INVALID || rc == OAT_E_LIMIT) {
        explain(r->answer, &error);
    } else {
        oat_answer_result(r->answer, rc, "running the query");
    }
}

void oat_handle_query(const struct oat_call *call, struct oat_answer *answer)
{
    struct request r = {.answer = answer, .now_ns = oat_selection_now_ns()};
    r.query.group_by = r.group_by;
    r.query.aggregates = r.aggregates;
    r.query.sort = r.sort;
    r.query.limit = LIMIT_DEFAULT;
    if (read_body(&r, call)) {
        r.query.filter = r.filter;
        r.query.stop = call->lease->stop;
        if (call->lease->snapshot)
            run(&r, call->lease);
        else
            oat_answer_error(answer, 404, "no_store", "there is no store in the directory yet");
    }
    oat_filter_free(r.filter);
    oat_json_body_free(&r.body);
}
