/* Tables EVENTS, LINKS and SCORES of a part, with their dictionaries. Used by one thread at a time;
 * failures are those of section_writer.h and text_codes.h. */
#ifndef OAT_COMPACTOR_MARK_COLUMNS_H
#define OAT_COMPACTOR_MARK_COLUMNS_H

#include "compactor/day_trace.h"
#include "compactor/pack_writer.h"
#include "compactor/table_writer.h"
#include "compactor/text_codes.h"

enum oat_mark_table { OAT_MARK_EVENTS, OAT_MARK_LINKS, OAT_MARK_SCORES, OAT_MARK_TABLES };

struct oat_mark_columns {
    struct oat_sources *sources;  /* borrowed */
    struct oat_pack_writer *pack; /* borrowed */
    struct oat_table_writer tables[OAT_MARK_TABLES];
    struct oat_text_codes texts[OAT_MARK_TABLES][OAT_MARK_TEXTS_MAX];
};

int oat_mark_columns_open(struct oat_mark_columns *columns, struct oat_section_writer *file,
                          struct oat_sources *sources, struct oat_pack_writer *pack);
void oat_mark_columns_close(struct oat_mark_columns *columns);

/* Appends an event, link or score. trace: row of TRACES. row: row of SPANS + 1, 0 = its span is not in
 * this part. */
int oat_mark_columns_add(struct oat_mark_columns *columns, const struct oat_mark *mark,
                         const union oat_day_mark *content, uint64_t trace, uint64_t row);

/* Rows of a table so far. */
uint64_t oat_mark_columns_count(const struct oat_mark_columns *columns, enum oat_mark_table table);

/* Memory that the dictionaries hold, in bytes. */
size_t oat_mark_columns_memory(const struct oat_mark_columns *columns);

/* Writes what is left, and the dictionaries. */
int oat_mark_columns_finish(struct oat_mark_columns *columns);

#endif
