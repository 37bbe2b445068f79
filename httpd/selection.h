/* Which traces or spans a request is about: the parameters q, from, to, span_type and search, which mean the
 * same wherever they are taken. */
#ifndef OAT_HTTPD_SELECTION_H
#define OAT_HTTPD_SELECTION_H

#include "httpd/answer.h"

#define OAT_SELECTION_PARAMETERS "q", "from", "to", "span_type", "search"

struct oat_selection {
    oat_filter *filter;      /* NULL: all */
    uint64_t from_ns, to_ns; /* to_ns 0: no end */
};

/* Reads those of them that the query has. False answers 400. Free it with oat_selection_free. */
bool oat_selection_read(const struct oat_query *query, struct oat_selection *ret, struct oat_answer *answer);
void oat_selection_free(struct oat_selection *selection);

/* Parses the text of a filter; relative times count from now_ns. parameter: where it came from, for the
 * error. False answers 400 bad_filter, or 503. */
bool oat_selection_filter(const char *text, size_t len, uint64_t now_ns, const char *parameter,
                          oat_filter **ret_filter, struct oat_answer *answer);

/* The filter of the spans that pass a condition ("": all; with `or` in it, in parentheses) and the query's
 * parameter q, or, of_traces, lie in a trace that q lists. *ret is the caller's to free, also after false,
 * which answers as above. */
bool oat_selection_narrow(const struct oat_query *query, uint64_t now_ns, const char *condition,
                          bool of_traces, oat_filter **ret, struct oat_answer *answer);

/* The parameter span_type; 0 when the query has none. False answers 400. */
bool oat_selection_type(const struct oat_query *query, enum oat_span_type *ret, struct oat_answer *answer);

/* Appends a text to that of a filter, as a quoted value. */
void oat_selection_quote(struct oat_json *filter, const char *bytes, size_t len);

/* Nanoseconds since the epoch. */
uint64_t oat_selection_now_ns(void);

#endif
