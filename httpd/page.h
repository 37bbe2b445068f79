/* Pages of a list: the parameters limit, offset and cursor, and what answers say of what comes next. */
#ifndef OAT_HTTPD_PAGE_H
#define OAT_HTTPD_PAGE_H

#include "httpd/answer.h"

#define OAT_PAGE_PARAMETERS    "limit", "offset", "cursor"
#define OAT_PAGE_LIMIT_MAX     1000u
#define OAT_PAGE_LIMIT_DEFAULT 50u

struct oat_page {
    size_t limit, offset;
    const char *cursor; /* borrowed from the query; instead of offset. NULL: none */
};

/* False answers 400. */
bool oat_page_read(const struct oat_query *query, struct oat_page *ret, struct oat_answer *answer);

/* 400: the cursor is none that an answer gave. */
void oat_page_bad_cursor(struct oat_answer *answer);

/* The last members of a list: total, total_is, next_cursor, partial. cursor NULL: it was the last page. */
void oat_page_end(struct oat_json *json, uint64_t total, bool exact, const char *cursor, bool partial);

/* Writes a list without elements: {"traces": [], "total": 0 ...}. key: what they are. */
void oat_page_empty(struct oat_json *json, const char *key);

#endif
