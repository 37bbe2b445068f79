#include "httpd/report.h"

#include "export/query_json.h"

#include <string.h>

#define NS_DIGITS 9u

static size_t texts_of(const char *const *names, oat_text *ret)
{
    size_t count = 0;
    for (; count < OAT_REPORT_NAMES_MAX && names[count]; count++)
        ret[count] = (oat_text){names[count], strlen(names[count])};
    return count;
}

bool oat_report_run(const struct oat_report *report, const struct oat_lease *lease, oat_query_result **ret,
                    struct oat_answer *answer)
{
    oat_text group_by[OAT_REPORT_NAMES_MAX], aggregates[OAT_REPORT_NAMES_MAX], sort[OAT_REPORT_NAMES_MAX];
    oat_span_query query = {
        .filter = report->filter,
        .from_ns = report->window.from_ns,
        .to_ns = report->window.to_ns,
        .every_ns = report->window.every_ns,
        .group_by = group_by,
        .group_by_count = texts_of(report->group_by, group_by),
        .aggregates = aggregates,
        .aggregate_count = texts_of(report->aggregates, aggregates),
        .sort = sort,
        .sort_count = texts_of(report->sort, sort),
        .limit = report->limit,
        .threads = oat_lease_threads(lease),
        .stop = lease->stop,
    };
    oat_span_query_error error;
    *ret = NULL;
    int rc = lease->snapshot ? oat_query_run(lease->snapshot, &query, ret, &error) : OAT_OK;
    if (rc == OAT_E_LIMIT)
        oat_answer_error(answer, 413, "query_too_large", "%s", error.text.message);
    else if (rc != OAT_OK)
        oat_answer_result(answer, rc, "running the query");
    return rc == OAT_OK;
}

void oat_report_rows(struct oat_json *json, const oat_query_result *result, const char *const *names)
{
    oat_json_array_begin(json);
    for (size_t row = 0; result && row < result->row_count; row++) {
        const oat_query_value *values = result->values + row * result->column_count;
        oat_json_object_begin(json);
        for (size_t i = 0; i < result->column_count; i++) {
            oat_json_key(json, names[i]);
            oat_json_query_value(json, &result->columns[i], &values[i]);
        }
        oat_json_object_end(json);
    }
    oat_json_array_end(json);
}

void oat_report_window(struct oat_json *json, const struct oat_window *window)
{
    oat_json_key(json, "from");
    oat_json_fixed(json, (int64_t)window->from_ns, NS_DIGITS);
    oat_json_key(json, "to");
    oat_json_fixed(json, (int64_t)window->to_ns, NS_DIGITS);
}

void oat_report_texts(struct oat_json *json, const char *name, const char *const *texts)
{
    oat_json_key(json, name);
    oat_json_array_begin(json);
    for (; *texts; texts++)
        oat_json_cstring(json, *texts);
    oat_json_array_end(json);
}
