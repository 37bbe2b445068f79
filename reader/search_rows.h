/* The newest rows of a scan, all or those in whose payloads a text is. */
#ifndef OAT_READER_SEARCH_ROWS_H
#define OAT_READER_SEARCH_ROWS_H

#include "reader/scan.h"
#include "reader/text_match.h"

struct oat_search_row {
    uint64_t start_ns;
    uint64_t span_id; /* 8 bytes read as little-endian */
    uint32_t source;  /* of the scan */
    uint32_t row;     /* for oat_scan_record */
    enum oat_payload_field field;
};

struct oat_search_rows {
    const struct oat_scan *scan;
    const struct oat_text_match *match; /* of a text that is not empty; NULL: none is sought, field is 0 */
    const oat_filter *filter;           /* NULL: all rows */
    uint64_t from_ns, to_ns;            /* rows whose start is in [from_ns, to_ns); at most INT64_MAX */
    bool has_after;                     /* and those only that come behind this one */
    uint64_t after_start_ns, after_span_id;
    size_t limit;
    bool newest_only; /* do not look for rows that are too old to be among them */
    struct oat_search_row *rows;
    size_t count, capacity;
    uint64_t floor_ns;   /* spans that begin before are too old */
    uint64_t span_count; /* that were found, listed or not */
    bool more;           /* some were left out, or not looked for */
};

/* Sets rows, newest first; the fields before are the caller's, what follows is zeroed. rows is to be freed in
 * any case. OAT_OK, OAT_E_NOMEM, or what a source returned. */
int oat_search_rows_find(struct oat_search_rows *search);

#endif
