/* How many requests were answered, how, and how long that took: for /metrics. Of the whole process; any
 * thread. */
#ifndef OAT_HTTPD_REQUEST_COUNTERS_H
#define OAT_HTTPD_REQUEST_COUNTERS_H

#include "format/json_write.h"

#define OAT_COUNTED_ROUTES_MAX 128u

/* route: its number in the router's table; OAT_COUNTED_ROUTES_MAX: none was found. */
void oat_count_request(size_t route, int status, double elapsed_s);

/* Appends them in the format of prometheus.h; path_of gives the path of a route. */
void oat_request_counters_write(struct oat_json *out, const char *(*path_of)(size_t route));

#endif
