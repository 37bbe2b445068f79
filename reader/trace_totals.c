/* What traces come to, and how many began when. */
#include "oat/lists.h"
#include "reader/sketch.h"
#include "reader/trace_visit.h"

#include <string.h>

struct totals {
    oat_trace_totals *sums;
    const oat_trace_histogram *histogram; /* NULL: none */
    struct oat_sketch durations;          /* ns, of those that ended */
    double duration_ns;                   /* their sum */
};

static bool add_duration(struct totals *t, uint64_t duration_ns)
{
    uint32_t bin = oat_sketch_bin((int64_t)duration_ns);
    t->sums->ended++;
    t->duration_ns += (double)duration_ns;
    return oat_sketch_add_quickly(&t->durations, bin) || oat_sketch_add_bin(&t->durations, bin, 1);
}

static void add_to_bucket(const oat_trace_histogram *histogram, const struct oat_trace_numbers *trace)
{
    uint64_t at = (trace->start_ns - histogram->from_ns) / histogram->every_ns;
    if (trace->start_ns < histogram->from_ns || at >= histogram->bucket_count)
        return;
    histogram->buckets[at].traces++;
    histogram->buckets[at].errors += trace->status == OAT_SHOWN_ERROR;
}

static int add(void *arg, const struct oat_trace_numbers *trace)
{
    struct totals *t = arg;
    oat_trace_totals *sums = t->sums;
    if (sums->traces == 0 || trace->start_ns < sums->first_start_ns)
        sums->first_start_ns = trace->start_ns;
    if (trace->start_ns > sums->last_start_ns)
        sums->last_start_ns = trace->start_ns;
    sums->traces++;
    sums->by_status[trace->status <= OAT_SHOWN_LOST_CONTACT ? trace->status : 0]++;
    sums->spans += trace->span_count;
    sums->errors += trace->error_count;
    sums->with_cost += trace->has_cost;
    sums->cost_total_nano = (int64_t)((uint64_t)sums->cost_total_nano + (uint64_t)trace->cost_nano);
    sums->with_tokens += trace->has_tokens;
    sums->input_tokens += trace->input_tokens;
    sums->output_tokens += trace->output_tokens;
    if (t->histogram)
        add_to_bucket(t->histogram, trace);
    return trace->end_ns < trace->start_ns || add_duration(t, trace->end_ns - trace->start_ns) ? OAT_OK
                                                                                               : OAT_E_NOMEM;
}

static void finish(struct totals *t)
{
    static const double shares[] = {0.5, 0.95, 0.99};
    double *const percentiles[] = {&t->sums->duration_p50_ns, &t->sums->duration_p95_ns,
                                   &t->sums->duration_p99_ns};
    for (size_t i = 0; i < sizeof shares / sizeof *shares && t->sums->ended > 0; i++)
        oat_sketch_quantile(&t->durations, shares[i], percentiles[i]);
    if (t->sums->ended > 0)
        t->sums->duration_avg_ns = t->duration_ns / (double)t->sums->ended;
}

static int read_window(const oat_snapshot *snapshot, const oat_trace_query *query, struct totals *t)
{
    const unsigned wanted = OAT_NUMBERS_END | OAT_NUMBERS_COST | OAT_NUMBERS_TOKENS | OAT_NUMBERS_ERRORS;
    struct oat_scan scan = {0};
    uint64_t from_ns, to_ns;
    if (!oat_trace_query_window(query, &from_ns, &to_ns))
        return OAT_OK;
    int result = oat_scan_open(snapshot, from_ns, to_ns, query->stop, &scan);
    for (uint32_t i = 0; result == OAT_OK && i < oat_scan_source_count(&scan); i++)
        result = oat_traces_visit(&scan, i, query, wanted, add, t);
    t->sums->partial = scan.skipped > 0;
    oat_scan_close(&scan);
    return result;
}

int oat_trace_totals_read(const oat_snapshot *snapshot, const oat_trace_query *query,
                          oat_trace_totals *ret_totals, const oat_trace_histogram *histogram)
{
    oat_trace_totals sums = {0};
    struct totals t = {.sums = &sums, .histogram = histogram};
    if (histogram && histogram->every_ns == 0)
        return OAT_E_INVALID;
    int result = read_window(snapshot, query, &t);
    finish(&t);
    oat_sketch_free(&t.durations);
    if (result == OAT_OK)
        *ret_totals = sums;
    return result;
}
