/* Rows drawn at random, in several sources: what queries are tested on. */
#ifndef OAT_TESTS_QUERY_ROWS_H
#define OAT_TESTS_QUERY_ROWS_H

#include "reader/query_scan.h"
#include "tests/support/row_source.h"

#define OAT_QUERY_ROWS_SOURCES 3u
#define OAT_QUERY_ROWS_BASE_NS UINT64_C(1795000000000000000) /* spans start within three days from here */

struct oat_query_rows {
    struct oat_row_source *sources[OAT_QUERY_ROWS_SOURCES];
    struct oat_query_sources opener; /* hands out sources that threads may use at once */
};

/* Draws so many rows for each source; about a third of all values are not there. users: different users. */
struct oat_query_rows *oat_query_rows_new(uint64_t seed, uint32_t rows_per_source, uint32_t users);
void oat_query_rows_free(struct oat_query_rows *rows);

#endif
