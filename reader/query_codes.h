/* Codes for the values of a column that rows are grouped by: 0 for those that have none, then 1, 2 ... in
 * the order of first use. They go across sources; what a source's own codes stand for is asked once. */
#ifndef OAT_READER_QUERY_CODES_H
#define OAT_READER_QUERY_CODES_H

#include "reader/budget.h"
#include "reader/intern.h"
#include "reader/query_plan.h"
#include "reader/selection.h"

struct oat_query_codes {
    const struct oat_query_key *key;
    struct oat_budget *budget;
    /* By code: a text, 16 bytes of a trace id, an encoded attribute, or 8 bytes of a number, in the order
     * of this machine. */
    struct oat_intern values;
    /* By what a row has (a source's code of a text or an attribute, the number of a trace, a small number):
     * its code, and 1; 0: not asked yet. */
    uint32_t *known;
    uint32_t known_count;
    size_t known_capacity;
};

/* key and budget must outlive it. Free it with oat_query_codes_free. One thread at a time. */
void oat_query_codes_init(struct oat_query_codes *codes, const struct oat_query_key *key,
                          struct oat_budget *budget);
void oat_query_codes_free(struct oat_query_codes *codes);

/* The batches read from now on are of another source. */
void oat_query_codes_change_source(struct oat_query_codes *codes);

/* Sets ret[row] for the selected rows of a batch. OAT_OK, OAT_E_NOMEM, OAT_E_LIMIT, or what the source
 * returned. */
int oat_query_codes_read(struct oat_query_codes *codes, struct oat_batch *batch,
                         struct oat_selection *selected, uint32_t ret[OAT_BATCH_ROWS]);

/* The code of a value that other codes of the same column have. As above. */
int oat_query_codes_of(struct oat_query_codes *codes, oat_text value, uint32_t *ret);

#endif
