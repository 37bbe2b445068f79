/* The traces of a scan that a list or its totals are about, with the numbers that are asked for. */
#ifndef OAT_READER_TRACE_VISIT_H
#define OAT_READER_TRACE_VISIT_H

#include "reader/scan.h"

/* Sets of numbers of a trace. */
enum {
    OAT_NUMBERS_END = 1,    /* end_ns */
    OAT_NUMBERS_COST = 2,   /* cost_nano, has_cost */
    OAT_NUMBERS_TOKENS = 4, /* input_tokens, output_tokens, has_tokens */
    OAT_NUMBERS_ERRORS = 8, /* error_count */
};

/* Of one trace; those that were not asked for are 0. */
struct oat_trace_numbers {
    uint32_t source; /* of the scan */
    uint32_t trace;  /* in it */
    uint64_t start_ns;
    uint64_t end_ns; /* 0: open */
    int64_t cost_nano;
    uint64_t input_tokens, output_tokens;
    uint32_t span_count, error_count;
    enum oat_shown_status status;
    bool has_cost, has_tokens;
};

/* Returns OAT_OK to go on; another result ends the visit and is returned. */
typedef int (*oat_trace_visit_fn)(void *arg, const struct oat_trace_numbers *numbers);

/* Calls fn for each trace of a source of the scan whose start, status and spans are what the query wants; of
 * a part the newest come first. What is damaged is reported and left out. OAT_OK, OAT_E_NOMEM,
 * OAT_E_STOPPED (the scan's stop), what fn returned. */
int oat_traces_visit(const struct oat_scan *scan, uint32_t source, const oat_trace_query *query,
                     unsigned wanted, oat_trace_visit_fn fn, void *arg);

/* The starts of spans that may be met, both included: those of the query's traces, which a filter narrows.
 * False: there are none. */
bool oat_trace_query_window(const oat_trace_query *query, uint64_t *ret_from_ns, uint64_t *ret_to_ns);

/* Session and user of a trace that was visited; bytes NULL: not set. Borrowed from the snapshot. OAT_OK,
 * OAT_E_NOMEM, OAT_E_CORRUPT (reported). */
int oat_visited_trace_people(const struct oat_scan *scan, const struct oat_trace_numbers *numbers,
                             oat_text *ret_session, oat_text *ret_user);

/* The id of a trace that was visited. OAT_OK, OAT_E_NOMEM, OAT_E_CORRUPT (reported). */
int oat_visited_trace_id(const struct oat_scan *scan, const struct oat_trace_numbers *numbers,
                         uint8_t ret[16]);

#endif
