/* Which traces of a source have a span that a filter matches. */
#ifndef OAT_READER_TRACE_MATCH_H
#define OAT_READER_TRACE_MATCH_H

#include "reader/scan.h"

/* A bit for each trace of source number `source` of the scan; the caller frees it. OAT_OK, OAT_E_NOMEM. */
int oat_trace_match(const oat_filter *filter, const struct oat_scan *scan, uint32_t source,
                    uint64_t **ret_bits);

#endif
