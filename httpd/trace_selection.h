/* Which traces a request is about: what it says of their spans (selection.h), and their status. */
#ifndef OAT_HTTPD_TRACE_SELECTION_H
#define OAT_HTTPD_TRACE_SELECTION_H

#include "httpd/page.h"
#include "httpd/router.h"
#include "httpd/selection.h"
#include "httpd/view.h"

#define OAT_TRACE_SELECTION_PARAMETERS OAT_SELECTION_PARAMETERS, "status"
#define OAT_TRACE_PAGE_PARAMETERS      OAT_PAGE_PARAMETERS, OAT_TRACE_SELECTION_PARAMETERS, "sort"

struct oat_trace_selection {
    struct oat_selection spans;
    enum oat_shown_status status; /* 0: any */
};

/* Reads those parameters that the query has. False answers 400. Free it with oat_trace_selection_free. */
bool oat_trace_selection_read(const struct oat_query *query, struct oat_trace_selection *ret,
                              struct oat_answer *answer);
void oat_trace_selection_free(struct oat_trace_selection *selection);

/* The parameter status; 0 when the query has none. False answers 400. */
bool oat_selection_status(const struct oat_query *query, enum oat_shown_status *ret,
                          struct oat_answer *answer);

/* The query for those traces, newest first, without a limit. Borrows from the selection and the lease. */
oat_trace_query oat_trace_selection_query(const struct oat_trace_selection *selection,
                                          const struct oat_lease *lease);

/* Answers with a page of those traces, or of what they are part of, sorted as asked: reads
 * OAT_TRACE_PAGE_PARAMETERS and hands the query to `list`, which answers. Parameters that are none: 400. */
void oat_trace_selection_page(const struct oat_call *call,
                              void (*list)(const oat_snapshot *snapshot, const oat_trace_query *query,
                                           struct oat_answer *answer),
                              struct oat_answer *answer);

#endif
