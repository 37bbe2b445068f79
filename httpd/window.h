/* The time that analytics are of: the parameters from, to, window and every. */
#ifndef OAT_HTTPD_WINDOW_H
#define OAT_HTTPD_WINDOW_H

#include "httpd/query.h"

#define OAT_WINDOW_PARAMETERS "from", "to", "window", "every"

/* Nanoseconds since 1970. from_ns < to_ns; to_ns is a time that a span can have. */
struct oat_window {
    uint64_t from_ns, to_ns;
    uint64_t every_ns; /* between the points of a series; 0: none is asked for */
};

#define OAT_DAY_NS (UINT64_C(86400) * 1000000000u)

/* Reads a window: from `from`, or as long as `window` says (else len_ns), until `to` (now_ns). every_ns: of
 * the series when the query does not say. False, with *ret_error: a parameter is wrong, they contradict each
 * other, or there would be more than 10,000 points. */
bool oat_window_read(const struct oat_query *query, uint64_t now_ns, uint64_t len_ns, uint64_t every_ns,
                     struct oat_window *ret, struct oat_query_error *ret_error);

/* The window of the same length that ends where this one begins; since 1970 at the earliest. */
struct oat_window oat_window_before(const struct oat_window *window);

#endif
