/* The summaries of a part: tables SUMMARIES and AGENT_SUMMARIES. Used by one thread at a time; failures are
 * those of section_writer.h. */
#ifndef OAT_COMPACTOR_SUMMARY_COLUMNS_H
#define OAT_COMPACTOR_SUMMARY_COLUMNS_H

#include "compactor/table_writer.h"
#include "indexer/summary.h"

struct oat_summary_columns {
    struct oat_table_writer tables[OAT_SUMMARY_KINDS];
    struct oat_summary *groups; /* of the spans being added, for each table; owned */
    uint32_t group_number;
    uint32_t spans; /* in the group */
};

/* Close it after a failure, too. */
int oat_summary_columns_open(struct oat_summary_columns *columns, struct oat_section_writer *file);
void oat_summary_columns_close(struct oat_summary_columns *columns);

/* Adds the next row of SPANS. */
int oat_summary_columns_add(struct oat_summary_columns *columns, const struct oat_summary_span *span);

/* Writes what is left. */
int oat_summary_columns_finish(struct oat_summary_columns *columns);

#endif
