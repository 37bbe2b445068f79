#include "httpd/page.h"

#include <stdio.h>

static bool refuse(struct oat_answer *answer, const char *message)
{
    struct oat_query_error error = {.parameter = "cursor"};
    snprintf(error.message, sizeof error.message, "%s", message);
    oat_answer_bad_parameter(answer, &error);
    return false;
}

bool oat_page_read(const struct oat_query *query, struct oat_page *ret, struct oat_answer *answer)
{
    uint64_t limit = OAT_PAGE_LIMIT_DEFAULT, offset = 0;
    struct oat_query_error error;
    if (!oat_query_number(query, "limit", 1, OAT_PAGE_LIMIT_MAX, &limit, &error) ||
        !oat_query_number(query, "offset", 0, INT64_MAX, &offset, &error)) {
        oat_answer_bad_parameter(answer, &error);
        return false;
    }
    *ret = (struct oat_page){(size_t)limit, (size_t)offset, oat_query_get(query, "cursor", NULL)};
    return !ret->cursor || !oat_query_get(query, "offset", NULL) ||
           refuse(answer, "offset and cursor exclude each other");
}

void oat_page_bad_cursor(struct oat_answer *answer)
{
    refuse(answer, "expected a next_cursor of an earlier answer");
}

void oat_page_end(struct oat_json *json, uint64_t total, bool exact, const char *cursor, bool partial)
{
    oat_json_key(json, "total");
    oat_json_uint(json, total);
    oat_json_key(json, "total_is");
    oat_json_cstring(json, exact ? "exact" : "at_least");
    oat_json_key(json, "next_cursor");
    oat_json_cstring(json, cursor);
    oat_json_key(json, "partial");
    oat_json_bool(json, partial);
}

void oat_page_empty(struct oat_json *json, const char *key)
{
    oat_json_object_begin(json);
    oat_json_key(json, key);
    oat_json_array_begin(json);
    oat_json_array_end(json);
    oat_page_end(json, 0, true, NULL, false);
    oat_json_object_end(json);
}
