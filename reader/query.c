#include "reader/query.h"

#include "reader/filter_fields.h"
#include "reader/filter_window.h"
#include "reader/query_result.h"
#include "reader/query_roots.h"
#include "reader/scan.h"

#include <inttypes.h>

#define MEMORY_BYTES (UINT64_C(256) << 20)

/* Says that the groups do not fit. */
static void explain_limit(const struct oat_budget *budget, oat_span_query_error *error)
{
    const struct oat_filter_source source = {"", 0, &error->text};
    bool large = budget->limit_bytes >> 20 > 0;
    *error = (oat_span_query_error){.part = OAT_QUERY_OF_MEMORY};
    oat_filter_fail(&source, 0, 0,
                    "the groups need more than %" PRIu64
                    " %s: group by columns with fewer values, select fewer "
                    "spans, or allow more memory",
                    large ? budget->limit_bytes >> 20 : budget->limit_bytes, large ? "MiB" : "bytes");
}

int oat_query_run_over(const struct oat_query_plan *plan, const struct oat_query_sources *sources,
                       oat_query_result **ret, oat_span_query_error *error)
{
    struct oat_budget budget = {.limit_bytes =
                                    plan->query->memory_bytes ? plan->query->memory_bytes : MEMORY_BYTES};
    struct oat_query_table table = {0};
    int result = oat_query_scan(plan, sources, &budget, &table);
    if (result == OAT_OK) {
        result = oat_query_result_make(plan, &table, ret);
        oat_query_table_free(&table);
    }
    if (result == OAT_E_LIMIT)
        explain_limit(&budget, error);
    return result;
}

static int open_source(void *arg, size_t index, struct oat_source **ret)
{
    return oat_scan_source(arg, index, ret);
}

static int open_root_source(void *arg, size_t index, struct oat_source **ret)
{
    return oat_root_scan_source(arg, index, ret);
}

/* True when nothing is asked of traces but what they are called. */
static bool is_of_spans(const struct oat_query_plan *plan)
{
    for (unsigned i = 0; i < plan->key_count; i++)
        if (plan->keys[i].field->of_trace)
            return false;
    return !plan->of_trace && (!plan->query->filter || oat_filter_is_of_spans(plan->query->filter));
}

/* The scan may not be open: there is no source then. */
static int run_over_spans(const struct oat_query_plan *plan, struct oat_scan *scan, oat_query_result **ret,
                          oat_span_query_error *error)
{
    struct oat_query_sources sources = {scan, scan->kept ? oat_scan_source_count(scan) : 0, open_source};
    scan->of_spans = is_of_spans(plan);
    return oat_query_run_over(plan, &sources, ret, error);
}

static int run_over_roots(const struct oat_query_plan *plan, const struct oat_scan *scan,
                          oat_query_result **ret, oat_span_query_error *error)
{
    struct oat_root_scan roots;
    int result = oat_root_scan_open(scan, &roots);
    struct oat_query_sources sources = {&roots, oat_root_scan_source_count(&roots), open_root_source};
    if (result == OAT_OK)
        result = oat_query_run_over(plan, &sources, ret, error);
    oat_root_scan_close(&roots);
    return result;
}

/* The starts of spans that can be selected, both included. False: none can. */
static bool window_of(const struct oat_query_plan *plan, uint64_t *ret_from_ns, uint64_t *ret_to_ns)
{
    *ret_from_ns = 0;
    *ret_to_ns = UINT64_MAX;
    if (plan->query->filter && !oat_filter_window(plan->query->filter, ret_from_ns, ret_to_ns))
        return false;
    if (plan->windowed && *ret_from_ns < plan->from_ns)
        *ret_from_ns = plan->from_ns;
    if (plan->windowed && *ret_to_ns >= plan->to_ns)
        *ret_to_ns = plan->to_ns - 1;
    return *ret_from_ns <= *ret_to_ns;
}

static int run(const oat_snapshot *snapshot, const struct oat_query_plan *plan, oat_query_result **ret,
               oat_span_query_error *error)
{
    struct oat_scan scan = {0};
    uint64_t from_ns, to_ns;
    int result = OAT_OK;
    if (window_of(plan, &from_ns, &to_ns))
        result = oat_scan_open(snapshot, from_ns, to_ns, plan->query->stop, &scan);
    if (result == OAT_OK && scan.kept && oat_query_is_of_roots(plan))
        result = run_over_roots(plan, &scan, ret, error);
    else if (result == OAT_OK)
        result = run_over_spans(plan, &scan, ret, error);
    if (result == OAT_OK)
        (*ret)->partial = scan.skipped > 0;
    oat_scan_close(&scan);
    return result;
}

int oat_query_run(const oat_snapshot *snapshot, const oat_span_query *query, oat_query_result **ret_result,
                  oat_span_query_error *ret_error)
{
    struct oat_query_plan plan;
    oat_span_query_error error;
    int result = oat_query_plan_make(query, &plan, &error);
    if (result == OAT_OK)
        result = run(snapshot, &plan, ret_result, &error);
    if ((result == OAT_E_INVALID || result == OAT_E_LIMIT) && ret_error)
        *ret_error = error;
    oat_query_plan_free(&plan);
    return result;
}
