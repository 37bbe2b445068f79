/* The records of rows that were put together in memory, read again where they lie. */
#ifndef OAT_READER_ROW_RECORDS_H
#define OAT_READER_ROW_RECORDS_H

#include "reader/rows.h"

#define OAT_ROW_RECORDS 1024u /* that are read at once, at most */

/* Reads the records of `count` rows, those that lie together in a part all at once: ret[i] is that of
 * rows[i], zeros when it cannot be read any more (reported). Texts are borrowed from the sources. OAT_OK or
 * OAT_E_NOMEM. Any thread. */
int oat_row_records(struct oat_sources *sources, const struct oat_row *rows, uint32_t count,
                    struct oat_record *ret);

#endif
