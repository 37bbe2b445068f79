/* The tree of one trace and what is summed up over it. */
#ifndef OAT_READER_TREE_H
#define OAT_READER_TREE_H

#include "reader/rows.h"

/* Memory for the traces built one after the other; zero-initialise, free with oat_tree_free. */
struct oat_tree_scratch {
    struct oat_row *rows;
    uint32_t *words;
    size_t capacity;
};

void oat_tree_free(struct oat_tree_scratch *scratch);

/* Orders the rows of a trace (sorted by span id, repeats joined) as a tree: a parent before its
 * children, siblings by start; sets parent, depth and counted. by_span[i], unless by_span is
 * NULL, becomes the place of the row that was i-th. A cycle is broken at its earliest span; that and more
 * than OAT_TRACE_DEPTH_MAX levels are added to problems. Linear but for sorting, whatever the ids say;
 * constant stack. OAT_OK or OAT_E_NOMEM. */
int oat_tree_build(struct oat_sources *sources, struct oat_row *rows, uint32_t count, uint32_t *by_span,
                   struct oat_tree_scratch *scratch);

/* What oat_tree_build does last, of rows that have their parents and depths: sets counted. covers, calls:
 * room for a number of each row. */
void oat_tree_mark_counted(struct oat_row *rows, uint32_t count, uint32_t *covers, uint32_t *calls);

/* Of a row: a local parent that is not here is a running span of the same writer that was too young to be
 * announced. */
static inline bool oat_misses_local_parent(uint32_t parent, uint32_t flags)
{
    return parent == OAT_NO_ROW && (flags & OAT_SPAN_PARENT_LOCAL) != 0;
}

/* Sums up a trace whose tree is built. */
void oat_tree_summarise(const struct oat_sources *sources, const struct oat_row *rows,
                        struct oat_trace_info *trace);

#endif
