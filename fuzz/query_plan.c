/* Queries out of any text: lines are columns to group by, aggregates, having, and columns to sort by, each
 * list between commas. What is refused says why and where; what is taken gives an answer. */
#include "fuzz/fuzz.h"

#include "export/query_json.h"
#include "format/json_check.h"
#include "format/utf8.h"
#include "reader/query.h"

#include <string.h>

#define LINES    4u
#define LIST_MAX 40u

/* The text up to the next separator; moves on behind it. */
static oat_text take(oat_text *text, char separator)
{
    const char *end = text->len > 0 ? memchr(text->bytes, separator, text->len) : NULL;
    oat_text taken = {text->bytes, end ? (size_t)(end - text->bytes) : text->len};
    text->bytes = end ? end + 1 : text->bytes + text->len;
    text->len -= taken.len + (end != NULL);
    return taken;
}

static size_t split(oat_text line, oat_text ret[LIST_MAX])
{
    size_t count = 0;
    while (line.len > 0 && count < LIST_MAX)
        ret[count++] = take(&line, ',');
    return count;
}

static void require_explained(const oat_span_query *query, const oat_span_query_error *error)
{
    size_t count = error->part == OAT_QUERY_OF_GROUP_BY     ? query->group_by_count
                   : error->part == OAT_QUERY_OF_AGGREGATES ? query->aggregate_count
                   : error->part == OAT_QUERY_OF_SORT       ? query->sort_count
                                                            : 1;
    fuzz_require(error->part >= OAT_QUERY_OF_GROUP_BY && error->part <= OAT_QUERY_OF_SORT);
    fuzz_require(error->index < count && error->text.message[0] && error->text.column >= 1);
    fuzz_require(error->text.expected_count <= OAT_FILTER_EXPECTED_MAX);
}

/* Answers over no sources at all. */
static void require_answer(const struct oat_query_plan *plan)
{
    const struct oat_query_sources none = {NULL, 0, NULL};
    oat_query_result *result;
    oat_span_query_error error;
    struct oat_json json = {0};
    fuzz_require(oat_query_run_over(plan, &none, &result, &error) == OAT_OK);
    fuzz_require(result->column_count == plan->key_count + plan->aggregate_count);
    oat_json_query_result(&json, result);
    fuzz_require(!json.failed && oat_json_is_valid(json.bytes, json.len));
    oat_json_free(&json);
    oat_query_result_free(result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    oat_text rest = {(const char *)data, size}, lines[LINES];
    oat_text group_by[LIST_MAX], aggregates[LIST_MAX], sort[LIST_MAX];
    struct oat_query_plan plan;
    oat_span_query_error error;
    for (unsigned i = 0; i < LINES; i++)
        lines[i] = take(&rest, '\n');
    const oat_span_query query = {.every_ns = size % 2 ? 60 : 0,
                                  .group_by = group_by,
                                  .group_by_count = split(lines[0], group_by),
                                  .aggregates = aggregates,
                                  .aggregate_count = split(lines[1], aggregates),
                                  .having = lines[2],
                                  .sort = sort,
                                  .sort_count = split(lines[3], sort)};
    if (oat_query_plan_make(&query, &plan, &error) == OAT_OK)
        require_answer(&plan);
    else
        require_explained(&query, &error);
    oat_query_plan_free(&plan);
    return 0;
}
