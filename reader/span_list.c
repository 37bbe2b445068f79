/* Lists of spans, newest first. */
#include "format/ids.h"
#include "oat/lists.h"
#include "reader/filter_fields.h"
#include "reader/filter_window.h"
#include "reader/search_rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CURSOR_SIZE 40u

struct oat_span_list {
    oat_span_ids *places;
    size_t count;
    uint64_t total;
    bool exact;
    bool partial;
    char cursor[CURSOR_SIZE]; /* "": it is the last page */
};

static bool parse_cursor(const char *text, struct oat_search_rows *rows)
{
    char id[17];
    oat_le64 bytes;
    int end = 0;
    if (sscanf(text, "%" SCNu64 "-%16[0-9a-f]%n", &rows->after_start_ns, id, &end) != 2 ||
        text[end] != '\0' || !oat_hex_parse(id, strlen(id), bytes.b, sizeof bytes.b))
        return false;
    rows->after_span_id = oat_le64_get(bytes);
    rows->has_after = true;
    return true;
}

static void print_cursor(const oat_span_ids *place, char ret[CURSOR_SIZE])
{
    char id[17];
    oat_hex_print(place->span_id, sizeof place->span_id, id);
    snprintf(ret, CURSOR_SIZE, "%" PRIu64 "-%s", place->start_ns, id);
}

static int take_places(const struct oat_search_rows *rows, size_t offset, size_t limit, oat_span_list *list)
{
    size_t shown = rows->count > offset ? rows->count - offset : 0;
    shown = shown < limit ? shown : limit;
    list->places = calloc(shown + 1, sizeof *list->places);
    if (!list->places)
        return OAT_E_NOMEM;
    for (size_t i = 0; i < shown; i++) {
        const struct oat_search_row *row = &rows->rows[offset + i];
        oat_span_ids *place = &list->places[list->count];
        struct oat_record record;
        int result = oat_scan_record(rows->scan, row->source, row->row, &record);
        if (result == OAT_E_NOMEM)
            return result;
        if (result != OAT_OK)
            continue; /* reported */
        memcpy(place->trace_id, record.span.trace_id, sizeof place->trace_id);
        memcpy(place->span_id, record.span.span_id, sizeof place->span_id);
        place->start_ns = row->start_ns;
        list->count++;
    }
    if (list->count > 0 && rows->count > offset + shown)
        print_cursor(&list->places[list->count - 1], list->cursor);
    return OAT_OK;
}

static int run(const oat_snapshot *snapshot, const oat_span_list_query *query, struct oat_search_rows *rows,
               oat_span_list *list)
{
    struct oat_scan scan = {0};
    uint64_t first_ns, last_ns, to_ns = rows->to_ns - 1;
    if (rows->has_after && rows->after_start_ns < to_ns)
        to_ns = rows->after_start_ns;
    list->exact = true;
    if (query->filter && !oat_filter_window(query->filter, &first_ns, &last_ns))
        return OAT_OK;
    int result = oat_scan_open(snapshot, rows->from_ns, to_ns, query->stop, &scan);
    scan.of_spans = !query->filter || oat_filter_is_of_spans(query->filter);
    rows->scan = &scan;
    if (result == OAT_OK)
        result = oat_search_rows_find(rows);
    bool stopped = result == OAT_E_STOPPED;
    if (result == OAT_OK || stopped)
        result = take_places(rows, query->cursor ? 0 : query->offset, query->limit, list);
    if (stopped)
        list->cursor[0] = '\0'; /* what it would skip was not all met */
    list->total = rows->span_count;
    list->partial = stopped || scan.skipped > 0;
    list->exact = !rows->more && !rows->has_after && !list->partial;
    oat_scan_close(&scan);
    return result;
}

int oat_span_list_open(const oat_snapshot *snapshot, const oat_span_list_query *query,
                       oat_span_list **ret_list)
{
    struct oat_search_rows rows = {.filter = query->filter,
                                   .limit = (query->cursor ? 0 : query->offset) + query->limit + 1,
                                   .newest_only = true,
                                   .from_ns = query->from_ns,
                                   .to_ns =
                                       query->to_ns && query->to_ns < INT64_MAX ? query->to_ns : INT64_MAX};
    if (query->limit == 0 || (query->cursor && !parse_cursor(query->cursor, &rows)))
        return OAT_E_INVALID;
    oat_span_list *list = calloc(1, sizeof *list);
    if (!list)
        return OAT_E_NOMEM;
    int result = rows.from_ns < rows.to_ns ? run(snapshot, query, &rows, list) : OAT_OK;
    free(rows.rows);
    if (result != OAT_OK) {
        oat_span_list_close(list);
        return result;
    }
    *ret_list = list;
    return OAT_OK;
}

void oat_span_list_close(oat_span_list *list)
{
    if (!list)
        return;
    free(list->places);
    free(list);
}

size_t oat_span_list_count(const oat_span_list *list)
{
    return list->count;
}

const oat_span_ids *oat_span_list_get(const oat_span_list *list, size_t index)
{
    return &list->places[index];
}

uint64_t oat_span_list_total(const oat_span_list *list, bool *ret_exact)
{
    *ret_exact = list->exact;
    return list->total;
}

const char *oat_span_list_cursor(const oat_span_list *list)
{
    return list->cursor[0] ? list->cursor : NULL;
}

bool oat_span_list_is_partial(const oat_span_list *list)
{
    return list->partial;
}
