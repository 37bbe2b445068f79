/* Searching text, as others see it. */
#include "format/utf8.h"
#include "reader/filter_fields.h"
#include "reader/filter_window.h"
#include "reader/search_rows.h"

#include <stdlib.h>
#include <string.h>

struct oat_search {
    oat_search_hit *hits;
    char **snippets; /* of each hit */
    size_t count;
    uint64_t span_count;
    bool more, partial;
};

void oat_search_close(oat_search *search)
{
    if (!search)
        return;
    for (size_t i = 0; search->snippets && i < search->count; i++)
        free(search->snippets[i]);
    free(search->snippets);
    free(search->hits);
    free(search);
}

/* ---- Hits ---- */

static bool is_text(char byte)
{
    return (uint8_t)byte != OAT_UTF8_NEVER;
}

static bool is_inside_character(char byte)
{
    return ((uint8_t)byte & 0xc0) == 0x80;
}

/* Takes over what stands around the text, whole characters, up to media. */
static int take_snippet(const char *bytes, size_t len, size_t pos, size_t text_len, size_t context,
                        oat_search_hit *hit, char **ret_snippet)
{
    size_t begin = pos, end = pos + text_len;
    while (begin > 0 && pos - begin < context && is_text(bytes[begin - 1]))
        begin--;
    while (begin < pos && is_inside_character(bytes[begin]))
        begin++;
    while (end < len && end - pos - text_len < context && is_text(bytes[end]))
        end++;
    while (end < len && end > pos + text_len && is_inside_character(bytes[end]))
        end--;
    char *snippet = malloc(end - begin + 1);
    if (!snippet)
        return OAT_E_NOMEM;
    memcpy(snippet, bytes + begin, end - begin);
    hit->before = (oat_text){snippet, pos - begin};
    hit->text = (oat_text){snippet + (pos - begin), text_len};
    hit->after = (oat_text){snippet + (pos - begin) + text_len, end - pos - text_len};
    hit->offset = pos;
    hit->payload_len = len;
    *ret_snippet = snippet;
    return OAT_OK;
}

/* OAT_NOTFOUND: it cannot be read any more (reported). */
static int make_hit(const struct oat_search_rows *rows, const struct oat_search_row *row, size_t context,
                    oat_search_hit *ret, char **ret_snippet)
{
    static const struct {
        const char *name;
        enum oat_record_payload_field payload;
    } fields[OAT_PAYLOAD_FIELDS] = {
        [OAT_PAYLOAD_OF_INPUT] = {"input", OAT_RECORD_INPUT},
        [OAT_PAYLOAD_OF_OUTPUT] = {"output", OAT_RECORD_OUTPUT},
        [OAT_PAYLOAD_OF_ERROR] = {"error", OAT_RECORD_ERROR},
    };
    struct oat_record record;
    uint8_t *bytes;
    size_t len, pos, text_len;
    int result = oat_scan_record(rows->scan, row->source, row->row, &record);
    if (result == OAT_OK)
        result = oat_record_payload_read_text(rows->scan->snapshot->sources, record.source,
                                              &record.payload[fields[row->field].payload], &bytes, &len);
    if (result != OAT_OK)
        return result == OAT_E_NOMEM ? result : OAT_NOTFOUND;
    *ret = (oat_search_hit){
        .start_ns = row->start_ns,
        .type = (enum oat_span_type)record.span.type,
        .name = record.text[OAT_TEXT_NAME],
        .field = fields[row->field].name,
    };
    memcpy(ret->trace_id, record.span.trace_id, sizeof ret->trace_id);
    memcpy(ret->span_id, record.span.span_id, sizeof ret->span_id);
    result = oat_text_match_find(rows->match, bytes, len, 0, &pos, &text_len)
                 ? take_snippet((const char *)bytes, len, pos, text_len, context, ret, ret_snippet)
                 : OAT_NOTFOUND;
    free(bytes);
    return result;
}

static int make_hits(const struct oat_search_rows *rows, size_t context, oat_search *search)
{
    search->hits = calloc(rows->count + 1, sizeof *search->hits);
    search->snippets = calloc(rows->count + 1, sizeof *search->snippets);
    if (!search->hits || !search->snippets)
        return OAT_E_NOMEM;
    for (size_t i = 0; i < rows->count; i++) {
        int result = make_hit(rows, &rows->rows[i], context, &search->hits[search->count],
                              &search->snippets[search->count]);
        if (result == OAT_E_NOMEM)
            return result;
        search->count += result == OAT_OK;
    }
    return OAT_OK;
}

/* ---- Searching ---- */

static int run(const oat_snapshot *snapshot, const oat_search_query *query,
               const struct oat_text_match *match, oat_search *search)
{
    struct oat_scan scan = {0};
    struct oat_search_rows rows = {.scan = &scan,
                                   .match = match,
                                   .filter = query->filter,
                                   .to_ns = INT64_MAX,
                                   .limit = query->limit,
                                   .newest_only = query->newest_only};
    uint64_t from_ns = 0, to_ns = UINT64_MAX;
    if (query->filter && !oat_filter_window(query->filter, &from_ns, &to_ns))
        return OAT_OK;
    int result = oat_scan_open(snapshot, from_ns, to_ns, query->stop, &scan);
    scan.of_spans = !query->filter || oat_filter_is_of_spans(query->filter);
    if (result == OAT_OK)
        result = oat_search_rows_find(&rows);
    search->partial = result == OAT_E_STOPPED || scan.skipped > 0;
    if (result == OAT_OK || result == OAT_E_STOPPED)
        result = make_hits(&rows, query->context, search);
    search->span_count = rows.span_count;
    search->more = rows.more;
    free(rows.rows);
    oat_scan_close(&scan);
    return result;
}

int oat_search_open(const oat_snapshot *snapshot, const oat_search_query *query, oat_search **ret_search)
{
    struct oat_text_match *match;
    if (query->text.len == 0 || query->limit == 0)
        return OAT_E_INVALID;
    int result = oat_text_match_create(query->text.bytes, query->text.len, &match);
    if (result != OAT_OK)
        return result;
    oat_search *search = calloc(1, sizeof *search);
    result = search ? run(snapshot, query, match, search) : OAT_E_NOMEM;
    oat_text_match_free(match);
    if (result != OAT_OK) {
        oat_search_close(search);
        return result;
    }
    *ret_search = search;
    return OAT_OK;
}

size_t oat_search_count(const oat_search *search)
{
    return search->count;
}

const oat_search_hit *oat_search_get(const oat_search *search, size_t index)
{
    return &search->hits[index];
}

uint64_t oat_search_span_count(const oat_search *search)
{
    return search->span_count;
}

bool oat_search_has_more(const oat_search *search)
{
    return search->more;
}

bool oat_search_is_partial(const oat_search *search)
{
    return search->partial;
}
