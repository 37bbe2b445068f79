#include "reader/trace_ids.h"

#include "reader/array.h"
#include "reader/trace_visit.h"

#include <stdlib.h>
#include <string.h>

struct ids {
    const struct oat_scan *scan;
    uint8_t (*ids)[16];
    size_t count, capacity;
};

static int add(void *arg, const struct oat_trace_numbers *trace)
{
    struct ids *all = arg;
    if (!oat_array_reserve(&all->ids, all->count, &all->capacity, sizeof *all->ids))
        return OAT_E_NOMEM;
    int result = oat_visited_trace_id(all->scan, trace, all->ids[all->count]);
    all->count += result == OAT_OK;
    return result == OAT_E_NOMEM ? result : OAT_OK; /* others are reported */
}

static int compare(const void *x, const void *y)
{
    return memcmp(x, y, 16);
}

static int read_all(const oat_snapshot *snapshot, const oat_trace_query *query, struct ids *all)
{
    struct oat_scan scan;
    uint64_t from_ns, to_ns;
    if (!oat_trace_query_window(query, &from_ns, &to_ns))
        return OAT_OK;
    int result = oat_scan_open(snapshot, from_ns, to_ns, query->stop, &scan);
    if (result != OAT_OK)
        return result;
    all->scan = &scan;
    for (uint32_t i = 0; result == OAT_OK && i < oat_scan_source_count(&scan); i++)
        result = oat_traces_visit(&scan, i, query, 0, add, all);
    oat_scan_close(&scan);
    return result;
}

int oat_trace_ids_read(const oat_snapshot *snapshot, const oat_trace_query *query, uint8_t (**ret_ids)[16],
                       size_t *ret_count)
{
    struct ids all = {0};
    int result = read_all(snapshot, query, &all);
    if (result != OAT_OK) {
        free(all.ids);
        return result;
    }
    if (all.count > 0)
        qsort(all.ids, all.count, sizeof *all.ids, compare);
    *ret_ids = all.ids;
    *ret_count = all.count;
    return OAT_OK;
}
