/* The records of rows that were put together in memory, read again where they lie. */
#ifndef OAT_READER_ROW_RECORDS_H
#define OAT_READER_ROW_RECORDS_H

#include "reader/linked_rows.h"

#define OAT_ROW_RECORDS 1024u /* that are read at once, at most */

/* Gives the records of `count` rows, reading those that lie together in a part all at once: ret[i] is that of
 * rows[i], zeros when it cannot be read any more (reported). Texts are borrowed from the sources, and
 * are the wanted ones (oat_record_of_slot). maps may be NULL. OAT_OK or OAT_E_NOMEM. Any thread, but for the
 * maps. */
int oat_row_records(struct oat_sources *sources, struct oat_slot_maps *maps, uint32_t texts,
                    const struct oat_kept_row *rows, uint32_t count, struct oat_record *ret);

/* The same of one, unless it was kept. kept may be NULL. */
void oat_row_record(struct oat_sources *sources, const struct oat_kept_records *kept,
                    struct oat_row_place place, struct oat_record *ret);

#endif
