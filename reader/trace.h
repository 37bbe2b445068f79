/* One trace, opened: its place in an assembly, and its spans as they are shown. */
#ifndef OAT_READER_TRACE_H
#define OAT_READER_TRACE_H

#include "reader/snapshot.h"

struct oat_trace {
    const struct oat_snapshot *snapshot;
    const struct oat_assembly *assembly; /* the snapshot's loose traces, or `own` */
    const struct oat_trace_info *info;
    struct oat_assembly own;
    oat_trace_view head;
    oat_span_view *spans; /* info->row_count */
};

/* The numbers of a view alone; the rest is zero. */
void oat_trace_view_numbers(const struct oat_trace_info *info, oat_trace_view *ret);

/* What a list shows of a trace of an assembly. kept: records of it, or NULL. */
void oat_trace_view_fill(const struct oat_assembly *assembly, const struct oat_trace_info *info,
                         const struct oat_kept_records *kept, oat_trace_view *ret);

#endif
