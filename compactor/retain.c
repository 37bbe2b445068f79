#include "compactor/retain.h"

#include "format/day.h"

#include <stdlib.h>

/* Since when a part counts as being there. */
static uint64_t dated_ns(const struct oat_manifest_part *part)
{
    uint64_t day_end_ns = ((uint64_t)part->day + 1) * OAT_DAY_NS;
    uint64_t latest_ns = part->arrived_ns + OAT_DAY_NS;
    if (day_end_ns <= part->arrived_ns)
        return part->arrived_ns;
    return day_end_ns < latest_ns ? day_end_ns : latest_ns;
}

static bool is_too_old(const struct oat_manifest_part *part, const struct oat_retention *retention,
                       uint64_t now_ns)
{
    uint64_t dated = dated_ns(part);
    return retention->keep_ns > 0 && dated < now_ns && now_ns - dated > retention->keep_ns;
}

/* The parts of one day that are not too old. */
struct day {
    size_t first, count; /* in the manifest; some of them may be too old */
    uint32_t day;
    uint64_t dated_ns;
    uint64_t bytes;
};

static int oldest_first(const void *x, const void *y)
{
    const struct day *a = x, *b = y;
    if (a->dated_ns != b->dated_ns)
        return a->dated_ns < b->dated_ns ? -1 : 1;
    return a->day < b->day ? -1 : a->day > b->day;
}

struct retiring {
    const struct oat_manifest *manifest;
    const struct oat_retention *retention;
    uint64_t now_ns;
    struct day *days;
    size_t day_count;
    uint64_t bytes; /* of all days */
    struct oat_manifest_retired *retired;
    size_t retired_count;
};

static void retire(struct retiring *r, const struct oat_manifest_part *part)
{
    r->retired[r->retired_count++] = (struct oat_manifest_retired){part->day, part->generation};
}

/* Retires what is too old; what stays is summed up by day. */
static void retire_by_age(struct retiring *r)
{
    const struct oat_manifest *m = r->manifest;
    for (size_t i = 0; i < m->part_count; i++) {
        const struct oat_manifest_part *part = &m->parts[i];
        if (is_too_old(part, r->retention, r->now_ns)) {
            retire(r, part);
            continue;
        }
        struct day *day = r->day_count > 0 ? &r->days[r->day_count - 1] : NULL;
        if (!day || day->day != part->day) {
            day = &r->days[r->day_count++];
            *day = (struct day){.first = i, .day = part->day};
        }
        day->count = i + 1 - day->first;
        day->bytes += part->part_bytes + part->pack_bytes;
        r->bytes += part->part_bytes + part->pack_bytes;
        uint64_t dated = dated_ns(part);
        day->dated_ns = dated > day->dated_ns ? dated : day->dated_ns;
    }
}

static void retire_by_size(struct retiring *r)
{
    qsort(r->days, r->day_count, sizeof *r->days, oldest_first);
    for (size_t d = 0; d < r->day_count && r->bytes > r->retention->max_bytes; d++) {
        const struct day *day = &r->days[d];
        for (size_t i = day->first; i < day->first + day->count; i++)
            if (!is_too_old(&r->manifest->parts[i], r->retention, r->now_ns))
                retire(r, &r->manifest->parts[i]);
        r->bytes -= day->bytes;
    }
}

int oat_retain(const struct oat_manifest *manifest, const struct oat_retention *retention, uint64_t now_ns,
               struct oat_manifest_retired **ret_retired, size_t *ret_count)
{
    struct retiring r = {.manifest = manifest, .retention = retention, .now_ns = now_ns};
    r.days = calloc(manifest->part_count + 1, sizeof *r.days);
    r.retired = calloc(manifest->part_count + 1, sizeof *r.retired);
    if (!r.days || !r.retired) {
        free(r.days);
        free(r.retired);
        return OAT_E_NOMEM;
    }
    retire_by_age(&r);
    if (retention->max_bytes > 0)
        retire_by_size(&r);
    free(r.days);
    *ret_retired = r.retired;
    *ret_count = r.retired_count;
    return OAT_OK;
}
