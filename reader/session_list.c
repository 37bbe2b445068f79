/* Lists of sessions: what the traces of each come to. */
#include "format/hash.h"
#include "oat/lists.h"
#include "reader/array.h"
#include "reader/intern.h"
#include "reader/trace_rank.h"
#include "reader/trace_visit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CURSOR_SIZE 40u

/* A session and its place in the order: greater keys first, then lesser hashes of its name. */
struct ranked {
    uint64_t key, hash;
    oat_session_view view;
};

struct oat_session_list {
    struct oat_intern names; /* sessions: number = code - 1 */
    struct oat_intern users;
    struct ranked *sessions; /* by number, then in order */
    size_t capacity;
    const oat_trace_query *query; /* while the list is made */
    struct oat_scan scan;         /* likewise */
    size_t first, count;          /* of the page */
    bool exact;
    bool partial, stopped;
    char cursor[CURSOR_SIZE]; /* "": it is the last page */
};

/* ---- Adding up ------------------------------------------------------------------------------------ */

static void add_numbers(oat_session_view *s, const struct oat_trace_numbers *trace)
{
    uint64_t seen_ns = trace->end_ns > trace->start_ns ? trace->end_ns : trace->start_ns;
    if (s->trace_count++ == 0 || trace->start_ns < s->start_ns)
        s->start_ns = trace->start_ns;
    if (seen_ns > s->seen_ns)
        s->seen_ns = seen_ns;
    s->running_count += trace->status == OAT_SHOWN_RUNNING;
    s->failed_count += trace->status == OAT_SHOWN_ERROR;
    s->span_count += trace->span_count;
    s->error_count += trace->error_count;
    s->duration_ns += trace->end_ns > trace->start_ns ? trace->end_ns - trace->start_ns : 0;
    s->has_cost = s->has_cost || trace->has_cost;
    s->cost_total_nano = (int64_t)((uint64_t)s->cost_total_nano + (uint64_t)trace->cost_nano);
    s->has_tokens = s->has_tokens || trace->has_tokens;
    s->input_tokens += trace->input_tokens;
    s->output_tokens += trace->output_tokens;
}

static int add(void *arg, const struct oat_trace_numbers *trace)
{
    oat_session_list *list = arg;
    oat_text name, user;
    uint32_t code, user_code;
    uint32_t known = list->names.count;
    int result = oat_visited_trace_people(&list->scan, trace, &name, &user);
    if (result != OAT_OK || !name.bytes)
        return result == OAT_E_NOMEM ? result : OAT_OK; /* damage is reported */
    result = oat_intern(&list->names, name, &code);
    if (result == OAT_OK)
        result = oat_intern(&list->users, user, &user_code);
    if (result != OAT_OK)
        return result;
    if (code > known) {
        if (!oat_array_reserve(&list->sessions, known, &list->capacity, sizeof *list->sessions))
            return OAT_E_NOMEM;
        list->sessions[known] = (struct ranked){0};
    }
    oat_session_view *session = &list->sessions[code - 1].view;
    if (user_code > 0 && trace->start_ns >= session->newest_start_ns)
        session->user = list->users.texts[user_code - 1];
    if (trace->start_ns > session->newest_start_ns)
        session->newest_start_ns = trace->start_ns;
    add_numbers(session, trace);
    return OAT_OK;
}

static int read_window(const oat_snapshot *snapshot, oat_session_list *list)
{
    const unsigned wanted = OAT_NUMBERS_END | OAT_NUMBERS_COST | OAT_NUMBERS_TOKENS | OAT_NUMBERS_ERRORS;
    uint64_t from_ns, to_ns;
    list->exact = true;
    if (!oat_trace_query_window(list->query, &from_ns, &to_ns))
        return OAT_OK;
    int result = oat_scan_open(snapshot, from_ns, to_ns, list->query->stop, &list->scan);
    for (uint32_t i = 0; result == OAT_OK && i < oat_scan_source_count(&list->scan); i++)
        result = oat_traces_visit(&list->scan, i, list->query, wanted, add, list);
    list->stopped = result == OAT_E_STOPPED;
    list->partial = list->scan.skipped > 0 || list->stopped;
    list->exact = !list->partial;
    oat_scan_close(&list->scan);
    return list->stopped ? OAT_OK : result;
}

/* ---- Pages ---------------------------------------------------------------------------------------- */

static int compare(const void *x, const void *y)
{
    const struct ranked *a = x, *b = y;
    if (a->key != b->key)
        return a->key > b->key ? -1 : 1;
    return (a->hash > b->hash) - (a->hash < b->hash);
}

static void rank(oat_session_list *list, size_t number)
{
    struct ranked *session = &list->sessions[number];
    oat_session_view *view = &session->view;
    view->name = list->names.texts[number];
    session->hash = oat_hash64(view->name.bytes, view->name.len, 0);
    const struct oat_trace_numbers sums = {
        .start_ns = view->seen_ns,
        .end_ns = view->seen_ns + view->duration_ns,
        .cost_nano = view->cost_total_nano,
        .has_cost = view->has_cost,
        .input_tokens = view->input_tokens,
        .output_tokens = view->output_tokens,
        .span_count = view->span_count < UINT32_MAX ? (uint32_t)view->span_count : UINT32_MAX,
        .error_count = view->error_count < UINT32_MAX ? (uint32_t)view->error_count : UINT32_MAX,
    };
    session->key = oat_rank_key(list->query, &sums);
}

static bool parse_cursor(const char *text, struct ranked *ret)
{
    int end = 0;
    return strspn(text, "0123456789abcdef") <= 16 &&
           sscanf(text, "%" SCNx64 "-%" SCNx64 "%n", &ret->key, &ret->hash, &end) == 2 && text[end] == '\0';
}

static void choose_page(oat_session_list *list, const struct ranked *after)
{
    const oat_trace_query *query = list->query;
    size_t total = list->names.count, first = after ? 0 : query->offset;
    if (total > 0)
        qsort(list->sessions, total, sizeof *list->sessions, compare);
    while (after && first < total && compare(&list->sessions[first], after) <= 0)
        first++;
    list->first = first < total ? first : total;
    list->count = total - list->first;
    if (query->limit == 0 || list->count <= query->limit)
        return;
    list->count = query->limit;
    const struct ranked *last = &list->sessions[list->first + list->count - 1];
    snprintf(list->cursor, CURSOR_SIZE, "%" PRIx64 "-%" PRIx64, last->key, last->hash);
}

int oat_session_list_open(const oat_snapshot *snapshot, const oat_trace_query *query,
                          oat_session_list **ret_list)
{
    struct ranked after = {0};
    if (query->cursor && !parse_cursor(query->cursor, &after))
        return OAT_E_INVALID;
    oat_session_list *list = calloc(1, sizeof *list);
    if (!list)
        return OAT_E_NOMEM;
    list->query = query;
    int result = read_window(snapshot, list);
    if (result != OAT_OK) {
        oat_session_list_close(list);
        return result;
    }
    for (size_t i = 0; i < list->names.count; i++)
        rank(list, i);
    choose_page(list, query->cursor ? &after : NULL);
    *ret_list = list;
    return OAT_OK;
}

void oat_session_list_close(oat_session_list *list)
{
    if (!list)
        return;
    oat_intern_free(&list->names);
    oat_intern_free(&list->users);
    free(list->sessions);
    free(list);
}

size_t oat_session_list_count(const oat_session_list *list)
{
    return list->count;
}

const oat_session_view *oat_session_list_get(const oat_session_list *list, size_t index)
{
    return &list->sessions[list->first + index].view;
}

uint64_t oat_session_list_total(const oat_session_list *list, bool *ret_exact)
{
    *ret_exact = list->exact;
    return list->names.count;
}

const char *oat_session_list_cursor(const oat_session_list *list)
{
    return list->cursor[0] && !list->stopped ? list->cursor : NULL;
}

bool oat_session_list_is_partial(const oat_session_list *list)
{
    return list->partial;
}
