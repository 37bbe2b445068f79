/* OpenAgentTrace: what many traces come to, and lists of sessions and spans. reader.h lists traces. */
#ifndef OAT_LISTS_H
#define OAT_LISTS_H

#include "oat/reader.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Totals of traces ----------------------------------------------------------------------- */

/* What traces come to. Sums wrap. */
typedef struct oat_trace_totals {
    uint64_t traces;
    uint64_t by_status[OAT_SHOWN_LOST_CONTACT + 1]; /* traces, by enum oat_shown_status */
    uint64_t spans, errors;                         /* spans of the traces; those with status error */
    uint64_t with_cost, with_tokens, ended;         /* traces of which that is known, or that have ended */
    int64_t cost_total_nano;
    uint64_t input_tokens, output_tokens;
    double duration_avg_ns;                                   /* of those that ended, as these are: */
    double duration_p50_ns, duration_p95_ns, duration_p99_ns; /* within 1 %; 0 when none has ended */
    uint64_t first_start_ns, last_start_ns;
    bool partial; /* files could not be read: see the snapshot's problems */
} oat_trace_totals;

/* How many traces began when: bucket i is of [from_ns + i * every_ns, from_ns + (i + 1) * every_ns). */
typedef struct oat_trace_histogram {
    uint64_t from_ns, every_ns; /* every_ns > 0 */
    size_t bucket_count;
    struct {
        uint64_t traces, errors; /* errors: of the traces, those with status error */
    } * buckets;                 /* the caller's, zeros at first */
} oat_trace_histogram;

/* Adds up the traces of a query, whatever its order and page; histogram (NULL: none) takes those that begin
 * in its buckets. Reads a row a trace, and spans only for the filter. OAT_OK, OAT_E_NOMEM, OAT_E_STOPPED,
 * OAT_E_STALE as oat_trace_open; OAT_E_INVALID: every_ns is 0. Any thread. */
OAT_API int oat_trace_totals_read(const oat_snapshot *snapshot, const oat_trace_query *query,
                                  oat_trace_totals *ret_totals, const oat_trace_histogram *histogram);

/* ---- Lists of sessions ---------------------------------------------------------------------- */

/* What the traces of a session come to, as far as a query lists them. Texts are the list's. */
typedef struct oat_session_view {
    oat_text name, user; /* user: of its newest trace that has one */
    uint64_t trace_count, running_count, failed_count;
    uint64_t start_ns, newest_start_ns; /* of its first trace, of its newest */
    uint64_t seen_ns;                   /* greatest start or end */
    uint64_t duration_ns;               /* sum over the traces that ended */
    uint64_t span_count, error_count;
    bool has_tokens, has_cost;
    uint64_t input_tokens, output_tokens;
    int64_t cost_total_nano;
} oat_session_view;

typedef struct oat_session_list oat_session_list;
/* The sessions that the traces of a query are of. It is sorted by what they come to (by start: the one that
 * was seen last is first), and its page is of sessions. Results as of oat_trace_list_open. */
OAT_API int oat_session_list_open(const oat_snapshot *snapshot, const oat_trace_query *query,
                                  oat_session_list **ret_list);
OAT_API void oat_session_list_close(oat_session_list *list);
OAT_API size_t oat_session_list_count(const oat_session_list *list);
/* index < count. Borrowed from the list, as is the cursor. */
OAT_API const oat_session_view *oat_session_list_get(const oat_session_list *list, size_t index);
OAT_API uint64_t oat_session_list_total(const oat_session_list *list, bool *ret_exact);
OAT_API const char *oat_session_list_cursor(const oat_session_list *list);
/* As oat_trace_list_is_partial: sums may be too small then. */
OAT_API bool oat_session_list_is_partial(const oat_session_list *list);

/* ---- Lists of spans ------------------------------------------------------------------------- */

typedef struct oat_span_list_query {
    const oat_filter *filter; /* NULL: all */
    uint64_t from_ns, to_ns;  /* spans whose start is in [from_ns, to_ns); to_ns 0: no end */
    size_t offset;
    size_t limit;         /* 1 and on */
    const char *cursor;   /* of an earlier list of the same query; instead of offset. NULL: none */
    const oat_stop *stop; /* borrowed while it runs; NULL: none */
} oat_span_list_query;

typedef struct oat_span_ids {
    uint8_t trace_id[16];
    uint8_t span_id[8];
    uint64_t start_ns;
} oat_span_ids;

/* Spans, newest first. */
typedef struct oat_span_list oat_span_list;
/* OAT_E_INVALID: the cursor, or a limit of 0. Others as of oat_trace_list_open. Any thread. */
OAT_API int oat_span_list_open(const oat_snapshot *snapshot, const oat_span_list_query *query,
                               oat_span_list **ret_list);
OAT_API void oat_span_list_close(oat_span_list *list);
OAT_API size_t oat_span_list_count(const oat_span_list *list);
/* index < count. Borrowed from the list, as is the cursor. */
OAT_API const oat_span_ids *oat_span_list_get(const oat_span_list *list, size_t index);
/* Spans that were met; older ones are not looked for when the page is full, and *ret_exact is false then. */
OAT_API uint64_t oat_span_list_total(const oat_span_list *list, bool *ret_exact);
OAT_API const char *oat_span_list_cursor(const oat_span_list *list);
/* As oat_trace_list_is_partial. */
OAT_API bool oat_span_list_is_partial(const oat_span_list *list);

/* The newest trace that has a span of that id, and how many others have one. OAT_NOTFOUND, OAT_E_NOMEM,
 * OAT_E_STALE. */
OAT_API int oat_snapshot_find_span(const oat_snapshot *snapshot, const uint8_t span_id[8],
                                   uint8_t ret_trace_id[16], size_t *ret_other_traces);

/* ---- Content -------------------------------------------------------------------------------- */

/* Reads what has a content id in this store (oat_content_id_in): a payload, or a piece that payloads have in
 * common, as messages are. Of payloads that were compacted, those of several pieces are not found by their
 * own id. *ret_bytes is the caller's: free(); a byte behind the end is its, too. OAT_NOTFOUND: there is none,
 * or it is forgotten; OAT_E_NOMEM, OAT_E_STALE. Any thread. */
OAT_API int oat_content_find(const oat_snapshot *snapshot, const uint8_t id[16], uint8_t **ret_bytes,
                             size_t *ret_len);

#ifdef __cplusplus
}
#endif

#endif
