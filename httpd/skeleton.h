/* Which spans of a trace are shown when it may be too large to show all of them. */
#ifndef OAT_HTTPD_SKELETON_H
#define OAT_HTTPD_SKELETON_H

#include "oat/reader.h"

#define OAT_SKELETON_NONE UINT32_MAX

struct oat_skeleton {
    uint32_t *shown; /* indexes of spans, in tree order */
    size_t count;
    uint32_t *place;       /* by span: its index in shown, or OAT_SKELETON_NONE */
    uint32_t *children;    /* by span: direct ones */
    uint32_t *descendants; /* by span */
    uint64_t siblings;     /* of a window: the children that there are; else the spans of the trace */
};

/* All spans (in tree order, as oat_trace_spans gives them) when there are at most max; else the upper levels,
 * as many whole ones as that leaves room for; else the first max roots. OAT_OK, OAT_E_NOMEM. */
int oat_skeleton_levels(const oat_span_view *spans, size_t count, size_t max, struct oat_skeleton *ret);

/* The children of a span (OAT_SKELETON_NONE: the roots): at most limit of them, from number offset on.
 * Likewise. */
int oat_skeleton_window(const oat_span_view *spans, size_t count, uint32_t parent, size_t offset,
                        size_t limit, struct oat_skeleton *ret);

/* Accepts a zeroed one. */
void oat_skeleton_free(struct oat_skeleton *skeleton);

#endif
