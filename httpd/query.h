/* The query of a URI: `limit=50&status=error`. Pure: no sockets, no allocation.
 *
 * `%XX` and `+` are decoded. Refused, with the place: a bad escape, a NUL byte, text that is not
 * UTF-8, a parameter given twice, too much of anything. */
#ifndef OAT_HTTPD_QUERY_H
#define OAT_HTTPD_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OAT_QUERY_LEN_MAX    16384u
#define OAT_QUERY_PARAMS_MAX 32u

struct oat_query {
    char text[OAT_QUERY_LEN_MAX + 2 * OAT_QUERY_PARAMS_MAX]; /* decoded; every name and value ends in NUL */
    struct {
        const char *name;
        const char *value; /* "" when there is no '=' */
        size_t value_len;
    } params[OAT_QUERY_PARAMS_MAX];
    size_t count;
};

/* What is wrong: a message for people, and the parameter it is about ("" when none is). */
struct oat_query_error {
    char parameter[64];
    char message[200];
};

/* Decodes len bytes of percent-encoded text to dst, which has room for them and a NUL. Returns the
 * decoded length, or SIZE_MAX: a bad escape, a NUL byte, or not UTF-8. plus_is_space: as in a query;
 * in a path '+' is itself. */
size_t oat_percent_decode(const char *text, size_t len, bool plus_is_space, char *dst);

/* Reads a query without its '?'. False sets *ret_error. The result points into itself: do not copy. */
bool oat_query_parse(const char *text, size_t len, struct oat_query *ret, struct oat_query_error *ret_error);

/* False, with *ret_error, when there is a parameter that is not among the names (NULL-terminated). */
bool oat_query_only(const struct oat_query *query, const char *const *names,
                    struct oat_query_error *ret_error);

/* The value of a parameter, or NULL. */
const char *oat_query_get(const struct oat_query *query, const char *name, size_t *ret_len);

/* A number min..max; absent leaves *ret as it is. False, with *ret_error, for anything else. */
bool oat_query_number(const struct oat_query *query, const char *name, uint64_t min, uint64_t max,
                      uint64_t *ret, struct oat_query_error *ret_error);

/* A time as filters have it (docs/filter.md): seconds since 1970, RFC 3339, "-24h" from now_ns on; in
 * nanoseconds since the epoch; likewise. */
bool oat_query_time(const struct oat_query *query, const char *name, uint64_t now_ns, uint64_t *ret,
                    struct oat_query_error *ret_error);

/* A duration as filters have it: "30s", "24h", more than 0; in nanoseconds; likewise. */
bool oat_query_duration(const struct oat_query *query, const char *name, uint64_t *ret,
                        struct oat_query_error *ret_error);

/* true, false, 1, 0; likewise. */
bool oat_query_bool(const struct oat_query *query, const char *name, bool *ret,
                    struct oat_query_error *ret_error);

#endif
