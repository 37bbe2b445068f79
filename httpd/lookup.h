/* From the ids of a request to a trace or span. Each function that fails has answered: 404 not_found, 409
 * ambiguous_id, 400 bad_id ... */
#ifndef OAT_HTTPD_LOOKUP_H
#define OAT_HTTPD_LOOKUP_H

#include "httpd/router.h"

/* The id of the trace that a text names; it need not end in NUL. */
bool oat_lookup_trace_id(const struct oat_call *call, const char *text, size_t len, uint8_t ret[16],
                         struct oat_answer *answer);

/* The ids of the traces that the parameter ids names, parted by commas, in its order: at least one. *ret_ids
 * is the caller's to free. */
bool oat_lookup_trace_ids(const struct oat_call *call, const char *list, size_t len, uint8_t (**ret_ids)[16],
                          size_t *ret_count, struct oat_answer *answer);

/* Opens it; the caller closes it. */
bool oat_lookup_trace(const struct oat_call *call, const char *text, size_t len, oat_trace **ret_trace,
                      struct oat_answer *answer);

/* A span, in its trace. */
struct oat_span_found {
    oat_trace *trace; /* the caller closes it */
    const oat_span_view *span;
    size_t index;        /* of the span in its trace */
    size_t other_traces; /* that have a span of that id, where the request did not say which it is in */
};

/* The span that a text names: in the trace that another one names (NULL: not said), else in the newest that
 * has such a span. */
bool oat_lookup_span(const struct oat_call *call, const char *text, size_t len, const char *trace,
                     size_t trace_len, struct oat_span_found *ret, struct oat_answer *answer);

/* The span of the path, with the query's parameter trace_id. */
bool oat_lookup_path_span(const struct oat_call *call, struct oat_span_found *ret, struct oat_answer *answer);

#endif
