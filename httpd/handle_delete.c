#include "httpd/handle_delete.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "httpd/json_body.h"
#include "httpd/lookup.h"
#include "httpd/selection.h"

#define IDS_MAX 100000u

const char *const oat_delete_parameters[] = {"reason", NULL};

/* Traces that are to be hidden. */
struct doomed {
    uint8_t (*ids)[16]; /* to be freed */
    size_t count;
};

/* Hides them; nothing more is looked up. */
static void hide(const struct oat_call *call, const struct doomed *doomed, const char *reason,
                 struct oat_answer *answer)
{
    oat_tracer *tracer = NULL;
    int rc = doomed->count > 0 ? oat_store_writer_tracer(call->project->writer, &tracer) : OAT_OK;
    for (size_t i = 0; i < doomed->count && rc == OAT_OK; i++)
        rc = oat_trace_delete(tracer, doomed->ids[i], reason);
    if (rc != OAT_OK) {
        oat_answer_unstored(answer, rc);
        return;
    }
    answer->written = doomed->count > 0;
    oat_view_expire(call->project->view);
    oat_json_object_begin(&answer->body);
    oat_json_key(&answer->body, "deleted");
    oat_json_uint(&answer->body, doomed->count);
    oat_json_object_end(&answer->body);
}

void oat_handle_delete(const struct oat_call *call, struct oat_answer *answer)
{
    uint8_t id[1][16];
    if (oat_lookup_trace_id(call, call->id, call->id_len, id[0], answer))
        hide(call, &(struct doomed){id, 1}, oat_query_get(call->query, "reason", NULL), answer);
}

/* ---- Many ----------------------------------------------------------------------------------------- */

static bool make_room(struct doomed *doomed, size_t count, struct oat_answer *answer)
{
    doomed->ids = calloc(count + 1, sizeof *doomed->ids);
    if (!doomed->ids)
        oat_answer_result(answer, OAT_E_NOMEM, "reading the ids");
    return doomed->ids != NULL;
}

static int compare_ids(const void *a, const void *b)
{
    return memcmp(a, b, 16);
}

/* Leaves each of them once. */
static void unite(struct doomed *doomed)
{
    size_t kept = 0;
    qsort(doomed->ids, doomed->count, sizeof *doomed->ids, compare_ids);
    for (size_t i = 0; i < doomed->count; i++)
        if (i == 0 || memcmp(doomed->ids[i], doomed->ids[kept - 1], 16) != 0)
            memmove(doomed->ids[kept++], doomed->ids[i], 16);
    doomed->count = kept;
}

/* Of a list of ids, all of which have to be there. */
static bool find_all(const struct oat_call *call, struct oat_json_body *body, oat_jnode ids,
                     struct doomed *ret, struct oat_answer *answer)
{
    size_t count = oat_jdoc_count(&body->doc, ids);
    if (oat_jdoc_type_of(&body->doc, ids) != OAT_JSON_ARRAY || count > IDS_MAX)
        return oat_json_body_refuse(answer, "ids", "expected a list of at most 100000 ids");
    if (!make_room(ret, count, answer))
        return false;
    for (oat_jnode one = oat_jdoc_first(&body->doc, ids); one; one = oat_jdoc_next(&body->doc, ids, one)) {
        oat_text text = oat_jdoc_string(&body->doc, one);
        if (!text.bytes)
            return oat_json_body_refuse(answer, "ids", "expected a list of strings");
        if (!oat_lookup_trace_id(call, text.bytes, text.len, ret->ids[ret->count], answer))
            return false;
        ret->count++;
    }
    unite(ret);
    return true;
}

/* Those that a filter lists. */
static bool list_all(const struct oat_call *call, const oat_filter *filter, struct doomed *ret,
                     struct oat_answer *answer)
{
    const oat_trace_query query = {.filter = filter, .limit = IDS_MAX};
    oat_trace_list *list;
    int rc = call->lease->snapshot ? oat_trace_list_open(call->lease->snapshot, &query, &list) : OAT_NOTFOUND;
    if (rc == OAT_NOTFOUND)
        return make_room(ret, 0, answer);
    if (rc != OAT_OK) {
        oat_answer_result(answer, rc, "reading the traces");
        return false;
    }
    size_t count = oat_trace_list_count(list);
    bool more = oat_trace_list_cursor(list) != NULL, ok = !more && make_room(ret, count, answer);
    for (size_t i = 0; ok && i < count; i++)
        memcpy(ret->ids[ret->count++], oat_trace_list_get(list, i)->trace_id, 16);
    oat_trace_list_close(list);
    if (more)
        oat_answer_error(answer, 413, "too_many", "more than %u traces: delete fewer at once", IDS_MAX);
    return ok;
}

static bool choose(const struct oat_call *call, struct oat_json_body *body, struct doomed *ret,
                   struct oat_answer *answer)
{
    oat_jnode ids = oat_jdoc_get(&body->doc, OAT_JSON_BODY_ROOT, "ids");
    const char *q = NULL;
    oat_filter *filter = NULL;
    if (!oat_json_body_text(body, "q", &q, answer))
        return false;
    if ((ids != 0) == (q != NULL))
        return oat_json_body_refuse(answer, "ids", "expected either ids or q");
    if (ids)
        return find_all(call, body, ids, ret, answer);
    bool ok = oat_selection_filter(q, strlen(q), oat_selection_now_ns(), "q", &filter, answer) &&
              list_all(call, filter, ret, answer);
    oat_filter_free(filter);
    return ok;
}

/* So many as whoever asks thinks there are; of a filter, that has to be said. */
static bool is_expected(struct oat_json_body *body, size_t count, struct oat_answer *answer)
{
    uint64_t expected = count;
    oat_jnode node = oat_jdoc_get(&body->doc, OAT_JSON_BODY_ROOT, "expect_count");
    bool by_filter = oat_jdoc_get(&body->doc, OAT_JSON_BODY_ROOT, "q") != 0;
    if ((node || by_filter) && (oat_jdoc_type_of(&body->doc, node) != OAT_JSON_NUMBER ||
                                !oat_jdoc_uint(&body->doc, node, &expected)))
        return oat_json_body_refuse(answer, "expect_count", "expected how many traces there are to delete");
    if (expected == count)
        return true;
    oat_answer_error(answer, 409, "unexpected_count",
                     "there are %zu such traces, not %" PRIu64 ": nothing was deleted", count, expected);
    return false;
}

void oat_handle_delete_many(const struct oat_call *call, struct oat_answer *answer)
{
    static const char *const members[] = {"ids", "q", "expect_count", "reason", NULL};
    struct oat_json_body body;
    struct doomed doomed = {0};
    const char *reason = NULL;
    if (oat_json_body_read(call, &body, answer) && oat_json_body_only(&body, members, answer) &&
        oat_json_body_text(&body, "reason", &reason, answer) && choose(call, &body, &doomed, answer) &&
        is_expected(&body, doomed.count, answer))
        hide(call, &doomed, reason, answer);
    free(doomed.ids);
    oat_json_body_free(&body);
}
