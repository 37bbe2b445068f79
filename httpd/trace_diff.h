/* Which spans of two traces belong together. Pure. */
#ifndef OAT_HTTPD_TRACE_DIFF_H
#define OAT_HTTPD_TRACE_DIFF_H

#include "oat/reader.h"

/* A span of each; NULL: it has none in the other trace. Borrowed from the traces. */
struct oat_span_pair {
    const oat_span_view *a, *b;
};

struct oat_trace_diff {
    struct oat_span_pair *pairs; /* in the order of a, a parent before its children; then those of b alone */
    size_t count;
};

/* Two spans belong together when their parents do (or they have none), and they have the same type, name and
 * place among the siblings that have these. OAT_OK, OAT_E_NOMEM. Free it with oat_trace_diff_free. */
int oat_trace_diff_make(const oat_trace *a, const oat_trace *b, struct oat_trace_diff *ret);
void oat_trace_diff_free(struct oat_trace_diff *diff);

#endif
